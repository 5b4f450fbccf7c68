#!/usr/bin/env python3
"""Paths on stdin → the scorer's lines on stdout, through the installed `bsaudit explain --format jsonl`.

With `--explain` its output is passed on as it is (for speed: the same work, without this script's).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

COMMAND = ["bsaudit", "explain", "--format", "jsonl", "--offline", "--files-from", "-"]
BOUNCES = {"ndn", "delay", "success", "relayed"}


def line(explained: dict) -> dict:
    note = explained["notification"]
    success = note["kind"] in {"success", "relayed"}
    return {
        "file": explained["file"],
        "bounce": note["kind"] in BOUNCES,
        "autoreply": note["kind"] == "autoreply",
        "feedback": note["kind"] == "report",
        "challenge": note["kind"] == "challenge",
        "recs": [recipient(name, one, success=success) for one in note["recipients"] for name in about(one, note)],
        "mid": note["original_message_id"],
        "reporting_mta": note["reporting_mta"],
    }


def recipient(address: str | None, one: dict, *, success: bool) -> dict:
    return {
        "recipient": address,
        "status": one["status"],
        "refined_status": one["refined_status"],
        # the labels have a class of their own for mail that did arrive
        "reason": "delivered" if success else one["reason"],
        "action": one["action"],
    }


def about(one: dict, note: dict) -> list[str | None]:
    """About whom, for readers that know one kind of address: the final recipient and the original are two fields.

    The original is meant where the final one is an inner host's name for it, or where the returned message was
    written to it. Where prose names both and nothing came back, nobody can tell which one the sender used.
    """
    final, original = one["final_recipient"] or "", one["original_recipient"] or ""
    if not final or not original or final.lower() == original.lower():
        return [final or original or None]
    if note["dialect"] != "rfc3464":
        return [final, original] if note["returned"] == "none" else [final]
    inner = "@" in original and final.rpartition("@")[2].lower() != original.rpartition("@")[2].lower()
    return [original if inner or (note["original_to"] or "").lower() == original.lower() else final]


def main() -> int:
    if "--explain" in sys.argv:
        os.execvp(COMMAND[0], COMMAND)
    with subprocess.Popen(COMMAND, stdin=sys.stdin, stdout=subprocess.PIPE) as process:
        for text in process.stdout:
            explained = json.loads(text)
            if "error" in explained:
                print(json.dumps({"file": explained["file"], "bounce": False, "recs": [], "error": explained["error"]}))
            elif explained["index"] == 0:
                print(json.dumps(line(explained)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
