"""In a campaign, one response a chat at a time: whose answers are in gets no second walk, and nothing more to send.

Else one person could stand for several: fill a group of ten by themselves, and be left alone there with one other.
Where there is no campaign, people answer about several services.
"""

from flows.run import Followed, Reply, Run, Tapped, Turn
from flows.sent import AnsweredAlready


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
