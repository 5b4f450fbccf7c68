"""Notices in the languages of those who run mail servers: one module a language, loaded when it is asked for."""
