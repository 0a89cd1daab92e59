"""The moves of a turn: what taps, typed words and commands all come down to. Each returns the whole Turn."""

from dataclasses import replace

from flows.engine.comments import (
    decided,
    kept_length,
    most_kept,
    takes_comment,
    undecided,
    waits,
    with_answer,
    with_comment,
)
from flows.events import AnswerSaved, DeletionAsked, Event, RunDeleted, RunStopped, Told
from flows.events.prompts import AskClosed, CheckReached, CommentOffered, PlaceReached, WordsFound
from flows.models import Answer, Held, Run, Turn
from flows.schema import CHECK, STOPPED, WELCOME, Flow
from flows.state_machine import Walk
from flows.text.redaction import found


def choices_of(flow: Flow, run: Run) -> dict[str, str]:
    """The choice made at each choice question so far: {question id: choice id}. Texts may depend on them."""
    chosen = {place.id: run.chosen(place.id) for place in flow.questions if place.kind == "choice"}
    return {question: choice for question, choice in chosen.items() if choice is not None}


def all_answers(flow: Flow, run: Run) -> dict[str, str | None]:
    """Every answer of the run in the flow's order; None for a skipped question. What was not asked is not there."""
    return {place.id: run.chosen(place.id) for place in flow.questions if place.id in run.answers}


def close(walk: Walk, run: Run, *, chosen: str | None = None, skipped: bool = False) -> tuple[Event, ...]:
    """The newest asking is over: its message loses its buttons. Nothing where nothing was asked yet."""
    if not run.ask or run.place == STOPPED:
        return ()
    return (AskClosed(run.ask, run.place, choices_of(walk.flow, run), chosen, skipped),)


def ask(
    walk: Walk,
    run: Run,
    place: str,
    *,
    noted: tuple[str, str] | None = None,
    notice: str | None = None,
    why: bool = False,
) -> tuple[Run, Event]:
    """The run at that place, and what is asked there. Words that are held come first: they wait for a decision.

    Then those in which something was found, where the run stays at its place. Unclear words only meant to answer what
    is asked anew now; those that were on offer before them still are.
    """
    held = run.held.earlier if run.held and run.held.candidates else run.held
    here = replace(run, place=place, ask=run.ask + 1, left=None, held=held, changing=run.changing and place != CHECK)
    if here.held and here.held.offered:
        return here, CommentOffered(here.ask, place, here.held.text, notice)
    here = replace(here, held=None) if here.held else here
    question = undecided(here) if place == run.place != WELCOME else None
    if question:
        return here, WordsFound(here.ask, place, here.chosen(question) or "", "found_why" if why else notice)
    if place == CHECK:
        return here, CheckReached(here.ask, all_answers(walk.flow, here), noted, notice, here.link)
    chosen = choices_of(walk.flow, here)
    if place == WELCOME and here.sent_before and not here.link:
        notice = notice or "sent_before"
    link = here.link if place == WELCOME or notice == "welcome_back" else None
    return here, PlaceReached(here.ask, place, chosen, run.chosen(place), noted, why, notice, here.changing, link)


def ask_anew(walk: Walk, run: Run, *, notice: str | None = None, why: bool = False) -> Turn:
    """Asks again where the run stands, at the bottom of the chat."""
    here, asked = ask(walk, run, run.place, notice=notice, why=why)
    return Turn(here, (*close(walk, run), asked))


def resume(walk: Walk, run: Run, *, notice: str | None = None) -> Turn:
    """Carries on where the run was stopped; where it was not, asks again."""
    if run.place != STOPPED:
        return ask_anew(walk, run, notice=notice)
    here, asked = ask(walk, run, walk.after("resume", run), notice=notice or "welcome_back")
    return Turn(here, (asked,))


def go(walk: Walk, run: Run, way: str) -> Turn:
    """Takes a way that answers nothing: start, back, change …"""
    changing = run.changing or way.startswith("change_")
    here, asked = ask(walk, replace(run, held=None, changing=changing), walk.after(way, run))
    return Turn(here, (*close(walk, run), asked))


def pass_fork(walk: Walk, run: Run, way: str) -> Turn:
    """Goes on past a fork, or to the check page."""
    passed = run.passed | {run.place} if way == "go_on" else run.passed - {run.place}
    here, asked = go_on(walk, replace(with_comment(walk, run), passed=passed), way, notice=_words_kept(run))
    return Turn(here, (*close(walk, run, chosen=way), asked))


