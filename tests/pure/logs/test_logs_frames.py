"""How a line is wrapped: by the log daemon, by who passes it on, by what ships it. What it says stays the same."""

from __future__ import annotations

import json

import pytest

from bsaudit.report.logs import is_known, verdict
from bsaudit.text import amount
from tests.support.log_families import EXIM, HARAKA, QMAIL, SENDMAIL
from tests.support.logs import BOUNCE, dialogue, report

SAID = [line.partition("postfix/")[2].partition("[77]: ")[::2] for line in BOUNCE.splitlines()]
CRI = "2026-03-01T10:00:00.123456789Z stdout F "
# What stands before a Postfix daemon's name, and between it and what it says
HEADS = {
    "Solaris": ("Mar  1 10:00:00 mx postfix/", "[77]: [ID 197553 mail.info] "),
    "rsyslog, a blank too many": ("Mar  1 10:00:00 mx postfix/", "[77]:  "),
    "busybox": ("Mar  1 10:00:00 mx mail.info postfix/", "[77]: "),
    "OpenWrt": ("Sun Mar  1 10:00:00 2026 mail.info postfix/", "[77]: "),
    "AIX": ("Mar  1 10:00:00 mx mail:info postfix/", "[77]: "),
    "syslog-ng, chained": ("Mar  1 10:00:00 src@mx/relay postfix/", "[77]: "),
    "another log host": ("Mar  1 10:00:00 loghost Mar  1 10:00:00 mx postfix/", "[77]: "),
    "RFC 5424 without priority": ("1 2026-03-01T10:00:00.1Z mx postfix/", " 77 - - "),
    "journalctl -o short-unix": ("1772359200.004117 mx postfix/", "[77]: "),
    "journalctl -o short-full": ("Sun 2026-03-01 11:00:00 CET mx postfix/", "[77]: "),
    "a host without a name": ("Mar  1 10:00:00 2001:db8::1 postfix/", "[77]: "),
    "svlogd": ("2026-03-01_10:00:00.12345 mx postfix/", "[77]: "),
    "multilog": ("@4000000069a40e2a003ed208 postfix/", "[77]: "),
    "socklog": ("@4000000069a40e2a003ed208 mail.info: Mar  1 10:00:00 postfix/", "[77]: "),
    "Kubernetes": (f"{CRI}Mar  1 10:00:00 mx postfix/", "[77]: "),
    "Kubernetes, no stamp within": (f"{CRI}postfix/", "[77]: "),
    "docker logs -t": ("2026-03-01T10:00:00.123456789Z Mar  1 10:00:00 mx postfix/", "[77]: "),
    "docker compose logs -t": ("mail-1  | 2026-03-01T10:00:00.123Z Mar  1 10:00:00 mx postfix/", "[77]: "),
}
OTHERS = {
    "Exim, cut by syslog": dialogue(EXIM, "Mar  1 10:00:00 mx exim[5]: [1\\2] 2026-03-01 10:00:00 "),
    "Exim, Kubernetes": dialogue(EXIM, f"{CRI}2026-03-01 10:00:00 "),
    "qmail, tai64nlocal": dialogue(QMAIL, "2026-03-01 10:00:00.123456789 "),
    "Haraka, tai64nlocal": dialogue(HARAKA, "2026-03-01 10:00:00.609085500  "),
    "Haraka, multilog": dialogue(HARAKA, "@4000000069a40e2a003ed208 "),
    "Haraka, Kubernetes": dialogue(HARAKA, CRI),
    "Haraka, as node": dialogue(HARAKA, "Mar  1 10:00:00 mx node[77]: "),
    "qmail, another name": dialogue(QMAIL, "Mar  1 10:00:00 mx qmail-out: 1772359200.004117 "),
    "Sendmail, another name": dialogue(SENDMAIL.replace("00000", "00000000"), "Mar  1 10:00:00 mx sm-mta-out[5]: "),
}


def ships(daemon: str, said: str) -> dict[str, dict[str, object]]:
    """Return the same line as each of those that ship logs as JSON writes it."""
    line, at = f"Mar  1 10:00:00 mx postfix/{daemon}[77]: {said}", "2026-03-01T10:00:00.5Z"
    return {
        "docker": {"log": f"{line}\n", "stream": "stdout", "time": at},
        "filebeat": {"@timestamp": at, "message": line, "host": {"name": "mx"}},
        "rsyslog": {"timestamp": at, "host": "mx", "programname": f"postfix/{daemon}", "message": said},
        "rsyslog, %msg%": {"timestamp": at, "host": "mx", "programname": f"postfix/{daemon}", "message": f" {said}"},
        "rsyslog, jsonmesg": {
            "msg": f" {said}",
            "timereported": at,
            "hostname": "mx",
            "syslogtag": f"postfix/{daemon}[77]:",
        },
        "syslog-ng": {"ISODATE": at, "HOST": "mx", "PROGRAM": f"postfix/{daemon}", "PID": "77", "MESSAGE": said},
        "fluentd": {"time": at, "host": "mx", "ident": f"postfix/{daemon}", "pid": "77", "message": said},
        "Vector": {"timestamp": at, "hostname": "mx", "appname": f"postfix/{daemon}", "procid": 77, "message": said},
    }


