"""The link of a campaign was followed, or one is to be opened: its walk begins, or goes on, or waits until another one
is done with.
"""

from dataclasses import replace

from flows.asked import OtherUnderway, PlaceReached
from flows.definition import WELCOME
from flows.link import Link
from flows.loading import load
from flows.machine import Walk
from flows.moves import ask, close, resume
from flows.run import Followed, Run, Turn


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
