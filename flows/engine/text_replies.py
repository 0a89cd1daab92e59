"""Typed text in a turn: a button's label, an action, an answer, or a comment. Nothing that is typed is thrown away."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from flows.engine.comments import (
    add_text,
    find_pending_redaction,
    get_comment_limit,
    keep_comment,
    keep_offered_comment,
    measure_answer,
    measure_comment,
)
from flows.engine.distress import handle_distress
from flows.engine.steps import (
    answer_question,
    close_prompt,
    decide_redaction,
    follow_transition,
    offer_comment,
    pass_fork,
    reject_too_long,
    repeat_prompt,
    request_deletion,
    resume_run,
    skip_question,
    stop_run,
)
from flows.events import NoticeShown
from flows.events.prompts import ChoiceUnclear, PromptClosed
from flows.events.requests import ThanksRequest
from flows.models import Answer, AnswerText, PendingText, Run, TextReply, Turn
from flows.schema import REVIEW, STOPPED, WELCOME, Label, Labels, Step
from flows.state_machine import Walk
from flows.text.matching import TextMatch, match_choice, matches_label, strip_fillers

RESUMING_ACTIONS = ("carry_on", "start", "skip", "back", "why")  # typed after a stop, these carry on
PAUSING_ACTIONS = ("help", "stop")
LATE_TEXT_MARGIN = timedelta(seconds=30)  # text sent longer than this before the question was asked is not for it


def handle_text_reply(walk: Walk, run: Run, reply: TextReply) -> Turn:
    """The turn of typed text. Words of distress get the helplines at once, and are kept all the same."""
    labels = get_labels(walk, run)
    # The text named no button of the open confirmation, which hides the question below it: it is asked again.
    turn = Turn(run, (run.confirmation.request,)) if run.confirmation else _handle_text(walk, run, reply, labels)
    return handle_distress(walk, run, turn, reply.text, labels)


def get_labels(walk: Walk, run: Run) -> Labels:
    """The labels in the run's language, or in the flow's own where it has none in that one."""
    return walk.flow.labels.get(run.language) or walk.flow.labels[walk.flow.language]


def take_action(walk: Walk, run: Run, action: str) -> Turn | None:
    """The turn of an action (skip, back, why, stop, help) at the run's step. None: the step has no such action."""
    if action == "help":
        return Turn(run, (NoticeShown("help", button="carry_on"),))
    if action == "why":
        return repeat_prompt(walk, run, should_explain=True) if run.step in walk.flow.steps_by_id else None
    if not walk.has_transition(action, run.step):
        return None
    if action == "skip":
        return skip_question(walk, run)
    return stop_run(walk, run) if action == "stop" else follow_transition(walk, run, action)


def accept_comment(walk: Walk, run: Run, pending_text: PendingText) -> Turn:
    """Keeps the pending text as a comment, and asks the question again. Text that is too long is rejected."""
    length, max_length = measure_comment(walk, run, pending_text), get_comment_limit(walk, run)
    if length > max_length:
        return reject_too_long(run, pending_text, length, max_length)
    new_run = keep_comment(walk, run, pending_text)
    return repeat_prompt(walk, new_run, notice=None if find_pending_redaction(new_run) else "comment_kept")


def _handle_text(walk: Walk, run: Run, reply: TextReply, labels: Labels) -> Turn:
    if matches_label(reply.text, labels.actions["delete"]):
        return request_deletion(walk, run)
    if run.step == WELCOME:
        return _handle_at_welcome(walk, run, reply, labels)
    if run.step == STOPPED or _is_late(run, reply):
        return _handle_out_of_turn(walk, run, reply, labels)
    pending_text = run.pending_text
    if pending_text and pending_text.candidates and matches_label(reply.text, labels.actions["none_of_these"]):
        return offer_comment(walk, run, pending_text)
    if find_pending_redaction(run):
        for action, should_keep_original in (("redact", False), ("keep_original", True)):
            if matches_label(reply.text, labels.actions[action]):
                return decide_redaction(walk, run, should_keep_original=should_keep_original)
    if pending_text and not pending_text.is_offered_as_comment:
        run = replace(run, pending_text=pending_text.without_latest)
    if run.pending_text:
        return _handle_comment_decision(walk, run, run.pending_text, reply, labels)
    return _handle_at_step(walk, run, reply, labels)


