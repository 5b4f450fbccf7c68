"""Who can convict an innocent server? Nobody but its own hosts: a matrix of forgeries, each with its true twin.

What is written, how it comes in, by which route the probe went and what became of it are combined; the same message
convicts where the target's side sent it, and nobody where a stranger did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from bsaudit.judge.next_steps import next_steps
from bsaudit.judge.qualification import qualification
from bsaudit.judge.tried import Tried
from bsaudit.model.knowledge import Party
from bsaudit.model.mail import Route, Spf, SpfResult, Verified
from bsaudit.model.notification import Attribution, Kind
from bsaudit.model.probe import CountsAs, Outcome, Place
from bsaudit.model.report import Verdict
from bsaudit.model.way_back import CLOSED
from tests.support.bounces import (
    Bounce,
    Machine,
    line,
    relay_bounce,
)
from tests.support.court import (
    ANOTHERS,
    CATCHES,
    CUSTOMER,
    GREETING,
    MESSAGES,
    NEIGHBOUR,
    NOT_SHOWN,
    OF_THE_TEXT,
    OWN,
    POOL,
    REFUSED,
    SENT,
    SHOWN,
    STRANGER,
    TOKENS,
    WORLD,
    Court,
    Fate,
    relayed,
    signing,
    twins,
)


def forged() -> Iterator[tuple[str, Machine, Fate, str]]:
    yield from product(MESSAGES, [STRANGER, GREETING, NEIGHBOUR, CUSTOMER], REFUSED + NOT_SHOWN, CATCHES)


@pytest.mark.parametrize(("message", "client", "fate", "catch"), [*forged()])
def test_no_stranger_convicts(message: str, client: Machine, fate: Fate, catch: str) -> None:
    court = Court(fate)
    court.receive(MESSAGES[message], client, catch)
    assert court.verdict() is CountsAs.INCONCLUSIVE
    assert court.record.returned[-1].attributed.attribution is Attribution.UNKNOWN
    if fate.refused:
        assert "contradicted-notice" in court.findings()


@pytest.mark.parametrize(("message", "fate", "catch"), [*twins(REFUSED + NOT_SHOWN + SHOWN, CATCHES)])
def test_the_true_twin_from_the_targets_own_address_convicts(message: str, fate: Fate, catch: str) -> None:
    """Some filters reject, and write to the sender all the same."""
    court = Court(fate)
    court.receive(MESSAGES[message], WORLD.target, catch)
    assert court.verdict() is CountsAs.BACKSCATTER
    assert "contradicted-notice" not in court.findings()
    settlement = court.record.settlement
    assert settlement is not None
    assert ("refused" in settlement.explanation) is fate.refused
    assert (settlement.accepted is None) is fate.refused


@pytest.mark.parametrize(("message", "fate"), [*twins(REFUSED + NOT_SHOWN + SHOWN)])
def test_the_true_twin_from_a_host_of_the_targets_own_organisation_convicts(message: str, fate: Fate) -> None:
    court = Court(fate)
    court.receive(MESSAGES[message], POOL, "mailbox")
    assert court.verdict() is CountsAs.BACKSCATTER


# Somebody has read one address of ours and writes with it himself: the target answers him, from its own host.
OTHER = ("Auto-Submitted: auto-replied", "In-Reply-To: <other@stranger.example>")
LIKE_OURS = ("Auto-Submitted: auto-replied", f"In-Reply-To: <b{'z' * 16}@inbox.example>")
OF_OUR_ADDRESS = ("Auto-Submitted: auto-replied", f"In-Reply-To: <{TOKENS[0]}@inbox.example>")
ANSWERED = {
    "an answer to one that reads like ours": replace(MESSAGES["out of office"], headers=LIKE_OURS),
    "an answer to one that bears our address": replace(MESSAGES["out of office"], headers=OF_OUR_ADDRESS),
    "a report on another message": replace(MESSAGES["reporting"], headers=OTHER),
    "an answer to another message": replace(MESSAGES["out of office"], headers=OTHER),
}
NEVER_SEEN = {message: MESSAGES[message] for message in OF_THE_TEXT} | {
    "a report on another recipient": replace(MESSAGES["reporting"], final="nobody@elsewhere.example"),
    "an answer that names none": MESSAGES["out of office"],
    "an answer that names ours": replace(
        MESSAGES["out of office"], headers=("Auto-Submitted: auto-replied", f"In-Reply-To: <{TOKENS[3]}@inbox.example>")
    ),
}


@pytest.mark.parametrize(
    ("message", "fate"),
    [*product(ANSWERED, REFUSED + NOT_SHOWN + SHOWN), *product(NEVER_SEEN, REFUSED[:1])],
)
@pytest.mark.parametrize("sign", [bytes, signing(WORLD.domain)], ids=["unsigned", "signed"])
def test_what_the_target_wrote_about_somebody_elses_message_convicts_it_of_nothing(
    message: str, fate: Fate, sign: Callable[[bytes], bytes]
) -> None:
    court = Court(fate)
    court.receive((ANSWERED | NEVER_SEEN)[message], WORLD.target, "sink", sign=sign)
    assert court.verdict() is CountsAs.INCONCLUSIVE
    settlement = court.record.settlement
    assert settlement is not None
    assert "somebody else may have sent" in settlement.explanation
    assert "contradicted-notice" in court.findings()


EGRESS = "198.51.100.40"


def dns(*names: str, result: str = "none", term: str | None = None, own: bool = True) -> Verified:
    """Return what DNS says of a host that nobody knows."""
    spf = {"acme.example": Spf(result=SpfResult(result), term=term, own=own)}
    return Verified(address=EGRESS, names=names, spf=spf)


@pytest.mark.parametrize(
    ("message", "fate", "catch", "said"),
    [
        *twins(
            REFUSED + NOT_SHOWN,
            CATCHES,
            [dns("out7.acme.example"), dns(result="pass", term="a:out.provider.example")],
        )
    ],
)
def test_the_true_twin_from_an_egress_that_dns_names_convicts(
    message: str, fate: Fate, catch: str, said: Verified
) -> None:
    court = Court(fate)
    court.receive(MESSAGES[message], Machine("out.provider.example", EGRESS), catch, verified=said)
    assert court.verdict() is CountsAs.BACKSCATTER


UNNAMED = {
    "no name at all": dns(),
    "a name of the MX provider's": dns("vm4.hoster.example"),
    "a name that spells the address": dns("198-51-100-40.acme.example"),
    "a shared provider's SPF": dns(result="pass", term="include:_spf.provider.example"),
    "SPF elsewhere": dns(result="pass", term="ip4:198.51.100.40", own=False),
    "SPF for everybody": dns(result="pass", term="+all"),
    "SPF by a macro": dns(result="pass", term="exists:%{i}.ok.acme.example"),
    "SPF for a wide network": dns(result="pass", term="ip4:198.0.0.0/8"),
    "SPF that fails": dns(result="softfail", term="~all"),
}


@pytest.mark.parametrize(("message", "fate", "catch", "said"), [*product(MESSAGES, REFUSED, CATCHES, UNNAMED)])
def test_an_egress_that_dns_does_not_name_convicts_nobody(message: str, fate: Fate, catch: str, said: str) -> None:
    """The line of our mail exchanger may hold a name that it did not look up the other way round."""
    court = Court(fate)
    client = Machine(WORLD.target.name, EGRESS, "out7.acme.example")
    court.receive(MESSAGES[message], client, catch, verified=UNNAMED[said])
    assert court.verdict() is CountsAs.INCONCLUSIVE
    assert "contradicted-notice" in court.findings()


@pytest.mark.parametrize(
    ("message", "client", "fate", "catch"), [*product(MESSAGES, [STRANGER, NEIGHBOUR], SHOWN, CATCHES)]
)
def test_the_true_twin_from_a_host_that_nobody_knows_convicts_after_shown_acceptance(
    message: str, client: Machine, fate: Fate, catch: str
) -> None:
    """Nobody but whoever took the probe knew the address that it came to."""
    court = Court(fate)
    court.receive(MESSAGES[message], client, catch)
    assert court.verdict() is CountsAs.BACKSCATTER


ELSEWHERE = {
    "answer": replace(MESSAGES["out of office"], sender="somebody@elsewhere.example"),
    "report": replace(MESSAGES["reporting"], reporting="foo.example", final="somebody@elsewhere.example"),
}


@pytest.mark.parametrize(("message", "fate"), [*product(ELSEWHERE, SHOWN)])
def test_who_takes_mail_for_nobody_may_pass_it_on_to_somebody_who_answers(message: str, fate: Fate) -> None:
    """A catch-all forwards it elsewhere, to somebody on holiday or over quota: what is written there is not its own."""
    court = Court(fate)
    court.receive(ELSEWHERE[message], STRANGER, "sink")
    assert court.verdict() is CountsAs.FINDING


@pytest.mark.parametrize(("fate", "catch"), [*product(SHOWN, CATCHES)])
def test_who_quotes_the_targets_border_wrote_in_front_of_it(fate: Fate, catch: str) -> None:
    """A filter on the way out takes what it is given, and tells of the target's refusal itself."""
    court = Court(fate)
    quoting = replace(MESSAGES["reporting"], reporting="filter.example", remote=WORLD.target.name)
    court.receive(quoting, STRANGER, catch)
    assert court.verdict() is CountsAs.INCONCLUSIVE


