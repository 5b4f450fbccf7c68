"""Frozen values and enumerations that every layer shares. No behaviour beyond what a value says of itself."""
