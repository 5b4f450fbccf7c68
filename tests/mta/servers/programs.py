"""Programs that Postfix's local(8) runs for a user: who answers, who fails, who passes mail on."""

from __future__ import annotations

from collections.abc import Mapping

from tests.mta.host import Host, Service, Setup

VACATION = '\\{who}, "|/usr/bin/vacation {who}"\n'
# The message that vacation(1) writes for a user who has none yet.
VACATION_MESSAGE = """Subject: away from my mail

I will not be reading my mail for a while.
Your mail concerning "$SUBJECT"
will be read when I'm back.
"""
FAILS = '"|exit 1"\n'
PIPE = '"|/usr/local/bin/{program}"\n'
# A challenge to strangers, as programs of this kind send it: the text is ours.
CHALLENGE = """#!/bin/sh
cat >/dev/null
[ -n "$SENDER" ] || exit 0
/usr/sbin/sendmail -f '' -- "$SENDER" <<END
From: <$USER@$HOSTNAME>
To: <$SENDER>
Subject: Please confirm your message
Auto-Submitted: auto-replied

Your message to $ORIGINAL_RECIPIENT is being held, because your address has not been verified yet.

To release your message for delivery, please reply to this message. You need to do this only once.
END
"""
# Answers whoever stands in From, notifications too: what no server should do (RFC 5321 §6.1, RFC 3834 §4).
ANSWER = """#!/bin/sh
message=$(cat)
author=$(echo "$message" | sed -n 's/^From:.*[< ]\\([^<> ]*@[^<> ]*\\)>*$/\\1/p' | head -n 1)
/usr/sbin/sendmail -f '' -- "$author" <<END
From: Mail Delivery System <MAILER-DAEMON@$HOSTNAME>
To: <$author>
Subject: Undeliverable mail
Auto-Submitted: auto-replied

Your message could not be delivered to the following recipient:

  $ORIGINAL_RECIPIENT: 550 5.1.1 User unknown

The original message follows.

$message
END
"""


def programs(forward: Mapping[str, str]) -> Service:
    """Return the users of `forward` with their .forward files (`{who}`: the user), and the programs these name."""

    def run(host: Host) -> Setup:
        files = {f"/home/{who}/.forward": text.format(who=who) for who, text in forward.items() if text}
        for name, program in {"challenge": CHALLENGE, "answer": ANSWER}.items():
            files[f"/usr/local/bin/{name}"] = program.replace("$HOSTNAME", host.name)
        script = ""
        for who, text in forward.items():
            if "vacation" in text:
                files[f"/home/{who}/.vacation.msg"] = VACATION_MESSAGE
            script += f"chown -R {who}:{who} /home/{who}\n"
            script += f"HOME=/home/{who} runuser -u {who} -- vacation -I\n" if text == VACATION else ""
        layers = ("vacation",) if VACATION in forward.values() else ()
        return Setup(layers=layers, files=files, script=script, users=tuple(forward), ports=())

    return run
