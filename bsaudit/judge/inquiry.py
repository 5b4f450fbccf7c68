"""A run together with what it has taught: by this, arrivals are attributed and probes are judged. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bsaudit.judge.learn import Learned, learn
from bsaudit.judge.tried import may_have_taken
from bsaudit.judge.way_back import best, newest, shown_by_target, vouched, worst
from bsaudit.model.mail import MailExchanger
from bsaudit.model.probe import ProbeRecord, ReturnedMail
from bsaudit.model.run import RunRecord, TargetRecord
from bsaudit.model.way_back import CLOSED, WayBack


class Inquiry:
    """One run and the lessons of its controls. It follows as the run plans more; `relearn` as more comes back."""

    def __init__(self, run: RunRecord, learned: Learned | None = None) -> None:
        self.run = run
        self.learned = learn(run) if learned is None else learned
        self._sorted = 0  # how many of the run's probes are in `_by_target`: a scan of all for each would be quadratic
        self._by_target: dict[str | None, list[ProbeRecord]] = {}
        self._targets: dict[str, TargetRecord] = {}
        self._heard: dict[str, dict[str, WayBack]] = {}  # what came from a target's own hosts, by their addresses

    def relearn(self) -> bool:
        """Draw the lessons of the controls again; say whether they taught anything new."""
        learned = learn(self.run)
        changed, self.learned = learned != self.learned, learned
        return changed

    def hear(self, target: TargetRecord, mail: ReturnedMail) -> None:
        """Note where a message about a probe of `target` came from: that its own hosts reach us, say."""
        shown = shown_by_target(mail, target, self.learned.catch)
        if shown.from_ is not None:
            heard = self._heard.setdefault(target.target, {})
            heard[shown.from_] = newest((heard.get(shown.from_, CLOSED), shown))

    def way_back(self, target: TargetRecord) -> WayBack:
        """Return how far the way back from `target` was shown to be open, by this run or an earlier one."""
        return best((self.heard_from(target), target.earlier, self.way_back_of_strangers()))

    def way_back_of(self, record: ProbeRecord, target: TargetRecord) -> WayBack:
        """Return the same of that mail exchanger of `target` that took a probe: another one's mail shows nothing of it.

        What the target's hosts wrote about this very probe shows it, whoever of them took it in. Where nobody saw which
        one that was, all have to have shown it.
        """
        if len(target.mail_exchangers) == 1:
            return self.way_back(target)
        about_it = newest(shown_by_target(mail, target, self.learned.catch) for mail in record.returned)
        of_all = worst(self._way_back_from(mx, target) for mx in may_have_taken(record, target))
        return best((about_it, of_all, self.way_back_of_strangers()))

    def _way_back_from(self, exchanger: MailExchanger, target: TargetRecord) -> WayBack:
        heard = self._heard.get(target.target, {})
        earlier = target.earlier if set(exchanger.addresses) & set(target.earlier_from) else CLOSED
        return best((newest(heard.get(address, CLOSED) for address in exchanger.addresses), earlier))

    def way_back_of_strangers(self) -> WayBack:
        """Return the same of whoever has nothing to do with our own side."""
        return best((self.learned.strangers, self.run.earlier, vouched(self.run)))

    def heard_from(self, target: TargetRecord) -> WayBack:
        """Return what this run itself has shown of the way back from `target`."""
        return newest(self._heard.get(target.target, {}).values())

    def heard_hosts(self, target: TargetRecord) -> tuple[str, ...]:
        """Return the addresses of `target` whose mail has reached us in this run."""
        return tuple(self._heard.get(target.target, ()))

    def probes_of(self, target: str | None) -> Sequence[ProbeRecord]:
        """Return all probes of a target (None: of our own side), in the order of the plan."""
        for record in self.run.probes[self._sorted :]:
            self._by_target.setdefault(record.probe.target, []).append(record)
        self._sorted = len(self.run.probes)
        return self._by_target.get(target, ())

    def target(self, name: str | None) -> TargetRecord | None:
        """Return the target of that name; None for the messages to our own side."""
        if len(self._targets) != len(self.run.targets):
            self._targets = {entry.target: entry for entry in self.run.targets}
        return self._targets.get(name or "")
