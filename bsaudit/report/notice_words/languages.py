"""Which languages notices are written in; known without loading any."""

LANGUAGES = ("en", "de", "fr", "es", "ja")
