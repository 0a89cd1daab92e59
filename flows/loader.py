"""Flow files → flows, checked whole. Each fault names the file, the place and the fix."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from pydantic import ValidationError

from flows.errors import FlowFault, FlowUnknown, WordMissing
from flows.linter import check_words
from flows.localization import Wording
from flows.schema import Flow, Label, Labels, Place
from flows.state_machine import Walk

DEFAULT = "connection_test"
OPENING = "open_campaign"  # with which coordinators open campaigns
WAYS = (
    "start",
    "how_kept",
    "skip",
    "back",
    "why",
    "stop",
    "carry_on",
    "send",
    "keep_comment",
    "leave_out",
    "none_of_these",
    "take_out",
    "keep_whole",
    "nothing_to_add",
    "help",
    "delete",
    "delete_yes",
    "delete_no",
    "begin_other",
    "open_instead",
)  # fmt: skip


def library() -> Traversable:
    """The folder of the flows that come with the bot: one folder a flow."""
    return files("flows") / "library"


def load(name: str = DEFAULT) -> Walk:
    """The library's flow of that name, with its machine. Raises `FlowUnknown`, and `FlowFault` with file and fix."""
    return _load(name)


def is_known(name: str) -> bool:
    """Whether the library has a flow of that name."""
    return name in _known()


@cache
def _known() -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in library().iterdir() if (folder / "flow.toml").is_file()))


@cache
def _load(name: str) -> Walk:
    if not is_known(name):
        raise FlowUnknown(f'There is no flow "{name}". There is: {", ".join(_known())}.')
    return read_flow(library() / name)


@cache
def words_of(name: str, language: str) -> Wording:
    """The words of a library's flow in one language, falling back to the flow's own."""
    return wording(library() / name, load(name).flow.language, language)


def read_flow(folder: Traversable) -> Walk:
    """A flow's folder: `flow.toml`, and a Fluent file for each language. Raises `FlowFault`."""
    flow = _definition(folder / "flow.toml")
    spoken = {language: wording(folder, flow.language, language) for language in _languages(folder, flow)}
    for words in spoken.values():
        check_words(flow, words, WAYS)
    labels = {language: _labels(flow, words) for language, words in spoken.items()}
    return Walk(flow.model_copy(update={"labels": MappingProxyType(labels)}))


def wording(folder: Traversable, first: str, language: str) -> Wording:
    """A flow's words in one language; where it has none, in the flow's first language."""
    shared = files("flows") / "words"
    order = [language] if language == first else [language, first]
    candidates = [(name, place / f"{name}.ftl") for name in order for place in (folder, shared)]
    return Wording(language, [(name, file) for name, file in candidates if file.is_file()])


def _definition(file: Traversable) -> Flow:
    try:
        return Flow.model_validate(tomllib.loads(file.read_text("utf-8")))
    except FileNotFoundError as fault:
        raise FlowFault(f"{file.name}: there is no such file; a flow's folder needs one") from fault
    except tomllib.TOMLDecodeError as fault:
        raise FlowFault(f"{file.name}: this can't be read as TOML: {fault}; look at that line") from fault
    except UnicodeDecodeError as fault:
        raise FlowFault(f"{file.name}: this is not UTF-8 text; save it as UTF-8") from fault
    except ValidationError as fault:
        raise FlowFault(f"{file.name}: {_first_fault(fault, file)}") from fault


def _first_fault(fault: ValidationError, file: Traversable) -> str:
    error = fault.errors()[0]
    message = error["msg"].removeprefix("Value error, ")
    where = list(error["loc"])
    if where[:1] == ["place"] and len(where) > 1:
        where = [_name_of_place(file, int(where[1])), *where[2:]]
    return f"{': '.join(map(str, where))}: {message}" if where else message


def _name_of_place(file: Traversable, position: int) -> str:
    """What a faulty place calls itself, or its number in the file."""
    try:
        return str(tomllib.loads(file.read_text("utf-8"))["place"][position]["id"])
    except (KeyError, TypeError, IndexError):
        return f"place number {position + 1}"


def _languages(folder: Traversable, flow: Flow) -> Iterator[str]:
    found = sorted(file.name.removesuffix(".ftl") for file in folder.iterdir() if file.name.endswith(".ftl"))
    if flow.language not in found:
        raise WordMissing(f"{flow.language}.ftl: the flow's own language has no file; add one beside flow.toml")
    return iter(found)


def _labels(flow: Flow, words: Wording) -> Labels:
    return Labels(
        choices={place.id: _place_labels(place, words) for place in flow.places if place.kind != "text"},
        ways={way: Label(text=words.text(way), also=words.listed(f"{way}.also")) for way in WAYS},
        distress=(*words.listed("distress"), *words.listed("danger")),
        filler_before=words.listed("filler_before"),
        filler_after=words.listed("filler_after"),
    )


def _place_labels(place: Place, words: Wording) -> dict[str, Label]:
    named = {"send_now": "send_now", "go_on": "go_on"} if place.kind == "fork" else {}
    keys = named or {choice.id: choice.key for choice in place.choices}
    return {
        choice_id: Label(text=words.text(f"{place.id}.{key}"), also=words.listed(f"{place.id}.{key}-also"))
        for choice_id, key in keys.items()
    }
