"""An edited message in a turn: it changes the answer that came from it."""

from dataclasses import replace

from flows.answers import LONGEST, understand
from flows.definition import CHECK, Place
from flows.events import AnswerChanged, Told
from flows.machine import Walk, visible
from flows.moves import ask, close, go_on, too_long, with_answer
from flows.run import Answer, Edited, Run, Said, Turn, Typed
from flows.typed import labels_of, take_typed


def take_edited(walk: Walk, run: Run, reply: Edited) -> Turn:
    """Changes the answer that this message gave. A message that waits for a decision is read anew."""
    if run.held and run.held.message == reply.message:
        return take_typed(walk, replace(run, held=None), Typed(reply.words, reply.message))
    for question, given in run.answers.items():
        if any(part.message == reply.message for part in given.said):
            return _change(walk, run, walk.flow.by_id[question], given, reply)
    return Turn(run, (Told("edit_not_kept"),))


def _change(walk: Walk, run: Run, place: Place, given: Answer, reply: Edited) -> Turn:
    if place.kind == "choice":
        choice = understand(reply.words, labels_of(walk, run).choices[place.id]).choice
        changed = Answer(choice, given.said) if choice else None
    else:
        changed = Answer(said=tuple(_edit(part, reply) for part in given.said))
    if changed is None or changed.value is None:
        return Turn(run, (Told("edit_unclear"),))
    if place.kind == "text" and len(changed.value) > LONGEST:
        return too_long(run, None, len(changed.value))
    return _show(walk, with_answer(walk.flow, run, place.id, changed), AnswerChanged(place.id, changed.value))


def _edit(part: Said, reply: Edited) -> Said:
    return Said(reply.words, part.message) if part.message == reply.message else part


def _show(walk: Walk, run: Run, change: AnswerChanged) -> Turn:
    """Says what changed; draws the check page anew; leaves a question that the change took away."""
    if run.place == CHECK:
        here, asked = go_on(walk, run, "look")
        return Turn(here, (*close(walk, run), change, asked))
    place = walk.flow.by_id.get(run.place)
    if place and not visible(place, run):
        here, asked = ask(walk, replace(run, held=None), walk.after("skip", run))
        return Turn(here, (*close(walk, run), change, asked))
    return Turn(run, (change,))
