"""What the controls taught: our own side's hosts, the relay's, what survives, what can be believed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from bsaudit.judge.parties import shown_by, together
from bsaudit.judge.way_back import is_hidden_from_us, shown_to_strangers
from bsaudit.model.domain import is_below, is_ip
from bsaudit.model.knowledge import Party
from bsaudit.model.notification import Attribution, Hop, Kind, Notification
from bsaudit.model.probe import Control, Probe, ProbeRecord, ReturnedMail
from bsaudit.model.run import RunRecord, TargetRecord
from bsaudit.model.settings import Tagging
from bsaudit.model.way_back import CLOSED, WayBack
from bsaudit.probe.content import NOTIFICATION_OF_TEST
from bsaudit.probe.tagging import CANDIDATES

_FAILURES = frozenset({Kind.NDN, Kind.DELAY})


class Learned(Struct, frozen=True, kw_only=True):
    """Everything that the controls showed, ready for attribution and outcome.

    `catch_seconds` is how long our own message took through the relay. `ndn_arrives` says that a null reverse-path
    DSN reaches the catch mailbox, `content_arrives` that one with GTUBE and EICAR in it does.
    `names_remote` says that the relay's own NDNs name the host that refused; `second_works` that mail to the second
    catch address arrives too, notifications among it. `intact` are the test contents (and rules) that the relay passes
    on as they are, `altered` says what it does to every message, if anything that matters. `strangers` is how the way
    back was shown to be open to hosts that are not ours, and `still_open` whether our own side took mail after the last
    quiet time (None: it was not asked).
    """

    catch_works: bool = False
    catch_seconds: float | None = None
    tagging: Tagging = Tagging.NONE
    rewrites_reverse_path: bool = False
    rewritten_reverse_path: str | None = None
    returns_foreign_ndns: bool = False
    ndn_arrives: bool = False
    content_arrives: bool = False
    calibrated: bool = False
    calibration: tuple[Notification, ...] = ()
    names_remote: bool = False
    second_works: bool = False
    egress: str | None = None  # from which address the relay's mail left; a pool may have more
    relay: Party = Party()
    catch: Party = Party()
    authserv_ids: frozenset[str] = frozenset()
    intact: frozenset[tuple[str, int | None]] = frozenset()
    altered: str | None = None
    strangers: WayBack = CLOSED
    still_open: bool | None = None
    passed_on: frozenset[str] = frozenset()  # addresses of others at our own MX that hand our mail on to us
    astray: str | None = None  # a mail exchanger of our own that does not lead to our catch MX

    @property
    def trustworthy(self) -> bool:
        """False where third parties' NDNs may never reach us: the reverse-path is rewritten, nothing more is proven."""
        return self.returns_foreign_ndns or not self.rewrites_reverse_path


def learn(run: RunRecord) -> Learned:
    """Return what the controls of `run` have shown so far."""
    catches = [record for record in run.probes if record.probe.control is Control.CATCH]
    best = _best_catch(catches)
    catch = Party(hosts=host_names(run.catch_hosts), addresses=frozenset(run.catch_addresses))
    relay = _relay_party(run)
    if best is None:
        return Learned(catch=catch, relay=relay, strangers=shown_to_strangers(run, catch))
    record, arrival, style = best
    catch, relay = _sides(arrival.notification, catch, relay, relayed=run.relay is not None)
    rewritten = _rewritten(record.probe, arrival.notification)
    calibration, strangers = _calibration(run.probes), shown_to_strangers(run, catch)
    return Learned(
        catch_works=True,
        catch_seconds=_seconds(record, arrival),
        tagging=style,
        rewrites_reverse_path=rewritten is not None,
        rewritten_reverse_path=rewritten,
        returns_foreign_ndns=_arrived(run.probes, Control.NDN_RETURN)
        and not _is_made_of_recipient(record.probe, rewritten),
        ndn_arrives=_arrived(run.probes, Control.NDN),
        content_arrives=_arrived(run.probes, Control.NDN, content=NOTIFICATION_OF_TEST.name),
        calibrated=bool(calibration),
        calibration=calibration,
        names_remote=any(report.remote_mta for ndn in calibration for report in ndn.recipients),
        second_works=_all_arrived(run.probes, Control.CATCH_SECOND),
        egress=_egress(arrival.notification.trace, catch) if run.relay is not None else None,
        relay=relay,
        catch=catch,
        authserv_ids=_authserv_ids(arrival.notification, catch, run),
        intact=frozenset(_intact(run.probes)),
        altered=_altered(record.probe, arrival),
        strangers=strangers,
        still_open=_still_open(run.probes),
        passed_on=_passed_on(run),
        astray=None if is_hidden_from_us(run, strangers) else _astray(run),
    )


