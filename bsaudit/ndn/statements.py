"""What an answer says, sentence by sentence: which any program's answer says, and how many speak of the matter itself.

A program knows nothing of the matter. It thanks, says what becomes of the message, who is away and where to turn
instead; a person says some of that too, and then goes on to what was asked.
"""

from __future__ import annotations

import re

from msgspec import Struct

from bsaudit.ndn.languages import (
    ABSENT,
    AUTOMATIC,
    AWAY,
    ENDED,
    INSTEAD,
    LEGAL,
    PROMISED,
    RECEIVED,
    SERVED,
    THANKS,
    THIS,
    TICKET,
    URGENT,
)
from bsaudit.ndn.lookup import folded

# The end of a sentence; a point behind one or two digits ends a date or an ordinal number as well
_END = re.compile(
    r"(?:(?<=[^\W\d]{2})|(?<=\d{3}))[.!?](?=\s)|[)\"'»”][.!?](?=\s)|[;。！？；؟，]|\s[\-–—]\s(?=[^\W\d])|\n\s{0,9}\n"
)
# What follows is a signature
_DASHES = re.compile(r"^--\s?$", re.MULTILINE)
# An address, a number to ring
SOMEBODY = re.compile(r"\S@\S|\+\d[\d ().\-/]{6,20}\d|\b0\d{2,5}[ \-/]\d{4}|\b\d{3}-\d{4}\b")
_NUMBER = re.compile(r"\d{3,20}")
# The first line, or one word: "Dear Ann," "Hello!"
_GREETING = re.compile(r"[^\n.;?。？]{1,40}?(?:[,:،、，：]\s{0,9}\n|[!！]|\n\s{0,9}\n)|\w{1,20}[.。]|\w{1,4}，")
# The last lines, of so few words: "Kind regards", a name
_NAME_WORDS = 4
_ENDS = (".", "!", "?", "。", "！", "？")


class Statements(Struct, frozen=True):
    """How many sentences speak of each of these.

    Besides: of any of them (`known`), of none (`other`), of the writer by name (`named`), of this answer (`declared`).
    """

    thanked: int = 0
    received: int = 0
    promised: int = 0
    absent: int = 0
    away: int = 0
    elsewhere: int = 0
    automatic: int = 0
    declared: int = 0
    named: int = 0
    known: int = 0
    other: int = 0

    @property
    def kinds(self) -> int:
        """Return how many of the things that programs say are said."""
        return sum(map(bool, (self.received or self.thanked, self.promised, self.absent, self.elsewhere)))

    @property
    def serves(self) -> bool:
        """Tell whether a desk says that it has a message or is closed; of thanks, that a promise or nothing follows."""
        if self.received or self.absent:
            return True
        return self.promised > 0 or self.known == self.thanked if self.thanked else self.away > 0

    def nothing_else(self, per: int) -> bool:
        """Tell whether hardly anything else is said: for `per` sentences that programs say, one that no table has."""
        return self.other <= self.known // per


def statements(text: str, sender: str = "") -> Statements:
    """Count what is said in `text`, which stands as it was written, by `sender`."""
    counts = dict.fromkeys(Statements.__struct_fields__, 0)
    for sentence in _sentences(text):
        kinds = _kinds(sentence)
        if not kinds and _is_courtesy(sentence):
            continue
        counts["known" if kinds else "other"] += 1
        for kind in kinds:
            counts[kind] += 1
        counts["declared"] += AUTOMATIC.found_in(sentence) and _of_itself(sentence)
        counts["named"] += "absent" in kinds and _is_of(sender, sentence.partition(":")[0])
    return Statements(**counts)


