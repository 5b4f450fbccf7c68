"""A pipeline, end to end: an image green, its recipient map gone and red, known and green again, as CI sees it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.mta import keeper
from tests.mta.audit import CATCH_ADDRESS, Ran, bsaudit
from tests.mta.certificates import AUTHORITY
from tests.mta.lab import Lab
from tests.mta.network import configured, edited
from tests.mta.places import ACCOUNT, AUDITOR_ADDRESS, CATCH_MX, CATCH_USER, RESOLVER, SINK_DOMAIN

pytestmark = [pytest.mark.mta, pytest.mark.timeout(600)]

RED_S, GREEN_S = 10.0, 30.0  # beyond the probes' own pace
EXIM_CONF, SMTPD_KNOWN = "/etc/exim4/exim4.conf", "/etc/smtpd.known"


@dataclass(frozen=True)
class Image:
    """A server as an image ships it: what prints its queue, and what makes it bounce.

    `relay` carries the controls of one that offers no DSN: an account on the image itself. `catch` is where what comes
    back is read.
    """

    domain: str
    queue: str
    broken: Callable[[Lab, str], AbstractContextManager[None]]
    relay: str = ""
    catch: str = f'catch = "sink://{AUDITOR_ADDRESS}:25"\ncatch_address = "probe@{SINK_DOMAIN}"'

    @property
    def host(self) -> str:
        return f"mail.{self.domain}"


IMAGES = (
    Image(
        "postfix-image.example",
        "postqueue -j",
        lambda ground, host: configured(ground, host, local_recipient_maps=""),
    ),
    Image(
        "exim-image.example",
        "exim4 -bp",
        lambda ground, host: edited(
            ground, host, EXIM_CONF, "/require verify = recipient/d", "kill -HUP $(cat /run/exim4/exim.pid)"
        ),
        relay=f"smtp://{ACCOUNT}@mail.exim-image.example:587",
    ),
    Image(
        "opensmtpd-image.example",
        "smtpctl show queue",
        lambda ground, host: edited(
            ground, host, SMTPD_KNOWN, "$a @opensmtpd-image.example", "smtpctl update table known"
        ),
        relay="smtp://mail.opensmtpd-image.example:587?tls=none",
        # It leaves the route to a mail exchanger alone for minutes that went away with a session open, as a sink does.
        catch=f'catch = "imaps://{CATCH_USER}@{CATCH_MX}"\ncatch_address = "{CATCH_ADDRESS}"',
    ),
)
CONFIG = """resolver = "{resolver}"
ca_file = "{authority}"
route = "direct"
{catch}
tagging = "plus"
{relay}
rate = "20/s"
wait = "90s"
grace = "60s"

[[host]]
match = "0.0.0.0/0"
authorized_by = "the proving ground"
rate = 100
budget = 100000
refused = 100000

