"""The walk as a state machine, built from a flow's definition; one machine a flow, for everybody.

`transitions` is triggered on a light throw-away model that carries only the state and the run that the conditions
look at. Nothing is registered with the machine, so nothing is kept per person and nothing interleaves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from transitions import EventData, Machine, MachineError

from flows.models import Run
from flows.schema import REVIEW, SENT, STOPPED, WELCOME, Flow, Step

Guard = Callable[[EventData], bool]
Transition = dict[str, Any]


@dataclass(slots=True)
class WalkState:
    """The throw-away model: where we are, and the run that the conditions look at."""

    state: str
    run: Run


class NoTransitionError(Exception):
    """From this place the walk has no such way on."""


class Walk:
    """A flow's machine. `after(way, run)` tells where a way leads from where the run stands."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.machine = Machine(
            model=None,
            states=[WELCOME, *(step.id for step in flow.steps), REVIEW, SENT, STOPPED],
            transitions=list(_all_transitions(flow)),
            initial=WELCOME,
            auto_transitions=False,
            send_event=True,
            queued=False,
        )

    def next_step(self, trigger: str, run: Run) -> str:
        """The place that `way` (start, answer, back …) leads to. Raises `NoWay` where it does not exist from here."""
        walk_state = WalkState(run.step, run)
        try:
            has_moved = self.machine.events[trigger].trigger(walk_state)
        except (KeyError, ValueError, MachineError) as error:
            raise NoTransitionError(f"{trigger} from {run.step}") from error
        if not has_moved:
            raise NoTransitionError(f"{trigger} from {run.step}")
        return walk_state.state

    def has_transition(self, trigger: str, step: str) -> bool:
        """Whether this way exists at all from this place."""
        return trigger in self.machine.events and step in self.machine.events[trigger].transitions


def is_visible(step: Step, run: Run) -> bool:
    """Whether this place is asked in this run: its condition holds, or it keeps words that somebody typed."""
    if step.show_if is None:
        return True
    if step.kind == "text" and run.answer_value(step.id) is not None:
        return True
    return step.show_if.is_met(run.answer_value(step.show_if.question))


def _all_transitions(flow: Flow) -> Iterator[Transition]:
    yield _transition("start", WELCOME, flow.steps[0].id)
    for position, step in enumerate(flow.steps):
        yield from _forward_transitions(flow, position, step)
        yield from _back_transitions(flow, position, step.id)
        yield _transition("stop", step.id, STOPPED)
        yield _transition("resume", STOPPED, step.id, partial(_is_resume_step, step.id))
    yield from _transitions_from_review(flow)


def _forward_transitions(flow: Flow, position: int, step: Step) -> Iterator[Transition]:
    later_steps = flow.steps[position + 1 :]
    if step.kind == "fork":
        yield from _review_transitions(flow, "send_now", step.id)
        yield from _first_visible_transitions("go_on", step.id, later_steps)
        yield from _review_transitions(flow, "go_on", step.id)
        return
    for trigger in ("answer", "skip"):
        yield from _review_transitions(flow, trigger, step.id, _is_run_changing)
        yield from _first_visible_transitions(trigger, step.id, later_steps)
        yield from _review_transitions(flow, trigger, step.id)


def _review_transitions(flow: Flow, trigger: str, source: str, *conditions: Guard) -> Iterator[Transition]:
    """To the check page; but first to what a changed answer made appear in the part already walked."""
    for step in flow.questions:
        if step.show_if and step.id != source:
            yield _transition(trigger, source, step.id, *conditions, partial(_is_missing, flow, step))
    yield _transition(trigger, source, REVIEW, *conditions)


def _back_transitions(flow: Flow, position: int, source: str) -> Iterator[Transition]:
    yield _transition("back", source, REVIEW, _is_run_changing)
    yield from _first_visible_transitions("back", source, flow.steps[:position][::-1])
    yield _transition("back", source, WELCOME)


def _transitions_from_review(flow: Flow) -> Iterator[Transition]:
    for question in flow.questions:
        yield _transition(f"change_{question.id}", REVIEW, question.id, partial(_is_answered, question.id))
    for fork in [step for step in flow.steps if step.kind == "fork"]:
        yield _transition("back", REVIEW, fork.id, partial(_is_fork_open, fork.id))
    yield from _first_visible_transitions("back", REVIEW, flow.steps[::-1])
    yield from _review_transitions(flow, "look", REVIEW)
    yield _transition("send", REVIEW, SENT)
    yield _transition("stop", REVIEW, STOPPED)
    yield _transition("resume", STOPPED, REVIEW, partial(_is_resume_step, REVIEW))


def _first_visible_transitions(trigger: str, source: str, steps: tuple[Step, ...]) -> Iterator[Transition]:
    """To the first of these places that is asked in this run."""
    for step in steps:
        if step.show_if is None:
            yield _transition(trigger, source, step.id)
            return
        yield _transition(trigger, source, step.id, partial(_is_step_visible, step))


def _transition(trigger: str, source: str, dest: str, *conditions: Guard) -> Transition:
    return {"trigger": trigger, "source": source, "dest": dest, "conditions": list(conditions)}


def _run_of_event(event: EventData) -> Run:
    walk_state = event.model
    assert isinstance(walk_state, WalkState)
    return walk_state.run


def _is_step_visible(step: Step, event: EventData) -> bool:
    return is_visible(step, _run_of_event(event))


def _is_run_changing(event: EventData) -> bool:
    return _run_of_event(event).is_changing


def _is_answered(question: str, event: EventData) -> bool:
    return question in _run_of_event(event).answers


def _is_resume_step(step: str, event: EventData) -> bool:
    return _run_of_event(event).resume_step == step


def _is_fork_open(fork: str, event: EventData) -> bool:
    return fork not in _run_of_event(event).passed_forks


def _is_missing(flow: Flow, step: Step, event: EventData) -> bool:
    run = _run_of_event(event)
    return step.id not in run.answers and is_visible(step, run) and _is_reached(flow, step, run)


def _is_reached(flow: Flow, step: Step, run: Run) -> bool:
    """Whether the walk came as far as this place: every fork before it was gone past."""
    earlier_steps = flow.steps[: flow.steps.index(step)]
    return all(earlier_step.id in run.passed_forks for earlier_step in earlier_steps if earlier_step.kind == "fork")
