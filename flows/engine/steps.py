"""What replies of all kinds do to a run: answer, skip, go on, stop, ask again. Most return the whole `Turn`."""

from dataclasses import replace

from flows.engine.comments import (
    can_keep_comment,
    find_pending_redaction,
    get_comment_limit,
    has_pending_redaction,
    keep_offered_comment,
    measure_comment,
    set_answer,
    settle_redaction,
)
from flows.events import AnswerSaved, DeletionRequested, Event, NoticeShown, RunDeleted, RunStopped
from flows.events.prompts import CommentOffered, PromptClosed, RedactionOffered, ReviewReached, StepReached
from flows.models import Answer, PendingText, Run, Turn
from flows.schema import REVIEW, STOPPED, WELCOME, Flow
from flows.state_machine import Walk
from flows.text.redaction import find_identifiers


def collect_choices(flow: Flow, run: Run) -> dict[str, str]:
    """The choice made at each choice question so far: {question id: choice id}. Texts may depend on them."""
    choices: dict[str, str] = {}
    for step in flow.questions:
        answer = run.answers.get(step.id) if step.kind == "choice" else None
        if answer and answer.choice:
            choices[step.id] = answer.choice
    return choices


def collect_answers(flow: Flow, run: Run) -> dict[str, str | None]:
    """The run's answers in the flow's order: {question id: value}. None: skipped; a question not asked is missing."""
    return {step.id: run.answers[step.id].value for step in flow.questions if step.id in run.answers}


def close_prompt(walk: Walk, run: Run, *, choice: str | None = None, is_skipped: bool = False) -> tuple[Event, ...]:
    """The event that takes the buttons off the newest prompt; none where nothing has been asked yet."""
    if not run.prompt or run.step == STOPPED:
        return ()
    return (PromptClosed(run.prompt, run.step, collect_choices(walk.flow, run), choice, is_skipped),)


def show_prompt(
    walk: Walk,
    run: Run,
    step: str,
    *,
    understood_choice: tuple[str, str] | None = None,
    notice: str | None = None,
    should_explain: bool = False,
) -> tuple[Run, Event]:
    """The run at this step, and what is asked there.

    An offered comment is asked about first, then an offered redaction if the run stays at its step.
    """
    pending_text = _offered_comment(run)
    new_run = replace(
        run,
        step=step,
        prompt=run.prompt + 1,
        resume_step=None,
        pending_text=pending_text,
        is_changing=run.is_changing and step != REVIEW,
    )
    if pending_text:
        return new_run, CommentOffered(new_run.prompt, step, pending_text.full_text, notice)
    question = find_pending_redaction(new_run) if step == run.step != WELCOME else None
    if question:
        return new_run, RedactionOffered(
            new_run.prompt, step, new_run.answer_value(question) or "", "found_why" if should_explain else notice
        )
    if step == REVIEW:
        answers = collect_answers(walk.flow, new_run)
        return new_run, ReviewReached(new_run.prompt, answers, understood_choice, notice, new_run.campaign_info)
    event = _make_step_event(walk, new_run, notice)
    return new_run, replace(event, understood_choice=understood_choice, should_explain=should_explain)


def repeat_prompt(walk: Walk, run: Run, *, notice: str | None = None, should_explain: bool = False) -> Turn:
    """Asks again at the run's step, at the bottom of the chat."""
    new_run, event = show_prompt(walk, run, run.step, notice=notice, should_explain=should_explain)
    return Turn(new_run, (*close_prompt(walk, run), event))


def resume_run(walk: Walk, run: Run, *, notice: str | None = None) -> Turn:
    """Continues a stopped run at the step where it was stopped; asks again in one that was not."""
    if run.step != STOPPED:
        return repeat_prompt(walk, run, notice=notice)
    new_run, event = show_prompt(walk, run, walk.next_step("resume", run), notice=notice or "welcome_back")
    return Turn(new_run, (event,))


def follow_transition(walk: Walk, run: Run, trigger: str) -> Turn:
    """Follows a transition that answers nothing: start, back, change, …"""
    is_changing = run.is_changing or trigger.startswith("change_")
    new_run, event = show_prompt(
        walk, replace(run, pending_text=None, is_changing=is_changing), walk.next_step(trigger, run)
    )
    return Turn(new_run, (*close_prompt(walk, run), event))


def pass_fork(walk: Walk, run: Run, trigger: str) -> Turn:
    """Goes past the fork (`go_on`), or from it to the review page (`send_now`)."""
    passed_forks = run.passed_forks | {run.step} if trigger == "go_on" else run.passed_forks - {run.step}
    passed_run = replace(keep_offered_comment(walk, run), passed_forks=passed_forks)
    new_run, event = advance(walk, passed_run, trigger, notice=_comment_notice(run))
    return Turn(new_run, (*close_prompt(walk, run, choice=trigger), event))


def answer_question(walk: Walk, run: Run, answer: Answer, *, is_from_text: bool = False) -> Turn:
    """Answers the run's question and goes on. Text that was offered as a comment is kept as one."""
    question, choice = run.step, answer.choice
    answered_run = set_answer(walk.flow, keep_offered_comment(walk, run), question, answer)
    if has_pending_redaction(answer):
        new_run, event = show_prompt(walk, answered_run, question)
    else:
        understood_choice = (question, choice) if is_from_text and choice else None
        new_run, event = advance(
            walk, answered_run, "answer", understood_choice=understood_choice, notice=_comment_notice(run)
        )
    saved = AnswerSaved(question, answer.value)
    return Turn(new_run, (*close_prompt(walk, run, choice=choice, is_skipped=answer.value is None), saved, event))


