"""An edited message in a turn: it changes the answer that came from it."""

from dataclasses import replace

from flows.answers import LONGEST, length, understand
from flows.calming import calmly
from flows.definition import CHECK, STOPPED, Place
from flows.events import AnswerChanged, Told
from flows.machine import Walk, visible
from flows.moves import close, go_on, hold, kept_length, with_answer, with_comment
from flows.run import Answer, Edited, Held, Run, Said, Turn, Typed
from flows.typed import labels_of, take_typed


def take_edited(walk: Walk, run: Run, reply: Edited) -> Turn:
    """Changes the answer that this message gave. Words of distress are answered at once, here too."""
    return calmly(walk, run, _read(walk, run, reply), reply.words, labels_of(walk, run))


def _read(walk: Walk, run: Run, reply: Edited) -> Turn:
    """A message that waits for a decision is read anew; one that gave an answer changes it. No change, no word."""
    held = run.held
    if held and Said(reply.words, reply.message) in held.said:
        return Turn(run)
    if held and held.message == reply.message:
        return take_typed(walk, replace(run, held=held.earlier), Typed(reply.words, reply.message))
    if held and any(part.message == reply.message for part in held.before):
        return _wait_on(walk, run, replace(held, before=tuple(_edit(part, reply) for part in held.before)))
    for question, given in run.answers.items():
        if question in walk.flow.by_id and any(part.message == reply.message for part in given.said):
            return _change(walk, run, walk.flow.by_id[question], given, reply)
    return Turn(run, (Told("edit_not_kept"),))


def _wait_on(walk: Walk, run: Run, held: Held) -> Turn:
    """Words that wait were changed: they are offered anew; after a stop, when the run goes on."""
    stopped = run.place == STOPPED and kept_length(walk, run, held) <= LONGEST
    return Turn(replace(run, held=held)) if stopped else hold(walk, run, held)


def _change(walk: Walk, run: Run, place: Place, given: Answer, reply: Edited) -> Turn:
    if place.kind == "choice":
        choice = understand(reply.words, labels_of(walk, run).choices[place.id]).choice
        changed = Answer(choice, given.said) if choice else None
    else:
        changed = Answer(said=tuple(_edit(part, reply) for part in given.said))
    if changed is None or changed.value is None:
        return Turn(run, (Told("edit_unclear", button="carry_on" if run.ask else None),))
    if changed == given:
        return Turn(run)
    after = with_answer(walk.flow, run, place.id, changed)
    longest = with_comment(walk, after).chosen(place.id) or ""
    if place.kind == "text" and length(longest) > LONGEST:
        return Turn(run, (Told("too_long", button="carry_on", number=length(longest)),))
    return _show(walk, after, AnswerChanged(place.id, changed.value))


def _edit(part: Said, reply: Edited) -> Said:
    return Said(reply.words, part.message) if part.message == reply.message else part


def _show(walk: Walk, run: Run, change: AnswerChanged) -> Turn:
    """Says what changed; draws the check page anew; leaves a question that the change took away."""
    stands = replace(run, place=run.left, left=None) if run.place == STOPPED and run.left else run
    place = walk.flow.by_id.get(stands.place)
    if stands.place != CHECK and (place is None or visible(place, stands)):
        return Turn(run, (change,))
    here, asked = go_on(walk, stands, "look" if stands.place == CHECK else "skip")
    if run.place == STOPPED:
        return Turn(replace(run, left=here.place, changing=here.changing), (change,))
    return Turn(here, (*close(walk, run), replace(change, button=None), asked))
