"""Edited messages: an edit changes the answer that the message gave, or the text that waits for a decision."""

from dataclasses import replace

from flows.engine.comments import (
    find_pending_redaction,
    get_comment_limit,
    has_pending_redaction,
    keep_offered_comment,
    measure_answer,
    measure_comment,
    redact_text,
    set_answer,
)
from flows.engine.distress import handle_distress
from flows.engine.steps import advance, close_prompt, offer_comment, repeat_prompt, resume_after_redaction
from flows.engine.text_replies import get_labels, handle_text_reply
from flows.events import AnswerChanged, NoticeShown
from flows.models import Answer, AnswerText, PendingText, Run, TextEdit, TextReply, Turn
from flows.schema import REVIEW, STOPPED, WELCOME, Flow, Step
from flows.state_machine import Walk, is_visible
from flows.text.matching import match_choice


def handle_text_edit(walk: Walk, run: Run, edit: TextEdit) -> Turn:
    """The turn of an edited message. Words of distress get the helplines here, too."""
    return handle_distress(walk, run, _apply_edit(walk, run, edit), edit.text, get_labels(walk, run))


def _apply_edit(walk: Walk, run: Run, edit: TextEdit) -> Turn:
    pending_text = run.pending_text
    if pending_text and AnswerText(edit.text, edit.message_id) in pending_text.texts:
        return Turn(run)  # nothing changed
    if pending_text and pending_text.message_id == edit.message_id:
        earlier_run = replace(run, pending_text=pending_text.without_latest)
        return handle_text_reply(walk, earlier_run, TextReply(edit.text, edit.message_id))
    if pending_text and any(part.message_id == edit.message_id for part in pending_text.earlier_texts):
        earlier_texts = tuple(_edit_pending_part(part, edit) for part in pending_text.earlier_texts)
        return _offer_edited_text(walk, run, replace(pending_text, earlier_texts=earlier_texts))
    for question, answer in run.answers.items():
        if question in walk.flow.steps_by_id and any(part.message_id == edit.message_id for part in answer.texts):
            return _edit_answer(walk, run, walk.flow.steps_by_id[question], answer, edit)
    return Turn(run, (NoticeShown("edit_not_kept"),))


def _edit_pending_part(part: AnswerText, edit: TextEdit) -> AnswerText:
    return AnswerText(edit.text, part.message_id) if part.message_id == edit.message_id else part


def _offer_edited_text(walk: Walk, run: Run, pending_text: PendingText) -> Turn:
    """Offers pending text again after an earlier part of it changed; after a stop, once the run goes on."""
    length, max_length = measure_comment(walk, run, pending_text), get_comment_limit(walk, run)
    if length > max_length:
        return _reject_edit(run, length, max_length)
    if run.step == STOPPED:
        return Turn(replace(run, pending_text=pending_text))
    return offer_comment(walk, run, pending_text)


def _edit_answer(walk: Walk, run: Run, step: Step, answer: Answer, edit: TextEdit) -> Turn:
    changed_answer = _apply_edit_to_answer(walk, run, step, answer, edit)
    if changed_answer is None or changed_answer.value is None:
        return Turn(run, (NoticeShown("edit_unclear", button="carry_on" if run.prompt else None),))
    if changed_answer == answer:
        return Turn(run)
    changed_run = set_answer(walk.flow, run, step.id, changed_answer)
    with_offered_comment = keep_offered_comment(walk, changed_run).answers[step.id]
    length = max(measure_answer(changed_answer), measure_answer(with_offered_comment))
    if step.kind == "text" and length > step.longest:
        return _reject_edit(run, length, step.longest)
    if run.step not in {STOPPED, WELCOME} and has_pending_redaction(changed_answer):
        return repeat_prompt(walk, changed_run)
    change = AnswerChanged(step.id, changed_answer.value)
    if find_pending_redaction(run) == step.id:
        turn = resume_after_redaction(walk, run, changed_run)
        return replace(turn, events=(replace(change, button=None), *turn.events))
    return _show_change(walk, changed_run, change)


def _apply_edit_to_answer(walk: Walk, run: Run, step: Step, answer: Answer, edit: TextEdit) -> Answer | None:
    """The answer as the edited message gives it. None: the edit names none of the question's choices."""
    if step.kind == "choice":
        choice = match_choice(edit.text, get_labels(walk, run).choices[step.id]).choice
        return Answer(choice, answer.texts) if choice else None
    return Answer(texts=tuple(_edit_answer_part(walk.flow, part, edit) for part in answer.texts))


def _edit_answer_part(flow: Flow, part: AnswerText, edit: TextEdit) -> AnswerText:
    if part.message_id != edit.message_id or edit.text in {part.text, part.original}:
        return part
    return redact_text(flow, AnswerText(edit.text, part.message_id))


def _reject_edit(run: Run, length: int, max_length: int) -> Turn:
    return Turn(run, (NoticeShown("too_long", button="carry_on", length=length, max_length=max_length),))


def _show_change(walk: Walk, run: Run, change: AnswerChanged) -> Turn:
    """Says what changed; shows the review page again; leaves a question that the change has hidden."""
    resumed_run = (
        replace(run, step=run.resume_step, resume_step=None) if run.step == STOPPED and run.resume_step else run
    )
    step = walk.flow.steps_by_id.get(resumed_run.step)
    if resumed_run.step != REVIEW and (step is None or is_visible(step, resumed_run)):
        return Turn(run, (change,))
    new_run, event = advance(walk, resumed_run, "refresh_review" if resumed_run.step == REVIEW else "next")
    if run.step == STOPPED:
        return Turn(replace(run, resume_step=new_run.step, is_changing=new_run.is_changing), (change,))
    return Turn(new_run, (*close_prompt(walk, run), replace(change, button=None), event))
