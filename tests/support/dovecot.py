"""A Dovecot of the tests' own: a process on loopback ports, ended by its id. Needs dovecot-imapd, and root."""

from __future__ import annotations

import imaplib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bsaudit.lab.loopback import free_port
from tests.support.certificates import Authority

DOVECOT = shutil.which("dovecot", path="/usr/sbin:/usr/bin")
CONFIG = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{root}/127.0.0.1.pem
ssl_key = <{root}/127.0.0.1.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
auth_cache_size = 0
mail_location = maildir:{root}/mail/%u
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
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
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
    """A Dovecot that is ours alone; any user, password `secret`, INBOX and the \\Junk folder Spamverdacht."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for part in ("run", "state", "mail", "home"):
            (root / part).mkdir(parents=True)
        for part in ("mail", "home"):
            os.chown(root / part, _mail_uid(), _mail_uid())
        self.user = "probe"
        self.as_usual = True
        self.authority = Authority(root)
        self.authority.server("127.0.0.1")
        self.port, self.tls_port = free_port(["127.0.0.1"]), free_port(["127.0.0.1"])
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
        self.as_usual = False
        self.stop()
        self.start(more, tls)

    def reset(self) -> None:
        """Make it as it was when it began, with another user."""
        self.user = f"probe{time.monotonic_ns()}"
        if not self.as_usual:
            self.authority.server("127.0.0.1")
            self.restart()
            self.as_usual = True

    @property
    def mail(self) -> Path:
        return self.root / "mail" / self.user

    def signal_children(self, number: signal.Signals) -> None:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for child in children.split():
            os.kill(int(child), number)

    def client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4("127.0.0.1", self.port)
        client.login(self.user, "secret")
        return client

    def append(self, subject: str, folder: str = "INBOX", body: str = "Hello\r\n") -> None:
        client = self.client()
        message = f"Subject: {subject}\r\nMessage-ID: <{time.monotonic_ns()}@catch.example>\r\n\r\n{body}"
        assert client.append(folder, "", "", message.encode())[0] == "OK"
        client.logout()


def why_not() -> str:
    """Return why no Dovecot can run here, or nothing."""
    if DOVECOT is None:
        return "needs Debian's dovecot-imapd"
    return "" if os.geteuid() == 0 else "needs root to run Dovecot"


@contextmanager
def running() -> Iterator[Dovecot]:
    """Run one in a directory whose path is short enough for UNIX sockets."""
    root = Path(tempfile.mkdtemp(prefix="bsaudit-dovecot-"))
    root.chmod(0o755)
    server = Dovecot(root)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(root)


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
