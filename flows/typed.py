"""Typed words in a turn: a label, a way on, an answer in words, or a comment. Nothing typed is thrown away."""

from dataclasses import replace

from flows.answers import LONGEST, Meaning, contains, length, means, understand
from flows.definition import CHECK, STOPPED, WELCOME, Labels, Place
from flows.events import AnswerChanged, AnswerSaved, AskClosed, ChoiceUnclear, Event, Told
from flows.machine import Walk
from flows.moves import (
    add_words,
    answer,
    ask_anew,
    close,
    go,
    hold,
    keep_comment,
    kept_length,
    pass_fork,
    resume,
    skip,
    stop,
    too_long,
)
from flows.run import Answer, Held, Run, Said, Turn, Typed

ON = ("carry_on", "start", "skip", "back", "why")  # typed after a stop, these carry on
OFF = ("help", "stop")


def take_typed(walk: Walk, run: Run, reply: Typed) -> Turn:
    """Reads typed words where the run stands. Words of distress are answered at once, and kept all the same."""
    labels = labels_of(walk, run)
    turn = _read(walk, run, reply, labels)
    return calmly(walk, run, turn) if contains(reply.words, labels.distress) else turn


def labels_of(walk: Walk, run: Run) -> Labels:
    """The labels in the run's language, or in the flow's own."""
    return walk.flow.labels.get(run.language) or walk.flow.labels[walk.flow.language]


def take_way(walk: Walk, run: Run, name: str) -> Turn | None:
    """The way of that name (skip, back, why, stop, help) from where the run stands; None where there is none."""
    if name == "help":
        return Turn(run, (Told("help", button="carry_on"),))
    if name == "why":
        return ask_anew(walk, run, why=True) if run.place in walk.flow.by_id else None
    if not walk.offers(name, run.place):
        return None
    return skip(walk, run) if name == "skip" else stop(walk, run) if name == "stop" else go(walk, run, name)


def keep_held(walk: Walk, run: Run, held: Held) -> Turn:
    """Keeps the held words as a comment, and asks again where the run stands."""
    number = kept_length(walk, run, held)
    if number > LONGEST:
        return too_long(run, held.message, number)
    return ask_anew(walk, keep_comment(walk, run, held), notice="comment_kept")


def _read(walk: Walk, run: Run, reply: Typed, labels: Labels) -> Turn:
    if run.place == WELCOME:
        return _at_welcome(walk, run, reply, labels)
    if run.place == STOPPED:
        return _after_a_stop(walk, run, reply, labels)
    if run.held and run.held.offered:
        return _decide(walk, run, run.held, reply, labels)
    if run.held and run.held.candidates and means(reply.words, labels.ways["none_of_these"]):
        return hold(walk, run, run.held)
    here = replace(run, held=None)
    if run.place == CHECK:
        return _at_check(walk, here, reply, labels)
    place = walk.flow.by_id[run.place]
    return _at_text(walk, here, reply, labels) if place.kind == "text" else _at_choice(walk, here, place, reply, labels)


def _at_welcome(walk: Walk, run: Run, reply: Typed, labels: Labels) -> Turn:
    """Nothing typed here is kept: nobody has agreed to anything yet."""
    if run.ask and means(reply.words, labels.ways["start"]):
        return go(walk, run, "start")
    if run.ask and means(reply.words, labels.ways["help"]):
        return Turn(run, (Told("help", button="carry_on"),))
    kept = means(reply.words, labels.ways["how_kept"])
    return ask_anew(walk, run, notice="kept" if kept else None)