def _handle_at_step(walk: Walk, run: Run, reply: TextReply, labels: Labels) -> Turn:
    if run.step == REVIEW:
        return _handle_at_review(walk, run, reply, labels)
    step = walk.flow.steps_by_id[run.step]
    if step.kind == "text":
        return _handle_text_answer(walk, run, reply, labels)
    return _handle_choice_answer(walk, run, step, reply, labels)


def _handle_at_welcome(walk: Walk, run: Run, reply: TextReply, labels: Labels) -> Turn:
    """Text at the welcome. It is never kept: the respondent has not agreed to anything yet."""
    is_start = matches_label(reply.text, labels.actions["start"])
    is_greeting = matches_label(reply.text, labels.actions["carry_on"])
    if run.prompt and is_start:
        return follow_transition(walk, run, "start")
    if run.prompt and matches_label(reply.text, labels.actions["help"]):
        return Turn(run, (NoticeShown("help", button="carry_on"),))
    if matches_label(reply.text, labels.actions["how_kept"]):
        return repeat_prompt(walk, run, notice="kept")
    if run.has_responded and not (run.prompt or is_greeting or is_start):
        return Turn(run, (ThanksRequest(),))  # a thank-you after sending begins no new run
    is_puzzled = run.prompt and not (is_greeting or run.has_responded)
    return repeat_prompt(walk, run, notice="begin_below" if is_puzzled else None)


def _is_late(run: Run, reply: TextReply) -> bool:
    """Whether the text was sent well before the open question was asked, as after a downtime."""
    # Until Telegram has confirmed the prompt, the latest reply's time is the best estimate (our clock, not theirs).
    prompted_at = run.prompted_at or run.seen_at
    return bool(reply.sent_at and prompted_at and reply.sent_at < prompted_at - LATE_TEXT_MARGIN)


def _handle_out_of_turn(walk: Walk, run: Run, reply: TextReply, labels: Labels) -> Turn:
    """Text that cannot be for the question on the screen: an action is taken; for anything else, asks what it is."""
    names = (*RESUMING_ACTIONS, *PAUSING_ACTIONS)
    action = next((name for name in names if matches_label(reply.text, labels.actions[name])), None)
    if action in RESUMING_ACTIONS:
        return resume_run(walk, run)
    if action:
        return take_action(walk, run, action) or stop_run(walk, run)
    if run.step != STOPPED:
        return _ask_about_text(walk, run, reply, labels)
    turn = _ask_about_text(walk, replace(run, step=walk.next_step("resume", run), resume_step=None), reply, labels)
    assert turn.run is not None
    if turn.run.prompt == run.prompt:  # the text is too long and nothing was asked, so the run stays stopped
        return replace(turn, run=replace(run, pending_text=turn.run.pending_text))
    return replace(turn, events=tuple(event for event in turn.events if not isinstance(event, PromptClosed)))


def _ask_about_text(walk: Walk, run: Run, reply: TextReply, labels: Labels) -> Turn:
    """Asks which choice the text means or, where it is near to none, whether to keep it as a comment."""
    options = labels.choices.get(run.step)
    match = _match_without_fillers(reply.text, options, labels) if options else TextMatch()
    return _ask_what_is_meant(walk, run, _build_pending_text(run, reply, match))