THROUGH_RELAY = [Fate(Route.RELAY, refused=True), Fate(Route.RELAY)]


@pytest.mark.parametrize(("message", "fate", "catch"), [*product(MESSAGES, THROUGH_RELAY, CATCHES)])
def test_who_sends_through_our_relay_writes_the_lines_below_the_one_that_took_it_in(
    message: str, fate: Fate, catch: str
) -> None:
    """A relay that rewrites the reverse-path passes on what comes to the rewritten one."""
    forged = Court(fate)
    below = (line(WORLD.relay, WORLD.target), *MESSAGES[message].trace)
    forged.receive(replace(MESSAGES[message], trace=(line(WORLD.relay, GREETING), *below)), WORLD.relay, catch)
    assert forged.verdict() is CountsAs.INCONCLUSIVE
    twin = Court(fate)
    twin.receive(replace(MESSAGES[message], trace=below), WORLD.relay, catch)
    assert twin.verdict() is CountsAs.BACKSCATTER


@pytest.mark.parametrize(
    ("message", "fate", "client", "catch", "signer"),
    [
        *twins(
            REFUSED + NOT_SHOWN,
            [STRANGER, NEIGHBOUR],
            CATCHES,
            [WORLD.domain, f"lists.{WORLD.domain}", "mx1.hoster.example"],
        )
    ],
)
def test_the_true_twin_that_the_target_signed_for_this_probe_convicts(
    message: str, fate: Fate, client: Machine, catch: str, signer: str
) -> None:
    """An egress without name and SPF, a provider that passes it on: the signature goes with the message."""
    court = Court(fate)
    court.receive(MESSAGES[message], client, catch, sign=signing(signer))
    assert court.verdict() is CountsAs.BACKSCATTER
    assert "contradicted-notice" not in court.findings()


