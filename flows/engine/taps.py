"""Taps on buttons: which of them still count, and what each action does.

A button carries its run, the number of its prompt, its step, its action and a value (`flows.callback_data`).
"""

from dataclasses import replace
from datetime import datetime

from flows.callback_data import MESSAGE_ID_SEPARATOR
from flows.campaign import is_campaign_over
from flows.engine.campaign_links import refuse_second_response
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
from flows.events import DeletionRequested, NoticeShown, ReplyOutdated, ReplyRepeated, RunDeleted
from flows.events.requests import (
    CampaignRequest,
    OutdatedSendRequest,
    SubmissionRequest,
    WithdrawalOfferRequest,
    WithdrawalRequest,
)
from flows.events.submission import ResultCardShown, ResultDetailsShown
from flows.models import Answer, Run, Tap, Turn
from flows.schema import REVIEW, SENT, STOPPED, WELCOME
from flows.state_machine import NoTransitionError, Walk

# Prompts of one run. A larger number is forged, and would leave no room in buttons for the prompts that follow.
MAX_PROMPT_NUMBER = 99_999


def handle_tap_outside_prompt(walk: Walk, run: Run, tap: Tap) -> Turn | None:
    """The turn of a tap that does not answer the open prompt: its button counts always, or no longer.

    None: the tap is on the open prompt, and `handle_prompt_tap` handles it.
    """
    return (
        _handle_withdrawal_tap(run, tap)
        or _handle_tap_without_prompt(walk, run, tap)
        or _handle_stale_tap(walk, run, tap)
    )


def handle_prompt_tap(walk: Walk, run: Run, tap: Tap, now: datetime) -> Turn:
    """The turn of a tap on the open prompt. A button that does not fit the run's step asks again."""
    step = walk.flow.steps_by_id.get(run.step)
    try:
        match tap.action:
            case "answer" if step and step.kind == "choice" and step.find_choice(tap.value):
                return answer_question(walk, run, Answer(tap.value))
            case "send_now" | "go_on" if step and step.kind == "fork":
                return pass_fork(walk, run, tap.action)
            case "start" | "change":
                return follow_transition(walk, run, "start" if tap.action == "start" else f"change_{tap.value}")
            case "kept" if run.step == WELCOME:
                return repeat_prompt(walk, run, notice="kept")
            case "send" if run.step == REVIEW and tap.value:
                return _submit_run(walk, run, tap.value, now)
            case "stop":
                return stop_run(walk, run)
            case "skip" | "back" | "why":
                return take_action(walk, run, tap.action) or resume_run(walk, run)
        return _handle_text_tap(walk, run, tap.action) or resume_run(walk, run)
    except NoTransitionError:
        return resume_run(walk, run)


def _handle_withdrawal_tap(run: Run, tap: Tap) -> Turn | None:
    """Buttons that delete a sent response: they count for ever, with or without a run."""
    match tap.action:
        case "withdraw":
            return Turn(run, (WithdrawalOfferRequest(tap.value),))
        case "withdraw_yes":
            receipt, _, message_id = tap.value.partition(MESSAGE_ID_SEPARATOR)
            return Turn(run, (WithdrawalRequest(receipt, int(message_id) if message_id.isdecimal() else None),))
        case "withdraw_no":
            return Turn(run, (NoticeShown("nothing_deleted", button="carry_on" if run.prompt else None),))
    return None


def _handle_tap_without_prompt(walk: Walk, run: Run, tap: Tap) -> Turn | None:
    """Buttons that answer no question: they count as long as their run is unfinished."""
    if not _is_of_run(run, tap):
        return None
    match tap.action:
        case "send" if run.has_responded and run.campaign_info:
            return refuse_second_response(run, run.campaign_info, is_unsent=True)
        case "resume":
            return resume_run(walk, run, notice="no_hurry" if tap.value == "after_distress" else None)
        case "stop" if not tap.prompt:
            return stop_run(walk, run) if run.step != WELCOME else Turn(run, (NoticeShown("stopped_early"),))
        case "delete_yes" if tap.value == str(run.prompt):
            return Turn(None, (*close_prompt(walk, run), RunDeleted()))
        case "delete_yes":  # the question is old and more was answered since, so it is asked again
            return Turn(run, (DeletionRequested(run.prompt),))
        case "delete_no":
            return resume_run(walk, run, notice="nothing_deleted")
    return None


def _handle_stale_tap(walk: Walk, run: Run, tap: Tap) -> Turn | None:
    """Buttons of another run, of an earlier prompt, or of a prompt that the database has lost."""
    if not _is_of_run(run, tap):
        if tap.action == "send" and tap.value:
            return Turn(run, (OutdatedSendRequest(tap.value),))
        return Turn(run, (ReplyOutdated(run.resume_step or run.step if run.prompt else None),))
    if run.is_prompted_again and tap.prompt == run.prompt - 1:  # the prompt from before the downtime still counts
        tap = replace(tap, prompt=run.prompt)
    if run.prompt < tap.prompt <= MAX_PROMPT_NUMBER:
        return _repeat_after_restore(walk, run, tap)
    return None if (tap.prompt, tap.step) == (run.prompt, run.step) else _handle_earlier_tap(run, tap)


def _is_of_run(run: Run, tap: Tap) -> bool:
    return tap.run == run.id and run.prompt > 0


def _repeat_after_restore(walk: Walk, run: Run, tap: Tap) -> Turn:
    """The run has no such prompt yet, because an older database was restored: asks the open question again.

    It gets a number that no message in the chat has.
    """
    step = walk.next_step("resume", run) if run.step == STOPPED else run.step
    new_run, event = show_prompt(walk, replace(run, prompt=tap.prompt), step, notice="after_restore")
    return Turn(new_run, (*close_prompt(walk, run), event))


def _handle_earlier_tap(run: Run, tap: Tap) -> Turn:
    # The button that was tapped just before is a double tap, or a redelivered update: nothing is sent.
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


def _handle_text_tap(walk: Walk, run: Run, action: str) -> Turn | None:
    """Buttons that decide about typed text: the answer given here, an offered redaction, or pending text.

    None: there is no such text.
    """
    pending_text = run.pending_text
    is_offered = pending_text is not None and pending_text.is_offered_as_comment
    step = walk.flow.steps_by_id.get(run.step)
    match action:
        case "clear" if step and step.kind == "text":
            return clear_answer(walk, run)
        case "redact" | "keep_original" if find_pending_redaction(run):
            return decide_redaction(walk, run, should_keep_original=action == "keep_original")
        case "none" if pending_text and pending_text.candidates:
            return offer_comment(walk, run, pending_text)
        case "keep" if pending_text and is_offered:
            return accept_comment(walk, run, pending_text)
        case "leave" if is_offered:
            return repeat_prompt(walk, replace(run, pending_text=None))
    return None


def _submit_run(walk: Walk, run: Run, receipt: str, now: datetime) -> Turn:
    assert walk.next_step("send", run) == SENT
    answers = collect_answers(walk.flow, run)
    if walk.flow.gives == "campaign":
        return Turn(None, (CampaignRequest(answers), *close_prompt(walk, run)))
    campaign_info = run.campaign_info
    is_over = campaign_info is not None and is_campaign_over(campaign_info, now.date())
    details = ResultDetailsShown(answers, receipt, campaign_info, is_over)
    # *Send* loses its button last: until the details are delivered, it alone holds the receipt.
    return Turn(
        None, (SubmissionRequest(answers, receipt), ResultCardShown(answers), details, *close_prompt(walk, run))
    )
