"""One word → what it speaks of, as bits, and what it does to the clause that it stands in.

A word's bits are worked out once and kept, so that reading a reply is a lookup a word. Addresses, host names and URLs
say nothing by their letters, but that they are on a list.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache

from bsaudit.ndn.codes import ANY_PUBLISHED

# What a word does besides meaning something: it ends a clause, ends a sentence, begins a clause, opens or closes what
# is said aside, may begin a phrase
ENDS, STOPS, BEGINS, OPENS, CLOSES, HEAD = (1 << place for place in range(6))
FLAGS = 6
# Words that are kept; all mail systems together use a few thousand
MAX_KEPT = 16384
# Letters of a word that can mean anything, and of a URL that may name a list
_LONGEST = 48
_NAME_WINDOW = 100

_WORD = re.compile(r"[^\W_]{1,48}+(?:['’‘\-][^\W_]{1,48}+){0,4}")
_LETTERS = re.compile(r"[^\W_]+")
_SENTENCE = (".", "!", "?", ";", "。", '."')
_PART = (":", "-", ">", "|", ",-", "：")
_URL = re.compile(r"\W{0,4}(?:https?:|www\.|[a-z0-9_.]{1,20}=)", re.IGNORECASE)
_HOST = re.compile(
    r"\W{0,4}[a-z0-9][\w\-]{0,62}(?:\.[\w\-]{1,63}){0,8}\.(?:[a-z]{2,7}|example)\b(?![.\-]\w)", re.IGNORECASE
)
_IPV4 = re.compile(r"\W{0,3}(?:[Ii][Pp]=)?\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?\W{0,4}$")
# Letters that are no letter with an accent (Unicode NFKD)
_BARRED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})

# The codes of each row of `codes.PUBLISHED` that stand for a concept, by the code or how it begins
Codes = tuple[Mapping[str, str], ...]


# What may follow the first word of a phrase: the second, then the rest, with the phrase's bit
_Seconds = dict[str, list[tuple[list[str], int]]]


@lru_cache(maxsize=4096)  # mail systems have few words
def plain(word: str) -> str:
    """Return a word as the vocabulary has it: case-folded, without accents, hyphens and apostrophes."""
    word = word.casefold()
    if not word.isascii():
        word = word.translate(_BARRED)
    if word.isascii():
        return word if word.isalnum() else "".join(_LETTERS.findall(word))
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(_LETTERS.findall("".join(one for one in decomposed if not unicodedata.combining(one))))


class _Kept(dict[str, int]):
    """What words say; of those that were not asked about yet, `said` tells it."""

    def __init__(self, said: Callable[[str], int]) -> None:
        super().__init__()
        self._said = said

    def __missing__(self, word: str) -> int:
        return self._said(word)


class Vocabulary:
    """The words of some concepts (`ndn.concepts`) and the codes of providers.

    `without` are ids of words (`concept:word`) that are left out, to measure what each is for.
    """

    def __init__(
        self,
        concepts: Mapping[str, str],
        unspaced: Mapping[str, str],
        derived: tuple[str, ...],
        codes: Codes,
        without: Collection[str] = (),
    ) -> None:
        self.bits = {name: 1 << index for index, name in enumerate([*concepts, *derived], FLAGS)}
        self._codes = codes
        self._names = self.bits["ip"] | self.bits["@"]
        self._exact: dict[str, int] = {}
        self._beginnings: dict[str, int] = {}
        self._phrases: dict[str, _Seconds] = {}
        self.kept = _Kept(self._said)
        self.of: Callable[[str], int] = self.kept.__getitem__  # the bits of a word as it stands in a text
        self._heads: dict[str, list[_Seconds]] = {}  # of words that are kept
        for name, word in _rows(concepts, without):
            self._add(word, self.bits[name])
        self._unspaced = [(plain(word), self.mask(names)) for names, word in _rows(unspaced, without)]
        lengths = [len(one) for one in self._beginnings] or [1]
        self._shortest, self._longest = min(lengths), max(lengths)

    def mask(self, names: str) -> int:
        """Return the bits of concepts that are named, between spaces or bars."""
        mask = 0
        for name in names.replace("|", " ").split():
            mask |= self.bits[name]
        return mask

    def _add(self, word: str, bit: int) -> None:
        first, *following = map(plain, word.split("_"))
        if following:
            second, *rest = following
            self._phrases.setdefault(first, {}).setdefault(second, []).append((rest, bit))
            return
        table = self._beginnings if word.endswith("*") else self._exact
        key = plain(word)
        table[key] = table.get(key, 0) | bit

    def _said(self, word: str) -> int:
        """Return the bits of a word that is not kept yet."""
        meaning = self._meaning(word)
        said = meaning | _breaks(word)
        if meaning & ~self._names and word[0] == "(" and word.endswith(")"):
            said |= OPENS | CLOSES  # … (disabled) …
        if said & self.bits["but"]:
            said |= BEGINS
        if len(self.kept) >= MAX_KEPT:
            self.kept.clear()
            self._heads.clear()
        if len(word) <= _LONGEST:
            self.kept[word] = said
        return said

    def phrase(self, words: list[str], index: int) -> int:
        """Return the bits of the phrases that begin with a word."""
        if index + 1 == len(words):
            return 0
        said, second = 0, plain(words[index + 1])
        for seconds in self._heads.get(words[index], ()):
            for rest, bit in seconds.get(second, ()):
                if [plain(one) for one in words[index + 2 : index + 2 + len(rest)]] == rest:
                    said |= bit
        return said

    def _meaning(self, word: str) -> int:
        if (code := self._published(word)) is not None:
            return code
        if "@" in word:
            word = word.rpartition("@")[2].partition(":")[2].strip(").>,")  # (user@host.example:blocked)
            if not word:
                return self.bits["@"]
        if word.isalpha():
            return self._spelled(word)
        if _IPV4.match(word):
            return self.bits["ip"]
        if _URL.match(word) or ("." in word and _HOST.match(word)):
            return self._named(word)
        return self._spelled(word)

    def _published(self, word: str) -> int | None:
        found = ANY_PUBLISHED.search(word.lower())
        if found is None or found.lastindex is None:
            return None
        code, codes = found[found.lastindex], self._codes[found.lastindex - 1]
        known = max((one for one in codes if code.startswith(one)), key=len, default=None)
        return None if known is None else self.bits[f"={codes[known]}"]

    def _named(self, word: str) -> int:
        """Return what a name or URL says all the same: it is on a list."""
        said = 0
        for one in _LETTERS.findall(word.lower()[:_NAME_WINDOW]):
            said |= self._exact.get(one, 0)
        return said & self.bits["dnsbl"]

    def _spelled(self, word: str) -> int:
        said = 0
        for whole in _WORD.findall(word):
            one = plain(whole)
            found = self._looked_up(one)
            if "-" in whole and one not in self._exact:  # Invalid-Recipient begins as "invalid" does
                for part in whole.split("-")[1 if found else 0 :]:
                    found |= self._looked_up(plain(part))
            said |= found
            if one in self._phrases and len(word) <= _LONGEST:
                said |= HEAD
                self._heads.setdefault(word, []).append(self._phrases[one])
        if not said and ("-" in word or "'" in word or "/" in word):
            for one in (*_LETTERS.findall(word), word):  # long-term; I/O
                said |= self._looked_up(plain(one))
        if not word.isascii():
            bare = plain(word)
            for part, mask in self._unspaced:
                said |= mask if part in bare else 0
        return said

    def _looked_up(self, word: str) -> int:
        """Return the concepts of the word itself, else of its longest beginning."""
        if word in self._exact:
            return self._exact[word]
        for length in range(min(len(word), self._longest), self._shortest - 1, -1):
            if word[:length] in self._beginnings:
                return self._beginnings[word[:length]]
        return 0


def _rows(table: Mapping[str, str], without: Collection[str]) -> Iterator[tuple[str, str]]:
    for names, words in table.items():
        for word in words.split():
            if f"{names}:{word}" not in without:
                yield names, word


def _breaks(word: str) -> int:
    """Tell where clauses end: at punctuation; what is said aside, in parentheses, is a clause within another."""
    opens, closes = word[0] in "([", word.rstrip(".,;:!?").endswith((")", "]"))
    flags = (OPENS if opens and not closes else 0) | (CLOSES if closes and not opens else 0)
    if word.endswith(_SENTENCE):
        return flags | ENDS | STOPS
    return flags | ENDS if word.endswith(_PART) else flags
