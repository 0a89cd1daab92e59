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
from flows.schema import CHECK, SENT, STOPPED, WELCOME, Flow, Place

Test = Callable[[EventData], bool]
Way = dict[str, Any]


@dataclass(slots=True)
class At:
    """The throw-away model: where we are, and the run that the conditions look at."""

    state: str
    run: Run


class NoWay(Exception):
    """From this place the walk has no such way on."""


class Walk:
    """A flow's machine. `after(way, run)` tells where a way leads from where the run stands."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.machine = Machine(
            model=None,
            states=[WELCOME, *(place.id for place in flow.places), CHECK, SENT, STOPPED],
            transitions=list(_transitions(flow)),
            initial=WELCOME,
            auto_transitions=False,
            send_event=True,
            queued=False,
        )

    def after(self, way: str, run: Run) -> str:
        """The place that `way` (start, answer, back …) leads to. Raises `NoWay` where it does not exist from here."""
        at = At(run.place, run)
        try:
            moved = self.machine.events[way].trigger(at)
        except (KeyError, ValueError, MachineError) as fault:
            raise NoWay(f"{way} from {run.place}") from fault
        if not moved:
            raise NoWay(f"{way} from {run.place}")
        return at.state

    def offers(self, way: str, place: str) -> bool:
        """Whether this way exists at all from this place."""
        return way in self.machine.events and place in self.machine.events[way].transitions


def visible(place: Place, run: Run) -> bool:
    """Whether this place is asked in this run: its condition holds, or it keeps words that somebody typed."""
    if place.show_if is None:
        return True
    if place.kind == "text" and run.chosen(place.id) is not None:
        return True
    return place.show_if.holds(run.chosen(place.show_if.question))


def _transitions(flow: Flow) -> Iterator[Way]:
    yield _way("start", WELCOME, flow.places[0].id)
    for position, place in enumerate(flow.places):
        yield from _ways_on(flow, position, place)
        yield from _ways_back(flow, position, place.id)
        yield _way("stop", place.id, STOPPED)
        yield _way("resume", STOPPED, place.id, partial(_left, place.id))
    yield from _from_check(flow)


def _ways_on(flow: Flow, position: int, place: Place) -> Iterator[Way]:
    later = flow.places[position + 1 :]
    if place.kind == "fork":
        yield from _to_check(flow, "send_now", place.id)
        yield from _first_visible("go_on", place.id, later)
        yield from _to_check(flow, "go_on", place.id)
        return
    for trigger in ("answer", "skip"):
        yield from _to_check(flow, trigger, place.id, _changing)
        yield from _first_visible(trigger, place.id, later)
        yield from _to_check(flow, trigger, place.id)


def _to_check(flow: Flow, trigger: str, source: str, *conditions: Test) -> Iterator[Way]:
    """To the check page; but first to what a changed answer made appear in the part already walked."""
    for place in flow.questions:
        if place.show_if and place.id != source:
            yield _way(trigger, source, place.id, *conditions, partial(_missing, flow, place))
    yield _way(trigger, source, CHECK, *conditions)


def _ways_back(flow: Flow, position: int, source: str) -> Iterator[Way]:
    yield _way("back", source, CHECK, _changing)
    yield from _first_visible("back", source, flow.places[:position][::-1])
    yield _way("back", source, WELCOME)


def _from_check(flow: Flow) -> Iterator[Way]:
    for question in flow.questions:
        yield _way(f"change_{question.id}", CHECK, question.id, partial(_answered, question.id))
    for fork in [place for place in flow.places if place.kind == "fork"]:
        yield _way("back", CHECK, fork.id, partial(_stayed, fork.id))
    yield from _first_visible("back", CHECK, flow.places[::-1])
    yield from _to_check(flow, "look", CHECK)
    yield _way("send", CHECK, SENT)
    yield _way("stop", CHECK, STOPPED)
    yield _way("resume", STOPPED, CHECK, partial(_left, CHECK))


def _first_visible(trigger: str, source: str, places: tuple[Place, ...]) -> Iterator[Way]:
    """To the first of these places that is asked in this run."""
    for place in places:
        if place.show_if is None:
            yield _way(trigger, source, place.id)
            return
        yield _way(trigger, source, place.id, partial(_visible, place))


def _way(trigger: str, source: str, dest: str, *conditions: Test) -> Way:
    return {"trigger": trigger, "source": source, "dest": dest, "conditions": list(conditions)}


def _run(event: EventData) -> Run:
    at = event.model
    assert isinstance(at, At)
    return at.run


def _visible(place: Place, event: EventData) -> bool:
    return visible(place, _run(event))


def _changing(event: EventData) -> bool:
    return _run(event).changing


def _answered(question: str, event: EventData) -> bool:
    return question in _run(event).answers


def _left(place: str, event: EventData) -> bool:
    return _run(event).left == place


def _stayed(fork: str, event: EventData) -> bool:
    return fork not in _run(event).passed


def _missing(flow: Flow, place: Place, event: EventData) -> bool:
    run = _run(event)
    return place.id not in run.answers and visible(place, run) and _reached(flow, place, run)


def _reached(flow: Flow, place: Place, run: Run) -> bool:
    """Whether the walk came as far as this place: every fork before it was gone past."""
    before = flow.places[: flow.places.index(place)]
    return all(other.id in run.passed for other in before if other.kind == "fork")