def _handle_comment_decision(walk: Walk, run: Run, pending_text: PendingText, reply: TextReply, labels: Labels) -> Turn:
    """Text while a comment is on offer: yes, no, an action, an answer; or else more text, offered with the first."""
    if matches_label(reply.text, labels.actions["keep_comment"]):
        return accept_comment(walk, run, pending_text)
    if matches_label(reply.text, labels.actions["leave_out"]):
        return repeat_prompt(walk, replace(run, pending_text=None))
    if measure_comment(walk, run, pending_text) > get_comment_limit(walk, run):
        return accept_comment(walk, run, pending_text)  # which says that it is too long
    step = walk.flow.steps_by_id.get(run.step)
    if step and step.kind == "text":
        return _handle_action(walk, run, reply, labels) or offer_comment(walk, run, _build_pending_text(run, reply))
    return _handle_at_step(walk, run, reply, labels)


def _build_pending_text(run: Run, reply: TextReply, match: TextMatch | None = None) -> PendingText:
    """The text as pending, after the text that is on offer already."""
    earlier_texts = run.pending_text.comment_texts if run.pending_text else ()
    return PendingText(reply.text, reply.message_id, match.candidates if match else (), earlier_texts)


def _match_without_fillers(text: str, options: Mapping[str, Label], labels: Labels) -> TextMatch:
    """The choices that the text may mean or, where there are none, that it may mean without *well*, *love*, …"""
    match = match_choice(text, options)
    if match.candidates:
        return match
    rest = strip_fillers(text, labels.leading_fillers, labels.trailing_fillers)
    return TextMatch() if rest in labels.leading_fillers else match_choice(rest, options)


def _handle_at_review(walk: Walk, run: Run, reply: TextReply, labels: Labels) -> Turn:
    if matches_label(reply.text, labels.actions["send"]):
        return repeat_prompt(walk, keep_offered_comment(walk, run), notice="press_send")
    return _handle_action(walk, run, reply, labels) or offer_comment(walk, run, _build_pending_text(run, reply))


def _handle_text_answer(walk: Walk, run: Run, reply: TextReply, labels: Labels) -> Turn:
    if matches_label(reply.text, labels.actions["nothing_to_add"]):
        return skip_question(walk, run)
    action_turn = _handle_action(walk, run, reply, labels)
    if action_turn:
        return action_turn
    answer = add_text(walk.flow, run, run.step, AnswerText(reply.text, reply.message_id))
    length, max_length = measure_answer(answer), walk.flow.steps_by_id[run.step].longest
    if length > max_length:
        return reject_too_long(run, _build_pending_text(run, reply), length, max_length)
    return answer_question(walk, run, answer)


def _handle_choice_answer(walk: Walk, run: Run, step: Step, reply: TextReply, labels: Labels) -> Turn:
    options = labels.choices[step.id]
    if not any(matches_label(reply.text, label) for label in options.values()):
        action_turn = _handle_action(walk, run, reply, labels)
        if action_turn:
            return action_turn
    match = _match_without_fillers(reply.text, options, labels)
    if match.choice is None:
        return _ask_what_is_meant(walk, run, _build_pending_text(run, reply, match))
    if step.kind == "fork":
        return pass_fork(walk, run, match.choice)
    return answer_question(walk, run, Answer(match.choice, (AnswerText("", reply.message_id),)), is_from_text=True)


def _handle_action(walk: Walk, run: Run, reply: TextReply, labels: Labels) -> Turn | None:
    """The turn of an action, if the text names one and nothing else. An action that the step lacks asks again.

    Text on offer waits during a pause; the other actions keep it as a comment.
    """
    for action in (*PAUSING_ACTIONS, "skip", "back", "why"):
        if matches_label(reply.text, labels.actions[action]):
            current_run = run if action in PAUSING_ACTIONS else keep_offered_comment(walk, run)
            return take_action(walk, current_run, action) or repeat_prompt(walk, run)
    return None


def _ask_what_is_meant(walk: Walk, run: Run, pending_text: PendingText) -> Turn:
    """Asks which of the candidates the text means; where it has none, whether to keep it as a comment."""
    if not pending_text.candidates:
        return offer_comment(walk, run, pending_text)
    new_run = replace(run, prompt=run.prompt + 1, pending_text=pending_text)
    return Turn(new_run, (*close_prompt(walk, run), ChoiceUnclear(new_run.prompt, run.step, pending_text.candidates)))
