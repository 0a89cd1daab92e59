"""People's names in a typed text: after a title, after a relation (*my sister …*), or from a list of first names.

It is a guess. First names that are also words (Will, Rose, June) count only where the text around them suggests a name.
The lists are in person_names.toml.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from unicodedata import normalize

_WORD_PATTERN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TITLE = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Doctor|Prof|Professor|Sir|Dame|Lady|Rev|Reverend|Cllr|Councillor)\b\.?"
_TITLED_NAME_PATTERN = re.compile(rf"\b{_TITLE}(?: (?:and|&) {_TITLE})?((?: (?:[A-Z][\w'’-]+|[A-Z]\b)){{1,3}})")
_LOWERCASE_TITLED_NAME_PATTERN = re.compile(
    r"\b(?:mr|mrs)\.? (?!(?:and|or|is|was|who|the|has|had|said|in|on|at)\b)[^\W\d_][\w'’-]+"
)
_RELATIONS = (
    r"(?:husband|wife|partner|son|daughter|mum|mam|dad|mother|father|brother|sister|nephew|niece|grandson|granddaughter"
    r"|auntie?|uncle|cousin|friend|neighbour|nurse|carer|social worker|support worker)"
)
_INTRODUCED_NAME_PATTERN = re.compile(
    rf"\b(?:(?i:my name is|{_RELATIONS} (?:is )?(?:called|named))|(?i:my|our|her|his|their) (?i:{_RELATIONS})),? "
    r"(?P<name>[A-Z][^\W\d_]+(?:['’-][^\W\d_]+)*)"
)


def find_names(text: str) -> Iterator[tuple[int, int]]:
    """The spans of people's names. They may overlap; the earlier ones are more certain."""
    yield from _find_titled_names(text)
    yield from (match.span() for match in _LOWERCASE_TITLED_NAME_PATTERN.finditer(text))
    yield from _find_first_names(text)
    for match in _INTRODUCED_NAME_PATTERN.finditer(text):
        if _is_capitalised(match["name"]) and match["name"].casefold() not in _load_list("no_surnames") | _load_list(
            "places"
        ):
            yield match.span("name")


@cache
def _load_list(name: str) -> frozenset[str]:
    return frozenset(
        tomllib.loads((files("flows.text") / "person_names.toml").read_text("utf-8"))[name].casefold().split()
    )


@cache
def _list_by_name() -> dict[str, str]:
    """{first name: its list}: `names`, `words` (also an ordinary word) or `months`."""
    return {name: list_name for list_name in ("names", "words", "months") for name in _load_list(list_name)}


def _find_titled_names(text: str) -> Iterator[tuple[int, int]]:
    for match in _TITLED_NAME_PATTERN.finditer(text):
        surnames = match[1].split()
        surname_count = next(
            (position for position, name in enumerate(surnames) if _is_not_surname(name)), len(surnames)
        )
        if surname_count:
            yield match.start(), match.start(1) + len(" " + " ".join(surnames[:surname_count]))


def _find_first_names(text: str) -> Iterator[tuple[int, int]]:
    tokens = list(_WORD_PATTERN.finditer(text))
    position = 0
    while position < len(tokens):
        last_position = position
        if _is_first_name(text, tokens, position):
            while last_position + 1 < len(tokens) and _is_next_name_part(
                text, tokens[last_position], tokens[last_position + 1]
            ):
                last_position += 1
            yield (
                tokens[position].start(),
                tokens[last_position].start() + len(_strip_possessive(tokens[last_position][0])),
            )
        position = last_position + 1


def _strip_possessive(token: str) -> str:
    return re.sub(r"['’]s?$", "", token)


def _is_capitalised(word: str) -> bool:
    """Whether it has a capital first letter, and is not all capitals."""
    return word[0].isupper() and not word.isupper()


def _find_list(token: str) -> str | None:
    """The list that has this first name or the first half of it (`Mary-Lou`). Accents are ignored."""
    ascii_name = (
        normalize("NFKD", _strip_possessive(token).casefold().replace("ł", "l")).encode("ascii", "ignore").decode()
    )
    return _list_by_name().get(ascii_name) or _list_by_name().get(ascii_name.split("-")[0])


def _is_first_name(text: str, tokens: list[re.Match[str]], position: int) -> bool:
    token = tokens[position][0]
    list_name = _find_list(token)
    if list_name is None or _is_in_place_name(tokens, position):
        return False
    if list_name == "names":
        return True
    next_token = tokens[position + 1] if position + 1 < len(tokens) else None
    if not _is_capitalised(_strip_possessive(token)):
        return False
    has_name_context = next_token is not None and (
        _is_next_name_part(text, tokens[position], next_token) or next_token[0] in _load_list("does")
    )
    if list_name == "months":
        return (
            has_name_context
            and next_token is not None
            and next_token[0] not in {"and", "from"}
            and not _find_list(next_token[0])
        )
    return (
        has_name_context
        if _is_at_sentence_start(text, tokens[position].start())
        else not _is_after_capital(text, tokens, position)
    )


def _is_in_place_name(tokens: list[re.Match[str]], position: int) -> bool:
    """Whether it is part of the name of a hospital, a street or a ward: `St Mary's`, `Victoria House`."""
    if (
        position
        and _is_capitalised(tokens[position - 1][0])
        and tokens[position - 1][0].casefold() in _load_list("before_places")
    ):
        return True
    for next_token in tokens[position + 1 : position + 3]:
        if not next_token[0][0].isupper():
            return False
        if next_token[0].casefold() in _load_list("places"):
            return True
    return False


def _is_next_name_part(text: str, token: re.Match[str], next_token: re.Match[str]) -> bool:
    """Whether the next word is a surname, or another first name, of the same person."""
    separator = text[token.end() : next_token.start()]
    return separator == " " and _is_capitalised(next_token[0]) and not _is_not_surname(next_token[0])


def _is_not_surname(name: str) -> bool:
    return name.casefold() in _load_list("no_surnames") or _strip_possessive(name).casefold() in _load_list("places")


def _is_at_sentence_start(text: str, start: int) -> bool:
    return not text[:start].strip() or text[:start].rstrip()[-1] in '.!?:\n“"(-–•'


def _is_after_capital(text: str, tokens: list[re.Match[str]], position: int) -> bool:
    """Whether the word before it in the sentence is capitalised as well: `Attendance Grant`, but not `Nurse Joy`."""
    if not position or text[tokens[position - 1].end() : tokens[position].start()] != " ":
        return False
    previous_word = tokens[position - 1][0]
    is_capital = previous_word[0].isupper() and previous_word.casefold() not in _load_list("before_names")
    return is_capital and not _is_at_sentence_start(text, tokens[position - 1].start())
