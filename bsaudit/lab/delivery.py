"""Sending mail on: the queue of one host. Finds the mail exchanger by DNS, connects from the host's own address."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import aiosmtplib

from bsaudit.adapters.smtpd.syntax import Recipient
from bsaudit.errors import DnsError, DnsServerFailure, DnsTimeout, TargetRefused
from bsaudit.lab.mail import Envelope, Place, Result
from bsaudit.model.mail import MailExchanger
from bsaudit.ports import Resolver

# On loopback nobody is slow; what is slower than this hangs.
TIMEOUT_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Network:
    """What every host of the lab uses: the lab's DNS, the common port, and how patient its queues are.

    Who takes a domain's mail is asked once: the zones are what they are as long as the lab stands.
    """

    resolver: Resolver
    port: int
    retry_s: float = 0.5
    expiry_s: float = 2.0
    least_tries: int = 4  # on a busy machine one try may take as long as the whole patience
    _found: dict[str, tuple[MailExchanger, ...]] = field(default_factory=dict, repr=False)

    async def exchangers(self, domain: str) -> tuple[MailExchanger, ...]:
        """Return the mail exchangers of `domain`. Raises as `ports.Resolver` says, and asks anew after that."""
        if domain not in self._found:
            self._found[domain] = await self.resolver.mail_exchangers(domain, self.port)
        return self._found[domain]


Reported = Callable[[Envelope, Recipient, Result], None]


class Queue:
    """Delivers mail, each recipient by itself; `report` hears how each ended, once it is final.

    `route` sends everything to one host instead of the mail exchangers.
    """

    def __init__(self, host: Place, network: Network, report: Reported, *, route: Place | None = None) -> None:
        self._host, self._network, self._report, self._route = host, network, report, route
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, mail: Envelope, recipient: Recipient) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(mail, recipient))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is queued."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, mail: Envelope, recipient: Recipient) -> None:
        loop = asyncio.get_running_loop()
        expires = loop.time() + self._network.expiry_s
        result = await self._round(mail, recipient)
        tries = 1
        while result.temporary and (tries < self._network.least_tries or loop.time() < expires):
            await asyncio.sleep(self._network.retry_s)
            result = await self._round(mail, recipient)
            tries += 1
        self._report(mail, recipient, result)

    async def _round(self, mail: Envelope, recipient: Recipient) -> Result:
        """Try the mail exchangers in turn until one of them decides (RFC 5321 §5.1)."""
        domain = recipient.address.rpartition("@")[2]
        try:
            exchangers = await self._exchangers(domain)
        except (DnsServerFailure, DnsTimeout) as error:
            return Result(code=451, text=f"451 4.4.3 {error.message}")
        except (DnsError, TargetRefused) as error:
            return Result(code=550, text=f"550 5.4.4 Place or domain name not found: {error.message}")
        result = Result(code=451, text="451 4.4.1 no host to connect to")
        for remote in _hosts(exchangers):
            result = await attempt(self._host, remote, self._network.port, mail, recipient)
            if not result.temporary:
                break
        return result

    async def _exchangers(self, domain: str) -> tuple[MailExchanger, ...]:
        if self._route is not None:
            return (MailExchanger(host=self._route.name, addresses=(self._route.address,)),)
        return await self._network.exchangers(domain)


def _hosts(exchangers: tuple[MailExchanger, ...]) -> Iterator[Place]:
    return (Place(exchanger.host, address) for exchanger in exchangers for address in exchanger.addresses)


async def attempt(own: Place, remote: Place, port: int, mail: Envelope, recipient: Recipient) -> Result:
    """Try to hand `mail` for `recipient` to `remote`, from the address of `own`."""
    client = aiosmtplib.SMTP(
        hostname=remote.address,
        port=port,
        local_hostname=own.name,
        source_address=(own.address, 0),
        start_tls=False,
        timeout=TIMEOUT_S,
    )
    stage = ["connection"]
    try:
        async with client:
            return await _transact(client, remote, mail, recipient, stage)
    except aiosmtplib.SMTPResponseException as error:
        text = " ".join(f"{error.code} {error.message}".split())
        return Result(code=error.code, text=text, remote=remote, stage=stage[0])
    except (aiosmtplib.SMTPException, OSError) as error:
        reason = " ".join(str(error).split())
        return Result(code=451, text=f"451 4.4.1 connect to {remote.name}[{remote.address}]:{port}: {reason}")


async def _transact(
    client: aiosmtplib.SMTP, remote: Place, mail: Envelope, recipient: Recipient, stage: list[str]
) -> Result:
    """Carry out one transaction; `stage` always names the command under way."""
    stage[0] = "EHLO command"
    await client.ehlo()
    dsn = client.supports_extension("dsn")
    encoding = "utf-8" if mail.smtputf8 else "ascii"
    stage[0] = "MAIL FROM command"
    await client.mail(mail.mail_from, options=_mail_options(mail, dsn=dsn), encoding=encoding)
    stage[0] = "RCPT TO command"
    await client.rcpt(recipient.address, options=_rcpt_options(recipient) if dsn else (), encoding=encoding)
    stage[0] = "end of DATA command"
    reply = await client.data(mail.content)
    with contextlib.suppress(aiosmtplib.SMTPException):
        await client.quit()
    return Result(code=reply.code, text=f"{reply.code} {reply.message}", remote=remote, stage=stage[0], dsn=dsn)


def _mail_options(mail: Envelope, *, dsn: bool) -> Iterator[str]:
    if mail.smtputf8:
        yield "SMTPUTF8"
    if dsn and mail.ret:
        yield f"RET={mail.ret}"
    if dsn and mail.envid:
        yield f"ENVID={mail.envid}"


def _rcpt_options(recipient: Recipient) -> Iterator[str]:
    """Pass on what was asked for (RFC 3461 §5.2.1)."""
    if recipient.notify:
        yield "NOTIFY=" + ",".join(sorted(recipient.notify))
    if recipient.orcpt:
        yield "ORCPT=" + ";".join(recipient.orcpt)
