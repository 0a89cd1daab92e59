"""Typed text as it is kept, in an answer or a comment: without what could identify someone.

What is found in it is redacted at once. The original text waits in `AnswerText.original` until the respondent decides;
whatever else they do, the text stays redacted.
"""

from dataclasses import replace
from types import MappingProxyType

from flows.models import Answer, AnswerText, PendingText, Run
from flows.schema import STOPPED, WELCOME, Flow, count_utf16_units
from flows.state_machine import Walk, is_visible
from flows.text.redaction import redact_identifiers


def set_answer(flow: Flow, run: Run, question: str, answer: Answer) -> Run:
    """The run with this answer, and without the choices that it hides. A condition never drops typed text."""
    answers = dict(run.answers) | {question: answer}
    new_run = replace(run, answers=MappingProxyType(answers))
    for step in flow.questions:
        if step.id in answers and not is_visible(step, new_run):
            del answers[step.id]
    return new_run


def redact_text(flow: Flow, part: AnswerText) -> AnswerText:
    """The text redacted, with its original beside it until the respondent decides. Unchanged if nothing is found."""
    redacted = redact_identifiers(part.text) if flow.gives == "response" else part.text
    return part if redacted == part.text else AnswerText(redacted, part.message_id, original=part.text)


def has_pending_redaction(answer: Answer) -> bool:
    """Whether the respondent has yet to decide about a redaction in this answer."""
    return any(part.original for part in answer.texts)


def find_pending_redaction(run: Run) -> str | None:
    """The question whose redaction the respondent decides about now. None while other text waits for a decision."""
    if run.pending_text and run.pending_text.texts:
        return None
    return next((question for question, answer in run.answers.items() if has_pending_redaction(answer)), None)


def settle_redaction(run: Run, question: str, *, should_keep_original: bool) -> Run:
    """The run with this answer redacted for good or, with `should_keep_original`, as it was typed."""
    answer = run.answers[question]
    texts = tuple(_settle_text(part, should_keep_original=should_keep_original) for part in answer.texts)
    return replace(run, answers=MappingProxyType({**run.answers, question: replace(answer, texts=texts)}))


def settle_passed_redactions(before: Run, run: Run) -> Run:
    """The run after a turn. A respondent who goes on without deciding has their text redacted."""
    if run.step == before.step and run.step not in {STOPPED, WELCOME}:
        return run
    for question in [question for question, answer in run.answers.items() if has_pending_redaction(answer)]:
        run = settle_redaction(run, question, should_keep_original=False)
    return run


def keep_comment(walk: Walk, run: Run, pending_text: PendingText) -> Run:
    """The run with the pending text added to the question that takes the comments of its step."""
    question = _find_comment_question(walk, run)
    earlier_texts = _answer_texts(run, question) if walk.flow.gives == "response" else ()
    new_answer = Answer(texts=(*earlier_texts, *(redact_text(walk.flow, part) for part in pending_text.comment_texts)))
    return set_answer(walk.flow, replace(run, pending_text=None), question, new_answer)


def keep_offered_comment(walk: Walk, run: Run) -> Run:
    """The run with the text on offer kept, if there is any: the comment question will show it."""
    pending_text = run.pending_text
    if pending_text and pending_text.comment_texts:
        return keep_comment(walk, run, pending_text)
    return replace(run, pending_text=None)


def add_text(flow: Flow, run: Run, question: str, text: AnswerText) -> Answer:
    """The text answer with this text added.

    The new text replaces the earlier one after *Change*, and in a flow whose answers are a campaign's wording.
    """
    should_replace = (run.is_changing and find_pending_redaction(run) != question) or flow.gives == "campaign"
    redacted = redact_text(flow, text)
    return Answer(texts=(redacted,) if should_replace else (*_answer_texts(run, question), redacted))


def measure_comment(walk: Walk, run: Run, pending_text: PendingText) -> int:
    """The longest that the comment could become with the pending text in it, in UTF-16 units."""
    return measure_answer(keep_comment(walk, run, pending_text).answers[_find_comment_question(walk, run)])


def get_comment_limit(walk: Walk, run: Run) -> int:
    """The length limit of a comment made at the run's step, in UTF-16 units."""
    return walk.flow.steps_by_id[_find_comment_question(walk, run)].longest


def can_keep_comment(walk: Walk, run: Run) -> bool:
    """Whether the flow keeps comments made at the run's step."""
    return walk.flow.find_comment_question(run.resume_step or run.step) is not None


def measure_answer(answer: Answer) -> int:
    """The longest that the answer's text could become, redacted or not, in UTF-16 units."""
    return count_utf16_units("\n".join(max(part.text, part.original, key=count_utf16_units) for part in answer.texts))


def _find_comment_question(walk: Walk, run: Run) -> str:
    """The question that takes comments made at the run's step. `can_keep_comment` was checked before."""
    question = walk.flow.find_comment_question(run.resume_step or run.step)
    assert question is not None
    return question


def _settle_text(part: AnswerText, *, should_keep_original: bool) -> AnswerText:
    if should_keep_original and part.original:
        return AnswerText(part.original, part.message_id, should_keep_original=True)
    return replace(part, original="")


def _answer_texts(run: Run, question: str) -> tuple[AnswerText, ...]:
    answer = run.answers.get(question)
    return answer.texts if answer else ()
