"""What in somebody's words could show who somebody is: found, and taken out. Pure; nothing is looked up elsewhere.

What is found by its form (numbers, addresses of all sorts) is sure. A name is a guess: see `flows.names`.
How well this works is measured in tests/flows/test_scrubbing.py, and stands in docs/privacy.md.
"""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum

from phonenumbers import Leniency, PhoneNumberMatcher

from flows.text.person_names import names_in

Span = tuple[int, int]


class Kind(StrEnum):
    """What was found. Its value stands in its place, in brackets: data, the same in every language."""

    EMAIL = "e-mail"
    LINK = "link"
    HANDLE = "user name"
    NHS = "NHS number"
    PHONE = "phone number"
    POSTCODE = "postcode"
    ADDRESS = "address"
    NAME = "name"


SURE = frozenset(Kind) - {Kind.NAME}
Found = tuple[int, int, Kind]


def found(words: str, kinds: frozenset[Kind] = frozenset(Kind)) -> tuple[Found, ...]:
    """Where something of these kinds stands in the words, in order: (start, end, kind). None overlaps another."""
    spans: list[Found] = []
    for kind, look in _LOOK.items():
        if kind in kinds:
            for start, end in look(words):
                if all(end <= other[0] or other[1] <= start for other in spans):
                    spans.append((start, end, kind))
    return tuple(sorted(spans))


def scrubbed(words: str, kinds: frozenset[Kind] = frozenset(Kind)) -> str:
    """The words with what is found taken out, each by the name of its kind in brackets: `ring [phone number]`."""
    rest = words
    for start, end, kind in reversed(found(words, kinds)):
        rest = f"{rest[:start]}[{kind}]{rest[end:]}"
    return rest if rest == words else scrubbed(rest, kinds)  # what stood behind it may be seen only now


_EMAIL = re.compile(
    r"(?<![\w.+'-])[\w.+'-]+"
    r"(?:@[\w-]+(?:\.[\w-]+)+|(?: dot [\w-]+){0,3} at [\w-]+(?: dot [\w-]+)*? dot (?:com|org|net|uk)\b)",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"https?://\S+|\bwww\.\S+"
    r"|(?<![\w.-])(?:[a-z0-9-]+\.)+(?:com|org|net|uk|info|me|scot|wales|cymru|ie)\b(?:/\S*)?",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@.])@(?!(?:home|work|school|night|hospital|least|the|my)\b)[^\W\d_][\w.]{2,}")
_NHS = re.compile(r"(?<!\d)[1-9]\d\d([ -]?)\d{3}\1\d{4}(?!\d)")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d(?!nd|rd|st|th)[ABD-HJLNP-UW-Z]{2}\b", re.IGNORECASE)

_ROAD = r"(?i:road|rd|street|lane|avenue|ave|crescent|terrace|gardens)"
_OTHER_ROAD = r"(?:Close|Court|Drive|Green|Grove|Hill|Mews|Park|Place|Rise|Row|Square|St|View|Walk|Way|Yard)"
_NO_ROAD = r"(?!(?i:the|a|an|of|in|on|at|to|for|from|our|my|this|their|down|up|or|and|\w+s)\b)"
_ADDRESS = re.compile(
    rf"(?:\b(?i:flat|apartment|apt|unit) \w{{1,3}},? )?\b\d{{1,4}}[a-zA-Z]?,? "
    rf"(?:(?:{_NO_ROAD}[^\W\d_][\w'’]+ ){{1,3}}{_ROAD}|(?:[A-Z][\w'’]+ ){{1,3}}{_OTHER_ROAD})\b"
)
_TRAILING = ".,;:!?)]}'\"”’"


def _matches(pattern: re.Pattern[str], words: str) -> Iterator[Span]:
    for match in pattern.finditer(words):
        yield match.start(), match.start() + len(match[0].rstrip(_TRAILING))


def _emails(words: str) -> Iterator[Span]:
    return _matches(_EMAIL, words) if "@" in words or " dot " in words else iter(())


def _links(words: str) -> Iterator[Span]:
    return _matches(_LINK, words) if "." in words or "://" in words else iter(())


def _handles(words: str) -> Iterator[Span]:
    return _matches(_HANDLE, words) if "@" in words else iter(())


def _nhs_numbers(words: str) -> Iterator[Span]:
    """Ten digits, of which the last is checked by the others (modulus 11)."""
    for match in _NHS.finditer(words):
        digits = [int(digit) for digit in match[0] if digit.isdecimal()]
        weighed = sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False))
        if -weighed % 11 == digits[9]:
            yield match.span()


def _phones(words: str) -> Iterator[Span]:
    """Numbers as they are dialled: with 0 or + first, and long enough for one, in use or not."""
    if sum(character.isdecimal() for character in words) < _SHORTEST:
        return
    for match in PhoneNumberMatcher(words, "GB", leniency=Leniency.POSSIBLE):
        if re.match(r"[(\s]*[+0]", match.raw_string):
            yield match.start, match.end


def _postcodes(words: str) -> Iterator[Span]:
    return _matches(_POSTCODE, words)


def _addresses(words: str) -> Iterator[Span]:
    return _matches(_ADDRESS, words)


_SHORTEST = 9  # digits of a phone number
_LOOK: dict[Kind, Callable[[str], Iterator[Span]]] = {
    Kind.EMAIL: _emails,
    Kind.LINK: _links,
    Kind.HANDLE: _handles,
    Kind.NHS: _nhs_numbers,
    Kind.PHONE: _phones,
    Kind.POSTCODE: _postcodes,
    Kind.ADDRESS: _addresses,
    Kind.NAME: names_in,
}
