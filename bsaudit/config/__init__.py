"""What the user asked for: options, environment, configuration file and defaults put together, secrets fetched.

values.py     every setting, its type, default and meaning: the one table
convert.py    "15m", "mx.example.org:2525", "yes": raw text to typed values
layers.py     option > environment > profile > file > default; where each value came from
urls.py       the relay and catch URLs
secrets.py    passwords from the environment, a file, a command or a keyring
settings.py   all of it → `bsaudit.model.settings.AuditSettings`
"""