FORGED_SIGNATURES: dict[str, Callable[[bytes], bytes]] = {
    "made for another probe": signing(WORLD.domain, ANOTHERS),
    "made for another probe, and our address added": lambda raw: (
        f"To: {OWN}\r\n".encode() + signing(WORLD.domain, ANOTHERS)(raw)
    ),
    "of an answer to somebody who had our address quoted": lambda raw: signing(WORLD.domain, ANOTHERS)(
        raw.replace(b"Your message", f"{OWN}: Your message".encode()).replace(b"I c", f"{OWN}: I c".encode())
    ),
    "made before the body": lambda raw: signing(WORLD.domain)(raw) + b"PS\r\n",
    "by the MX's provider": signing("hoster.example"),
    "by a stranger": signing("stranger.example"),
    "by a public suffix": signing("example"),
}


@pytest.mark.parametrize(
    ("message", "fate", "catch", "forged"), [*product(MESSAGES, REFUSED + NOT_SHOWN, CATCHES, FORGED_SIGNATURES)]
)
def test_what_the_target_did_not_sign_for_this_probe_convicts_nobody(
    message: str, fate: Fate, catch: str, forged: str
) -> None:
    court = Court(fate)

    def of_anothers(raw: bytes) -> bytes:  # what he had signed was no answer to our message
        return FORGED_SIGNATURES[forged](raw.replace(TOKENS[3].encode(), b"b" + b"y" * 16))

    court.receive(MESSAGES[message], STRANGER, catch, sign=of_anothers)
    assert court.verdict() is CountsAs.INCONCLUSIVE
    assert court.record.returned[-1].attributed.attribution is Attribution.UNKNOWN


