"""Bytes → `Notification`: the reader of whatever comes back. Pure; never raises on mail content."""

from __future__ import annotations

from bsaudit.ndn.reader import read

__all__ = ["read"]
