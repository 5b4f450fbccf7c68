"""The test strings that filters know, put together at run time: scanners quarantine files that hold them."""

from __future__ import annotations

GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*" + "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL" + "*C.34X"
EICAR = "X5O!P%@AP[4" + chr(92) + "PZX54(P^)7CC)7}$EICAR" + "-STANDARD-ANTIVIRUS-TEST-FILE!" + "$H+H*"
