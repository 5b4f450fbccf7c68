"""Servers as somebody ships them in an image: they know their users, and a change of one setting makes them bounce."""

from __future__ import annotations

from tests.mta.host import Host, Service
from tests.mta.places import PASSWORD
from tests.mta.servers.exim import exim
from tests.mta.servers.opensmtpd import opensmtpd
from tests.mta.servers.postfix import REFUSES_CONTENT, postfix


def image(domain: str, service: Service) -> Host:
    return Host(f"mail.{domain}", service, mail_for={domain: 10})


# OpenSMTPD reads no content. Whoever its table lets in and is no user goes to an address that is gone.
OPENSMTPD = "opensmtpd-image.example"
USERS = "alice alice\npostmaster alice\nabuse alice\n@ gone@postfix-image.example\n"
KNOWN = "".join(f"{user}@{OPENSMTPD}\n" for user in ("alice", "postmaster", "abuse"))
TARGETS = (
    image("postfix-image.example", postfix(REFUSES_CONTENT)),
    image("exim-image.example", exim(password=PASSWORD)),
    image(
        OPENSMTPD,
        opensmtpd(
            local='maildir "~/Maildir" virtual <users>',
            users=USERS,
            known=KNOWN,
            forwards="postfix-image.example",
            submission=True,
        ),
    ),
)
