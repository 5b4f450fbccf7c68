"""The relays that probes are submitted to, one row each."""

from __future__ import annotations

from tests.mta.host import Host, both
from tests.mta.places import ACCOUNT, AUDITOR_ADDRESS, PASSWORD
from tests.mta.servers.courier import courier
from tests.mta.servers.dovecot import SASL, dovecot
from tests.mta.servers.exim import exim
from tests.mta.servers.opensmtpd import opensmtpd
from tests.mta.servers.postfix import SUBMISSION, postfix
from tests.mta.servers.sendmail import sendmail

SASL_ACCOUNTS = dovecot(users={ACCOUNT: PASSWORD}, protocols="", config=SASL, ports=(587,))


def postfix_relay(**main: str) -> object:
    return both(postfix(services=SUBMISSION, mydestination="localhost", **main), SASL_ACCOUNTS)


RELAYS = (
    Host("smtp.carrier.example", postfix_relay()),
    Host("smtp.exim-carrier.example", exim(password=PASSWORD, data="")),
    Host("smtp.opensmtpd-carrier.example", opensmtpd(account=ACCOUNT, password=PASSWORD)),
    Host("smtp.sendmail-carrier.example", sendmail(trusted=(AUDITOR_ADDRESS,), submission=True)),
    Host("smtp.courier-carrier.example", courier(trusted=(AUDITOR_ADDRESS,), port=587)),
)
