"""The laboratory's servers by themselves: what each says in the session, and what it writes to the catch MX."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

import aiosmtplib
import dns.asyncquery
import dns.message
import pytest

from bsaudit.adapters.catch.sink import SinkMailbox
from bsaudit.adapters.clock import SystemClock
from bsaudit.adapters.resolver import DnsResolver
from bsaudit.errors import NoSuchDomain
from bsaudit.lab.laboratory import CATCH, CATCH_ADDRESS, Lab, laboratory
from bsaudit.lab.loopback import LabError, free_port
from bsaudit.lab.relay import Relay, RelayHabits
from bsaudit.lab.targets import Behaviours
from bsaudit.model.mail import Arrival
from bsaudit.model.notification import Action, Kind, Notification, Returned
from bsaudit.model.settings import CatchKind, CatchSettings
from bsaudit.ndn import read
from bsaudit.probe.strings import GTUBE, eicar

REVERSE_PATH = CATCH_ADDRESS.replace("@", "+token@")
PLAIN = f"From: {REVERSE_PATH}\r\nTo: x\r\nSubject: hello\r\nMessage-ID: <m@own.test>\r\n\r\nhello\r\n"
SPAM = PLAIN + GTUBE + "\r\n"
PATIENCE_S = 8.0


class World:
    """A laboratory, with the catch MX in it."""

    def __init__(self, lab: Lab, mailbox: SinkMailbox) -> None:
        self.lab, self.mailbox = lab, mailbox
        self.resolver = DnsResolver(lab.resolver)

    async def exchange(self, label: str, number: int = 0) -> str:
        """Return the address of a target's mail exchanger."""
        return (await self.resolver.mail_exchangers(f"{label}.test"))[number].addresses[0]

    async def say(
        self,
        address: str,
        recipient: str,
        message: str = PLAIN,
        *,
        mail_from: str = REVERSE_PATH,
        user: str | None = None,
        notify: Iterable[str] = (),
    ) -> str:
        """Try to hand a message over and return the reply that decided."""
        client = aiosmtplib.SMTP(hostname=address, port=self.lab.mx_port, local_hostname="me.test", start_tls=False)
        async with client:
            await client.ehlo()
            if user:
                await client.login(user, Relay.password)
            try:
                await client.mail(mail_from)
                await client.rcpt(recipient, options=[f"NOTIFY={','.join(notify)}"] if notify else [])
                reply = await client.data(message.encode())
            except aiosmtplib.SMTPResponseException as error:
                return f"{error.code} {error.message}"
            return f"{reply.code} {reply.message}"

    async def submit(self, recipient: str, message: str = PLAIN, **more: object) -> str:
        return await self.say(self.lab.relay[0], recipient, message, user=Relay.user, **more)  # type: ignore[arg-type]

    async def arrival(self) -> Arrival:
        async with asyncio.timeout(PATIENCE_S):
            async for arrival in self.mailbox.arrivals():
                return arrival
        raise AssertionError

    async def notification(self) -> Notification:
        return read((await self.arrival()).raw)

    async def nothing(self) -> None:
        await asyncio.sleep(0.3)
        assert await self.mailbox.new_arrivals() == []


@asynccontextmanager
async def world(habits: RelayHabits | None = None, *labels: str) -> AsyncIterator[World]:
    sites = {label: Behaviours.TABLE[label] for label in labels or ("good",)}
    async with laboratory(habits, sites) as lab:
        settings = CatchSettings(kind=CatchKind.SINK, host=lab.catch, port=lab.mx_port)
        mailbox = SinkMailbox(settings, addresses=(CATCH_ADDRESS,), clock=SystemClock())
        await mailbox.open()
        try:
            yield World(lab, mailbox)
        finally:
            await mailbox.close()


def there(story: Callable[[World], Awaitable[None]], *labels: str, habits: RelayHabits | None = None) -> None:
    async def main() -> None:
        async with world(habits, *labels) as here:
            await story(here)

    asyncio.run(main())


# --- names


def test_the_real_resolver_finds_everything_in_the_labs_dns() -> None:
    async def story(here: World) -> None:
        resolver = here.resolver
        first, second = await resolver.mail_exchangers("backup.test")
        assert (first.host, first.preference, second.host, second.preference) == (
            "mx1.backup.test",
            10,
            "mx2.backup.test",
            20,
        )
        assert await resolver.names(first.addresses[0]) == ("mx1.backup.test",)
        assert await resolver.texts("_bsaudit.backup.test") == ("v=bsaudit1; catch=catch.test",)
        assert await resolver.texts("mx1.backup.test") == ()
        assert (await resolver.mail_exchangers("catch.test"))[0].addresses == (CATCH.address,)
        with pytest.raises(NoSuchDomain):
            await resolver.mail_exchangers("elsewhere.test")

    there(story, "backup")


def test_dns_over_tcp() -> None:
    async def story(here: World) -> None:
        query = dns.message.make_query("good.test", "MX")
        host, port = here.lab.resolver
        reply = await dns.asyncquery.tcp(query, host, port=port, timeout=3)
        assert "mx.good.test." in reply.answer[0].to_text()

    there(story)