def target_party(target: TargetRecord) -> Party:
    """Return the hosts and addresses of the target's mail exchangers, and its domains."""
    exchangers = target.mail_exchangers
    return Party(
        hosts=host_names(exchanger.host for exchanger in exchangers),
        addresses=frozenset(address for exchanger in exchangers for address in exchanger.addresses),
        domains=frozenset({target.domain.lower(), *target.aliases}),
    )


def named_party(target: TargetRecord) -> Party:
    """Return the hosts and addresses of which the user says that they are the target's."""
    addresses = frozenset(filter(is_ip, target.named_hosts))
    return Party(hosts=host_names(target.named_hosts) - addresses, addresses=addresses)


def delivered_itself(record: ProbeRecord) -> ReturnedMail | None:
    """Return the arrival that *is* the control message, not one about it: it carries the control's own Message-ID."""
    return next((mail for mail in record.returned if is_own(record.probe, mail.notification)), None)


def is_own(probe: Probe, notification: Notification) -> bool:
    """Say whether a message that arrived is the probe itself: it carries the Message-ID that we gave it."""
    return _bare(notification.message_id) == _bare(probe.message_id)


def failure_of(record: ProbeRecord) -> ReturnedMail | None:
    """Return the notification that says that a control could not be delivered."""
    own = delivered_itself(record)
    return next((mail for mail in record.returned if mail is not own and mail.notification.kind in _FAILURES), None)


def _best_catch(records: Sequence[ProbeRecord]) -> tuple[ProbeRecord, ReturnedMail, Tagging] | None:
    """Return the catch control in the best style of tagging that came through."""
    arrived: dict[Tagging, tuple[ProbeRecord, ReturnedMail]] = {}
    for record in records:
        mail = delivered_itself(record)
        if mail is not None:
            arrived[Tagging(record.probe.shape or Tagging.NONE)] = (record, mail)
    return next(((*arrived[style], style) for style in CANDIDATES if style in arrived), None)


def _sides(arrival: Notification, catch: Party, relay: Party, *, relayed: bool) -> tuple[Party, Party]:
    """Split the catch control's trace at the boundary of our own side.

    The boundary is the last hop `by` our side `from` elsewhere, not simply the topmost line: behind the catch MX may
    stand a filter, an inner host, a delivery agent. Lines above it are our side's, lines below the relay's.
    """
    trace = arrival.trace
    if not trace:
        return catch, relay
    index = _boundary(trace, catch)
    ours, boundary, theirs = trace[:index], trace[index], trace[index + 1 :]
    catch = Party(hosts=catch.hosts | host_names(hop.by for hop in (*ours, boundary)), addresses=catch.addresses)
    if not relayed:
        return catch, relay
    # What the relay writes of itself is told by the lines below; HELO is its own word, and so a name of its own.
    below = Party(hosts=host_names(hop.by for hop in theirs))
    return catch, together(relay, shown_by(boundary, relay), below)


def _authserv_ids(arrival: Notification, catch: Party, run: RunRecord) -> frozenset[str]:
    """Return by which names our own side signs Authentication-Results (RFC 8601 §5: believe no other).

    A relay may add such a line too, so that only a name of our own hosts or of the catch domain counts.
    """
    domain = (run.catch_address or "").rpartition("@")[2].lower()
    names = host_names(
        line.partition(";")[0].split(maxsplit=1)[0] for line in arrival.authentication_results if line.strip()
    )
    return frozenset(name for name in names if name in catch.hosts or is_below(name, domain))


def _boundary(trace: Sequence[Hop], catch: Party) -> int:
    own = [index for index, hop in enumerate(trace) if _is_host(hop.by, catch)]
    return own[-1] if own else 0


def _egress(trace: Sequence[Hop], catch: Party) -> str | None:
    return trace[_boundary(trace, catch)].address if trace else None


