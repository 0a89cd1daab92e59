"""Typed words in a turn: a label, a way on, an answer in words, or a comment. Nothing typed is thrown away."""

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
from flows.models import Answer, AnswerText, PendingText, Run, TextReply, Turn
from flows.schema import REVIEW, STOPPED, WELCOME, Label, Labels, Step
from flows.state_machine import Walk
from flows.text.matching import TextMatch, match_choice, matches_label, strip_fillers

RESUMING_ACTIONS = ("carry_on", "start", "skip", "back", "why")  # typed after a stop, these carry on
PAUSING_ACTIONS = ("help", "stop")
LATE_TEXT_MARGIN = timedelta(seconds=30)  # words sent longer than this before the question was asked are not for it


def handle_text_reply(walk: Walk, run: Run, reply: TextReply) -> Turn:
    """Reads typed words where the run stands. Words of distress are answered at once, and kept all the same."""
    labels = get_labels(walk, run)
    if run.confirmation:  # it is asked again: these words are none of its buttons, and answer nothing that it hides
        return handle_distress(walk, run, Turn(run, (run.confirmation.request,)), reply.text, labels)
    return handle_distress(walk, run, _handle_text(walk, run, reply, labels), reply.text, labels)


def get_labels(walk: Walk, run: Run) -> Labels:
    """The labels in the run's language, or in the flow's own."""
    return walk.flow.labels.get(run.language) or walk.flow.labels[walk.flow.language]


def take_action(walk: Walk, run: Run, action: str) -> Turn | None:
    """The way of that name (skip, back, why, stop, help) from where the run stands; None where there is none."""
    if action == "help":
        return Turn(run, (NoticeShown("help", button="carry_on"),))
    if action == "why":
        return repeat_prompt(walk, run, should_explain=True) if run.step in walk.flow.steps_by_id else None
    if not walk.has_transition(action, run.step):
        return None
    return (
        skip_question(walk, run)
        if action == "skip"
        else stop_run(walk, run)
        if action == "stop"
        else follow_transition(walk, run, action)
    )


def accept_comment(walk: Walk, run: Run, pending_text: PendingText) -> Turn:
    """Keeps the held words as a comment, and asks again where the run stands."""
    length = measure_comment(walk, run, pending_text)
    max_length = get_comment_limit(walk, run)
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
    if run.pending_text and run.pending_text.candidates and matches_label(reply.text, labels.actions["none_of_these"]):
        return offer_comment(walk, run, run.pending_text)
    if find_pending_redaction(run):
        for action, keeps_original in (("take_out", False), ("keep_whole", True)):
            if matches_label(reply.text, labels.actions[action]):
                return decide_redaction(walk, run, keeps_original=keeps_original)
    current_run = (
        run
        if run.pending_text and run.pending_text.is_offered_as_comment
        else replace(run, pending_text=run.pending_text and run.pending_text.without_latest)
    )
    if current_run.pending_text:
        return _handle_comment_decision(walk, current_run, current_run.pending_text, reply, labels)
    if run.step == REVIEW:
        return _handle_at_review(walk, current_run, reply, labels)
    step = walk.flow.steps_by_id[run.step]
    return (
        _handle_text_answer(walk, current_run, reply, labels)
        if step.kind == "text"
        else _handle_choice_answer(walk, current_run, step, reply, labels)
    )


def _handle_at_welcome(walk: Walk, run: Run, reply: TextReply, labels: Labels) -> Turn:
    """Nothing typed here is kept: nobody has agreed to anything yet."""
    if run.prompt and matches_label(reply.text, labels.actions["start"]):
        return follow_transition(walk, run, "start")
    if run.prompt and matches_label(reply.text, labels.actions["help"]):
        return Turn(run, (NoticeShown("help", button="carry_on"),))
    if matches_label(reply.text, labels.actions["how_kept"]):
        return repeat_prompt(walk, run, notice="kept")
    is_greeting = matches_label(reply.text, labels.actions["carry_on"])
    if run.has_responded and not (run.prompt or is_greeting or matches_label(reply.text, labels.actions["start"])):
        return Turn(
            run, (NoticeShown("all_done"),)
        )  # a thank you after sending opens no place, and nothing is kept of it
    return repeat_prompt(
        walk, run, notice="begin_below" if run.prompt and not (is_greeting or run.has_responded) else None
    )


def _is_late(run: Run, reply: TextReply) -> bool:
    """Whether these words were sent well before what is asked now, as after an outage."""
    prompted_at = (
        run.prompted_at or run.seen_at
    )  # where nobody knows yet, it is after the last sign of life: by our clock
    return bool(reply.sent_at and prompted_at and reply.sent_at < prompted_at - LATE_TEXT_MARGIN)


