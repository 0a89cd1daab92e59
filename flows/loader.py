"""Flow files → flows, checked whole. Each fault names the file, the place and the fix."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from pydantic import ValidationError

from flows.errors import FlowError, MissingTextError, UnknownFlowError
from flows.linter import lint_localization
from flows.localization import Localization
from flows.schema import Flow, Label, Labels, Step
from flows.state_machine import Walk

DEFAULT_FLOW_ID = "connection_test"
OPEN_CAMPAIGN_FLOW_ID = "open_campaign"  # with which coordinators open campaigns
ACTION_KEYS = (
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


def library_folder() -> Traversable:
    """The folder of the flows that come with the bot: one folder a flow."""
    return files("flows") / "library"


def load_walk(flow_id: str = DEFAULT_FLOW_ID) -> Walk:
    """The library's flow of that name, with its machine. Raises `FlowUnknown`, and `FlowFault` with file and fix."""
    return _load_walk(flow_id)


def is_known_flow(flow_id: str) -> bool:
    """Whether the library has a flow of that name."""
    return flow_id in _library_flow_ids()


@cache
def _library_flow_ids() -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in library_folder().iterdir() if (folder / "flow.toml").is_file()))


@cache
def _load_walk(flow_id: str) -> Walk:
    if not is_known_flow(flow_id):
        raise UnknownFlowError(f'There is no flow "{flow_id}". There is: {", ".join(_library_flow_ids())}.')
    return read_flow(library_folder() / flow_id)


@cache
def load_localization(flow_id: str, language: str) -> Localization:
    """The words of a library's flow in one language, falling back to the flow's own."""
    return read_localization(library_folder() / flow_id, load_walk(flow_id).flow.language, language)


def read_flow(folder: Traversable) -> Walk:
    """A flow's folder: `flow.toml`, and a Fluent file for each language. Raises `FlowFault`."""
    flow = _read_definition(folder / "flow.toml")
    localizations = {
        language: read_localization(folder, flow.language, language) for language in _find_languages(folder, flow)
    }
    for localization in localizations.values():
        lint_localization(flow, localization, ACTION_KEYS)
    labels = {language: _build_labels(flow, words) for language, words in localizations.items()}
    return Walk(flow.model_copy(update={"labels": MappingProxyType(labels)}))


def read_localization(folder: Traversable, flow_language: str, language: str) -> Localization:
    """A flow's words in one language; where it has none, in the flow's first language."""
    shared = files("flows") / "words"
    languages = [language] if language == flow_language else [language, flow_language]
    candidates = [(code, directory / f"{code}.ftl") for code in languages for directory in (folder, shared)]
    return Localization(language, [(name, file) for name, file in candidates if file.is_file()])


def _read_definition(file: Traversable) -> Flow:
    try:
        return Flow.model_validate(tomllib.loads(file.read_text("utf-8")))
    except FileNotFoundError as error:
        raise FlowError(f"{file.name}: there is no such file; a flow's folder needs one") from error
    except tomllib.TOMLDecodeError as error:
        raise FlowError(f"{file.name}: this can't be read as TOML: {error}; look at that line") from error
    except UnicodeDecodeError as error:
        raise FlowError(f"{file.name}: this is not UTF-8 text; save it as UTF-8") from error
    except ValidationError as error:
        raise FlowError(f"{file.name}: {_first_error_message(error, file)}") from error


def _first_error_message(error: ValidationError, file: Traversable) -> str:
    detail = error.errors()[0]
    message = detail["msg"].removeprefix("Value error, ")
    location = list(detail["loc"])
    if location[:1] == ["place"] and len(location) > 1:
        location = [_step_name(file, int(location[1])), *location[2:]]
    return f"{': '.join(map(str, location))}: {message}" if location else message


def _step_name(file: Traversable, position: int) -> str:
    """What a faulty place calls itself, or its number in the file."""
    try:
        return str(tomllib.loads(file.read_text("utf-8"))["place"][position]["id"])
    except (KeyError, TypeError, IndexError):
        return f"place number {position + 1}"


def _find_languages(folder: Traversable, flow: Flow) -> Iterator[str]:
    languages = sorted(file.name.removesuffix(".ftl") for file in folder.iterdir() if file.name.endswith(".ftl"))
    if flow.language not in languages:
        raise MissingTextError(f"{flow.language}.ftl: the flow's own language has no file; add one beside flow.toml")
    return iter(languages)


def _build_labels(flow: Flow, localization: Localization) -> Labels:
    return Labels(
        choices={step.id: _build_step_labels(step, localization) for step in flow.steps if step.kind != "text"},
        actions={
            action_key: Label(
                text=localization.format_text(action_key), synonyms=localization.read_list(f"{action_key}.also")
            )
            for action_key in ACTION_KEYS
        },
        distress_phrases=(*localization.read_list("distress"), *localization.read_list("danger")),
        leading_fillers=localization.read_list("filler_before"),
        trailing_fillers=localization.read_list("filler_after"),
    )


def _build_step_labels(step: Step, localization: Localization) -> dict[str, Label]:
    fork_keys = {"send_now": "send_now", "go_on": "go_on"} if step.kind == "fork" else {}
    keys = fork_keys or {choice.id: choice.key for choice in step.choices}
    return {
        choice_id: Label(
            text=localization.format_text(f"{step.id}.{key}"), synonyms=localization.read_list(f"{step.id}.{key}-also")
        )
        for choice_id, key in keys.items()
    }
