"""Checks a flow's words: every text is there and renders, every label fits a small phone, every button its 64 bytes."""

from collections.abc import Iterable, Iterator, Mapping

from flows.callback_data import MOST_BYTES, RUN_ID_LENGTH, carried
from flows.errors import FlowFault
from flows.localization import Value, Wording
from flows.models import Tapped
from flows.schema import CHECK, Flow, Place, length

PROMISES: dict[str, Value] = {"days": 30, "others": 9}  # what these texts may name; the operator sets both
LONGEST_LABEL = 32  # characters of 15 px that fit one row of a 320-px phone
LONGEST_NAME = 24  # with "Change: " before it, the same row
LONGEST_MESSAGE = 4096  # Telegram's limit (Bot API, sendMessage)
FRAME = 700  # characters of the check page, and of what /mydata tells, around their lines
LINE_FRAME = 5  # around each name and answer: a colon, a space, quotes, the line's end
LONGEST_TEXT = 400  # characters of a question: about eight lines on a 320-px phone


def check_words(flow: Flow, words: Wording, ways: Iterable[str]) -> None:
    """Raises `FlowFault` for the first text that is missing, too long or broken, with file, place and fix."""
    for key in ("title", "welcome", "kept", "about"):
        words.text(key, PROMISES)
    for way in ways:
        _check_label(words, way)
    for place in flow.places:
        _check_place(flow, place, words)
    longest = FRAME + sum(_longest_line(place, words) for place in flow.questions)
    if longest > LONGEST_MESSAGE:
        _fault(words, CHECK, f"could be {longest} characters long; {LONGEST_MESSAGE} fit: ask for fewer texts")


def _longest_line(place: Place, words: Wording) -> int:
    labels = [length(words.text(f"{place.id}.{choice.key}")) for choice in place.choices]
    return (
        length(words.text(f"{place.id}.name")) + (place.longest if place.kind == "text" else max(labels)) + LINE_FRAME
    )


def choice_args(flow: Flow, chosen: Mapping[str, str]) -> dict[str, str]:
    """What a text may select on: each choice question's id with the choice's name; and `about`, what the campaign is
    about. `none` where there is none.
    """
    args = {"about": "none"} | {place.id: "none" for place in flow.questions if place.kind == "choice"}
    for question in args.keys() & chosen.keys():
        choice = flow.by_id[question].choice(chosen[question])
        args[question] = choice.key if choice else "none"
    return args


def _check_place(flow: Flow, place: Place, words: Wording) -> None:
    for chosen in _situations(flow):
        text = words.text(place.id, choice_args(flow, chosen))
        if len(text) > LONGEST_TEXT:
            _fault(words, place.id, f"is {len(text)} characters long; {LONGEST_TEXT} fit a small phone")
    words.text(f"{place.id}.why")
    if place.kind == "fork":
        _check_label(words, f"{place.id}.send_now")
        _check_label(words, f"{place.id}.go_on")
        return
    _check_label(words, f"{place.id}.name")
    if len(words.text(f"{place.id}.name")) > LONGEST_NAME:
        _fault(words, f"{place.id}.name", f"is too long; {LONGEST_NAME} characters fit behind “Change”")
    if flow.test and place.part == flow.test:
        words.text(f"{place.id}.helps")
    for choice in place.choices:
        _check_label(words, f"{place.id}.{choice.key}")
    for tap in _taps(place):
        if len(carried(tap).encode()) > MOST_BYTES:
            _fault(words, place.id, f"has a button with over {MOST_BYTES} bytes; shorten the ids of {tap.value}")


def _situations(flow: Flow) -> Iterator[dict[str, str]]:
    """No answers, and each choice of each question by itself."""
    yield {}
    for place in flow.questions:
        for choice in place.choices:
            yield {place.id: choice.id}


def _taps(place: Place) -> Iterator[Tapped]:
    run, ask = "r" * RUN_ID_LENGTH, 9999
    for value in [choice.id for choice in place.choices] or [""]:
        yield Tapped(run, ask, place.id, "answer", value)
    yield Tapped(run, ask, CHECK, "change", place.id)


def _check_label(words: Wording, key: str) -> None:
    label = words.text(key)
    if set(label) & set("<>&"):
        _fault(words, key, "has < > or & in it; a button's label is plain text")
    if len(label) > LONGEST_LABEL:
        _fault(words, key, f"is {len(label)} characters long; {LONGEST_LABEL} fit one row of a small phone")


def _fault(words: Wording, key: str, fault: str) -> None:
    raise FlowFault(f"{words.language}.ftl: {key} {fault}")
