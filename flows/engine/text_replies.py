"""Typed words in a turn: a label, a way on, an answer in words, or a comment. Nothing typed is thrown away."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from flows.engine.comments import add_words, keep_comment, kept_length, longest, most_kept, undecided, with_comment
from flows.engine.distress import calmly
from flows.engine.steps import (
    answer,
    ask_anew,
    close,
    decide,
    delete,
    go,
    hold,
    pass_fork,
    resume,
    skip,
    stop,
    too_long,
)
from flows.events import Told
from flows.events.prompts import AskClosed, ChoiceUnclear
from flows.models import Answer, Held, Run, Said, Turn, Typed
from flows.schema import CHECK, STOPPED, WELCOME, Label, Labels, Place
from flows.state_machine import Walk
from flows.text.matching import Meaning, bare, means, understand

ON = ("carry_on", "start", "skip", "back", "why")  # typed after a stop, these carry on
OFF = ("help", "stop")
LATE = timedelta(seconds=30)  # words sent longer than this before the question was asked are not for it


def take_typed(walk: Walk, run: Run, reply: Typed) -> Turn:
    """Reads typed words where the run stands. Words of distress are answered at once, and kept all the same."""
    labels = labels_of(walk, run)
    if run.beside:  # it is asked again: these words are none of its buttons, and answer nothing that it hides
        return calmly(walk, run, Turn(run, (run.beside.asked,)), reply.words, labels)
    return calmly(walk, run, _read(walk, run, reply, labels), reply.words, labels)


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
    most = most_kept(walk, run)
    if number > most:
        return too_long(run, held, number, most)
    kept = keep_comment(walk, run, held)
    return ask_anew(walk, kept, notice=None if undecided(kept) else "comment_kept")


def _read(walk: Walk, run: Run, reply: Typed, labels: Labels) -> Turn:
    if means(reply.words, labels.ways["delete"]):
        return delete(walk, run)
    if run.place == WELCOME:
        return _at_welcome(walk, run, reply, labels)
    if run.place == STOPPED or _late(run, reply):
        return _not_at_once(walk, run, reply, labels)
    if run.held and run.held.candidates and means(reply.words, labels.ways["none_of_these"]):
        return hold(walk, run, run.held)
    if undecided(run):
        for way, whole in (("take_out", False), ("keep_whole", True)):
            if means(reply.words, labels.ways[way]):
                return decide(walk, run, whole=whole)
    here = run if run.held and run.held.offered else replace(run, held=run.held and run.held.earlier)
    if here.held:
        return _decide(walk, here, here.held, reply, labels)
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
    if means(reply.words, labels.ways["how_kept"]):
        return ask_anew(walk, run, notice="kept")
    greeted = means(reply.words, labels.ways["carry_on"])
    if run.sent_before and not (run.ask or greeted or means(reply.words, labels.ways["start"])):
        return Turn(run, (Told("all_done"),))  # a thank you after sending opens no place, and nothing is kept of it
    return ask_anew(walk, run, notice="begin_below" if run.ask and not (greeted or run.sent_before) else None)


def _late(run: Run, reply: Typed) -> bool:
    """Whether these words were sent well before what is asked now, as after an outage."""
    asked_at = run.asked_at or run.seen_at  # where nobody knows yet, it is after the last sign of life: by our clock
    return bool(reply.sent_at and asked_at and reply.sent_at < asked_at - LATE)


def _not_at_once(walk: Walk, run: Run, reply: Typed, labels: Labels) -> Turn:
    """These words can't be for the question on screen, or none is there: carry on first, and ask what they are."""
    way = next((name for name in (*ON, *OFF) if means(reply.words, labels.ways[name])), None)
    if way:
        return resume(walk, run) if way in ON else take_way(walk, run, way) or stop(walk, run)
    stopped = run.place == STOPPED
    here = replace(run, place=walk.after("resume", run), left=None) if stopped else run
    options = labels.choices.get(here.place)
    meaning = _meaning(reply.words, options, labels) if options else Meaning()
    held = _held(here, reply, meaning)
    turn = _ask_which(walk, here, held) if held.candidates else hold(walk, here, held)
    assert turn.run is not None
    if not stopped:
        return turn
    if turn.run.ask == run.ask:  # too long: nothing is asked, so the run stays stopped
        return replace(turn, run=replace(run, held=turn.run.held))
    return replace(turn, events=tuple(event for event in turn.events if not isinstance(event, AskClosed)))