def _sentences(text: str) -> list[str]:
    """Return the sentences, case-folded, without a greeting above them and a name below."""
    text = _without_name(_DASHES.split(text, maxsplit=1)[0].strip())
    greeting = _GREETING.match(text)
    if greeting and not _kinds(folded(greeting[0])):
        text = text[greeting.end() :]
    found = [folded(one) for one in _END.split(f"{text}\n\n")]
    parts = [part for one in found for part in _past_thanks(one)]
    return [one for one in parts if any(map(str.isalpha, one)) and not LEGAL.found_in(one)]


def _past_thanks(sentence: str) -> list[str]:
    """Part what follows thanks in the same sentence: "Thank you for your mail, Tuesday suits me"."""
    thanks, comma, rest = sentence.partition(", ")
    return [thanks, rest] if comma and RECEIVED.found_in(thanks) and THANKS.found_in(thanks) else [sentence]


def _without_name(text: str) -> str:
    """Leave out the last paragraph where its lines are short and end no sentence."""
    above, blank, last = text.rpartition("\n\n")
    lines = last.split("\n")
    if not blank:  # the name stands in the next line
        above, blank, last = text.rpartition("\n")
        lines = [last]
    short = all(len(line.split()) <= _NAME_WORDS and not line.rstrip().endswith(_ENDS) for line in lines)
    return above if blank and short and not _kinds(folded(last)) else text


def _is_courtesy(sentence: str) -> bool:
    """Tell "Thanks", "谢谢", "Best regards", which say nothing; in octets, as a letter may be a word."""
    return sentence in _REGARDS or (len(sentence.encode()) <= _THANKS_LENGTH and THANKS.found_in(sentence))


_THANKS_LENGTH = 18
# Where a point or nothing but a blank parts them from what was said
_REGARDS = frozenset((
    "regards", "best regards", "kind regards", "best wishes", "cheers", "sincerely", "viele grüße", "beste grüße",
    "mit freundlichen grüßen", "freundliche grüße", "cordialement", "bien cordialement", "bonne journée", "saludos",
    "un saludo", "atentamente", "cordiali saluti", "saluti", "atenciosamente", "met vriendelijke groet", "hälsningar",
    "z poważaniem", "с уважением", "祝好", "敬具",
))  # fmt: skip


def _of_itself(sentence: str) -> bool:
    """Tell "This is an automatic reply", or a title of so few words, from what people say about such answers."""
    return THIS.found_in(sentence) or _TITLE.fullmatch(sentence.replace("：", ":").partition(":")[0]) is not None


# "Automatic reply", in few words, or one that is short: where no blanks part them it is a sentence
_TITLE = re.compile(r"[!-~]{1,30}|\S{1,8}|\S{1,30}(?: \S{1,30}){1,2}")


def _is_of(sender: str, clause: str) -> bool:
    """Tell whether an absence is told of the writer, whose name comes first: nobody speaks of himself so."""
    names = _NAMES.findall(sender.casefold().rpartition("@")[0])
    return not set(names).isdisjoint(_NAMES.findall(clause)[:_FIRST_WORDS]) and "absent" in _kinds(clause)


# Words long enough for a name; the sender's name and mailbox have some
_NAMES = re.compile(r"[^\W\d_]{3,60}")
_FIRST_WORDS = 3


def _kinds(sentence: str) -> list[str]:
    found = [kind for kind, words in _WORDS if words.found_in(sentence)]
    if "received" in found and THANKS.found_in(sentence):
        found[0] = "thanked"
    if "received" not in found and TICKET.found_in(sentence) and _NUMBER.search(sentence):
        found.append("received")
    if "absent" not in found and ENDED.found_in(sentence) and SERVED.found_in(sentence):
        found.append("absent")
    if "elsewhere" not in found and (URGENT.found_in(sentence) or SOMEBODY.search(sentence) or "://" in sentence):
        found.append("elsewhere")
    return found


_WORDS = (
    ("received", RECEIVED),
    ("promised", PROMISED),
    ("absent", ABSENT),
    ("away", AWAY),
    ("elsewhere", INSTEAD),
    ("automatic", AUTOMATIC),
)
