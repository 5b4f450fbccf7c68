"""Names and addresses that the tables share."""

from __future__ import annotations

from tests.mta.host import INSIDE, OUTSIDE

NETWORKS = (f"{OUTSIDE}.0/24", f"{INSIDE}.0/24")
RESOLVER = f"{OUTSIDE}.2"
AUDITOR_ADDRESS = f"{OUTSIDE}.3"
NOBODY = f"{OUTSIDE}.250"  # no host has this address

CATCH_DOMAIN = "returns.example"
CATCH_MX = f"mx.{CATCH_DOMAIN}"
CATCH_USER = "catch"
MBOX_USER = "filer"
MBOX = f"/home/{MBOX_USER}/mbox"
SINK_DOMAIN = "sink.example"  # its MX is the auditor's machine
ACCOUNT = "auditor"
PASSWORD = "correct horse"  # of every account, in a network of its own
