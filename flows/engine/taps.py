"""A tapped button in a turn: it carries its run, the number of its asking, its place and what it does."""

from dataclasses import replace

from flows.callback_data import UNDER
from flows.engine.comments import undecided
from flows.engine.steps import (
    all_answers,
    answer,
    ask,
    ask_anew,
    clear,
    close,
    decide,
    go,
    hold,
    pass_fork,
    resume,
    stop,
)
from flows.engine.text_replies import keep_held, take_way
from flows.events import DeletionAsked, Event, ReplyOutdated, ReplyRepeated, RunDeleted, Told
from flows.events.submission import (
    CampaignPlanned,
    ResultDrawn,
    ResultTold,
    RunSent,
    SendOutdated,
    WithdrawalAsked,
    WithdrawalConfirmed,
)
from flows.models import Answer, Run, Tapped, Turn
from flows.schema import CHECK, SENT, STOPPED, WELCOME
from flows.state_machine import NoWay, Walk

MOST_ASKED = 99_999  # in one run: a larger number is forged, and would leave no room in buttons for what follows


def take_tapped(walk: Walk, run: Run, tap: Tapped) -> Turn:
    """Decides whether the button counts, and takes it where it does."""
    if tap.act == "withdraw":
        return Turn(run, (WithdrawalAsked(tap.value),))
    if tap.act == "withdraw_yes":
        receipt, _, under = tap.value.partition(UNDER)
        return Turn(run, (WithdrawalConfirmed(receipt, under=int(under) if under.isdecimal() else None),))
    if tap.act == "withdraw_no":
        return Turn(run, (Told("nothing_deleted", button="carry_on" if run.ask else None),))
    if tap.run != run.id or not run.ask:
        return Turn(run, (_of_another_run(run, tap),))
    if run.again and tap.ask == run.ask - 1:
        tap = replace(tap, ask=run.ask)
    free = _free_tap(walk, run, tap)
    if free:
        return free
    if run.ask < tap.ask <= MOST_ASKED:
        return _behind(walk, run, tap)
    if (tap.ask, tap.place) != (run.ask, run.place):
        return _old_tap(run, tap)
    try:
        return _act(walk, run, tap)
    except NoWay:
        return resume(walk, run)


def _of_another_run(run: Run, tap: Tapped) -> Event:
    if tap.act == "send" and tap.value:
        return SendOutdated(tap.value)
    return ReplyOutdated(run.left or run.place if run.ask else None)


def _behind(walk: Walk, run: Run, tap: Tapped) -> Turn:
    """A button of an asking that this run knows nothing of: an older database was restored.

    What is open is asked again, under a number that no message in the chat has.
    """
    place = walk.after("resume", run) if run.place == STOPPED else run.place
    here, asked = ask(walk, replace(run, ask=tap.ask), place, notice="behind")
    return Turn(here, (*close(walk, run), asked))


def _free_tap(walk: Walk, run: Run, tap: Tapped) -> Turn | None:
    """Buttons that count whenever they are pressed while the run goes on: they answer no question."""
    match tap.act:
        case "resume":
            return resume(walk, run, notice="no_hurry" if tap.value == "calmly" else None)
        case "stop" if not tap.ask:
            return stop(walk, run) if run.place != WELCOME else Turn(run, (Told("stopped_early"),))
        case "delete_yes" if tap.value == str(run.ask):
            return Turn(None, (*close(walk, run), RunDeleted()))
        case "delete_yes":  # an old message: more was answered since, so it is asked again
            return Turn(run, (DeletionAsked(run.ask),))
        case "delete_no":
            return resume(walk, run, notice="nothing_deleted")
    return None


def _old_tap(run: Run, tap: Tapped) -> Turn:
    """An old button. The one pressed just before, pressed again, is a double tap or a redelivery: nothing to say."""
    stopped = run.left is not None and (tap.ask, tap.place, tap.act) == (run.ask, run.left, "stop")
    earlier = tap.ask == run.ask - 1 and (tap.act != "answer" or run.chosen(tap.place) == tap.value)
    if stopped or earlier:
        return Turn(run, (ReplyRepeated(),))
    stands = run.left or run.place
    return Turn(run, (ReplyOutdated(stands, answered=tap.place in run.answers and tap.place != stands),))


def _act(walk: Walk, run: Run, tap: Tapped) -> Turn:
    place = walk.flow.by_id.get(run.place)
    match tap.act:
        case "answer" if place and place.kind == "choice" and place.choice(tap.value):
            return answer(walk, run, Answer(tap.value))
        case "send_now" | "go_on" if place and place.kind == "fork":
            return pass_fork(walk, run, tap.act)
        case "clear" if place and place.kind == "text":
            return clear(walk, run)
        case "change":
            return go(walk, run, f"change_{tap.value}")
        case "start":
            return go(walk, run, "start")
        case "kept" if run.place == WELCOME:
            return ask_anew(walk, run, notice="kept")
        case "send" if run.place == CHECK and tap.value:
            return _send(walk, run, tap.value)
        case "stop":
            return stop(walk, run)
        case "take_out" | "keep_whole" | "keep" | "leave" | "none":
            return _words_tap(walk, run, tap.act)
    return (take_way(walk, run, tap.act) if tap.act in {"skip", "back", "why"} else None) or resume(walk, run)


def _words_tap(walk: Walk, run: Run, act: str) -> Turn:
    """What is done with words: those in which something was found, or those that are held."""
    if act in {"take_out", "keep_whole"}:
        return decide(walk, run, whole=act == "keep_whole") if undecided(run) else resume(walk, run)
    held = run.held
    if held is None or not (held.candidates if act == "none" else held.offered):
        return resume(walk, run)
    if act == "keep":
        return keep_held(walk, run, held)
    if act == "none":
        return hold(walk, run, held)
    return ask_anew(walk, replace(run, held=None))


def _send(walk: Walk, run: Run, receipt: str) -> Turn:
    assert walk.after("send", run) == SENT
    answers = all_answers(walk.flow, run)
    if walk.flow.gives == "campaign":
        return Turn(None, (CampaignPlanned(answers), *close(walk, run)))
    sent = (RunSent(answers, receipt), ResultDrawn(answers), ResultTold(answers, receipt))
    return Turn(None, (*sent, *close(walk, run)))  # *Send* goes last: till then it alone holds the receipt
