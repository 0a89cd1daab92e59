"""Checks a flow's words: every text is there and renders, every label fits a small phone, every button its 64 bytes."""

from collections.abc import Iterable, Iterator, Mapping

from flows.callback_data import MAX_CALLBACK_DATA_BYTES, RUN_ID_LENGTH, encode_callback_data
from flows.errors import FlowError
from flows.localization import FluentValue, Localization
from flows.models import Tap
from flows.schema import REVIEW, Flow, Step, count_utf16_units

SAMPLE_ARGUMENTS: dict[str, FluentValue] = {
    "days": 30,
    "others": 9,
}  # what these texts may name; the operator sets both
MAX_LABEL_LENGTH = 32  # characters of 15 px that fit one row of a 320-px phone
MAX_NAME_LENGTH = 24  # with "Change: " before it, the same row
MAX_MESSAGE_LENGTH = 4096  # Telegram's limit (Bot API, sendMessage)
REVIEW_FRAME_LENGTH = 700  # characters of the check page, and of what /mydata tells, around their lines
LINE_FRAME_LENGTH = 5  # around each name and answer: a colon, a space, quotes, the line's end
MAX_QUESTION_LENGTH = 400  # characters of a question: about eight lines on a 320-px phone


def lint_localization(flow: Flow, localization: Localization, action_keys: Iterable[str]) -> None:
    """Raises `FlowFault` for the first text that is missing, too long or broken, with file, place and fix."""
    for key in ("title", "welcome", "kept", "about"):
        localization.format_text(key, SAMPLE_ARGUMENTS)
    for action_key in action_keys:
        _check_label(localization, action_key)
    for step in flow.steps:
        _check_step(flow, step, localization)
    total_length = REVIEW_FRAME_LENGTH + sum(_max_line_length(place, localization) for place in flow.questions)
    if total_length > MAX_MESSAGE_LENGTH:
        _raise_flow_error(
            localization,
            REVIEW,
            f"could be {total_length} characters long; {MAX_MESSAGE_LENGTH} fit: ask for fewer texts",
        )


def _max_line_length(step: Step, localization: Localization) -> int:
    labels = [count_utf16_units(localization.format_text(f"{step.id}.{choice.key}")) for choice in step.choices]
    return (
        count_utf16_units(localization.format_text(f"{step.id}.name"))
        + (step.longest if step.kind == "text" else max(labels))
        + LINE_FRAME_LENGTH
    )


def build_choice_arguments(flow: Flow, choices: Mapping[str, str]) -> dict[str, str]:
    """What a text may select on: each choice question's id with the choice's name; and `about`, what the campaign is
    about. `none` where there is none.
    """
    arguments = {"about": "none"} | {step.id: "none" for step in flow.questions if step.kind == "choice"}
    for question in arguments.keys() & choices.keys():
        choice = flow.steps_by_id[question].find_choice(choices[question])
        arguments[question] = choice.key if choice else "none"
    return arguments


def _check_step(flow: Flow, step: Step, localization: Localization) -> None:
    for choices in _sample_choices(flow):
        text = localization.format_text(step.id, build_choice_arguments(flow, choices))
        if len(text) > MAX_QUESTION_LENGTH:
            _raise_flow_error(
                localization, step.id, f"is {len(text)} characters long; {MAX_QUESTION_LENGTH} fit a small phone"
            )
    localization.format_text(f"{step.id}.why")
    if step.kind == "fork":
        _check_label(localization, f"{step.id}.send_now")
        _check_label(localization, f"{step.id}.go_on")
        return
    _check_label(localization, f"{step.id}.name")
    if len(localization.format_text(f"{step.id}.name")) > MAX_NAME_LENGTH:
        _raise_flow_error(
            localization, f"{step.id}.name", f"is too long; {MAX_NAME_LENGTH} characters fit behind “Change”"
        )
    if flow.test and step.part == flow.test:
        localization.format_text(f"{step.id}.helps")
    for choice in step.choices:
        _check_label(localization, f"{step.id}.{choice.key}")
    for tap in _sample_taps(step):
        if len(encode_callback_data(tap).encode()) > MAX_CALLBACK_DATA_BYTES:
            _raise_flow_error(
                localization,
                step.id,
                f"has a button with over {MAX_CALLBACK_DATA_BYTES} bytes; shorten the ids of {tap.value}",
            )


def _sample_choices(flow: Flow) -> Iterator[dict[str, str]]:
    """No answers, and each choice of each question by itself."""
    yield {}
    for step in flow.questions:
        for choice in step.choices:
            yield {step.id: choice.id}


def _sample_taps(step: Step) -> Iterator[Tap]:
    run, prompt = "r" * RUN_ID_LENGTH, 9999
    for value in [choice.id for choice in step.choices] or [""]:
        yield Tap(run, prompt, step.id, "answer", value)
    yield Tap(run, prompt, REVIEW, "change", step.id)


def _check_label(localization: Localization, key: str) -> None:
    label = localization.format_text(key)
    if set(label) & set("<>&"):
        _raise_flow_error(localization, key, "has < > or & in it; a button's label is plain text")
    if len(label) > MAX_LABEL_LENGTH:
        _raise_flow_error(
            localization, key, f"is {len(label)} characters long; {MAX_LABEL_LENGTH} fit one row of a small phone"
        )


def _raise_flow_error(localization: Localization, key: str, problem: str) -> None:
    raise FlowError(f"{localization.language}.ftl: {key} {problem}")
