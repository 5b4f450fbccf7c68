"""Mail servers' logs → what they wrote to the outside themselves: bytes in, `model.logs.LogReport` out. Pure.

One pass, flat memory. `reading` cuts lines and sends each to whoever reads its program; that keeps what it must
remember of the messages in the queue, and hands every notice to the one `tally` when its fate is known.
"""
