"""An edited message in a turn: it changes the answer that came from it."""

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


def handle_text_edit(walk: Walk, run: Run, reply: TextEdit) -> Turn:
    """Changes the answer that this message gave. Words of distress are answered at once, here too."""
    return handle_distress(walk, run, _apply_edit(walk, run, reply), reply.text, get_labels(walk, run))


def _apply_edit(walk: Walk, run: Run, reply: TextEdit) -> Turn:
    """A message that waits for a decision is read anew; one that gave an answer changes it. No change, no word."""
    pending_text = run.pending_text
    if pending_text and AnswerText(reply.text, reply.message_id) in pending_text.texts:
        return Turn(run)
    if pending_text and pending_text.message_id == reply.message_id:
        return handle_text_reply(
            walk, replace(run, pending_text=pending_text.without_latest), TextReply(reply.text, reply.message_id)
        )
    if pending_text and any(part.message_id == reply.message_id for part in pending_text.earlier_texts):
        return _offer_edited_text(
            walk,
            run,
            replace(
                pending_text, earlier_texts=tuple(_replace_text(part, reply) for part in pending_text.earlier_texts)
            ),
        )
    for question, answer in run.answers.items():
        if question in walk.flow.steps_by_id and any(part.message_id == reply.message_id for part in answer.texts):
            return _change_answer(walk, run, walk.flow.steps_by_id[question], answer, reply)
    return Turn(run, (NoticeShown("edit_not_kept"),))


def _offer_edited_text(walk: Walk, run: Run, pending_text: PendingText) -> Turn:
    """Earlier words that wait were changed: they are offered anew; after a stop, when the run goes on."""
    length = measure_comment(walk, run, pending_text)
    max_length = get_comment_limit(walk, run)
    if length > max_length:
        return Turn(run, (NoticeShown("too_long", button="carry_on", length=length, max_length=max_length),))
    return (
        Turn(replace(run, pending_text=pending_text)) if run.step == STOPPED else offer_comment(walk, run, pending_text)
    )


def _change_answer(walk: Walk, run: Run, step: Step, answer: Answer, reply: TextEdit) -> Turn:
    if step.kind == "choice":
        choice = match_choice(reply.text, get_labels(walk, run).choices[step.id]).choice
        changed_answer = Answer(choice, answer.texts) if choice else None
    else:
        changed_answer = Answer(texts=tuple(_edit_answer_text(walk.flow, part, reply) for part in answer.texts))
    if changed_answer is None or changed_answer.value is None:
        return Turn(run, (NoticeShown("edit_unclear", button="carry_on" if run.prompt else None),))
    if changed_answer == answer:
        return Turn(run)
    changed_run = set_answer(walk.flow, run, step.id, changed_answer)
    length = max(
        measure_answer(changed_answer), measure_answer(keep_offered_comment(walk, changed_run).answers[step.id])
    )
    if step.kind == "text" and length > step.longest:
        return Turn(run, (NoticeShown("too_long", button="carry_on", length=length, max_length=step.longest),))
    change = AnswerChanged(step.id, changed_answer.value)
    if run.step not in {STOPPED, WELCOME} and has_pending_redaction(changed_answer):
        return repeat_prompt(walk, changed_run)
    if find_pending_redaction(run) == step.id:
        turn = resume_after_redaction(walk, run, changed_run)
        return replace(turn, events=(replace(change, button=None), *turn.events))
    return _show_change(walk, changed_run, change)


def _replace_text(part: AnswerText, reply: TextEdit) -> AnswerText:
    return AnswerText(reply.text, part.message_id) if part.message_id == reply.message_id else part


def _edit_answer_text(flow: Flow, part: AnswerText, reply: TextEdit) -> AnswerText:
    """The part of an answer that came from this message, changed; as it is where the words are the same."""
    if part.message_id != reply.message_id or reply.text in {part.text, part.original}:
        return part
    return redact_text(flow, AnswerText(reply.text, part.message_id))


def _show_change(walk: Walk, run: Run, change: AnswerChanged) -> Turn:
    """Says what changed; draws the check page anew; leaves a question that the change took away."""
    resumed_run = (
        replace(run, step=run.resume_step, resume_step=None) if run.step == STOPPED and run.resume_step else run
    )
    step = walk.flow.steps_by_id.get(resumed_run.step)
    if resumed_run.step != REVIEW and (step is None or is_visible(step, resumed_run)):
        return Turn(run, (change,))
    new_run, event = advance(walk, resumed_run, "look" if resumed_run.step == REVIEW else "skip")
    if run.step == STOPPED:
        return Turn(replace(run, resume_step=new_run.step, is_changing=new_run.is_changing), (change,))
    return Turn(new_run, (*close_prompt(walk, run), replace(change, button=None), event))