def _handle_out_of_turn(walk: Walk, run: Run, reply: TextReply, labels: Labels) -> Turn:
    """These words can't be for the question on screen, or none is there: carry on first, and ask what they are."""
    action = next(
        (name for name in (*RESUMING_ACTIONS, *PAUSING_ACTIONS) if matches_label(reply.text, labels.actions[name])),
        None,
    )
    if action:
        return (
            resume_run(walk, run)
            if action in RESUMING_ACTIONS
            else take_action(walk, run, action) or stop_run(walk, run)
        )
    is_stopped = run.step == STOPPED
    current_run = replace(run, step=walk.next_step("resume", run), resume_step=None) if is_stopped else run
    options = labels.choices.get(current_run.step)
    match = _match_without_fillers(reply.text, options, labels) if options else TextMatch()
    pending_text = _build_pending_text(current_run, reply, match)
    turn = (
        _ask_which_choice(walk, current_run, pending_text)
        if pending_text.candidates
        else offer_comment(walk, current_run, pending_text)
    )
    assert turn.run is not None
    if not is_stopped:
        return turn
    if turn.run.prompt == run.prompt:  # too long: nothing is asked, so the run stays stopped
        return replace(turn, run=replace(run, pending_text=turn.run.pending_text))
    return replace(turn, events=tuple(event for event in turn.events if not isinstance(event, PromptClosed)))


def _handle_comment_decision(walk: Walk, run: Run, pending_text: PendingText, reply: TextReply, labels: Labels) -> Turn:
    """A comment is on offer: yes, no, a way on, an answer; or else more words for it, and all are offered together."""
    if matches_label(reply.text, labels.actions["keep_comment"]):
        return accept_comment(walk, run, pending_text)
    if matches_label(reply.text, labels.actions["leave_out"]):
        return repeat_prompt(walk, replace(run, pending_text=None))
    if measure_comment(walk, run, pending_text) > get_comment_limit(walk, run):
        return accept_comment(walk, run, pending_text)
    if run.step == REVIEW:
        return _handle_at_review(walk, run, reply, labels)
    step = walk.flow.steps_by_id[run.step]
    if step.kind == "text":
        return _handle_action(walk, run, reply, labels) or offer_comment(walk, run, _build_pending_text(run, reply))
    return _handle_choice_answer(walk, run, step, reply, labels)


def _build_pending_text(run: Run, reply: TextReply, match: TextMatch | None = None) -> PendingText:
    """These words, held after those that are on offer already."""
    earlier_texts = run.pending_text.comment_texts if run.pending_text else ()
    return PendingText(reply.text, reply.message_id, match.candidates if match else (), earlier_texts)


def _match_without_fillers(text: str, options: Mapping[str, Label], labels: Labels) -> TextMatch:
    """What the words may mean; where nothing, what they may mean without *well*, *love* …"""
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
    return (
        reject_too_long(run, _build_pending_text(run, reply), length, max_length)
        if length > max_length
        else answer_question(walk, run, answer)
    )


def _handle_choice_answer(walk: Walk, run: Run, step: Step, reply: TextReply, labels: Labels) -> Turn:
    options = labels.choices[step.id]
    action_turn = (
        None
        if any(matches_label(reply.text, label) for label in options.values())
        else _handle_action(walk, run, reply, labels)
    )
    if action_turn:
        return action_turn
    match = _match_without_fillers(reply.text, options, labels)
    if match.choice is None:
        pending_text = _build_pending_text(run, reply, match)
        return (
            _ask_which_choice(walk, run, pending_text)
            if pending_text.candidates
            else offer_comment(walk, run, pending_text)
        )
    if step.kind == "fork":
        return pass_fork(walk, run, match.choice)
    return answer_question(walk, run, Answer(match.choice, (AnswerText("", reply.message_id),)), is_from_text=True)


def _handle_action(walk: Walk, run: Run, reply: TextReply, labels: Labels) -> Turn | None:
    """A way on, typed: only where the words say just that. Where that way does not exist, it is asked again.

    Words on offer wait through a stop; further on, they show where the comments of this place are asked for.
    """
    for action in (*PAUSING_ACTIONS, "skip", "back", "why"):
        if matches_label(reply.text, labels.actions[action]):
            current_run = run if action in PAUSING_ACTIONS else keep_offered_comment(walk, run)
            return take_action(walk, current_run, action) or repeat_prompt(walk, run)
    return None


def _ask_which_choice(walk: Walk, run: Run, pending_text: PendingText) -> Turn:
    new_run = replace(run, prompt=run.prompt + 1, pending_text=pending_text)
    return Turn(new_run, (*close_prompt(walk, run), ChoiceUnclear(new_run.prompt, run.step, pending_text.candidates)))
