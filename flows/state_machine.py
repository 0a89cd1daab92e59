"""A flow as a state machine: one machine for each flow, shared by all runs.

`transitions` is triggered on a throw-away `MachineModel`, and the run goes to the conditions as an argument. No model
is registered with the machine, so it keeps nothing about anyone and runs cannot interleave.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from transitions import Machine, MachineError

from flows.models import Run
from flows.schema import REVIEW, SENT, STOPPED, WELCOME, Flow, Step

Guard = Callable[[Run], bool]
Transition = dict[str, Any]


@dataclass(slots=True)
class MachineModel:
    """The state that the machine starts from, and that it changes."""

    state: str


class NoTransitionError(Exception):
    """The flow has no such transition from this step."""


class Walk:
    """A flow with its state machine."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.machine = Machine(
            model=None,
            states=[WELCOME, *(step.id for step in flow.steps), REVIEW, SENT, STOPPED],
            transitions=list(_all_transitions(flow)),
            initial=WELCOME,
            auto_transitions=False,
            queued=False,
        )

    def next_step(self, trigger: str, run: Run) -> str:
        """The step that `trigger` (start, answer, back, …) leads to from the run's step.

        Raises `NoTransitionError` where there is no such transition.
        """
        machine_model = MachineModel(run.step)
        try:
            has_moved = self.machine.events[trigger].trigger(machine_model, run)
        except (KeyError, ValueError, MachineError) as error:
            raise NoTransitionError(f"{trigger} from {run.step}") from error
        if not has_moved:
            raise NoTransitionError(f"{trigger} from {run.step}")
        return machine_model.state

    def has_transition(self, trigger: str, step: str) -> bool:
        """Whether `trigger` exists at this step, whatever its conditions say."""
        return trigger in self.machine.events and step in self.machine.events[trigger].transitions


def is_visible(step: Step, run: Run) -> bool:
    """Whether this step is part of this run: its condition is met, or it holds text that the respondent typed."""
    if step.show_if is None:
        return True
    if step.kind == "text" and run.answer_value(step.id) is not None:
        return True
    answer = run.answers.get(step.show_if.question)
    return step.show_if.is_met(answer.choice if answer else None)


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
    # `next` goes on from a question that needs nothing more: its text was decided about, or an edit has hidden it.
    for trigger in ("answer", "skip", "next"):
        yield from _review_transitions(flow, trigger, step.id, _is_changing)
        yield from _first_visible_transitions(trigger, step.id, later_steps)
        yield from _review_transitions(flow, trigger, step.id)


def _review_transitions(flow: Flow, trigger: str, source: str, *conditions: Guard) -> Iterator[Transition]:
    """To the review page; but first to each question that a changed answer made visible in the part already passed."""
    for step in flow.questions:
        if step.show_if and step.id != source:
            yield _transition(trigger, source, step.id, *conditions, partial(_is_missing, flow, step))
    yield _transition(trigger, source, REVIEW, *conditions)


def _back_transitions(flow: Flow, position: int, source: str) -> Iterator[Transition]:
    yield _transition("back", source, REVIEW, _is_changing)
    yield from _first_visible_transitions("back", source, flow.steps[:position][::-1])
    yield _transition("back", source, WELCOME)


def _transitions_from_review(flow: Flow) -> Iterator[Transition]:
    for question in flow.questions:
        yield _transition(f"change_{question.id}", REVIEW, question.id, partial(_is_answered, question.id))
    for fork in [step for step in flow.steps if step.kind == "fork"]:
        yield _transition("back", REVIEW, fork.id, partial(_is_fork_open, fork.id))
    yield from _first_visible_transitions("back", REVIEW, flow.steps[::-1])
    yield from _review_transitions(flow, "refresh_review", REVIEW)
    yield _transition("send", REVIEW, SENT)
    yield _transition("stop", REVIEW, STOPPED)
    yield _transition("resume", STOPPED, REVIEW, partial(_is_resume_step, REVIEW))


def _first_visible_transitions(trigger: str, source: str, steps: tuple[Step, ...]) -> Iterator[Transition]:
    """To the first of these steps that is visible in the run."""
    for step in steps:
        if step.show_if is None:
            yield _transition(trigger, source, step.id)
            return
        yield _transition(trigger, source, step.id, partial(is_visible, step))


def _transition(trigger: str, source: str, dest: str, *conditions: Guard) -> Transition:
    return {"trigger": trigger, "source": source, "dest": dest, "conditions": list(conditions)}


def _is_changing(run: Run) -> bool:
    return run.is_changing


def _is_answered(question: str, run: Run) -> bool:
    return question in run.answers


def _is_resume_step(step: str, run: Run) -> bool:
    return run.resume_step == step


def _is_fork_open(fork: str, run: Run) -> bool:
    return fork not in run.passed_forks


def _is_missing(flow: Flow, step: Step, run: Run) -> bool:
    """Whether this question is visible and was never asked, in the part already passed."""
    return step.id not in run.answers and is_visible(step, run) and _is_reached(flow, step, run)


def _is_reached(flow: Flow, step: Step, run: Run) -> bool:
    """Whether the run has come as far as this step: it has passed every fork before it."""
    earlier_steps = flow.steps[: flow.steps.index(step)]
    return all(earlier_step.id in run.passed_forks for earlier_step in earlier_steps if earlier_step.kind == "fork")
