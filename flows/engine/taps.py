"""A tapped button in a turn: it carries its run, the number of its asking, its place and what it does."""

from dataclasses import replace

from flows.callback_data import MESSAGE_ID_SEPARATOR
from flows.engine.comments import find_pending_redaction
from flows.engine.steps import (
    answer_question,
    clear_answer,
    close_prompt,
    collect_answers,
    decide_redaction,
    follow_transition,
    offer_comment,
    pass_fork,
    repeat_prompt,
    resume_run,
    show_prompt,
    stop_run,
)
from flows.engine.text_replies import accept_comment, take_action
from flows.events import DeletionRequested, Event, NoticeShown, ReplyOutdated, ReplyRepeated, RunDeleted
from flows.events.submission import (
    CampaignPlanned,
    ResultCardShown,
    ResultDetailsShown,
    RunSent,
    SendOutdated,
    WithdrawalConfirmed,
    WithdrawalRequested,
)
from flows.models import Answer, Run, Tap, Turn
from flows.schema import REVIEW, SENT, STOPPED, WELCOME
from flows.state_machine import NoTransitionError, Walk

MAX_PROMPT_NUMBER = 99_999  # in one run: a larger number is forged, and would leave no room in buttons for what follows


def handle_tap(walk: Walk, run: Run, tap: Tap) -> Turn:
    """Decides whether the button counts, and takes it where it does."""
    if tap.action == "withdraw":
        return Turn(run, (WithdrawalRequested(tap.value),))
    if tap.action == "withdraw_yes":
        receipt, _, message_id = tap.value.partition(MESSAGE_ID_SEPARATOR)
        return Turn(
            run, (WithdrawalConfirmed(receipt, message_id=int(message_id) if message_id.isdecimal() else None),)
        )
    if tap.action == "withdraw_no":
        return Turn(run, (NoticeShown("nothing_deleted", button="carry_on" if run.prompt else None),))
    if tap.run != run.id or not run.prompt:
        return Turn(run, (_other_run_event(run, tap),))
    if run.is_prompted_again and tap.prompt == run.prompt - 1:
        tap = replace(tap, prompt=run.prompt)
    free_turn = _handle_free_tap(walk, run, tap)
    if free_turn:
        return free_turn
    if run.prompt < tap.prompt <= MAX_PROMPT_NUMBER:
        return _repeat_after_restore(walk, run, tap)
    if (tap.prompt, tap.step) != (run.prompt, run.step):
        return _handle_old_tap(run, tap)
    try:
        return _handle_current_tap(walk, run, tap)
    except NoTransitionError:
        return resume_run(walk, run)


def _other_run_event(run: Run, tap: Tap) -> Event:
    if tap.action == "send" and tap.value:
        return SendOutdated(tap.value)
    return ReplyOutdated(run.resume_step or run.step if run.prompt else None)


def _repeat_after_restore(walk: Walk, run: Run, tap: Tap) -> Turn:
    """A button of an asking that this run knows nothing of: an older database was restored.

    What is open is asked again, under a number that no message in the chat has.
    """
    step = walk.next_step("resume", run) if run.step == STOPPED else run.step
    new_run, event = show_prompt(walk, replace(run, prompt=tap.prompt), step, notice="behind")
    return Turn(new_run, (*close_prompt(walk, run), event))


def _handle_free_tap(walk: Walk, run: Run, tap: Tap) -> Turn | None:
    """Buttons that count whenever they are pressed while the run goes on: they answer no question."""
    match tap.action:
        case "resume":
            return resume_run(walk, run, notice="no_hurry" if tap.value == "calmly" else None)
        case "stop" if not tap.prompt:
            return stop_run(walk, run) if run.step != WELCOME else Turn(run, (NoticeShown("stopped_early"),))
        case "delete_yes" if tap.value == str(run.prompt):
            return Turn(None, (*close_prompt(walk, run), RunDeleted()))
        case "delete_yes":  # an old message: more was answered since, so it is asked again
            return Turn(run, (DeletionRequested(run.prompt),))
        case "delete_no":
            return resume_run(walk, run, notice="nothing_deleted")
    return None


def _handle_old_tap(run: Run, tap: Tap) -> Turn:
    """An old button. The one pressed just before, pressed again, is a double tap or a redelivery: nothing to say."""
    is_repeated_stop = run.resume_step is not None and (tap.prompt, tap.step, tap.action) == (
        run.prompt,
        run.resume_step,
        "stop",
    )
    is_repeated_tap = tap.prompt == run.prompt - 1 and (
        tap.action != "answer" or run.answer_value(tap.step) == tap.value
    )
    if is_repeated_stop or is_repeated_tap:
        return Turn(run, (ReplyRepeated(),))
    current_step = run.resume_step or run.step
    return Turn(run, (ReplyOutdated(current_step, is_answered=tap.step in run.answers and tap.step != current_step),))


def _handle_current_tap(walk: Walk, run: Run, tap: Tap) -> Turn:
    step = walk.flow.steps_by_id.get(run.step)
    match tap.action:
        case "answer" if step and step.kind == "choice" and step.find_choice(tap.value):
            return answer_question(walk, run, Answer(tap.value))
        case "send_now" | "go_on" if step and step.kind == "fork":
            return pass_fork(walk, run, tap.action)
        case "clear" if step and step.kind == "text":
            return clear_answer(walk, run)
        case "change":
            return follow_transition(walk, run, f"change_{tap.value}")
        case "start":
            return follow_transition(walk, run, "start")
        case "kept" if run.step == WELCOME:
            return repeat_prompt(walk, run, notice="kept")
        case "send" if run.step == REVIEW and tap.value:
            return _submit_run(walk, run, tap.value)
        case "stop":
            return stop_run(walk, run)
        case "take_out" | "keep_whole" | "keep" | "leave" | "none":
            return _handle_text_tap(walk, run, tap.action)
    return (take_action(walk, run, tap.action) if tap.action in {"skip", "back", "why"} else None) or resume_run(
        walk, run
    )


def _handle_text_tap(walk: Walk, run: Run, action: str) -> Turn:
    """What is done with words: those in which something was found, or those that are held."""
    if action in {"take_out", "keep_whole"}:
        return (
            decide_redaction(walk, run, keeps_original=action == "keep_whole")
            if find_pending_redaction(run)
            else resume_run(walk, run)
        )
    pending_text = run.pending_text
    if pending_text is None or not (
        pending_text.candidates if action == "none" else pending_text.is_offered_as_comment
    ):
        return resume_run(walk, run)
    if action == "keep":
        return accept_comment(walk, run, pending_text)
    if action == "none":
        return offer_comment(walk, run, pending_text)
    return repeat_prompt(walk, replace(run, pending_text=None))


def _submit_run(walk: Walk, run: Run, receipt: str) -> Turn:
    assert walk.next_step("send", run) == SENT
    answers = collect_answers(walk.flow, run)
    if walk.flow.gives == "campaign":
        return Turn(None, (CampaignPlanned(answers), *close_prompt(walk, run)))
    events = (RunSent(answers, receipt), ResultCardShown(answers), ResultDetailsShown(answers, receipt))
    return Turn(None, (*events, *close_prompt(walk, run)))  # *Send* goes last: till then it alone holds the receipt
