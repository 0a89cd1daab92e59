"""Checks a flow's texts: each exists and renders, each label fits a small phone, each button fits its 64 bytes.

The first problem is raised as one sentence for the flow's author: the file, the text and the fix.
"""

from collections.abc import Iterable, Iterator, Mapping

from flows.callback_data import MAX_CALLBACK_DATA_BYTES, RUN_ID_LENGTH, encode_callback_data
from flows.errors import FlowError
from flows.localization import FluentValue, Localization
from flows.models import Tap
from flows.schema import REVIEW, Flow, Step, count_utf16_units

SAMPLE_ARGUMENTS: dict[str, FluentValue] = {"days": 30, "others": 9}  # numbers from the settings that texts may use
MAX_LABEL_LENGTH = 32  # characters of 15 px that fit one row of a 320-px phone
MAX_NAME_LENGTH = 24  # with "Change: " before it, the same row
MAX_QUESTION_LENGTH = 400  # characters of a question: about eight lines on a 320-px phone
MAX_MESSAGE_LENGTH = 4096  # UTF-16 units: Telegram's limit (Bot API, sendMessage)
REVIEW_FRAME_LENGTH = 700  # UTF-16 units around the answers on the review page, and in the message of /mydata
ALL_POINTS = range(-9, 10)  # more than any scale has
LINE_FRAME_LENGTH = 5  # UTF-16 units around each name and answer: a colon, a space, quotes, the line's end


def lint_localization(flow: Flow, localization: Localization, action_keys: Iterable[str]) -> None:
    """Raises `FlowError` for the first text that is missing, too long or broken."""
    for key in ("title", "welcome", "kept", "about"):
        localization.format_text(key, SAMPLE_ARGUMENTS)
    for action_key in action_keys:
        _check_label(localization, action_key)
    for step in flow.steps:
        _check_step(flow, step, localization)
    _check_review_page(flow, localization)


def build_choice_arguments(flow: Flow, choices: Mapping[str, str]) -> dict[str, str]:
    """The arguments that a text may depend on: {question id: choice key}, and `about` for the campaign's subject.

    `none` where a question has no answer, or the campaign no subject.
    """
    arguments = {"about": "none"} | {step.id: "none" for step in flow.questions if step.kind == "choice"}
    for question in arguments.keys() & choices.keys():
        choice = flow.steps_by_id[question].find_choice(choices[question])
        arguments[question] = choice.key if choice else "none"
    return arguments


def _check_step(flow: Flow, step: Step, localization: Localization) -> None:
    for choices in _sample_choices(flow):
        text = localization.format_text(step.id, build_choice_arguments(flow, choices))
        _check_length(localization, step.id, text, MAX_QUESTION_LENGTH, "which fit a small phone")
    localization.format_text(f"{step.id}.why")
    if step.kind == "fork":
        _check_label(localization, f"{step.id}.send_now")
        _check_label(localization, f"{step.id}.go_on")
    else:
        _check_question(flow, step, localization)


def _check_question(flow: Flow, step: Step, localization: Localization) -> None:
    name_key = f"{step.id}.name"
    _check_label(localization, name_key)
    name = localization.format_text(name_key)
    _check_length(localization, name_key, name, MAX_NAME_LENGTH, "which fit after “Change”")
    if flow.test and step.part == flow.test:
        localization.format_text(f"{step.id}.helps")
    for choice in step.choices:
        _check_label(localization, f"{step.id}.{choice.key}")
    if step.kind == "choice":
        _check_scale_labels(flow, step, localization)
    for tap in _sample_taps(step):
        if len(encode_callback_data(tap).encode()) > MAX_CALLBACK_DATA_BYTES:
            long_id = tap.value or step.id
            problem = f"has a button with more than {MAX_CALLBACK_DATA_BYTES} bytes of data; shorten the id {long_id}"
            raise _make_error(localization, step.id, problem)


def _check_scale_labels(flow: Flow, step: Step, localization: Localization) -> None:
    """All points of a scale have their labels in the same language, and there is no label for a point that is not."""
    translated = {point for point in ALL_POINTS if localization.has_translation(f"{step.id}.point{point}")}
    for point in sorted(translated - {*step.points}):
        problem = (
            f"is a label, but {step.id} has no point {point}; add {point} to its choices in flow.toml, or remove it"
        )
        raise _make_error(localization, f"{step.id}.point{point}", problem)
    missing = sorted({*step.points} - translated)
    if translated and missing and localization.language != flow.language:
        problem = "is missing, so that one scale would be in two languages; add a text with that name"
        raise _make_error(localization, f"{step.id}.point{missing[0]}", problem)


def _check_review_page(flow: Flow, localization: Localization) -> None:
    length = REVIEW_FRAME_LENGTH + sum(_max_line_length(step, localization) for step in flow.questions)
    if length > MAX_MESSAGE_LENGTH:
        problem = f"can reach {length} characters, and Telegram allows {MAX_MESSAGE_LENGTH}; ask fewer text questions"
        raise _make_error(localization, "the review page", problem)


def _check_label(localization: Localization, key: str) -> None:
    label = localization.format_text(key)
    if set(label) & set("<>&"):
        raise _make_error(localization, key, "contains <, > or &; a label is plain text, so remove them")
    _check_length(localization, key, label, MAX_LABEL_LENGTH, "which fit one row of a small phone")


def _check_length(localization: Localization, key: str, text: str, max_length: int, reason: str) -> None:
    if len(text) > max_length:
        problem = f"is {len(text)} characters long; shorten it to {max_length}, {reason}"
        raise _make_error(localization, key, problem)


def _max_line_length(step: Step, localization: Localization) -> int:
    """The longest line that the review page can have for this question, in UTF-16 units."""
    labels = [count_utf16_units(localization.format_text(f"{step.id}.{choice.key}")) for choice in step.choices]
    name_length = count_utf16_units(localization.format_text(f"{step.id}.name"))
    return name_length + (step.longest if step.kind == "text" else max(labels)) + LINE_FRAME_LENGTH


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


def _make_error(localization: Localization, key: str, problem: str) -> FlowError:
    return FlowError(f"{localization.language}.ftl: {key} {problem}")
