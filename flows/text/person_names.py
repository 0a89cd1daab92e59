"""People's names in somebody's words: after a title, after what somebody is to them, or known as a first name.

A guess. First names that are ordinary words too (Will, Rose, June) count only where they stand as names do.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from unicodedata import normalize

_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TITLE = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Doctor|Prof|Professor|Sir|Dame|Lady|Rev|Reverend|Cllr|Councillor)\b\.?"
_TITLED = re.compile(rf"\b{_TITLE}(?: (?:and|&) {_TITLE})?((?: (?:[A-Z][\w'’-]+|[A-Z]\b)){{1,3}})")
_SMALL_TITLED = re.compile(r"\b(?:mr|mrs)\.? (?!(?:and|or|is|was|who|the|has|had|said|in|on|at)\b)[^\W\d_][\w'’-]+")
_SOMEBODY = (
    r"(?:husband|wife|partner|son|daughter|mum|mam|dad|mother|father|brother|sister|nephew|niece|grandson|granddaughter"
    r"|auntie?|uncle|cousin|friend|neighbour|nurse|carer|social worker|support worker)"
)
_INTRODUCED = re.compile(
    rf"\b(?:(?i:my name is|{_SOMEBODY} (?:is )?(?:called|named))|(?i:my|our|her|his|their) (?i:{_SOMEBODY})),? "
    r"(?P<name>[A-Z][^\W\d_]+(?:['’-][^\W\d_]+)*)"
)


@cache
def _list(name: str) -> frozenset[str]:
    return frozenset(
        tomllib.loads((files("flows.text") / "person_names.toml").read_text("utf-8"))[name].casefold().split()
    )


@cache
def _known() -> dict[str, str]:
    """Each first name, with the list that it stands in: `names`, `words` (an ordinary word too) or `months`."""
    return {name: which for which in ("names", "words", "months") for name in _list(which)}


def names_in(words: str) -> Iterator[tuple[int, int]]:
    """Where people are named. Spans may overlap; the earlier ones are surer."""
    yield from _titled(words)
    yield from (match.span() for match in _SMALL_TITLED.finditer(words))
    yield from _first_names(words)
    for match in _INTRODUCED.finditer(words):
        if _is_large(match["name"]) and match["name"].casefold() not in _list("no_surnames") | _list("places"):
            yield match.span("name")


def _titled(words: str) -> Iterator[tuple[int, int]]:
    for match in _TITLED.finditer(words):
        surnames = match[1].split()
        kept = next((at for at, name in enumerate(surnames) if _is_no_surname(name)), len(surnames))
        if kept:
            yield match.start(), match.start(1) + len(" " + " ".join(surnames[:kept]))


def _first_names(words: str) -> Iterator[tuple[int, int]]:
    tokens = list(_TOKEN.finditer(words))
    at = 0
    while at < len(tokens):
        last = at
        if _is_first_name(words, tokens, at):
            while last + 1 < len(tokens) and _goes_on(words, tokens[last], tokens[last + 1]):
                last += 1
            yield tokens[at].start(), tokens[last].start() + len(_bare(tokens[last][0]))
        at = last + 1


def _bare(token: str) -> str:
    return re.sub(r"['’]s?$", "", token)


def _is_large(word: str) -> bool:
    """Whether it is written with a large first letter, and not all in large ones."""
    return word[0].isupper() and not word.isupper()


def _which(token: str) -> str | None:
    """Which list knows this as a first name, or its first half (`Mary-Lou`). Accents are not looked at."""
    spelt = normalize("NFKD", _bare(token).casefold().replace("ł", "l")).encode("ascii", "ignore").decode()
    return _known().get(spelt) or _known().get(spelt.split("-")[0])


def _is_first_name(words: str, tokens: list[re.Match[str]], at: int) -> bool:
    token = tokens[at][0]
    which = _which(token)
    if which is None or _in_a_place(tokens, at):
        return False
    if which == "names":
        return True
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if not _is_large(_bare(token)):
        return False
    named = after is not None and (_goes_on(words, tokens[at], after) or after[0] in _list("does"))
    if which == "months":
        return named and after is not None and after[0] not in {"and", "from"} and not _which(after[0])
    return named if _starts_sentence(words, tokens[at].start()) else not _after_capital(words, tokens, at)


def _in_a_place(tokens: list[re.Match[str]], at: int) -> bool:
    """Whether the name is that of a hospital, a street, a ward: `St Mary's`, `Queen Elizabeth`, `Victoria House`."""
    if at and _is_large(tokens[at - 1][0]) and tokens[at - 1][0].casefold() in _list("before_places"):
        return True
    for after in tokens[at + 1 : at + 3]:
        if not after[0][0].isupper():
            return False
        if after[0].casefold() in _list("places"):
            return True
    return False


def _goes_on(words: str, token: re.Match[str], after: re.Match[str]) -> bool:
    """Whether the next word is a surname, or another first name, of the same person."""
    apart = words[token.end() : after.start()]
    return apart == " " and _is_large(after[0]) and not _is_no_surname(after[0])


def _is_no_surname(name: str) -> bool:
    return name.casefold() in _list("no_surnames") or _bare(name).casefold() in _list("places")


def _starts_sentence(words: str, start: int) -> bool:
    return not words[:start].strip() or words[:start].rstrip()[-1] in '.!?:\n“"(-–•'


def _after_capital(words: str, tokens: list[re.Match[str]], at: int) -> bool:
    """Whether a word before it is written large too, within the sentence: `Attendance Grant`, not `Nurse Joy`."""
    if not at or words[tokens[at - 1].end() : tokens[at].start()] != " ":
        return False
    before = tokens[at - 1][0]
    large = before[0].isupper() and before.casefold() not in _list("before_names")
    return large and not _starts_sentence(words, tokens[at - 1].start())
