"""Words of distress, or of danger from someone else: the helplines are shown at once, and nothing else is asked."""

from dataclasses import replace

from flows.engine.comments import keep_comment, measure_comment
from flows.engine.steps import close_prompt
from flows.events import AnswerChanged, AnswerSaved, Event, NoticeShown
from flows.events.prompts import PromptClosed
from flows.models import Run, Turn
from flows.schema import MAX_TEXT_LENGTH, STOPPED, WELCOME, Labels
from flows.state_machine import Walk
from flows.text.matching import contains_phrase
from flows.text.redaction import redact_identifiers


def handle_distress(walk: Walk, before: Run, turn: Turn, text: str, labels: Labels) -> Turn:
    """The turn that `text` led to, unless the text is of distress: then it shows the helplines and stops the run.

    The text is kept without asking, and can be removed at the comment question and on the review page. The message says
    that it was kept only if it was.
    """
    if turn.run is None or not contains_phrase(text, labels.distress_phrases):
        return turn
    run = _keep_as_comment(walk, turn.run, labels)
    kept_events = tuple(event for event in turn.events if isinstance(event, PromptClosed | AnswerSaved | AnswerChanged))
    closing_events: tuple[Event, ...] = ()
    if walk.has_transition("stop", run.step):
        run = replace(run, step=walk.next_step("stop", run), resume_step=run.step)
        if not any(isinstance(event, PromptClosed) for event in kept_events):
            closing_events = close_prompt(walk, before)
    topic = "helpline_kept" if _is_text_kept(run, text) else "helpline"
    return Turn(run, (*closing_events, *kept_events, NoticeShown(topic, button="carry_on_or_stop")))


def _keep_as_comment(walk: Walk, run: Run, labels: Labels) -> Run:
    """The run with the pending text kept as a comment, if that text is the one of distress and fits."""
    if run.pending_text is None or not contains_phrase(run.pending_text.text, labels.distress_phrases):
        return run
    if walk.flow.gives != "response" or (run.resume_step or run.step) in {WELCOME, STOPPED}:
        return run
    pending_text = replace(run.pending_text, candidates=())
    return keep_comment(walk, run, pending_text) if measure_comment(walk, run, pending_text) <= MAX_TEXT_LENGTH else run


def _is_text_kept(run: Run, text: str) -> bool:
    kept_forms = {text, redact_identifiers(text)}
    return any(part.text in kept_forms for answer in run.answers.values() for part in answer.texts)
