"""An edited message in a turn: it changes the answer that came from it."""

from dataclasses import replace

from flows.engine.comments import as_kept, kept_length, longest, most_kept, undecided, waits, with_answer, with_comment
from flows.engine.distress import calmly
from flows.engine.steps import ask_anew, close, go_on, hold, settle
from flows.engine.text_replies import labels_of, take_typed
from flows.events import AnswerChanged, Told
from flows.models import Answer, Edited, Held, Run, Said, Turn, Typed
from flows.schema import CHECK, STOPPED, WELCOME, Flow, Place
from flows.state_machine import Walk, visible
from flows.text.matching import understand


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
        return _wait_on(walk, run, replace(held, before=tuple(_as_typed(part, reply) for part in held.before)))
    for question, given in run.answers.items():
        if question in walk.flow.by_id and any(part.message == reply.message for part in given.said):
            return _change(walk, run, walk.flow.by_id[question], given, reply)
    return Turn(run, (Told("edit_not_kept"),))


def _wait_on(walk: Walk, run: Run, held: Held) -> Turn:
    """Earlier words that wait were changed: they are offered anew; after a stop, when the run goes on."""
    number = kept_length(walk, run, held)
    most = most_kept(walk, run)
    if number > most:
        return Turn(run, (Told("too_long", button="carry_on", number=number, most=most),))
    return Turn(replace(run, held=held)) if run.place == STOPPED else hold(walk, run, held)


def _change(walk: Walk, run: Run, place: Place, given: Answer, reply: Edited) -> Turn:
    if place.kind == "choice":
        choice = understand(reply.words, labels_of(walk, run).choices[place.id]).choice
        changed = Answer(choice, given.said) if choice else None
    else:
        changed = Answer(said=tuple(_edit(walk.flow, part, reply) for part in given.said))
    if changed is None or changed.value is None:
        return Turn(run, (Told("edit_unclear", button="carry_on" if run.ask else None),))
    if changed == given:
        return Turn(run)
    after = with_answer(walk.flow, run, place.id, changed)
    number = max(longest(changed), longest(with_comment(walk, after).answers[place.id]))
    if place.kind == "text" and number > place.longest:
        return Turn(run, (Told("too_long", button="carry_on", number=number, most=place.longest),))
    change = AnswerChanged(place.id, changed.value)
    if run.place not in {STOPPED, WELCOME} and waits(changed):
        return ask_anew(walk, after)
    if undecided(run) == place.id:
        turn = settle(walk, run, after)
        return replace(turn, events=(replace(change, button=None), *turn.events))
    return _show(walk, after, change)


def _as_typed(part: Said, reply: Edited) -> Said:
    return Said(reply.words, part.message) if part.message == reply.message else part


def _edit(flow: Flow, part: Said, reply: Edited) -> Said:
    """The part of an answer that came from this message, changed; as it is where the words are the same."""
    if part.message != reply.message or reply.words in {part.words, part.typed}:
        return part
    return as_kept(flow, Said(reply.words, part.message))


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
