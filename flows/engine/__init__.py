"""What follows from a reply: `take(walk, run, reply, now) → Turn`. Pure: the same arguments, the same turn."""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from flows.engine.campaign_links import answered_already, begin, take_followed
from flows.engine.comments import gone_on
from flows.engine.confirmations import pressed, stands_beside
from flows.engine.edits import take_edited
from flows.engine.queries import tell_data, tell_not_yet, tell_results
from flows.engine.steps import ask_anew, close, delete, stop
from flows.engine.taps import take_tapped
from flows.engine.text_replies import labels_of, take_typed
from flows.events import Told
from flows.events.prompts import AskClosed
from flows.models import (
    Answer,
    Commanded,
    Edited,
    Followed,
    Reply,
    ResultsAsked,
    Run,
    Tapped,
    Turn,
    Typed,
    Unreadable,
)
from flows.schema import CHECK, STOPPED, WELCOME, Flow
from flows.state_machine import Walk


# @@DOC A run meets a flow that was changed since its last turn: what still fits is kept.
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


TOPICS = ("help", "about", "kept", "language", "results", "settings")


def take(walk: Walk, run: Run, reply: Reply, now: datetime) -> Turn:
    """One reply to one run gives one turn: the new run (None: it is over) and its events.

    `now` is when the reply came in; it is kept as the run's last sign of life. A reply that fits nothing is an event
    too (`ReplyOutdated`, `Told`): no reply raises. A run whose place is gone from the flow begins at the welcome again,
    with its answers.
    """
    here = fitted(walk.flow, run)
    reply = pressed(here, reply, labels_of(walk, here))
    lost = not knows_place(walk.flow, run) and not isinstance(reply, Commanded | Followed | ResultsAsked)
    turn = ask_anew(walk, here) if lost else _settled(walk, here, _take(walk, here, reply, now))
    if turn.run is None:
        return turn
    again = here.again and turn.run.ask == here.ask
    beside = stands_beside(here, turn)
    return replace(turn, run=replace(gone_on(here, turn.run), seen_at=now, again=again, asked_at=None, beside=beside))


def begin_anew(walk: Walk, run: Run, now: datetime) -> Turn:
    """An earlier run can't be gone on with: this new one begins, with a word about it."""
    turn = ask_anew(walk, run, notice="begun_anew")
    return replace(turn, run=replace(turn.run, seen_at=now)) if turn.run else turn


def ask_again(walk: Walk, run: Run) -> Turn:
    """We were away, and taps may be lost: the open question is asked again, with a sorry.

    The run's last sign of life stays: words that were typed meanwhile are still for this question. So is a tap under
    the asking before, which may be on its way.
    """
    turn = ask_anew(walk, fitted(walk.flow, run), notice="were_away")
    return replace(turn, run=replace(turn.run, again=True, beside=None)) if turn.run else turn


def _take(walk: Walk, run: Run, reply: Reply, now: datetime) -> Turn:
    if isinstance(reply, Typed | Edited) and not reply.words.strip():
        return _cant_read(run, "other")
    already = answered_already(run, reply)
    if already:
        return already
    match reply:
        case Tapped():
            return take_tapped(walk, run, reply)
        case Typed():
            return take_typed(walk, run, reply)
        case Edited():
            return take_edited(walk, run, reply)
        case Commanded():
            return tell_data(walk, run, now) if reply.name == "mydata" else _commanded(walk, run, reply.name, now)
        case Unreadable():
            return _cant_read(run, reply.kind)
        case Followed():
            return take_followed(walk, run, reply)
        case ResultsAsked():
            return tell_results(run, reply, now.date())


def _cant_read(run: Run, kind: str) -> Turn:
    return Turn(run, (Told(f"cant_read_{kind}", button="carry_on" if run.ask else None),))


def _settled(walk: Walk, run: Run, turn: Turn) -> Turn:
    """Where words that waited were settled without another asking (too long, help), their buttons go."""
    if turn.run is None or turn.run.ask > run.ask or not (run.held and run.held.said):
        return turn
    if turn.run.held and turn.run.held.said == run.held.said:
        return turn
    closed = any(isinstance(event, AskClosed) for event in turn.events)
    return turn if closed else replace(turn, events=(*close(walk, run), *turn.events))


def _commanded(walk: Walk, run: Run, name: str, now: datetime) -> Turn:
    underway = run.ask > 0
    if name == "start":
        return begin(walk, run)
    if name == "stop":
        return stop(walk, run)
    if name == "delete":
        return delete(walk, run)
    if name == "results" and underway and run.link:
        return tell_not_yet(run, run.link, now.date())
    topic = name if name in TOPICS else "unknown_command"
    return Turn(run, (Told(topic, button="carry_on" if underway else None),))
