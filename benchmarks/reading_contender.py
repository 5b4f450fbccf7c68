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
        "recs": [recipient(one, success=success) for one in note["recipients"]],
        "mid": note["original_message_id"],
        "reporting_mta": note["reporting_mta"],
    }


def recipient(one: dict, *, success: bool) -> dict:
    return {
        "recipient": about(one),
        "status": one["status"],
        "refined_status": one["refined_status"],
        # the labels have a class of their own for mail that did arrive
        "reason": "delivered" if success else one["reason"],
        "action": one["action"],
    }


def about(one: dict) -> str | None:
    """About whom: the final recipient, unless that is an inner host's name for the address that the sender wrote to."""
    final, original = one["final_recipient"] or "", one["original_recipient"] or ""
    if "@" in original and final.rpartition("@")[2].lower() != original.rpartition("@")[2].lower():
        return original
    return final or original or None


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