def _after_a_stop(walk: Walk, run: Run, reply: Typed, labels: Labels) -> Turn:
    """The question is no longer on screen, so these words can't answer it: carry on first, and ask what they are."""
    way = next((name for name in (*ON, *OFF) if means(reply.words, labels.ways[name])), None)
    if way:
        return resume(walk, run) if way in ON else take_way(walk, run, way) or stop(walk, run)
    if run.held and run.held.offered:
        run = keep_comment(walk, run, run.held)
    here = replace(run, place=walk.after("resume", run), left=None, held=None)
    options = labels.choices.get(here.place)
    held = Held(reply.words, reply.message, (understand(reply.words, options) if options else Meaning()).candidates)
    turn = _ask_which(walk, here, held) if held.candidates else hold(walk, here, held)
    assert turn.run is not None
    if turn.run.ask == run.ask:  # too long: nothing is asked, so the run stays stopped
        return replace(turn, run=replace(run, held=turn.run.held))
    return replace(turn, events=tuple(event for event in turn.events if not isinstance(event, AskClosed)))


def _decide(walk: Walk, run: Run, held: Held, reply: Typed, labels: Labels) -> Turn:
    """A comment is offered: yes, no, or else it is kept and the new words are read as the reply."""
    if means(reply.words, labels.ways["keep_comment"]):
        return keep_held(walk, run, held)
    if means(reply.words, labels.ways["leave_out"]):
        return ask_anew(walk, replace(run, held=None))
    if kept_length(walk, run, held) > LONGEST:
        return keep_held(walk, run, held)
    return _read(walk, keep_comment(walk, run, held), reply, labels)


def _at_check(walk: Walk, run: Run, reply: Typed, labels: Labels) -> Turn:
    if means(reply.words, labels.ways["send"]):
        return ask_anew(walk, run, notice="press_send")
    return _way(walk, run, reply, labels) or hold(walk, run, Held(reply.words, reply.message))


def _at_text(walk: Walk, run: Run, reply: Typed, labels: Labels) -> Turn:
    if means(reply.words, labels.ways["nothing_to_add"]):
        return skip(walk, run)
    way = _way(walk, run, reply, labels)
    if way:
        return way
    given = add_words(run, run.place, Said(reply.words, reply.message))
    number = length(given.value or "")
    return too_long(run, reply.message, number) if number > LONGEST else answer(walk, run, given)


def _at_choice(walk: Walk, run: Run, place: Place, reply: Typed, labels: Labels) -> Turn:
    options = labels.choices[place.id]
    way = None if any(means(reply.words, label) for label in options.values()) else _way(walk, run, reply, labels)
    if way:
        return way
    meaning = understand(reply.words, options)
    if meaning.choice is None:
        held = Held(reply.words, reply.message, meaning.candidates)
        return _ask_which(walk, run, held) if held.candidates else hold(walk, run, held)
    if place.kind == "fork":
        return pass_fork(walk, run, meaning.choice)
    return answer(walk, run, Answer(meaning.choice, (Said("", reply.message),)), noted=True)


def _way(walk: Walk, run: Run, reply: Typed, labels: Labels) -> Turn | None:
    """A way on, typed: only where the words say just that. Where that way does not exist, it is asked again."""
    for name in ("skip", "back", "why", "stop", "help"):
        if means(reply.words, labels.ways[name]):
            return take_way(walk, run, name) or ask_anew(walk, run)
    return None


def _ask_which(walk: Walk, run: Run, held: Held) -> Turn:
    here = replace(run, ask=run.ask + 1, held=held)
    return Turn(here, (*close(walk, run), ChoiceUnclear(here.ask, run.place, held.candidates)))


def calmly(walk: Walk, before: Run, turn: Turn) -> Turn:
    """Somebody is in distress: what was typed is kept, who to ring is said, and nothing more is asked of them now."""
    assert turn.run is not None
    run = turn.run
    done: tuple[Event, ...]
    done = tuple(event for event in turn.events if isinstance(event, AskClosed | AnswerSaved | AnswerChanged))
    if walk.offers("stop", run.place):
        run = replace(run, place=walk.after("stop", run), left=run.place)
        if not any(isinstance(event, AskClosed) for event in done):
            done = (*close(walk, before), *done)
    return Turn(run, (*done, Told("helpline", button="carry_on")))
