"""The real pipeline against a laboratory that runs elsewhere, with a journal that can die: see test_kill.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from bsaudit.audit import audit
from bsaudit.lab.laboratory import Lab
from bsaudit.model.settings import AuditSettings, CatchKind, CatchSettings
from bsaudit.wiring.tools import tools_for
from tests.support.mortal import MortalJournal, When
from tests.support.zygote import serve

# A laboratory answers at once.
WAIT_S, GRACE_S, RATE = 3.0, 0.3, 100.0


def settings(lab: Lab, journal: str, maildir: str) -> AuditSettings:
    aimed = lab.settings("good.test", "bad.test", wait_s=WAIT_S, grace_s=GRACE_S, rate=RATE)
    catch = CatchSettings(kind=CatchKind.MAILDIR, path=maildir)
    return msgspec.structs.replace(aimed, catch=catch, journal_url=journal, kinds=("unknown-recipient", "spam"))


async def work(order: dict[str, Any]) -> None:
    lab = msgspec.convert(order["lab"], Lab)
    aimed = settings(lab, order["journal"], order["maildir"])
    async with tools_for(aimed) as tools:
        journal = MortalJournal(tools.journal, order["at"], When(order["when"]))
        await audit(aimed, replace(tools, journal=journal))
        with open(order["calls"], "w") as file:  # noqa: ASYNC230, PTH123 -- the last thing it does
            file.write(str(journal.calls))


if __name__ == "__main__":
    serve(work)
