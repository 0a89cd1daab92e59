"""Words of distress, or of danger from somebody else: who to ring is said at once, and nothing more is asked."""

from dataclasses import replace

from flows.engine.comments import keep_comment, kept_length
from flows.engine.steps import close
from flows.events import AnswerChanged, AnswerSaved, Event, Told
from flows.events.prompts import AskClosed
from flows.models import Run, Turn
from flows.schema import LONGEST, STOPPED, WELCOME, Labels
from flows.state_machine import Walk
from flows.text.matching import contains
from flows.text.redaction import scrubbed


def calmly(walk: Walk, before: Run, turn: Turn, words: str, labels: Labels) -> Turn:
    """The turn as it is, unless its words are of distress: then they are kept, unasked, and the run is stopped.

    They can be taken out where comments are asked for, and at the check page. That they are kept is said only if so.
    """
    if turn.run is None or not contains(words, labels.distress):
        return turn
    run = _kept(walk, turn.run, labels)
    done: tuple[Event, ...]
    done = tuple(event for event in turn.events if isinstance(event, AskClosed | AnswerSaved | AnswerChanged))
    if walk.offers("stop", run.place):
        run = replace(run, place=walk.after("stop", run), left=run.place)
        if not any(isinstance(event, AskClosed) for event in done):
            done = (*close(walk, before), *done)
    topic = "helpline_kept" if _holds(run, words) else "helpline"
    return Turn(run, (*done, Told(topic, button="carry_on_or_stop")))


def _kept(walk: Walk, run: Run, labels: Labels) -> Run:
    """The run with these words kept as a comment, where they wait and fit. Other words still wait for a yes."""
    if run.held is None or not contains(run.held.words, labels.distress):
        return run
    if walk.flow.gives != "response" or (run.left or run.place) in {WELCOME, STOPPED}:
        return run
    held = replace(run.held, candidates=())
    return keep_comment(walk, run, held) if kept_length(walk, run, held) <= LONGEST else run


def _holds(run: Run, words: str) -> bool:
    kept = {words, scrubbed(words)}
    return any(part.words in kept for given in run.answers.values() for part in given.said)
