"""Our SMTP server, on aiosmtpd: one core, of which the built-in catch MX and the laboratory are configurations.

What aiosmtpd lacks is here: RFC 3461 (it answers 555 to RET, ENVID, NOTIFY and ORCPT), a grammar to choose (`syntax`,
`lenient`), limits of connections and time, hooks with types (`handler`), and a DATA that needs little memory (`data`).
A server runs inside the running event loop; there is no thread.
"""

from bsaudit.adapters.smtpd.handler import Disconnect, Handler, Options, Session
from bsaudit.adapters.smtpd.server import Server
from bsaudit.adapters.smtpd.trace import received_line

__all__ = ["Disconnect", "Handler", "Options", "Server", "Session", "received_line"]