def test_where_only_one_loopback_address_exists_the_lab_says_so() -> None:
    with pytest.raises(LabError, match="needs loopback addresses"):
        free_port(["192.0.2.1"])  # as 127.77.0.1 is where there is only 127.0.0.1: no address of this machine


def test_a_port_that_another_laboratory_took_meanwhile_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with laboratory(sites={"good": Behaviours.TABLE["good"]}) as first:
            free = free_port([first.resolver[0]])
            found = iter([first.mx_port, free])
            monkeypatch.setattr("bsaudit.lab.laboratory.free_port", lambda addresses: next(found))
            async with laboratory(sites={"good": Behaviours.TABLE["good"]}) as second:
                assert second.mx_port == free

    asyncio.run(main())


# --- targets


@pytest.mark.parametrize(
    ("label", "recipient", "message", "reply"),
    [
        ("good", "nobody@good.test", PLAIN, "550 5.1.1"),
        ("good", "user@good.test", PLAIN, "250 2.0.0"),
        ("good", "user@good.test", SPAM, "554 5.7.1"),
        ("good", "user@elsewhere.test", PLAIN, "554 5.7.1 Relay access denied"),
        ("slow", "user@slow.test", PLAIN, "451 4.7.1"),
        ("grey", "user@grey.test", PLAIN, "450 4.2.0"),
        ("bad", "nobody@bad.test", SPAM, "250 2.0.0"),
        ("silent", "nobody@silent.test", SPAM, "250 2.0.0"),
    ],
)
def test_what_a_target_says_in_the_session(label: str, recipient: str, message: str, reply: str) -> None:
    async def story(here: World) -> None:
        assert (await here.say(await here.exchange(label), recipient, message)).startswith(reply)
        if label != "bad":
            await here.nothing()

    there(story, label)


def test_the_scanner_finds_a_virus_in_an_archive_too() -> None:
    async def story(here: World) -> None:
        from email.message import EmailMessage
        from io import BytesIO
        from zipfile import ZipFile

        buffer = BytesIO()
        with ZipFile(buffer, "w") as archive:
            archive.writestr("eicar.com", eicar())
        message = EmailMessage()
        message.set_content("see attachment")
        message.add_attachment(buffer.getvalue(), maintype="application", subtype="zip", filename="x.zip")
        said = await here.say(await here.exchange("good"), "user@good.test", message.as_string())
        assert said.startswith("554 5.7.1 Message rejected: virus")

    there(story)


def test_greylisting_lets_the_second_try_pass() -> None:
    async def story(here: World) -> None:
        address = await here.exchange("grey")
        assert (await here.say(address, "user@grey.test")).startswith("450")
        await asyncio.sleep(0.35)
        assert (await here.say(address, "user@grey.test")).startswith("250")

    there(story, "grey")


@pytest.mark.parametrize(
    ("label", "kind", "family", "writer"),
    [
        ("bad", Kind.NDN, "postfix", "mx.bad.test"),
        ("qmail", Kind.NDN, "qmail", "mx.qmail.test"),
        ("gateway", Kind.NDN, "exim", "mx.gateway.test"),
        ("late", Kind.DELAY, "postfix", "mx.late.test"),
        ("vacation", Kind.AUTOREPLY, None, None),
        ("challenge", Kind.CHALLENGE, None, None),
    ],
)
def test_what_a_target_writes_comes_from_its_own_address(
    label: str, kind: Kind, family: str | None, writer: str | None
) -> None:
    async def story(here: World) -> None:
        address = await here.exchange(label)
        assert (await here.say(address, f"nobody@{label}.test")).startswith("250")
        arrival = await here.arrival()
        assert arrival.peer is not None
        assert (arrival.peer.address, arrival.helo, arrival.envelope_from) == (address, f"mx.{label}.test", "")
        notification = read(arrival.raw)
        assert notification.kind is kind
        if writer:
            assert writer in {notification.reporting_mta, notification.prose_host}
            assert notification.mta_family == family
            assert notification.original_message_id == "<m@own.test>"
            assert notification.returned_trace[0].by == writer

    there(story, label)


def test_the_gateway_quotes_its_inner_host() -> None:
    async def story(here: World) -> None:
        await here.say(await here.exchange("gateway"), "nobody@gateway.test")
        (report,) = (await here.notification()).recipients
        assert (report.remote_mta, report.reply_code, report.action) == ("inner.gateway.test", 550, Action.FAILED)

    there(story, "gateway")


def test_the_backup_mx_bounces_what_the_primary_refuses() -> None:
    async def story(here: World) -> None:
        assert (await here.say(await here.exchange("backup", 0), "nobody@backup.test")).startswith("550")
        assert (await here.say(await here.exchange("backup", 1), "nobody@backup.test")).startswith("250")
        notification = await here.notification()
        assert notification.reporting_mta == "mx2.backup.test"
        assert notification.recipients[0].remote_mta == "mx1.backup.test"

    there(story, "backup")


