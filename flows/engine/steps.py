"""The moves of a turn: what taps, typed words and commands all come down to. Each returns the whole Turn."""

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
    choices_by_question = {step.id: run.answer_value(step.id) for step in flow.questions if step.kind == "choice"}
    return {question: choice for question, choice in choices_by_question.items() if choice is not None}


def collect_answers(flow: Flow, run: Run) -> dict[str, str | None]:
    """Every answer of the run in the flow's order; None for a skipped question. What was not asked is not there."""
    return {step.id: run.answer_value(step.id) for step in flow.questions if step.id in run.answers}


def close_prompt(walk: Walk, run: Run, *, choice: str | None = None, is_skipped: bool = False) -> tuple[Event, ...]:
    """The newest asking is over: its message loses its buttons. Nothing where nothing was asked yet."""
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
    """The run at that place, and what is asked there. Words that are held come first: they wait for a decision.

    Then those in which something was found, where the run stays at its place. Unclear words only meant to answer what
    is asked anew now; those that were on offer before them still are.
    """
    pending_text = (
        run.pending_text.without_latest if run.pending_text and run.pending_text.candidates else run.pending_text
    )
    new_run = replace(
        run,
        step=step,
        prompt=run.prompt + 1,
        resume_step=None,
        pending_text=pending_text,
        is_changing=run.is_changing and step != REVIEW,
    )
    if new_run.pending_text and new_run.pending_text.is_offered_as_comment:
        return new_run, CommentOffered(new_run.prompt, step, new_run.pending_text.full_text, notice)
    new_run = replace(new_run, pending_text=None) if new_run.pending_text else new_run
    question = find_pending_redaction(new_run) if step == run.step != WELCOME else None
    if question:
        return new_run, RedactionOffered(
            new_run.prompt, step, new_run.answer_value(question) or "", "found_why" if should_explain else notice
        )
    if step == REVIEW:
        return new_run, ReviewReached(
            new_run.prompt, collect_answers(walk.flow, new_run), understood_choice, notice, new_run.campaign_info
        )
    choices = collect_choices(walk.flow, new_run)
    if step == WELCOME and new_run.has_responded and not new_run.campaign_info:
        notice = notice or "sent_before"
    campaign_info = new_run.campaign_info if step == WELCOME or notice == "welcome_back" else None
    return new_run, StepReached(
        new_run.prompt,
        step,
        choices,
        run.answer_value(step),
        understood_choice,
        should_explain,
        notice,
        new_run.is_changing,
        campaign_info,
    )


def repeat_prompt(walk: Walk, run: Run, *, notice: str | None = None, should_explain: bool = False) -> Turn:
    """Asks again where the run stands, at the bottom of the chat."""
    new_run, event = show_prompt(walk, run, run.step, notice=notice, should_explain=should_explain)
    return Turn(new_run, (*close_prompt(walk, run), event))


def resume_run(walk: Walk, run: Run, *, notice: str | None = None) -> Turn:
    """Carries on where the run was stopped; where it was not, asks again."""
    if run.step != STOPPED:
        return repeat_prompt(walk, run, notice=notice)
    new_run, event = show_prompt(walk, run, walk.next_step("resume", run), notice=notice or "welcome_back")
    return Turn(new_run, (event,))


def follow_transition(walk: Walk, run: Run, trigger: str) -> Turn:
    """Takes a way that answers nothing: start, back, change …"""
    is_changing = run.is_changing or trigger.startswith("change_")
    new_run, event = show_prompt(
        walk, replace(run, pending_text=None, is_changing=is_changing), walk.next_step(trigger, run)
    )
    return Turn(new_run, (*close_prompt(walk, run), event))


def pass_fork(walk: Walk, run: Run, trigger: str) -> Turn:
    """Goes on past a fork, or to the check page."""
    passed_forks = run.passed_forks | {run.step} if trigger == "go_on" else run.passed_forks - {run.step}
    new_run, event = advance(
        walk, replace(keep_offered_comment(walk, run), passed_forks=passed_forks), trigger, notice=_comment_notice(run)
    )
    return Turn(new_run, (*close_prompt(walk, run, choice=trigger), event))


def answer_question(walk: Walk, run: Run, answer: Answer, *, is_from_text: bool = False) -> Turn:
    """Answers the question where the run stands, and goes on to what follows. Words on offer stay, as a comment."""
    question, choice = run.step, answer.choice
    answered_run = set_answer(walk.flow, keep_offered_comment(walk, run), question, answer)
    understood_choice = (question, choice) if is_from_text and choice else None
    notice = _comment_notice(run)
    if has_pending_redaction(answer):
        new_run, event = show_prompt(walk, answered_run, question)
    else:
        new_run, event = advance(walk, answered_run, "answer", understood_choice=understood_choice, notice=notice)
    saved = AnswerSaved(question, answer.value)
    return Turn(new_run, (*close_prompt(walk, run, choice=choice, is_skipped=answer.value is None), saved, event))


