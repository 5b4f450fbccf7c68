"""The IMAP catch mailbox against a real Dovecot: a process of our own on loopback, ended by its id."""

from __future__ import annotations

import asyncio
import imaplib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bsaudit.adapters.catch import open_mailbox
from bsaudit.adapters.catch.common import READ_LIMIT
from bsaudit.adapters.clock import SystemClock
from bsaudit.errors import CatchError
from bsaudit.model.mail import Arrival
from bsaudit.model.settings import CatchKind, CatchSettings, Secret, Tls
from bsaudit.ports import CatchMailbox

DOVECOT = shutil.which("dovecot", path="/usr/sbin:/usr/bin")

pytestmark = [
    pytest.mark.mta,
    pytest.mark.skipif(DOVECOT is None or os.geteuid() != 0, reason="needs Debian's dovecot-imapd, and root to run it"),
]

CONFIG = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
auth_cache_size = 0
mail_location = maildir:{root}/mail
mail_uid = {uid}
mail_gid = {uid}
first_valid_uid = 1
{more}
passdb {{
  driver = static
  mechanisms = plain login
  args = password=secret
}}
passdb {{
  driver = static
  mechanisms = xoauth2
  args = password=good-token
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={root}/home
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Spamverdacht {{
    special_use = \\Junk
    auto = create
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
"""


class Dovecot:
    """A Dovecot that is ours alone."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port, self.tls_port = _free_port(), _free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self, more: str = "", tls: str = "yes") -> None:
        text = CONFIG.format(
            root=self.root, uid=_mail_uid(), more=more, ssl=tls, port=self.port, tls_port=self.tls_port
        )
        (self.root / "dovecot.conf").write_text(text)
        assert DOVECOT is not None
        self.process = subprocess.Popen([DOVECOT, "-F", "-c", str(self.root / "dovecot.conf")])
        _until(lambda: _answers(self.port), "Dovecot does not come up")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
            self.process = None
            _until(lambda: not _answers(self.port), "Dovecot does not go")

    def restart(self, more: str = "", tls: str = "yes") -> None:
        self.stop()
        self.start(more, tls)

    def signal_children(self, number: signal.Signals) -> None:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for child in children.split():
            os.kill(int(child), number)

    def client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.login("probe", "secret")
        return client

    def append(self, subject: str, folder: str = "INBOX", body: str = "Hello\r\n") -> None:
        client = self.client()
        message = f"Subject: {subject}\r\nMessage-ID: <{time.monotonic_ns()}@catch.example>\r\n\r\n{body}"
        assert client.append(folder, "", "", message.encode())[0] == "OK"
        client.logout()

    def settings(self, **changes: object) -> CatchSettings:
        given: dict[str, object] = {
            "kind": CatchKind.IMAP,
            "host": "127.0.0.1",
            "port": self.tls_port,
            "tls": Tls.IMPLICIT,
            "user": "probe",
            "password": Secret("secret"),
            **changes,
        }
        return CatchSettings(**given)  # type: ignore[arg-type]

    def mailbox(self, **changes: object) -> CatchMailbox:
        return open_mailbox(self.settings(**changes), ca_file=str(self.root / "cert.pem"), clock=SystemClock())


@pytest.fixture
def dovecot(tmp_path: Path) -> Iterator[Dovecot]:
    root = Path("/tmp") / f"bsaudit-dovecot-{os.getpid()}-{time.monotonic_ns()}"  # a UNIX socket's path is short
    for part in ("run", "state", "mail", "home"):
        (root / part).mkdir(parents=True)
    os.chown(root / "mail", _mail_uid(), _mail_uid())
    os.chown(root / "home", _mail_uid(), _mail_uid())
    _certificate(root)
    server = Dovecot(root)
    yield server
    server.stop()
    shutil.rmtree(root)


# What arrives.


def test_new_mail_is_told_once_and_old_mail_not_at_all(dovecot: Dovecot) -> None:
    dovecot.append("old")

    async def run() -> list[str]:
        mailbox = dovecot.mailbox()
        await mailbox.open()
        dovecot.append("first")
        found = list(await mailbox.new_arrivals())
        dovecot.append("second")
        found += list(await mailbox.new_arrivals())
        found += list(await mailbox.new_arrivals())
        await mailbox.close()
        return _subjects(found)

    assert asyncio.run(run()) == ["first", "second"]


@pytest.mark.parametrize("idle", [True, False])
def test_mail_is_noticed_as_it_comes(dovecot: Dovecot, idle: bool) -> None:
    if not idle:
        dovecot.restart("imap_capability = IMAP4rev1 LITERAL+ AUTH=PLAIN UIDPLUS SPECIAL-USE")

    async def run() -> tuple[list[str], float]:
        mailbox = dovecot.mailbox()
        await mailbox.open()
        taking = asyncio.create_task(_take(mailbox, 2))
        await asyncio.sleep(0.5)
        started = time.monotonic()
        await asyncio.to_thread(dovecot.append, "one")
        await asyncio.to_thread(dovecot.append, "two")
        found = await asyncio.wait_for(taking, 15)
        took = time.monotonic() - started
        await mailbox.close()
        return _subjects(found), took

    subjects, took = asyncio.run(run())
    assert subjects == ["one", "two"]
    assert took < (2.0 if idle else 8.0)


def test_a_burst_loses_nothing(dovecot: Dovecot) -> None:
    async def run() -> list[str]:
        mailbox = dovecot.mailbox()
        await mailbox.open()
        taking = asyncio.create_task(_take(mailbox, 60))
        await asyncio.to_thread(_append_many, dovecot, 60)
        found = await asyncio.wait_for(taking, 5)
        await mailbox.close()
        return _subjects(found)

    assert sorted(asyncio.run(run())) == sorted(f"number {n}" for n in range(60))


def test_mail_that_is_filed_as_junk_is_found(dovecot: Dovecot) -> None:
    async def run() -> Arrival:
        mailbox = dovecot.mailbox()
        await mailbox.open()
        taking = asyncio.create_task(_take(mailbox, 1))
        await asyncio.to_thread(dovecot.append, "filed", "Spamverdacht")
        found = await asyncio.wait_for(taking, 5)
        await mailbox.close()
        return found[0]

    arrival = asyncio.run(run())
    assert arrival.folder == "Spamverdacht"
    assert b"filed" in arrival.raw


def test_only_the_folders_of_the_url_are_read(dovecot: Dovecot) -> None:
    client = dovecot.client()
    client.create("Bounces")
    client.logout()

    async def run() -> list[str]:
        mailbox = dovecot.mailbox(folders=("Bounces",))
        await mailbox.open()
        dovecot.append("elsewhere")
        dovecot.append("here", "Bounces")
        found = await mailbox.new_arrivals()
        await mailbox.close()
        return _subjects(list(found))

    assert asyncio.run(run()) == ["here"]


def test_nothing_is_marked_as_read(dovecot: Dovecot) -> None:
    async def run() -> None:
        mailbox = dovecot.mailbox()
        await mailbox.open()
        dovecot.append("untouched")
        assert len(await mailbox.new_arrivals()) == 1
        await mailbox.close()

    asyncio.run(run())
    client = dovecot.client()
    client.select("INBOX", readonly=True)
    assert b"Seen" not in b"".join(part for part in client.fetch("1", "(FLAGS)")[1] if isinstance(part, bytes))
    client.logout()


def test_a_big_message_is_read_in_part(dovecot: Dovecot) -> None:
    async def run() -> Arrival:
        mailbox = dovecot.mailbox()
        await mailbox.open()
        dovecot.append("big", body="x" * 70 + "\r\n" + ("y" * 76 + "\r\n") * (READ_LIMIT // 50))
        found = await mailbox.new_arrivals()
        await mailbox.close()
        return found[0]

    arrival = asyncio.run(run())
    assert arrival.truncated
    assert len(arrival.raw) == READ_LIMIT
    assert arrival.size is not None
    assert arrival.size > READ_LIMIT


def test_another_client_deletes_and_moves_meanwhile(dovecot: Dovecot) -> None:
    async def run() -> list[str]:
        mailbox = dovecot.mailbox()
        await mailbox.open()
        dovecot.append("kept")
        dovecot.append("deleted")
        found = list(await mailbox.new_arrivals())
        _as_another_client(dovecot, "UID MOVE 1 Spamverdacht", "UID STORE 2 +FLAGS (\\Deleted)", "EXPUNGE")
        dovecot.append("later")
        await asyncio.sleep(0.3)
        found += list(await mailbox.new_arrivals())
        await mailbox.close()
        return _subjects(found)

    # moved into the other watched folder, "kept" is still told but once
    assert asyncio.run(run()) == ["kept", "deleted", "later"]


# A run that goes on.


def test_a_later_run_takes_up_where_the_first_ended(dovecot: Dovecot) -> None:
    async def first() -> str:
        mailbox = dovecot.mailbox()
        await mailbox.open()
        dovecot.append("told")
        assert len(await mailbox.new_arrivals()) == 1
        await mailbox.close()
        return mailbox.position

    async def second(position: str) -> list[str]:
        mailbox = dovecot.mailbox()
        await mailbox.open(position)
        found = await mailbox.new_arrivals()
        await mailbox.close()
        return _subjects(list(found))

    position = asyncio.run(first())
    dovecot.append("late")
    dovecot.append("later", "Spamverdacht")
    assert sorted(asyncio.run(second(position))) == ["late", "later"]


def test_the_server_restarts_during_a_run(dovecot: Dovecot) -> None:
    async def run() -> list[str]:
        mailbox = dovecot.mailbox()
        await mailbox.open()
        taking = asyncio.create_task(_take(mailbox, 2))
        await asyncio.to_thread(dovecot.append, "before")
        await asyncio.sleep(0.3)
        await asyncio.to_thread(dovecot.restart)
        await asyncio.to_thread(dovecot.append, "after")
        found = await asyncio.wait_for(taking, 15)
        await mailbox.close()
        return _subjects(found)

    assert asyncio.run(run()) == ["before", "after"]


def test_new_uids_are_taken_up_by_date(dovecot: Dovecot) -> None:
    _append_dated(dovecot, "from last week", datetime.now(UTC) - timedelta(days=7))

    async def run() -> tuple[list[str], str]:
        mailbox = dovecot.mailbox(folders=("INBOX",))
        position = await mailbox.open()
        dovecot.append("told")
        found = list(await mailbox.new_arrivals())
        await asyncio.to_thread(dovecot.stop)
        for name in dovecot.root.glob("mail/dovecot*"):
            name.unlink()  # Dovecot numbers everything anew
        await asyncio.sleep(1.1)  # UIDVALIDITY is a time in seconds
        await asyncio.to_thread(dovecot.start)
        await asyncio.to_thread(dovecot.append, "after")
        found += list(await asyncio.wait_for(mailbox.new_arrivals(), 15))
        await mailbox.close()
        assert mailbox.position != position
        return _subjects(found), mailbox.position

    assert asyncio.run(run())[0] == ["told", "after"]


def test_closing_does_not_wait_for_a_dead_server(dovecot: Dovecot) -> None:
    async def run() -> float:
        mailbox = dovecot.mailbox()
        await mailbox.open()
        dovecot.signal_children(signal.SIGSTOP)
        looking = asyncio.create_task(mailbox.new_arrivals())
        await asyncio.sleep(0.2)
        started = time.monotonic()
        await mailbox.close()
        took = time.monotonic() - started
        dovecot.signal_children(signal.SIGCONT)
        with pytest.raises(asyncio.CancelledError):
            await looking
        return took

    assert asyncio.run(run()) < 3


# What can be wrong from the start.


def test_starttls(dovecot: Dovecot) -> None:
    async def run() -> None:
        mailbox = dovecot.mailbox(tls=Tls.STARTTLS, port=dovecot.port)
        await mailbox.open()
        await mailbox.close()

    asyncio.run(run())


def test_a_token_command_logs_in(dovecot: Dovecot) -> None:
    assert _trouble(dovecot.mailbox(password=None, token_command="echo good-token")) is None
    error = _trouble(dovecot.mailbox(password=None, token_command="echo bad-token"))
    assert error is not None
    assert "refuses the login" in error.message
    assert "token" in error.remedy
    assert "bad-token" not in error.message + error.remedy


def test_wrong_password(dovecot: Dovecot) -> None:
    error = _trouble(dovecot.mailbox(password=Secret("hunter2")))
    assert error is not None
    assert "refuses the login" in error.message
    assert "BSAUDIT_CATCH_PASSWORD" in error.remedy
    assert "hunter2" not in error.message + error.remedy


def test_missing_folder_names_those_that_exist(dovecot: Dovecot) -> None:
    error = _trouble(dovecot.mailbox(folders=("Nirgends",)))
    assert error is not None
    assert "Nirgends" in error.message
    assert "INBOX" in error.remedy
    assert "Spamverdacht" in error.remedy


def test_self_signed_certificate(dovecot: Dovecot) -> None:
    stranger = open_mailbox(dovecot.settings(), clock=SystemClock())
    error = _trouble(stranger)
    assert error is not None
    assert "self-signed" in error.message
    assert "--ca-file" in error.remedy
    assert _trouble(open_mailbox(dovecot.settings(), insecure=True, clock=SystemClock())) is None


def test_expired_certificate(dovecot: Dovecot) -> None:
    _certificate(dovecot.root, days=-1)
    dovecot.restart()
    error = _trouble(dovecot.mailbox())
    assert error is not None
    assert "expired" in error.message


def test_no_starttls(dovecot: Dovecot) -> None:
    dovecot.restart(tls="no")
    error = _trouble(dovecot.mailbox(tls=Tls.STARTTLS, port=dovecot.port))
    assert error is not None
    assert "offers no STARTTLS" in error.message
    assert "imaps://" in error.remedy


def test_plain_port_taken_for_a_tls_port(dovecot: Dovecot) -> None:
    error = _trouble(dovecot.mailbox(port=dovecot.port))
    assert error is not None
    assert "does not speak TLS" in error.message


def _trouble(mailbox: CatchMailbox) -> CatchError | None:
    async def run() -> None:
        await mailbox.open()
        await mailbox.close()

    try:
        asyncio.run(run())
    except CatchError as error:
        return error
    return None


async def _take(mailbox: CatchMailbox, count: int) -> list[Arrival]:
    found: list[Arrival] = []
    async for arrival in mailbox.arrivals():
        found.append(arrival)
        if len(found) == count:
            break
    return found


def _subjects(arrivals: list[Arrival]) -> list[str]:
    return [arrival.raw.split(b"\r\n")[0].removeprefix(b"Subject: ").decode() for arrival in arrivals]


def _append_many(dovecot: Dovecot, count: int) -> None:
    client = dovecot.client()
    for number in range(count):
        client.append("INBOX", "", "", f"Subject: number {number}\r\n\r\nHello {number}\r\n".encode())
    client.logout()


def _append_dated(dovecot: Dovecot, subject: str, at: datetime) -> None:
    client = dovecot.client()
    client.append("INBOX", "", imaplib.Time2Internaldate(at), f"Subject: {subject}\r\n\r\nOld\r\n".encode())
    client.logout()


def _as_another_client(dovecot: Dovecot, *commands: str) -> None:
    client = dovecot.client()
    client.select("INBOX")
    for number, command in enumerate(commands):
        client.send(f"X{number} {command}\r\n".encode())
        while not (line := client.readline()).startswith(f"X{number} ".encode()):
            assert line
        assert b" OK" in line
    client.logout()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.settimeout(2)
            return connection.recv(4) == b"* OK"
    except OSError:
        return False


def _until(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


def _mail_uid() -> int:
    return 65534  # nobody: Dovecot will not read mail as root


def _certificate(root: Path, days: int = 2) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (root / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (root / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