def test_no_target_answers_the_null_reverse_path() -> None:
    async def story(here: World) -> None:
        for label in here.lab.targets:
            target = label.partition(".")[0]
            await here.say(await here.exchange(target), f"nobody@{label}", mail_from="")
        await here.nothing()

    there(story, "bad", "qmail", "gateway", "late", "vacation", "challenge")


def test_a_callout_is_a_session_without_data() -> None:
    async def story(here: World) -> None:
        assert (await here.say(await here.exchange("callout"), "nobody@callout.test")).startswith("550 5.1.1")
        (session,) = here.mailbox.sessions()
        assert (session.mail_from, session.rcpt_to, session.data) == ("", (REVERSE_PATH,), False)

    there(story, "callout")


# --- the relay


def test_the_relay_takes_mail_from_its_customers_only() -> None:
    async def story(here: World) -> None:
        assert (await here.say(here.lab.relay[0], "user@good.test")).startswith("554 5.7.1")
        assert (await here.submit("user@good.test")).startswith("250")
        await here.nothing()

    there(story)


def test_the_relay_reports_what_the_target_refused() -> None:
    async def story(here: World) -> None:
        assert (await here.submit("nobody@good.test")).startswith("250")
        arrival = await here.arrival()
        assert arrival.peer is not None
        assert arrival.peer.address == here.lab.relay[0]
        notification = read(arrival.raw)
        (report,) = notification.recipients
        assert (notification.kind, notification.reporting_mta) == (Kind.NDN, "mail.relay.test")
        assert (report.remote_mta, report.reply_code, report.status) == ("mx.good.test", 550, "5.1.1")
        assert notification.returned is Returned.FULL
        assert [hop.by for hop in notification.returned_trace] == ["mail.relay.test"]

    there(story)


def test_relayed_is_told_when_asked_and_only_where_nobody_else_will() -> None:
    async def story(here: World) -> None:
        await here.submit("user@good.test", notify=("SUCCESS", "FAILURE"))
        notification = await here.notification()
        assert notification.kind is Kind.RELAYED
        assert notification.recipients[0].remote_mta == "mx.good.test"
        await here.submit("user@dsn.test", notify=("SUCCESS", "FAILURE"))
        notification = await here.notification()
        assert (notification.kind, notification.reporting_mta) == (Kind.SUCCESS, "mx.dsn.test")
        assert notification.recipients[0].action is Action.DELIVERED
        await here.submit("nobody@good.test", notify=("NEVER",))
        await here.nothing()

    there(story, "good", "dsn")


def test_the_relay_gives_up_on_a_target_that_defers() -> None:
    async def story(here: World) -> None:
        await here.submit("user@slow.test")
        notification = await here.notification()
        assert (notification.kind, notification.recipients[0].reply_code) == (Kind.NDN, 451)

    there(story, "slow")


@pytest.mark.parametrize(
    ("recipient", "status"),
    [
        ("x@unreachable.catch.test", "4.4.1"),
        ("x@elsewhere.test", "5.4.4"),
        (CATCH_ADDRESS.replace("audit", "refused"), "5.1.1"),
    ],
)
def test_what_relay_calibration_brings_back(recipient: str, status: str) -> None:
    async def story(here: World) -> None:
        await here.submit(recipient)
        notification = await here.notification()
        assert notification.reporting_mta == "mail.relay.test"
        assert notification.recipients[0].status == status
        assert (notification.recipients[0].remote_mta == CATCH.name) is (status == "5.1.1")

    there(story)


@pytest.mark.parametrize("keeps", [False, True])
def test_a_rewriting_relay_passes_bounces_back_or_keeps_them(keeps: bool) -> None:
    async def story(here: World) -> None:
        await here.submit(REVERSE_PATH)
        arrival = await here.arrival()
        assert arrival.envelope_from is not None
        assert arrival.envelope_from.endswith("@mail.relay.test")
        await here.submit("nobody@bad.test")
        if keeps:
            await here.nothing()
            return
        arrival = await here.arrival()
        assert arrival.peer is not None
        assert arrival.peer.address == here.lab.relay[0]
        assert read(arrival.raw).reporting_mta == "mx.bad.test"

    there(story, "bad", habits=RelayHabits(rewrites_reverse_path=True, keeps_bounces=keeps))


def test_a_filtering_relay_bounces_spam_itself_without_asking_the_target() -> None:
    async def story(here: World) -> None:
        await here.submit("user@silent.test", SPAM)
        notification = await here.notification()
        assert (notification.reporting_mta, notification.recipients[0].remote_mta) == ("mail.relay.test", None)
        assert (await here.submit(REVERSE_PATH, SPAM, mail_from="")).startswith("554")

    there(story, "silent", habits=RelayHabits(filters_gtube=True))


def test_a_relay_without_dsn_does_not_know_notify() -> None:
    async def story(here: World) -> None:
        assert (await here.submit("user@good.test", notify=("SUCCESS",))).startswith("555")

    there(story, habits=RelayHabits(offers_dsn=False))