def _decide(walk: Walk, run: Run, held: Held, reply: Typed, labels: Labels) -> Turn:
    """A comment is on offer: yes, no, a way on, an answer; or else more words for it, and all are offered together."""
    if means(reply.words, labels.ways["keep_comment"]):
        return keep_held(walk, run, held)
    if means(reply.words, labels.ways["leave_out"]):
        return ask_anew(walk, replace(run, held=None))
    if kept_length(walk, run, held) > most_kept(walk, run):
        return keep_held(walk, run, held)
    if run.place == CHECK:
        return _at_check(walk, run, reply, labels)
    place = walk.flow.by_id[run.place]
    if place.kind == "text":
        return _way(walk, run, reply, labels) or hold(walk, run, _held(run, reply))
    return _at_choice(walk, run, place, reply, labels)


def _held(run: Run, reply: Typed, meaning: Meaning | None = None) -> Held:
    """These words, held after those that are on offer already."""
    before = run.held.comment if run.held else ()
    return Held(reply.words, reply.message, meaning.candidates if meaning else (), before)


def _meaning(words: str, options: Mapping[str, Label], labels: Labels) -> Meaning:
    """What the words may mean; where nothing, what they may mean without *well*, *love* …"""
    meaning = understand(words, options)
    if meaning.candidates:
        return meaning
    rest = bare(words, labels.filler_before, labels.filler_after)
    return Meaning() if rest in labels.filler_before else understand(rest, options)


def _at_check(walk: Walk, run: Run, reply: Typed, labels: Labels) -> Turn:
    if means(reply.words, labels.ways["send"]):
        return ask_anew(walk, with_comment(walk, run), notice="press_send")
    return _way(walk, run, reply, labels) or hold(walk, run, _held(run, reply))


def _at_text(walk: Walk, run: Run, reply: Typed, labels: Labels) -> Turn:
    if means(reply.words, labels.ways["nothing_to_add"]):
        return skip(walk, run)
    way = _way(walk, run, reply, labels)
    if way:
        return way
    given = add_words(walk.flow, run, run.place, Said(reply.words, reply.message))
    number, most = longest(given), walk.flow.by_id[run.place].longest
    return too_long(run, _held(run, reply), number, most) if number > most else answer(walk, run, given)


def _at_choice(walk: Walk, run: Run, place: Place, reply: Typed, labels: Labels) -> Turn:
    options = labels.choices[place.id]
    way = None if any(means(reply.words, label) for label in options.values()) else _way(walk, run, reply, labels)
    if way:
        return way
    meaning = _meaning(reply.words, options, labels)
    if meaning.choice is None:
        held = _held(run, reply, meaning)
        return _ask_which(walk, run, held) if held.candidates else hold(walk, run, held)
    if place.kind == "fork":
        return pass_fork(walk, run, meaning.choice)
    return answer(walk, run, Answer(meaning.choice, (Said("", reply.message),)), noted=True)


def _way(walk: Walk, run: Run, reply: Typed, labels: Labels) -> Turn | None:
    """A way on, typed: only where the words say just that. Where that way does not exist, it is asked again.

    Words on offer wait through a stop; further on, they show where the comments of this place are asked for.
    """
    for name in (*OFF, "skip", "back", "why"):
        if means(reply.words, labels.ways[name]):
            here = run if name in OFF else with_comment(walk, run)
            return take_way(walk, here, name) or ask_anew(walk, run)
    return None


def _ask_which(walk: Walk, run: Run, held: Held) -> Turn:
    here = replace(run, ask=run.ask + 1, held=held)
    return Turn(here, (*close(walk, run), ChoiceUnclear(here.ask, run.place, held.candidates)))
