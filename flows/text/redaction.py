"""What could identify someone in a typed text: found, and redacted. Pure; nothing is looked up elsewhere.

Numbers and addresses of all sorts are recognised by their form, which is certain. A name is a guess
(`flows.text.person_names`). Precision and recall are measured in tests/flows/text/test_redaction.py and reported in
docs/privacy.md.
"""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum

from flows.text.person_names import find_names

Span = tuple[int, int]


class IdentifierKind(StrEnum):
    """What was found. The value replaces it in brackets; it is data, and the same in every language."""

    EMAIL = "e-mail"
    LINK = "link"
    HANDLE = "user name"
    NHS = "NHS number"
    PHONE = "phone number"
    POSTCODE = "postcode"
    ADDRESS = "address"
    NAME = "name"


IdentifierSpan = tuple[int, int, IdentifierKind]
CERTAIN_KINDS = frozenset(IdentifierKind) - {IdentifierKind.NAME}
MIN_PHONE_DIGITS = 9

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
    rf"(?:(?:{_NOT_A_ROAD_NAME}[^\W\d_][\w'’]+ ){{1,3}}{_ROAD_TYPES}"
    rf"|(?:[A-Z][\w'’]+ ){{1,3}}{_CAPITALISED_ROAD_TYPES})\b"
)
_TRAILING_PUNCTUATION = ".,;:!?)]}'\"”’"


def find_identifiers(
    text: str, kinds: frozenset[IdentifierKind] = frozenset(IdentifierKind)
) -> tuple[IdentifierSpan, ...]:
    """The identifiers of these kinds in the text, in order: (start, end, kind). They do not overlap."""
    spans: list[IdentifierSpan] = []
    for kind, find in _FINDERS.items():
        if kind in kinds:
            for start, end in find(text):
                if all(end <= other[0] or other[1] <= start for other in spans):
                    spans.append((start, end, kind))
    return tuple(sorted(spans))


def redact_identifiers(text: str, kinds: frozenset[IdentifierKind] = frozenset(IdentifierKind)) -> str:
    """The text with each identifier replaced by its kind in brackets: `ring [phone number]`."""
    redacted = text
    for start, end, kind in reversed(find_identifiers(text, kinds)):
        redacted = f"{redacted[:start]}[{kind}]{redacted[end:]}"
    # A replacement can uncover another identifier next to it, so this repeats until nothing is found.
    return redacted if redacted == text else redact_identifiers(redacted, kinds)


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
    """Ten digits, of which the last is a check digit (modulus 11)."""
    for match in _NHS_NUMBER_PATTERN.finditer(text):
        digits = [int(digit) for digit in match[0] if digit.isdecimal()]
        weighted_sum = sum(weight * digit for weight, digit in zip(range(10, 1, -1), digits, strict=False))
        if -weighted_sum % 11 == digits[9]:
            yield match.span()


def _find_phone_numbers(text: str) -> Iterator[Span]:
    """Numbers as they are dialled: they begin with 0 or +, and have the length of a number, in use or not."""
    if sum(character.isdecimal() for character in text) < MIN_PHONE_DIGITS:
        return
    from phonenumbers import Leniency, PhoneNumberMatcher  # noqa: PLC0415 - 1 MB, and few write a number

    for match in PhoneNumberMatcher(text, "GB", leniency=Leniency.POSSIBLE):
        if re.match(r"[(\s]*[+0]", match.raw_string):
            yield match.start, match.end


def _find_postcodes(text: str) -> Iterator[Span]:
    return _find_matches(_POSTCODE_PATTERN, text)


def _find_addresses(text: str) -> Iterator[Span]:
    return _find_matches(_ADDRESS_PATTERN, text)


# In this order: where two overlap, the first wins.
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