def advance(
    walk: Walk, run: Run, trigger: str, *, understood_choice: tuple[str, str] | None = None, notice: str | None = None
) -> tuple[Run, Event]:
    """Where this way leads. What lies behind was made to appear by a changed answer: from there, back to the check."""
    step = walk.next_step(trigger, run)
    order = [*walk.flow.steps_by_id, REVIEW]
    is_behind = order.index(step) < order.index(run.step)
    new_run = replace(run, is_changing=True) if is_behind else run
    return show_prompt(walk, new_run, step, understood_choice=understood_choice, notice=notice)


def skip_question(walk: Walk, run: Run) -> Turn:
    """Goes on without an answer, unless it is needed. One that was given here before stays as it is."""
    previous_answer = run.answers.get(run.step)
    if previous_answer is None and walk.flow.steps_by_id[run.step].needed:
        return repeat_prompt(walk, run, notice="needed")
    if previous_answer is None:
        return answer_question(walk, run, Answer())
    new_run, event = advance(walk, replace(run, pending_text=None), "skip")
    return Turn(new_run, (*close_prompt(walk, run, choice=previous_answer.choice), event))


def clear_answer(walk: Walk, run: Run) -> Turn:
    """Takes out the words given here, and goes on; unless they are needed."""
    if walk.flow.steps_by_id[run.step].needed:
        return repeat_prompt(walk, run, notice="needed")
    return answer_question(walk, run, Answer())


def decide_redaction(walk: Walk, run: Run, *, keeps_original: bool) -> Turn:
    """Keeps the words as they are (`whole`), or takes out of them what was found; and goes on."""
    question = find_pending_redaction(run)
    assert question is not None
    settled_run = settle_redaction(run, question, keeps_original=keeps_original)
    return resume_after_redaction(walk, run, settled_run, notice="kept_whole" if keeps_original else "taken_out")


def resume_after_redaction(walk: Walk, run: Run, settled_run: Run, *, notice: str | None = None) -> Turn:
    """What was found is settled (`after`): goes on where the run stands at those words, else asks again."""
    if find_pending_redaction(run) == run.step and not find_pending_redaction(settled_run):
        new_run, event = advance(walk, settled_run, "skip", notice=notice)
    else:
        new_run, event = show_prompt(walk, settled_run, run.step, notice=notice)
    return Turn(new_run, (*close_prompt(walk, run), event))


def stop_run(walk: Walk, run: Run) -> Turn:
    """Stops for now; the place is kept. Who has stopped already is told so again, with the way back."""
    if run.step == STOPPED:
        return Turn(run, (RunStopped(),))
    if not walk.has_transition("stop", run.step):
        return Turn(run, (NoticeShown("nothing_to_stop"),))
    return Turn(
        replace(run, step=walk.next_step("stop", run), resume_step=run.step), (*close_prompt(walk, run), RunStopped())
    )


def request_deletion(walk: Walk, run: Run) -> Turn:
    """Asks whether the answers shall be deleted, where there are any; a place without answers is erased at once."""
    if run.answers or (run.pending_text and run.pending_text.texts):
        return Turn(run, (DeletionRequested(run.prompt),))
    if run.prompt:
        return Turn(None, (*close_prompt(walk, run), RunDeleted()))
    return Turn(run, (NoticeShown("nothing_to_delete"),))


def offer_comment(walk: Walk, run: Run, pending_text: PendingText) -> Turn:
    """Asks whether these words shall be kept as a comment. Too many of them can't be: that is said instead.

    Where a flow keeps none, it is asked again.
    """
    if not can_keep_comment(walk, run):
        return repeat_prompt(walk, replace(run, pending_text=None), notice="not_understood")
    offered_text = replace(pending_text, candidates=())
    length = measure_comment(walk, run, offered_text)
    max_length = get_comment_limit(walk, run)
    if length > max_length:
        return reject_too_long(run, pending_text, length, max_length)
    new_run = replace(run, prompt=run.prompt + 1, pending_text=offered_text)
    return Turn(new_run, (*close_prompt(walk, run), CommentOffered(new_run.prompt, run.step, offered_text.full_text)))


def reject_too_long(run: Run, pending_text: PendingText, length: int, max_length: int) -> Turn:
    """Says how long the words may be. Their message is remembered, so that editing it is enough."""
    remembered_text = PendingText("", pending_text.message_id, earlier_texts=pending_text.earlier_texts)
    return Turn(
        replace(run, pending_text=remembered_text),
        (NoticeShown("too_long", button="carry_on", length=length, max_length=max_length),),
    )


def _comment_notice(run: Run) -> str | None:
    if not (run.pending_text and run.pending_text.comment_texts):
        return None
    return (
        "words_kept_without"
        if any(find_identifiers(part.text) for part in run.pending_text.comment_texts)
        else "words_kept"
    )
