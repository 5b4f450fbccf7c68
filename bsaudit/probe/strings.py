"""The test strings of the trade: what filters and scanners know by heart, and what does no harm."""

from __future__ import annotations

# Scanners quarantine files in which the literals stand, so they are put together here.
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN" + "*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*" + "C.34X"
GTPHISH = "XJS*C4JDBQADN1.NSBN3*2IDNEN" + "*GTPHISH-STANDARD-ANTI-PHISH-TEST-EMAIL*" + "C.34X"
_EICAR = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}", "$EICAR", "-STANDARD-ANTIVIRUS-", "TEST-FILE!$", "H+H*")
# The lists' own test points (Spamhaus DBL, SURBL, URIBL): listed for ever, owned by nobody who could be hurt.
URI_TEST_POINTS = ("dbltest.com", "surbl-org-permanent-test-point.com", "test.uribl.com")


def eicar() -> bytes:
    """Return the EICAR test file: 68 octets that every virus scanner detects and that do nothing."""
    return "".join(_EICAR).encode("ascii")
