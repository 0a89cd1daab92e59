"""Typed words while a yes or no beside the walk stands: they press one of its buttons, or it is asked again."""

from dataclasses import replace

from flows.events import DeletionAsked
from flows.events.coordinator import OPEN
from flows.events.prompts import OtherUnderway
from flows.models import Beside, Reply, Run, Tapped, Turn, Typed
from flows.schema import Label, Labels
from flows.text.matching import means


def pressed(run: Run, reply: Reply, labels: Labels) -> Reply:
    """The button that these typed words name. The reply as it is, where they name none, or no such question stands."""
    if not (isinstance(reply, Typed) and run.beside and run.beside.last):
        return reply
    asked = run.beside.asked
    tap = _deletion(asked, reply, labels) if isinstance(asked, DeletionAsked) else _other(run, asked, reply, labels)
    return replace(tap, run=run.id) if tap else reply


def noted(before: Run, turn: Turn) -> Turn:
    """The turn, its run with what stands beside the walk now."""
    return replace(turn, run=replace(turn.run, beside=stands_beside(before, turn))) if turn.run else turn


def stands_beside(before: Run, turn: Turn) -> Beside | None:
    """What stands after a turn: what it asked; else what stood, until more is asked or the run is stopped."""
    asked = next((event for event in turn.events if isinstance(event, DeletionAsked | OtherUnderway)), None)
    if asked:
        return Beside(asked)
    run, stood = turn.run, before.beside
    if run is None or stood is None or (run.ask, run.place) != (before.ask, before.place):
        return None
    return replace(stood, last=stood.last and not turn.events)


def _deletion(asked: DeletionAsked, typed: Typed, labels: Labels) -> Tapped | None:
    if _says(typed, labels, "delete_yes"):
        return Tapped("", 0, "", "delete_yes", str(asked.ask))
    return Tapped("", 0, "", "delete_no") if _says(typed, labels, "delete_no", "carry_on") else None


def _other(run: Run, asked: OtherUnderway, typed: Typed, labels: Labels) -> Tapped | None:
    """A bare yes could mean either of the two: it is asked again. So could the name of both."""
    here = run.link.about if run.link else ""
    there = asked.link.about if asked.link else ""
    named = next((about for about in (here, there) if here != there and means(typed.words, Label(about))), None)
    if named == here or _says(typed, labels, "delete_no", "carry_on"):
        return Tapped("", 0, "", "resume")
    if named is None and not _says(typed, labels, "begin_other" if asked.link else "open_instead"):
        return None
    if asked.link is None:
        return Tapped("", 0, "", OPEN, str(asked.ask))
    return Tapped("", 0, "", "begin_other", f"{asked.link.code}-{asked.ask}")


def _says(typed: Typed, labels: Labels, *ways: str) -> bool:
    return any(means(typed.words, labels.ways[way]) for way in ways)
