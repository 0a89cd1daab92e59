"""A run meets a flow that was changed since its last turn: what still fits is kept."""

from dataclasses import replace
from types import MappingProxyType

from flows.definition import CHECK, STOPPED, WELCOME, Flow
from flows.run import Answer, Run


def knows_place(flow: Flow, run: Run) -> bool:
    """Whether the place where the run stands, or was left, is one of this flow's."""
    stands = run.left if run.place == STOPPED else run.place
    return stands in flow.by_id or stands in {WELCOME, CHECK}


def fitted(flow: Flow, run: Run) -> Run:
    """The run as this flow knows it: its answers where they still are answers; at the welcome if its place is gone."""
    answers = {question: given for question, given in run.answers.items() if _fits(flow, question, given)}
    changed = run.version != flow.version or len(answers) < len(run.answers)
    here = replace(run, version=flow.version, answers=MappingProxyType(answers)) if changed else run
    return here if knows_place(flow, run) else replace(here, place=WELCOME, left=None, changing=False)


def _fits(flow: Flow, question: str, given: Answer) -> bool:
    place = flow.by_id.get(question)
    if place is None or place.kind == "fork":
        return False
    if place.kind == "text":
        return given.choice is None
    return given.value is None or place.choice(given.choice or "") is not None