@pytest.mark.parametrize("place", Place)
def test_a_signed_body_is_for_this_probe_if_it_says_what_only_who_got_the_message_knows(place: Place) -> None:
    court = Court(REFUSED[0])
    told = replace(MESSAGES["reporting"], prose=f"About {TOKENS[list(Place).index(place)]}")
    court.receive(told, STRANGER, "sink", sign=signing(WORLD.domain, ANOTHERS))
    known = place in {Place.MESSAGE_ID, Place.BODY}
    assert court.verdict() is (CountsAs.BACKSCATTER if known else CountsAs.INCONCLUSIVE)


@pytest.mark.parametrize("message", MESSAGES)
def test_what_the_relay_passes_on_with_the_targets_signature_is_the_targets(message: str) -> None:
    court = Court(NOT_SHOWN[0])
    court.receive(replace(MESSAGES[message], trace=()), WORLD.relay, "sink", sign=signing(WORLD.domain))
    assert court.verdict() is CountsAs.BACKSCATTER


def test_a_signature_of_the_organisation_that_asks_is_no_other_sides() -> None:
    """Its own servers sign what they write to its users, too."""
    court = Court(REFUSED[0])
    court.record.probe = replace(court.record.probe, reverse_path=f"me+bt@audit.{WORLD.domain}")
    court.receive(MESSAGES["reporting"], STRANGER, "sink", sign=signing(WORLD.domain))
    assert court.verdict() is CountsAs.INCONCLUSIVE


@pytest.mark.parametrize("catch", CATCHES)
def test_what_was_signed_for_somebody_else_convicts_nobody(catch: str) -> None:
    """Our own side verified the signature; whom it was written to it does not say."""
    court = Court(REFUSED[0])
    signed = f"Authentication-Results: {WORLD.catch.name}; dkim=pass header.d=acme.example"
    court.receive(replace(MESSAGES["reporting"], headers=(signed,)), STRANGER, catch)
    assert court.verdict() is CountsAs.INCONCLUSIVE


@pytest.mark.parametrize(("message", "fate"), [*product(MESSAGES, REFUSED + SHOWN)])
def test_where_our_own_side_is_on_the_targets_host_nobody_is_told_from_it(message: str, fate: Fate) -> None:
    court = Court(fate)
    catch = Party(hosts=frozenset({WORLD.catch.name}), addresses=frozenset({WORLD.target.address}))
    court.inquiry.learned = replace(court.inquiry.learned, catch=catch)
    court.receive(MESSAGES[message], WORLD.target, "sink")
    assert court.verdict() is CountsAs.INCONCLUSIVE
    assert court.record.settlement is not None
    assert "our own side takes mail on a host of the target's" in court.record.settlement.explanation


@pytest.mark.parametrize("message", MESSAGES)
def test_where_the_relay_is_on_the_targets_host_nobody_is_told_from_it(message: str) -> None:
    court = Court(NOT_SHOWN[0])
    court.target.shares_egress_with_relay = True
    court.receive(MESSAGES[message], WORLD.target, "sink")
    assert court.verdict() is CountsAs.INCONCLUSIVE
    assert court.record.settlement is not None
    assert "relay and target share hosts" in court.record.settlement.explanation


def test_what_a_third_party_returns_to_an_existing_recipients_sender_is_no_bounce_of_the_target() -> None:
    court = Court(SHOWN[0], kind="spam", content="gtube")
    elsewhere = replace(MESSAGES["reporting"], reporting=WORLD.third.name, final="somebody@elsewhere.example")
    court.receive(elsewhere, WORLD.third, "mailbox")
    assert court.verdict() is CountsAs.FINDING
    assert "forwards-and-returns" in court.findings()


@pytest.mark.parametrize("fate", SHOWN)
@pytest.mark.parametrize("message", ["free text", "returned trace"])
def test_a_host_that_nobody_knows_convicts_of_content_only_where_it_names_a_recipient_of_the_target(
    message: str, fate: Fate
) -> None:
    """An existing recipient may have his mail forwarded to anybody."""
    court = Court(fate, kind="spam", content="gtube")
    elsewhere = replace(MESSAGES[message], final="somebody@elsewhere.example", prose="It could not be delivered.")
    court.receive(elsewhere, STRANGER, "mailbox")
    assert court.verdict() is CountsAs.FINDING
    assert "forwards-and-returns" in court.findings()


