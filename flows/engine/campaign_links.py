"""The link of a campaign was followed, or one is to be opened: its walk begins, or goes on, or waits until another one
is done with.
"""

from dataclasses import replace

from flows.campaign import Link
from flows.engine.steps import ask, close, resume
from flows.events.prompts import OtherUnderway, PlaceReached
from flows.events.submission import AnsweredAlready
from flows.loader import load
from flows.models import Followed, Reply, Run, Tapped, Turn
from flows.schema import WELCOME
from flows.state_machine import Walk


def take_followed(walk: Walk, run: Run, followed: Followed) -> Turn:
    """A chat has one unfinished run: answers of another campaign are not given up without a yes."""
    other = followed.other
    if other is None:
        return _nowhere(walk, run, followed)
    if not run.ask or other.campaign == run.campaign:
        return begin(walk, run)
    if followed.sure == run.ask or not (run.answers or (run.held and run.held.said)):
        return _begin_other(walk, run, other)
    link = None if load(other.flow).flow.gives == "campaign" else other.link or Link(other.campaign)
    return Turn(run, (OtherUnderway(run.ask, run.link.about if run.link else "", link),))


def _nowhere(walk: Walk, run: Run, followed: Followed) -> Turn:
    """The link leads nowhere today: why, and on with what is open."""
    led = followed.led
    notice = followed.fault
    if run.ask and led and led.code == run.campaign:
        notice = "link_closed_own"
    elif run.ask and (run.place != WELCOME or run.link):
        notice = f"{notice}_midway"
    turn = resume(walk, run, notice=notice)
    events = (replace(one, led=led) if isinstance(one, PlaceReached) else one for one in turn.events)
    return replace(turn, events=tuple(events))


def begin(walk: Walk, run: Run) -> Turn:
    """/start: the welcome; who is on their way already stands where they were."""
    back = run.ask > 0 and run.place != WELCOME
    return resume(walk, run, notice="welcome_back" if back else None)


def _begin_other(walk: Walk, run: Run, other: Run) -> Turn:
    """The run goes on as the other one, so that its old buttons are known as old."""
    here, asked = ask(load(other.flow), replace(other, id=run.id, ask=run.ask), WELCOME)
    return Turn(here, (*close(walk, run), asked))


# @@DOC In a campaign, one response a chat at a time: whose answers are in gets no second walk, and nothing more to send.
# @@
# @@ Else one person could stand for several: fill a group of ten by themselves, and be left alone there with one other.
# @@ Where there is no campaign, people answer about several services.
# @@
def answered_already(run: Run, reply: Reply) -> Turn | None:
    """The turn, which takes nothing away and sends nothing. None: this chat may go on."""
    match reply:
        case Followed(other=Run() as other) if _is_in(other):
            return Turn(run, (_already(other, underway=run.ask > 0),))
        case Tapped(act="send", run=tapped) if tapped == run.id and _is_in(run):
            return Turn(run, (_already(run, underway=True, unsent=True),))
    return None


def _is_in(run: Run) -> bool:
    return run.sent_before and run.link is not None


def _already(of: Run, *, underway: bool, unsent: bool = False) -> AnsweredAlready:
    assert of.link
    return AnsweredAlready(of.link.about, of.link.results, underway, unsent)