def _is_host(name: str | None, party: Party) -> bool:
    return name is not None and (name.lower().rstrip(".") in party.hosts or name in party.addresses)


def _relay_party(run: RunRecord) -> Party:
    if run.relay is None:
        return Party()
    hosts = host_names((run.relay.host, run.relay.banner_host))
    return Party(hosts=hosts, addresses=frozenset(run.relay.addresses))


def _rewritten(probe: Probe, arrival: Notification) -> str | None:
    """Return the reverse-path that arrived, if it is not the one we sent."""
    seen = arrival.reverse_path
    if not seen or seen.lower() == probe.reverse_path.lower():
        return None
    return seen


def _is_made_of_recipient(probe: Probe, rewritten: str | None) -> bool:
    """Return whether a rewritten reverse-path lies in the domain of whoever the message goes to.

    A path that holds the sender's whole address in its local part was made for another domain; where that is the
    recipient's, as in ours here, the bounces of a target go to the target.
    """
    local, _, domain = (rewritten or "").lower().rpartition("@")
    recipients = {recipient.address.lower().rpartition("@")[2] for recipient in probe.recipients}
    return domain in recipients and domain in local


def _calibration(records: Iterable[ProbeRecord]) -> tuple[Notification, ...]:
    controls = (Control.CALIBRATION_REFUSED, Control.CALIBRATION_UNREACHABLE)
    failures = (failure_of(record) for record in records if record.probe.control in controls)
    return tuple(
        mail.notification for mail in failures if mail and mail.attributed.attribution is not Attribution.CATCH
    )


def _arrived(records: Iterable[ProbeRecord], control: Control, content: str | None = None) -> bool:
    return any(
        record.probe.control == control
        and (content is None or record.probe.content == content)
        and delivered_itself(record) is not None
        for record in records
    )


def _all_arrived(records: Iterable[ProbeRecord], control: Control) -> bool:
    arrived = [delivered_itself(record) is not None for record in records if record.probe.control == control]
    return bool(arrived) and all(arrived)


def _intact(records: Iterable[ProbeRecord]) -> Iterator[tuple[str, int | None]]:
    for record in records:
        mail = delivered_itself(record) if record.probe.control is Control.CONTENT else None
        if mail is not None and is_as_sent(record, mail):
            yield record.probe.content, record.probe.rule


def is_as_sent(record: ProbeRecord, mail: ReturnedMail) -> bool:
    """Say whether a control came through byte-true, and under the addresses that it was given."""
    same = record.submission is not None and mail.body == record.submission.body
    return same and _altered(record.probe, mail) is None


def _altered(probe: Probe, mail: ReturnedMail) -> str | None:
    """Say what the relay did to a message that bears on who answers it, if anything."""
    if mail.hushes:
        return f"adds {', '.join(mail.hushes)}, for which servers keep silent"
    author = mail.notification.from_address
    if author is not None and author.lower() != probe.from_address.lower():
        return "replaces the From address, to which answers go"
    return None


def _astray(run: RunRecord) -> str | None:
    """Return the address at which strangers leave mail that does not reach us, if there is one."""
    others = (entrance for entrance in run.entrances if entrance.ours is False)
    passed_on = _passed_on(run)
    return next((f"{e.host} [{e.address}]" for e in others if e.address not in passed_on), None)


def _passed_on(run: RunRecord) -> frozenset[str]:
    return frozenset(
        record.probe.address
        for record in run.probes
        if record.probe.control is Control.ENTRANCE and record.probe.address and delivered_itself(record) is not None
    )


def _still_open(records: Iterable[ProbeRecord]) -> bool | None:
    """Say whether the closing control came through, or the relay failed on it: what only quotes it is a filter's."""
    closing = [record for record in records if record.probe.control is Control.CLOSING and record.submission]
    return any(delivered_itself(record) or failure_of(record) for record in closing) if closing else None


def _seconds(record: ProbeRecord, arrival: ReturnedMail) -> float | None:
    if record.submission is None:
        return None
    return max(0.0, (arrival.arrived_at - record.submission.finished_at).total_seconds())


def host_names(names: Iterable[str | None]) -> frozenset[str]:
    return frozenset(name.lower().rstrip(".") for name in names if name)


def _bare(message_id: str | None) -> str:
    return (message_id or "").strip().strip("<>").lower()