def test_a_host_that_nobody_knows_convicts_of_content_where_it_names_the_targets_recipient() -> None:
    court = Court(SHOWN[0], kind="spam", content="gtube")
    court.receive(MESSAGES["reporting"], STRANGER, "sink")
    assert court.verdict() is CountsAs.BACKSCATTER


def test_what_came_before_acceptance_was_shown_is_judged_anew() -> None:
    """The notice overtook the relay's report, which was written before it."""
    court = Court(NOT_SHOWN[0])
    court.receive(MESSAGES["free text"], STRANGER, "mailbox", after=5)
    assert court.verdict() is CountsAs.INCONCLUSIVE
    court.receive(relayed(), WORLD.relay, "mailbox", after=6)
    assert court.verdict() is CountsAs.INCONCLUSIVE  # by its date, the report was written later
    earlier = replace(relayed(), headers=("Date: Mon, 2 Mar 2026 10:00:01 +0000",))
    court.receive(earlier, WORLD.relay, "mailbox", after=7)
    assert court.verdict() is CountsAs.BACKSCATTER
    assert court.record.settlement is not None
    assert court.record.settlement.outcome is Outcome.BOUNCED


POOL_OF_THE_RELAY = Machine("out9.carrier.example", EGRESS)


def from_the_relays_pool(verified: Verified | None, rdns: str) -> Court:
    """Return a guilty target's probe, and an NDN of the relay's name from an address that nobody knows."""
    court = Court(NOT_SHOWN[0])
    pool = replace(POOL_OF_THE_RELAY, rdns=rdns)
    ndn = replace(relay_bounce(WORLD), trace=(line(WORLD.relay),))
    court.receive(ndn, pool, "mailbox", verified=verified)
    return court


@pytest.mark.parametrize(
    ("said", "rdns"),
    [
        (None, POOL_OF_THE_RELAY.name),
        (dns(POOL_OF_THE_RELAY.name), POOL_OF_THE_RELAY.name),
        (dns(POOL_OF_THE_RELAY.name), ""),
    ],
)
def test_the_relays_word_counts_from_its_pool(said: Verified | None, rdns: str) -> None:
    court = from_the_relays_pool(said, rdns)
    assert court.verdict() is CountsAs.GOOD
    assert court.record.returned[-1].attributed.attribution is Attribution.RELAY


@pytest.mark.parametrize(
    ("said", "rdns"),
    [
        (dns(), POOL_OF_THE_RELAY.name),
        (dns(), WORLD.relay.name),
        (dns("198-51-100-40.customers.carrier.example"), ""),
        (None, "198-51-100-40.customers.carrier.example"),
        (None, ""),
    ],
)
def test_the_relays_name_clears_nobody_from_anywhere_else(said: Verified | None, rdns: str) -> None:
    """Who took a probe and wants to look clean may write what the relay would."""
    court = from_the_relays_pool(said, rdns)
    assert court.verdict() is CountsAs.INCONCLUSIVE
    assert court.record.returned[-1].attributed.attribution is Attribution.UNKNOWN


POOL_NAME = "out.provider.example"
NAMED = Machine(POOL_NAME, EGRESS)


def of_a_named_host(fate: Fate, message: Bounce, *named: str, client: Machine = NAMED, **how: Any) -> Court:
    """Return the case of what a host wrote, some hosts having been named by the user."""
    court = Court(fate)
    court.target.named_hosts = named
    court.receive(message, client, how.pop("catch", "sink"), verified=how.pop("verified", dns(POOL_NAME)), **how)
    return court


@pytest.mark.parametrize(
    ("message", "fate", "catch", "named"), [*product(MESSAGES, NOT_SHOWN, CATCHES, [EGRESS, POOL_NAME])]
)
def test_the_users_word_of_a_host_convicts_and_is_said_to_be_it(
    message: str, fate: Fate, catch: str, named: str
) -> None:
    court = of_a_named_host(fate, MESSAGES[message], named, catch=catch)
    assert court.verdict() is CountsAs.BACKSCATTER
    (mail,) = court.record.returned
    assert mail.attributed.on_word
    limited = qualification(Verdict.BACKSCATTER, [court.record], CLOSED, Tried(), authenticated=None)
    assert limited is not None
    assert "the word of whoever ran this audit" in limited
    assert POOL_NAME in limited or EGRESS in limited


