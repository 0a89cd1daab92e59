"""Words that are kept, as an answer or a comment: without what could show who somebody is.

What is found in them is taken out at once. The words as they were typed wait beside (`Said.typed`), until the
respondent has decided; whatever else they do, it stays taken out.
"""

from dataclasses import replace
from types import MappingProxyType

from flows.models import Answer, AnswerText, PendingText, Run
from flows.schema import STOPPED, WELCOME, Flow, count_utf16_units
from flows.state_machine import Walk, is_visible
from flows.text.redaction import redact_identifiers


def set_answer(flow: Flow, run: Run, question: str, answer: Answer) -> Run:
    """The run with this answer, and without the choices that it hides. Typed words are never dropped by a condition."""
    answers = dict(run.answers) | {question: answer}
    new_run = replace(run, answers=MappingProxyType(answers))
    for step in flow.questions:
        if step.id in answers and not is_visible(step, new_run):
            del answers[step.id]
    return new_run


def redact_text(flow: Flow, part: AnswerText) -> AnswerText:
    """Typed words as they are kept until it is decided: what is found in them is taken out."""
    redacted = redact_identifiers(part.text) if flow.gives == "response" else part.text
    return part if redacted == part.text else AnswerText(redacted, part.message_id, original=part.text)


def has_pending_redaction(answer: Answer) -> bool:
    """Whether it is still to be decided what is taken out of this answer."""
    return any(part.original for part in answer.texts)


def find_pending_redaction(run: Run) -> str | None:
    """The question of whose words it is asked now what is taken out; None while other words wait to be kept at all."""
    if run.pending_text and run.pending_text.texts:
        return None
    return next((question for question, answer in run.answers.items() if has_pending_redaction(answer)), None)


def settle_redaction(run: Run, question: str, *, keeps_original: bool) -> Run:
    """The run with what was found in this answer taken out for good; or, with `whole`, as it was typed."""
    answer = run.answers[question]
    texts = tuple(_settle_text(part, keeps_original=keeps_original) for part in answer.texts)
    return replace(run, answers=MappingProxyType({**run.answers, question: replace(answer, texts=texts)}))


def settle_passed_redactions(before: Run, run: Run) -> Run:
    """The run after a turn: who goes on without deciding has what was found taken out."""
    if run.step == before.step and run.step not in {STOPPED, WELCOME}:
        return run
    for question in [question for question, answer in run.answers.items() if has_pending_redaction(answer)]:
        run = settle_redaction(run, question, keeps_original=False)
    return run


def keep_comment(walk: Walk, run: Run, pending_text: PendingText) -> Run:
    """The run with the held words kept where this place's comments go."""
    question = _find_comment_question(walk, run)
    earlier_texts = _answer_texts(run, question) if walk.flow.gives == "response" else ()
    new_answer = Answer(texts=(*earlier_texts, *(redact_text(walk.flow, part) for part in pending_text.comment_texts)))
    return set_answer(walk.flow, replace(run, pending_text=None), question, new_answer)


def keep_offered_comment(walk: Walk, run: Run) -> Run:
    """The run with the words on offer kept, if there are any: they show where the comments of this place are asked."""
    pending_text = run.pending_text if run.pending_text and run.pending_text.comment_texts else None
    return keep_comment(walk, run, pending_text) if pending_text else replace(run, pending_text=None)


def add_text(flow: Flow, run: Run, question: str, text: AnswerText) -> Answer:
    """The text answer with these words added; with these words in place of the earlier ones from *Change*, and where a
    group says what it is called.
    """
    should_replace = (run.is_changing and find_pending_redaction(run) != question) or flow.gives == "campaign"
    redacted = redact_text(flow, text)
    return Answer(texts=(redacted,) if should_replace else (*_answer_texts(run, question), redacted))


def measure_comment(walk: Walk, run: Run, pending_text: PendingText) -> int:
    """How long the comment could be with the held words in it."""
    return measure_answer(keep_comment(walk, run, pending_text).answers[_find_comment_question(walk, run)])


def get_comment_limit(walk: Walk, run: Run) -> int:
    """How long a comment may be that is kept from where the run stands."""
    return walk.flow.steps_by_id[_find_comment_question(walk, run)].longest


def can_keep_comment(walk: Walk, run: Run) -> bool:
    """Whether words that answer nothing can be kept from where the run stands."""
    return walk.flow.find_comment_question(run.resume_step or run.step) is not None


def measure_answer(answer: Answer) -> int:
    """How long an answer's words can be, whatever is decided about them."""
    return count_utf16_units("\n".join(max(part.text, part.original, key=count_utf16_units) for part in answer.texts))


def _find_comment_question(walk: Walk, run: Run) -> str:
    """The question that keeps a comment from where the run stands; there is one (`takes_comment`)."""
    question = walk.flow.find_comment_question(run.resume_step or run.step)
    assert question is not None
    return question


def _settle_text(part: AnswerText, *, keeps_original: bool) -> AnswerText:
    return (
        AnswerText(part.original, part.message_id, keeps_original=True)
        if keeps_original and part.original
        else replace(part, original="")
    )


def _answer_texts(run: Run, question: str) -> tuple[AnswerText, ...]:
    answer = run.answers.get(question)
    return answer.texts if answer else ()