SHIPPED = {
    name: "".join(json.dumps(ships(daemon, said)[name]) + "\n" for daemon, said in SAID) for name in ships("", "")
}
FRAMES = {
    **{
        name: "".join(f"{before}{daemon}{sep}{said}\n" for daemon, said in SAID)
        for name, (before, sep) in HEADS.items()
    },
    **OTHERS,
    **SHIPPED,
}


@pytest.mark.parametrize("log", FRAMES.values(), ids=FRAMES)
def test_a_bounce_is_counted_whatever_its_lines_are_wrapped_in(log: str) -> None:
    totals = report(log).totals
    assert (totals.ndn_outside, totals.reverse_paths, totals.reasons) == (1, 1, {"user-unknown": 1})
    assert totals.first == "2026-03-01T10:00:00Z"


def test_a_container_s_time_is_that_of_lines_without_one() -> None:
    lines = dialogue(HARAKA).splitlines()
    log = "".join(json.dumps({"log": line, "time": "2026-03-01T10:00:00.5Z"}) + "\n" for line in lines)
    assert report(log).totals.first == "2026-03-01T10:00:00Z"


def test_json_behind_a_stamp() -> None:
    """Haraka's log_timestamps stand in front of every format."""
    events = [
        {"uuid": "A1.1", "origin": "core", "message": "sender <eve@far.example>"},
        {"uuid": "A1.1.1", "origin": "outbound", "message": "bouncing mail: 550 5.1.1 User unknown"},
        {"uuid": "-", "origin": "outbound", "message": "Created transaction: B2"},
    ]
    totals = report("".join(f"2026-03-01T10:00:00.004Z {json.dumps(event)}\n" for event in events)).totals
    assert (totals.ndn_outside, totals.first) == (1, "2026-03-01T10:00:00Z")


def test_a_log_covers_lines_that_say_nothing() -> None:
    mark = "Mar  1 09:00:00 mx -- MARK --\n"
    found = report(f"{mark}{BOUNCE}Mar  1 11:00:00 mx last message repeated 2 times\n").totals
    assert (found.ndn_outside, found.first, found.last) == (1, "2026-03-01T09:00:00Z", "2026-03-01T11:00:00Z")
    too_long = {"__REALTIME_TIMESTAMP": "1772359200000000", "SYSLOG_IDENTIFIER": "postfix/smtp", "MESSAGE": None}
    assert report(json.dumps(too_long)).totals.first == "2026-03-01T10:00:00Z"


@pytest.mark.parametrize("stamp", [f"@{'f' * 24}", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_stamp_of_no_time_is_passed_over(stamp: str) -> None:
    found = report(f"{BOUNCE}{stamp} mx postfix/qmgr[77]: CCCC3: removed\n").totals
    assert (found.ndn_outside, found.first, found.last) == (1, "2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z")


@pytest.mark.parametrize(
    "log",
    [
        BOUNCE.replace("]: ", "]: {}"),
        dialogue(EXIM, "Mar  1 10:00:00 mx exim[5]: {}"),
        dialogue(SENDMAIL.replace("00000", "00000000"), "Mar  1 10:00:00 mx sendmail[5]: {}"),
    ],
    ids=["Postfix", "Exim", "Sendmail"],
)
def test_notices_in_a_form_that_is_not_known_are_no_good_news(log: str) -> None:
    found = report(log.replace("{}", "info: "))
    assert found.totals.ndn_outside == 0
    assert found.unread > 0
    assert verdict(found).endswith("about notices in a form that is not known")
    assert not is_known(found)
    both = report(log.replace("{}", "info: ") + log.replace("{}", ""))
    assert verdict(both).endswith("1 backscatter")
    assert both.gaps == (
        f"{amount(both.unread, 'line')} about notices in a form that is not known: these are not counted",
    )


@pytest.mark.parametrize("end", ["\x1b[0m", "#012", "#015", "\r", " "])
def test_what_stands_behind_a_line_hides_no_notice(end: str) -> None:
    found = report(BOUNCE.replace("\n", f"{end}\n"))
    assert (found.totals.ndn_outside, found.unread) == (1, 0)