def advance(
    walk: Walk, run: Run, trigger: str, *, understood_choice: tuple[str, str] | None = None, notice: str | None = None
) -> tuple[Run, Event]:
    """The run at the step that `trigger` leads to, and what is asked there."""
    step = walk.next_step(trigger, run)
    order = [*walk.flow.steps_by_id, REVIEW]
    # A step further back became visible through a changed answer: from there, the run returns to the review page.
    is_behind = order.index(step) < order.index(run.step)
    new_run = replace(run, is_changing=True) if is_behind else run
    return show_prompt(walk, new_run, step, understood_choice=understood_choice, notice=notice)


def skip_question(walk: Walk, run: Run) -> Turn:
    """Goes on without an answer, unless the question is needed. An answer given here before stays."""
    previous_answer = run.answers.get(run.step)
    if previous_answer is None:
        return clear_answer(walk, run)
    new_run, event = advance(walk, replace(run, pending_text=None), "skip")
    return Turn(new_run, (*close_prompt(walk, run, choice=previous_answer.choice), event))


def clear_answer(walk: Walk, run: Run) -> Turn:
    """Removes the text given here and goes on, unless the question is needed."""
    if walk.flow.steps_by_id[run.step].needed:
        return repeat_prompt(walk, run, notice="needed")
    return answer_question(walk, run, Answer())


def decide_redaction(walk: Walk, run: Run, *, should_keep_original: bool) -> Turn:
    """Keeps the text as it was typed (`should_keep_original`) or redacted, and goes on."""
    question = find_pending_redaction(run)
    assert question is not None
    settled_run = settle_redaction(run, question, should_keep_original=should_keep_original)
    return resume_after_redaction(
        walk, run, settled_run, notice="original_kept" if should_keep_original else "text_redacted"
    )


def resume_after_redaction(walk: Walk, run: Run, settled_run: Run, *, notice: str | None = None) -> Turn:
    """Goes on if the redaction that was settled belongs to the run's step; asks again if not."""
    if find_pending_redaction(run) == run.step and not find_pending_redaction(settled_run):
        new_run, event = advance(walk, settled_run, "next", notice=notice)
    else:
        new_run, event = show_prompt(walk, settled_run, run.step, notice=notice)
    return Turn(new_run, (*close_prompt(walk, run), event))


def stop_run(walk: Walk, run: Run) -> Turn:
    """Stops for now and remembers the step. A run that is stopped already gets the same message, with the way back."""
    if run.step == STOPPED:
        return Turn(run, (RunStopped(),))
    if not walk.has_transition("stop", run.step):
        return Turn(run, (NoticeShown("nothing_to_stop"),))
    stopped_run = replace(run, step=walk.next_step("stop", run), resume_step=run.step)
    return Turn(stopped_run, (*close_prompt(walk, run), RunStopped()))


def request_deletion(walk: Walk, run: Run) -> Turn:
    """Asks whether to delete the answers. A run without answers is deleted at once."""
    if run.answers or (run.pending_text and run.pending_text.texts):
        return Turn(run, (DeletionRequested(run.prompt),))
    if run.prompt:
        return Turn(None, (*close_prompt(walk, run), RunDeleted()))
    return Turn(run, (NoticeShown("nothing_to_delete"),))


def offer_comment(walk: Walk, run: Run, pending_text: PendingText) -> Turn:
    """Asks whether to keep this text as a comment; asks the question again where the flow keeps no comments.

    Text that is too long is rejected.
    """
    if not can_keep_comment(walk, run):
        return repeat_prompt(walk, replace(run, pending_text=None), notice="not_understood")
    offered_text = replace(pending_text, candidates=())
    length, max_length = measure_comment(walk, run, offered_text), get_comment_limit(walk, run)
    if length > max_length:
        return reject_too_long(run, pending_text, length, max_length)
    new_run = replace(run, prompt=run.prompt + 1, pending_text=offered_text)
    return Turn(new_run, (*close_prompt(walk, run), CommentOffered(new_run.prompt, run.step, offered_text.full_text)))


def reject_too_long(run: Run, pending_text: PendingText, length: int, max_length: int) -> Turn:
    """Says how long the text may be. Its message is remembered, so that the respondent can edit it."""
    remembered_text = PendingText("", pending_text.message_id, earlier_texts=pending_text.earlier_texts)
    notice = NoticeShown("too_long", button="carry_on", length=length, max_length=max_length)
    return Turn(replace(run, pending_text=remembered_text), (notice,))


def _offered_comment(run: Run) -> PendingText | None:
    """The pending text that is offered as a comment.

    Text that only meant to name a choice is dropped, since its question is asked again; text before it stays.
    """
    pending_text = run.pending_text
    if pending_text and pending_text.candidates:
        pending_text = pending_text.without_latest
    return pending_text if pending_text and pending_text.is_offered_as_comment else None


def _make_step_event(walk: Walk, run: Run, notice: str | None) -> StepReached:
    is_at_welcome = run.step == WELCOME
    if is_at_welcome and run.has_responded and not run.campaign_info:
        notice = notice or "sent_before"
    return StepReached(
        run.prompt,
        run.step,
        collect_choices(walk.flow, run),
        run.answer_value(run.step),
        notice=notice,
        is_changing=run.is_changing,
        campaign_info=run.campaign_info if is_at_welcome or notice == "welcome_back" else None,
    )


def _comment_notice(run: Run) -> str | None:
    """The notice that text on offer was kept as a comment, with or without a redaction."""
    if not (run.pending_text and run.pending_text.comment_texts):
        return None
    has_identifiers = any(find_identifiers(part.text) for part in run.pending_text.comment_texts)
    return "words_kept_without" if has_identifiers else "words_kept"