[[target]]
name = "{domain}"
valid_recipient = "alice@{domain}"
authorized_by = "the proving ground"
"""
ACCEPT = """
[[accept]]
target = "{domain}"
reason = "ticket 42"
owner = "A. Admin"
expires = {expires}
"""


class Pipeline:
    """A working directory with its configuration, in which `bsaudit check` is run as the job would."""

    def __init__(self, ground: Lab, image: Image, directory: Path) -> None:
        self.image, self.directory = image, directory
        self._ground = ground
        self.config = CONFIG.format(
            resolver=RESOLVER,
            authority=f"{keeper.SCRATCH}/{AUTHORITY}",
            catch=image.catch,
            domain=image.domain,
            relay=f'relay = "{image.relay}"\nrelay_permission = "the proving ground"' if image.relay else "",
        )
        holder = (ground.scratch / "pids" / image.host).read_text()
        self._queue = f"nsenter -t {holder} -m -n -u -- {image.queue}"

    def check(self, *options: str, accept: str = "") -> Ran:
        file = self.directory / "bsaudit.toml"
        file.write_text(self.config + accept)
        formats = [f"json={self.directory}/report.json", f"junit={self.directory}/junit.xml", "github"]
        words = [word for form in formats for word in ("--format", form)]
        queue = ["--target-queue", self._queue]
        return bsaudit(
            self._ground, self.directory, "check", "--config", str(file), "--quiet", *queue, *words, *options
        )

    @property
    def report(self) -> dict:  # type: ignore[type-arg]
        return json.loads((self.directory / "report.json").read_bytes())  # type: ignore[no-any-return]

    @property
    def failures(self) -> list[str]:
        cases = ET.parse(self.directory / "junit.xml").iter("testcase")
        return sorted(case.get("name") or "" for case in cases if case.find("failure") is not None)

    def seconds_beyond_pace(self) -> float:
        """Return how long the run went on after the last probe was handed over."""
        run, (target,) = self.report["run"], self.report["targets"]
        sent = max(at(probe["submitted_at"]) for probe in target["probes"] if probe["submitted_at"])
        return (at(run["finished_at"]) - sent).total_seconds()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# One in every run; the others take a minute each.
@pytest.fixture(
    params=[
        pytest.param(image, id=image.domain.partition("-")[0], marks=[pytest.mark.long] if number else [])
        for number, image in enumerate(IMAGES)
    ]
)
def pipeline(request: pytest.FixtureRequest, ground: Lab, tmp_path: Path) -> Pipeline:
    return Pipeline(ground, request.param, tmp_path)


def test_from_green_to_red_and_known(ground: Lab, pipeline: Pipeline) -> None:
    image = pipeline.image
    green = pipeline.check()
    assert (green.code, pipeline.failures) == (0, []), green.stderr + green.stdout
    assert pipeline.seconds_beyond_pace() <= GREEN_S, pipeline.report["run"]["target_queue"]
    assert "queue" in pipeline.report["targets"][0]["qualification"]

    with image.broken(ground, image.host):
        red = pipeline.check()
        (target,) = pipeline.report["targets"]
        bounced = [probe for probe in target["probes"] if probe["counts_as"] == "backscatter"]
        assert (red.code, target["verdict"]) == (1, "backscatter"), red.stderr + red.stdout
        assert pipeline.seconds_beyond_pace() <= RED_S
        kept = (pipeline.directory / "report.json").read_bytes()
        assert len(pipeline.failures) == len(bounced) > 0
        assert all(any(probe["kind"] in name for probe in bounced) for name in pipeline.failures)
        line = pipeline.config.splitlines().index("[[target]]") + 1
        assert f"/bsaudit.toml,line={line}," in red.stdout
        assert red.stdout.startswith("::error file=")

        fast = pipeline.check("--fail-fast")
        assert fast.code == 1, fast.stderr + fast.stdout
        came = [one for one in pipeline.report["targets"][0]["probes"] if one["counts_as"] == "backscatter"]
        assert len(pipeline.failures) == len(came) > 0, "each that came, if in the same moment, and no other"
        assert pipeline.seconds_beyond_pace() <= RED_S

        known = pipeline.directory / "known.json"
        known.write_bytes(kept)
        again = pipeline.check("--baseline", str(known))
        assert (again.code, pipeline.failures) == (0, []), again.stderr + again.stdout
        assert pipeline.report["targets"][0]["verdict"] == "backscatter"
        assert pipeline.report["baseline"]["known"]
        assert "::notice" in again.stdout

        accepted = pipeline.check(accept=ACCEPT.format(domain=image.domain, expires=day(7)))
        assert (accepted.code, pipeline.failures) == (0, []), accepted.stderr + accepted.stdout
        expired = pipeline.check(accept=ACCEPT.format(domain=image.domain, expires=day(-1)))
        assert expired.code == 1
        assert "accepted only until" in expired.stderr


def day(ahead: int) -> date:
    return (datetime.now(UTC) + timedelta(days=ahead)).date()
