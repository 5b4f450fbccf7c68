"""Settings to adapters, for every caller: the commands, the laboratory and the public API. Knows no terminal.

tools.py       builds what an audit needs, and takes it down again
runs.py        an audit, or the report of an earlier run, in one call
"""
