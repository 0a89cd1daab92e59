"""What follows from a reply: `take(walk, run, reply, now) → Turn`. Pure: the same arguments, the same turn."""

from dataclasses import replace
from datetime import datetime

from flows.definition import CHECK, SENT, WELCOME
from flows.edited import take_edited
from flows.events import (
    AskClosed,
    DataTold,
    DeletionAsked,
    ReplyOutdated,
    ReplyRepeated,
    ResultDrawn,
    ResultTold,
    RunDeleted,
    RunSent,
    Told,
    WithdrawalAsked,
    WithdrawalConfirmed,
)
from flows.fitting import fitted, knows_place
from flows.keeping import gone_on, undecided, with_comment
from flows.machine import NoWay, Walk
from flows.moves import (
    all_answers,
    answer,
    ask_anew,
    clear,
    close,
    decide,
    delete,
    go,
    hold,
    pass_fork,
    resume,
    stop,
)
from flows.run import Answer, Commanded, Edited, Reply, Run, Tapped, Turn, Typed, Unreadable
from flows.typed import keep_held, take_typed, take_way

TOPICS = ("help", "about", "kept", "language", "results", "settings")


def take(walk: Walk, run: Run, reply: Reply, now: datetime) -> Turn:
    """One reply to one run gives one turn: the new run (None: it is over) and its events.

    `now` is when the reply came in; it is kept as the run's last sign of life. A reply that fits nothing is an event
    too (`ReplyOutdated`, `Told`): no reply raises. A run whose place is gone from the flow begins at the welcome again,
    with its answers.
    """
    here = fitted(walk.flow, run)
    lost = not knows_place(walk.flow, run) and not isinstance(reply, Commanded)
    turn = ask_anew(walk, here) if lost else _settled(walk, here, _take(walk, here, reply))
    return replace(turn, run=replace(gone_on(here, turn.run), seen_at=now, again=False)) if turn.run else turn


def begin_anew(walk: Walk, run: Run, now: datetime) -> Turn:
    """An earlier run can't be gone on with: this new one begins, with a word about it."""
    turn = ask_anew(walk, run, notice="begun_anew")
    return replace(turn, run=replace(turn.run, seen_at=now)) if turn.run else turn


def ask_again(walk: Walk, run: Run) -> Turn:
    """We were away, and taps may be lost: the open question is asked again, with a sorry.

    The run's last sign of life stays: words that were typed meanwhile are still for this question. So is a tap under
    the asking before, which may be on its way.
    """
    turn = ask_anew(walk, fitted(walk.flow, run), notice="were_away")
    return replace(turn, run=replace(turn.run, again=True)) if turn.run else turn


def _take(walk: Walk, run: Run, reply: Reply) -> Turn:
    if isinstance(reply, Typed | Edited) and not reply.words.strip():
        return _cant_read(run, "other")
    match reply:
        case Tapped():
            return _tapped(walk, run, reply)
        case Typed():
            return take_typed(walk, run, reply)
        case Edited():
            return take_edited(walk, run, reply)
        case Commanded():
            return _commanded(walk, run, reply.name)
        case Unreadable():
            return _cant_read(run, reply.kind)


def _cant_read(run: Run, kind: str) -> Turn:
    return Turn(run, (Told(f"cant_read_{kind}", button="carry_on" if run.ask else None),))


def _settled(walk: Walk, run: Run, turn: Turn) -> Turn:
    """Where words that waited were settled without another asking (too long, help), their buttons go."""
    if turn.run is None or turn.run.ask > run.ask or not (run.held and run.held.said):
        return turn
    if turn.run.held and turn.run.held.said == run.held.said:
        return turn
    closed = any(isinstance(event, AskClosed) for event in turn.events)
    return turn if closed else replace(turn, events=(*close(walk, run), *turn.events))


def _tapped(walk: Walk, run: Run, tap: Tapped) -> Turn:
    if tap.act == "withdraw":
        return Turn(run, (WithdrawalAsked(tap.value),))
    if tap.act == "withdraw_yes":
        return Turn(run, (WithdrawalConfirmed(tap.value),))
    if tap.act == "withdraw_no":
        return Turn(run, (Told("nothing_deleted", button="carry_on" if run.ask else None),))
    if tap.run != run.id or not run.ask:
        at = SENT if tap.act == "send" else run.left or run.place if run.ask else None
        return Turn(run, (ReplyOutdated(at),))
    if run.again and tap.ask == run.ask - 1:
        tap = replace(tap, ask=run.ask)
    free = _free_tap(walk, run, tap)
    if free:
        return free
    if (tap.ask, tap.place) != (run.ask, run.place):
        return _old_tap(run, tap)
    try:
        return _act(walk, run, tap)
    except NoWay:
        return resume(walk, run)


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
    repeated = stopped or earlier
    return Turn(run, (ReplyRepeated() if repeated else ReplyOutdated(run.left or run.place),))


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
    sent = (RunSent(answers, receipt), ResultDrawn(answers), ResultTold(answers, receipt))
    return Turn(None, (*close(walk, run), *sent))


def _commanded(walk: Walk, run: Run, name: str) -> Turn:
    underway = run.ask > 0
    if name == "start":
        back = underway and run.place != WELCOME
        return resume(walk, run, notice="welcome_back" if back else None)
    if name == "stop":
        return stop(walk, run)
    if name == "delete":
        return delete(run)
    if name == "mydata":
        held = all_answers(walk.flow, with_comment(walk, run))
        return Turn(run, (DataTold(held) if underway else Told("no_data"),))
    topic = name if name in TOPICS else "unknown_command"
    return Turn(run, (Told(topic, button="carry_on" if underway else None),))