@pytest.mark.parametrize(("message", "fate", "catch"), [*product(MESSAGES, REFUSED, CATCHES)])
def test_no_word_stands_against_a_refusal_that_was_seen(message: str, fate: Fate, catch: str) -> None:
    """A filter on our way out tells of the target's refusal, too: the target's own host has to be known by itself."""
    court = of_a_named_host(fate, MESSAGES[message], EGRESS, POOL_NAME, catch=catch)
    assert court.verdict() is CountsAs.INCONCLUSIVE
    assert "contradicted-notice" in court.findings()


@pytest.mark.parametrize(("message", "catch"), [*product(MESSAGES, CATCHES)])
@pytest.mark.parametrize(
    ("client", "verified"),
    [
        (Machine(POOL_NAME, STRANGER.address), Verified(address=STRANGER.address, names=())),  # by its greeting
        (Machine(POOL_NAME, STRANGER.address, POOL_NAME), Verified(address=STRANGER.address, names=())),  # by its PTR
        (NEIGHBOUR, dns(f"vm4.{POOL_NAME}")),  # of the same organisation
    ],
)
def test_nobody_else_is_meant_by_the_word(message: str, catch: str, client: Machine, verified: Verified) -> None:
    court = of_a_named_host(NOT_SHOWN[0], MESSAGES[message], EGRESS, POOL_NAME, client=client, verified=verified)
    assert court.verdict() is CountsAs.INCONCLUSIVE


def test_no_word_makes_a_host_the_targets_that_quotes_its_border() -> None:
    quoting = replace(MESSAGES["reporting"], reporting="filter.example", remote=WORLD.target.name)
    assert of_a_named_host(NOT_SHOWN[0], quoting, EGRESS).verdict() is CountsAs.INCONCLUSIVE


def test_no_word_makes_the_relay_the_target() -> None:
    """What the relay hands over is not the target's by being handed over."""
    relay = WORLD.relay
    court = of_a_named_host(NOT_SHOWN[0], MESSAGES["free text"], relay.address, relay.name, client=relay, verified=None)
    assert court.verdict() is CountsAs.INCONCLUSIVE


def test_no_word_shows_acceptance() -> None:
    """A report of success by a host that was named clears nobody: silence needs more."""

    class Success(Bounce, frozen=True):
        def raw(self) -> bytes:
            return super().raw().replace(b"Action: failed", b"Action: delivered").replace(b"5.1.1", b"2.0.0")

    made = Success(**{name: getattr(SENT, name) for name in SENT.__struct_fields__})
    made = replace(made, reporting=POOL_NAME, final=WORLD.recipient, prose="Delivered.", diagnostic="250 2.0.0 OK")
    court = of_a_named_host(NOT_SHOWN[0], made, EGRESS)
    assert court.verdict() is CountsAs.INCONCLUSIVE
    (mail,) = court.record.returned
    assert mail.notification.kind is Kind.SUCCESS
    assert mail.attributed.attribution is Attribution.UNKNOWN


def test_what_is_known_of_a_host_goes_before_the_word() -> None:
    court = of_a_named_host(NOT_SHOWN[0], MESSAGES["free text"], EGRESS, verified=dns("out7.acme.example"))
    assert court.verdict() is CountsAs.BACKSCATTER
    (mail,) = court.record.returned
    assert not mail.attributed.on_word


@pytest.mark.parametrize("message", ["reporting", "free text"])
def test_the_next_step_names_the_host_where_that_would_tell(message: str) -> None:
    court = of_a_named_host(NOT_SHOWN[0], MESSAGES[message])
    assert court.verdict() is CountsAs.INCONCLUSIVE
    first, *_ = next_steps(Verdict.INCONCLUSIVE, court.target, court.inquiry, Tried())
    assert first.command == f"--target-host {EGRESS}"
    refused = of_a_named_host(REFUSED[0], MESSAGES[message])
    assert refused.verdict() is CountsAs.INCONCLUSIVE
    steps = next_steps(Verdict.INCONCLUSIVE, refused.target, refused.inquiry, Tried())
    assert not any("--target-host" in step.command for step in steps)