def answer(walk: Walk, run: Run, given: Answer, *, noted: bool = False) -> Turn:
    """Answers the question where the run stands, and goes on to what follows. Words on offer stay, as a comment."""
    question, choice = run.place, given.choice
    after = with_answer(walk.flow, with_comment(walk, run), question, given)
    understood = (question, choice) if noted and choice else None
    notice = _words_kept(run)
    if waits(given):
        here, asked = ask(walk, after, question)
    else:
        here, asked = go_on(walk, after, "answer", noted=understood, notice=notice)
    saved = AnswerSaved(question, given.value)
    return Turn(here, (*close(walk, run, chosen=choice, skipped=given.value is None), saved, asked))


def go_on(
    walk: Walk, run: Run, way: str, *, noted: tuple[str, str] | None = None, notice: str | None = None
) -> tuple[Run, Event]:
    """Where this way leads. What lies behind was made to appear by a changed answer: from there, back to the check."""
    place = walk.after(way, run)
    order = [*walk.flow.by_id, CHECK]
    behind = order.index(place) < order.index(run.place)
    here = replace(run, changing=True) if behind else run
    return ask(walk, here, place, noted=noted, notice=notice)


def skip(walk: Walk, run: Run) -> Turn:
    """Goes on without an answer, unless it is needed. One that was given here before stays as it is."""
    earlier = run.answers.get(run.place)
    if earlier is None and walk.flow.by_id[run.place].needed:
        return ask_anew(walk, run, notice="needed")
    if earlier is None:
        return answer(walk, run, Answer())
    here, asked = go_on(walk, replace(run, held=None), "skip")
    return Turn(here, (*close(walk, run, chosen=earlier.choice), asked))


def clear(walk: Walk, run: Run) -> Turn:
    """Takes out the words given here, and goes on; unless they are needed."""
    if walk.flow.by_id[run.place].needed:
        return ask_anew(walk, run, notice="needed")
    return answer(walk, run, Answer())


def decide(walk: Walk, run: Run, *, whole: bool) -> Turn:
    """Keeps the words as they are (`whole`), or takes out of them what was found; and goes on."""
    question = undecided(run)
    assert question is not None
    after = decided(run, question, whole=whole)
    return settle(walk, run, after, notice="kept_whole" if whole else "taken_out")


def settle(walk: Walk, run: Run, after: Run, *, notice: str | None = None) -> Turn:
    """What was found is settled (`after`): goes on where the run stands at those words, else asks again."""
    if undecided(run) == run.place and not undecided(after):
        here, asked = go_on(walk, after, "skip", notice=notice)
    else:
        here, asked = ask(walk, after, run.place, notice=notice)
    return Turn(here, (*close(walk, run), asked))


def stop(walk: Walk, run: Run) -> Turn:
    """Stops for now; the place is kept. Who has stopped already is told so again, with the way back."""
    if run.place == STOPPED:
        return Turn(run, (RunStopped(),))
    if not walk.offers("stop", run.place):
        return Turn(run, (Told("nothing_to_stop"),))
    return Turn(replace(run, place=walk.after("stop", run), left=run.place), (*close(walk, run), RunStopped()))


def delete(walk: Walk, run: Run) -> Turn:
    """Asks whether the answers shall be deleted, where there are any; a place without answers is erased at once."""
    if run.answers or (run.held and run.held.said):
        return Turn(run, (DeletionAsked(run.ask),))
    if run.ask:
        return Turn(None, (*close(walk, run), RunDeleted()))
    return Turn(run, (Told("nothing_to_delete"),))


def hold(walk: Walk, run: Run, held: Held) -> Turn:
    """Asks whether these words shall be kept as a comment. Too many of them can't be: that is said instead.

    Where a flow keeps none, it is asked again.
    """
    if not takes_comment(walk, run):
        return ask_anew(walk, replace(run, held=None), notice="not_understood")
    offered = replace(held, candidates=())
    number = kept_length(walk, run, offered)
    most = most_kept(walk, run)
    if number > most:
        return too_long(run, held, number, most)
    here = replace(run, ask=run.ask + 1, held=offered)
    return Turn(here, (*close(walk, run), CommentOffered(here.ask, run.place, offered.text)))


def too_long(run: Run, held: Held, number: int, most: int) -> Turn:
    """Says how long the words may be. Their message is remembered, so that editing it is enough."""
    waiting = Held("", held.message, before=held.before)
    return Turn(replace(run, held=waiting), (Told("too_long", button="carry_on", number=number, most=most),))


def _words_kept(run: Run) -> str | None:
    if not (run.held and run.held.comment):
        return None
    return "words_kept_without" if any(found(part.words) for part in run.held.comment) else "words_kept"
