"""bsaudit finds out, from outside, whether a mail server rejects mail or bounces it."""

__version__ = "0.1.0"
