"""What in somebody's words could show who somebody is: found, and taken out. Pure; nothing is looked up elsewhere.

What is found by its form (numbers, addresses of all sorts) is sure. A name is a guess: see `flows.names`.
How well this works is measured in tests/flows/test_scrubbing.py, and stands in docs/privacy.md.
"""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum

from phonenumbers import Leniency, PhoneNumberMatcher

from flows.text.person_names import find_names

Span = tuple[int, int]


class IdentifierKind(StrEnum):
    """What was found. Its value stands in its place, in brackets: data, the same in every language."""

    EMAIL = "e-mail"
    LINK = "link"
    HANDLE = "user name"
    NHS = "NHS number"
    PHONE = "phone number"
    POSTCODE = "postcode"
    ADDRESS = "address"
    NAME = "name"


CERTAIN_KINDS = frozenset(IdentifierKind) - {IdentifierKind.NAME}
IdentifierSpan = tuple[int, int, IdentifierKind]


def find_identifiers(
    text: str, kinds: frozenset[IdentifierKind] = frozenset(IdentifierKind)
) -> tuple[IdentifierSpan, ...]:
    """Where something of these kinds stands in the words, in order: (start, end, kind). None overlaps another."""
    spans: list[IdentifierSpan] = []
    for kind, find in _FINDERS.items():
        if kind in kinds:
            for start, end in find(text):
                if all(end <= other[0] or other[1] <= start for other in spans):
                    spans.append((start, end, kind))
    return tuple(sorted(spans))


def redact_identifiers(text: str, kinds: frozenset[IdentifierKind] = frozenset(IdentifierKind)) -> str:
    """The words with what is found taken out, each by the name of its kind in brackets: `ring [phone number]`."""
    redacted = text
    for start, end, kind in reversed(find_identifiers(text, kinds)):
        redacted = f"{redacted[:start]}[{kind}]{redacted[end:]}"
    return (
        redacted if redacted == text else redact_identifiers(redacted, kinds)
    )  # what stood behind it may be seen only now


_EMAIL_PATTERN = re.compile(
    r"(?<![\w.+'-])[\w.+'-]+"
    r"(?:@[\w-]+(?:\.[\w-]+)+|(?: dot [\w-]+){0,3} at [\w-]+(?: dot [\w-]+)*? dot (?:com|org|net|uk)\b)",
    re.IGNORECASE,
)
_LINK_PATTERN = re.compile(
    r"https?://\S+|\bwww\.\S+"
    r"|(?<![\w.-])(?:[a-z0-9-]+\.)+(?:com|org|net|uk|info|me|scot|wales|cymru|ie)\b(?:/\S*)?",
    re.IGNORECASE,
)
_HANDLE_PATTERN = re.compile(r"(?<![\w@.])@(?!(?:home|work|school|night|hospital|least|the|my)\b)[^\W\d_][\w.]{2,}")
_NHS_NUMBER_PATTERN = re.compile(r"(?<!\d)[1-9]\d\d([ -]?)\d{3}\1\d{4}(?!\d)")
_POSTCODE_PATTERN = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d(?!nd|rd|st|th)[ABD-HJLNP-UW-Z]{2}\b", re.IGNORECASE)

_ROAD_TYPES = r"(?i:road|rd|street|lane|avenue|ave|crescent|terrace|gardens)"
_CAPITALISED_ROAD_TYPES = (
    r"(?:Close|Court|Drive|Green|Grove|Hill|Mews|Park|Place|Rise|Row|Square|St|View|Walk|Way|Yard)"
)
_NOT_A_ROAD_NAME = r"(?!(?i:the|a|an|of|in|on|at|to|for|from|our|my|this|their|down|up|or|and|\w+s)\b)"
_ADDRESS_PATTERN = re.compile(
    rf"(?:\b(?i:flat|apartment|apt|unit) \w{{1,3}},? )?\b\d{{1,4}}[a-zA-Z]?,? "
    rf"(?:(?:{_NOT_A_ROAD_NAME}[^\W\d_][\w'’]+ ){{1,3}}{_ROAD_TYPES}|(?:[A-Z][\w'’]+ ){{1,3}}{_CAPITALISED_ROAD_TYPES})\b"
)
_TRAILING_PUNCTUATION = ".,;:!?)]}'\"”’"


def _find_matches(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    for match in pattern.finditer(text):
        yield match.start(), match.start() + len(match[0].rstrip(_TRAILING_PUNCTUATION))


def _find_emails(text: str) -> Iterator[Span]:
    return _find_matches(_EMAIL_PATTERN, text) if "@" in text or " dot " in text else iter(())


def _find_links(text: str) -> Iterator[Span]:
    return _find_matches(_LINK_PATTERN, text) if "." in text or "://" in text else iter(())


def _find_handles(text: str) -> Iterator[Span]:
    return _find_matches(_HANDLE_PATTERN, text) if "@" in text else iter(())


def _find_nhs_numbers(text: str) -> Iterator[Span]:
    """Ten digits, of which the last is checked by the others (modulus 11)."""
    for match in _NHS_NUMBER_PATTERN.finditer(text):
        digits = [int(digit) for digit in match[0] if digit.isdecimal()]
        weighted_sum = sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False))
        if -weighted_sum % 11 == digits[9]:
            yield match.span()


def _find_phone_numbers(text: str) -> Iterator[Span]:
    """Numbers as they are dialled: with 0 or + first, and long enough for one, in use or not."""
    if sum(character.isdecimal() for character in text) < _MIN_PHONE_DIGITS:
        return
    for match in PhoneNumberMatcher(text, "GB", leniency=Leniency.POSSIBLE):
        if re.match(r"[(\s]*[+0]", match.raw_string):
            yield match.start, match.end


def _find_postcodes(text: str) -> Iterator[Span]:
    return _find_matches(_POSTCODE_PATTERN, text)


def _find_addresses(text: str) -> Iterator[Span]:
    return _find_matches(_ADDRESS_PATTERN, text)


_MIN_PHONE_DIGITS = 9  # digits of a phone number
_FINDERS: dict[IdentifierKind, Callable[[str], Iterator[Span]]] = {
    IdentifierKind.EMAIL: _find_emails,
    IdentifierKind.LINK: _find_links,
    IdentifierKind.HANDLE: _find_handles,
    IdentifierKind.NHS: _find_nhs_numbers,
    IdentifierKind.PHONE: _find_phone_numbers,
    IdentifierKind.POSTCODE: _find_postcodes,
    IdentifierKind.ADDRESS: _find_addresses,
    IdentifierKind.NAME: find_names,
}
