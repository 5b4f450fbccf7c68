"""python -m tests.mta up | down | status | shell [HOST] | run [--on HOST] -- COMMAND..."""

# ruff: noqa: T201 — a command talks on its standard output

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from tests.mta import hosts, lab


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mta", description="The laboratory of real mail servers.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="start it and leave it running")
    commands.add_parser("down", help="end it")
    commands.add_parser("status", help="list its hosts")
    shell = commands.add_parser("shell", help="a shell on one host")
    shell.add_argument("host", nargs="?", default=hosts.AUDITOR.name)
    run = commands.add_parser("run", help="run a command on one host")
    run.add_argument("--on", default=hosts.AUDITOR.name, metavar="HOST")
    run.add_argument("words", nargs="+", metavar="COMMAND")
    arguments = parser.parse_args()
    if arguments.command == "up":
        return up()
    running = lab.recall()
    if running is None:
        print("not running")
        return 0 if arguments.command in {"down", "status"} else 1
    if arguments.command == "down":
        return down(running)
    if arguments.command == "status":
        return status(running)
    if arguments.command == "shell":
        return subprocess.call([*running.enter(arguments.host), "bash"])
    return subprocess.call([*running.enter(arguments.on), *arguments.words])


def up() -> int:
    if lab.recall():
        print("already running")
        return 0
    began = time.monotonic()
    try:
        started = lab.start(print)
    except lab.CannotRunError as reason:
        print(f"cannot run here: {reason}", file=sys.stderr)
        return 1
    lab.remember(started)
    print(f"{len(hosts.HOSTS)} hosts are up after {time.monotonic() - began:.0f} s")
    return 0


def down(running: lab.Lab) -> int:
    running.stop()
    lab.state_file().unlink()
    return 0


def status(running: lab.Lab) -> int:
    stale = "" if lab.current() else "; its files have changed since"
    print(f"running as process {running.pid}{stale}")
    for host in hosts.HOSTS:
        print(f"{host.address:<16}{host.name:<40}{' '.join(host.mail_for)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
