"""Flow folders → flows, checked as a whole. Each error names the file, the step or text, and the fix."""

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
OPEN_CAMPAIGN_FLOW_ID = "open_campaign"  # the flow in which coordinators open campaigns
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
    "redact",
    "keep_original",
    "nothing_to_add",
    "help",
    "delete",
    "delete_yes",
    "delete_no",
    "begin_other",
    "open_instead",
)


def library_folder() -> Traversable:
    """The folder of the flows that come with the bot, with one folder for each."""
    return files("flows") / "library"


def load_walk(flow_id: str = DEFAULT_FLOW_ID) -> Walk:
    """The library's flow with this id, and its state machine. Raises `UnknownFlowError` or another `FlowError`."""
    return _load_walk(flow_id)  # so that the default and its name share one cached walk


def is_known_flow(flow_id: str) -> bool:
    """Whether the library has a flow with this id."""
    return flow_id in _library_flow_ids()


@cache
def load_localization(flow_id: str, language: str) -> Localization:
    """The texts of a library flow in one language, which falls back to the flow's own."""
    return read_localization(library_folder() / flow_id, load_walk(flow_id).flow.language, language)


def read_flow(folder: Traversable) -> Walk:
    """The flow in a folder: `flow.toml`, and a Fluent file for each language. Raises `FlowError`."""
    flow = _read_definition(folder / "flow.toml")
    localizations = {
        language: read_localization(folder, flow.language, language) for language in _find_languages(folder, flow)
    }
    for localization in localizations.values():
        lint_localization(flow, localization, ACTION_KEYS)
    labels = {language: _build_labels(flow, localization) for language, localization in localizations.items()}
    return Walk(flow.model_copy(update={"labels": MappingProxyType(labels)}))


def read_localization(folder: Traversable, flow_language: str, language: str) -> Localization:
    """The texts of the flow in a folder in one language, which falls back to the flow's own."""
    shared = files("flows") / "words"
    languages = [language] if language == flow_language else [language, flow_language]
    candidates = [(code, directory / f"{code}.ftl") for code in languages for directory in (folder, shared)]
    return Localization(language, [(code, file) for code, file in candidates if file.is_file()])


@cache
def _library_flow_ids() -> tuple[str, ...]:
    return tuple(sorted(folder.name for folder in library_folder().iterdir() if (folder / "flow.toml").is_file()))


@cache
def _load_walk(flow_id: str) -> Walk:
    if not is_known_flow(flow_id):
        raise UnknownFlowError(f'There is no flow "{flow_id}". The flows are: {", ".join(_library_flow_ids())}.')
    return read_flow(library_folder() / flow_id)


def _read_definition(file: Traversable) -> Flow:
    try:
        return Flow.model_validate(tomllib.loads(file.read_text("utf-8")))
    except FileNotFoundError as error:
        raise FlowError(f"{file.name}: this file is missing; every flow's folder needs one") from error
    except tomllib.TOMLDecodeError as error:
        raise FlowError(f"{file.name}: this is not valid TOML: {error}; correct that line") from error
    except UnicodeDecodeError as error:
        raise FlowError(f"{file.name}: this is not UTF-8 text; save it as UTF-8") from error
    except ValidationError as error:
        raise FlowError(f"{file.name}: {_first_error_message(error, file)}") from error


def _first_error_message(error: ValidationError, file: Traversable) -> str:
    detail = error.errors()[0]
    message = detail["msg"].removeprefix("Value error, ")
    location = list(detail["loc"])
    if location[:1] == ["step"] and len(location) > 1:
        location = [_step_name(file, int(location[1])), *location[2:]]
    return f"{': '.join(map(str, location))}: {message}" if location else message


def _step_name(file: Traversable, position: int) -> str:
    """The id of the step at this position (from 0) or, if it has none, its number in the file."""
    try:
        return str(tomllib.loads(file.read_text("utf-8"))["step"][position]["id"])
    except (KeyError, TypeError, IndexError):
        return f"step number {position + 1}"


def _find_languages(folder: Traversable, flow: Flow) -> Iterator[str]:
    languages = sorted(file.name.removesuffix(".ftl") for file in folder.iterdir() if file.name.endswith(".ftl"))
    if flow.language not in languages:
        raise MissingTextError(
            f'{flow.language}.ftl: this file is missing; the flow has language = "{flow.language}", so add it beside'
            " flow.toml"
        )
    return iter(languages)


def _build_labels(flow: Flow, localization: Localization) -> Labels:
    return Labels(
        choices={step.id: _build_step_labels(step, localization) for step in flow.steps if step.kind != "text"},
        actions={key: _build_label(localization, key, f"{key}.also") for key in ACTION_KEYS},
        distress_phrases=(*localization.read_list("distress"), *localization.read_list("danger")),
        leading_fillers=localization.read_list("filler_before"),
        trailing_fillers=localization.read_list("filler_after"),
    )


def _build_step_labels(step: Step, localization: Localization) -> dict[str, Label]:
    fork_keys = {"send_now": "send_now", "go_on": "go_on"} if step.kind == "fork" else {}
    keys = fork_keys or {choice.id: choice.key for choice in step.choices}
    return {
        choice_id: _build_label(localization, f"{step.id}.{key}", f"{step.id}.{key}-also")
        for choice_id, key in keys.items()
    }


def _build_label(localization: Localization, key: str, synonyms_key: str) -> Label:
    return Label(localization.format_text(key), localization.read_list(synonyms_key))
