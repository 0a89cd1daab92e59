"""What follows from a reply: `take(walk, run, reply, now) → Turn`. Pure: the same arguments, the same turn."""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from flows.engine.campaign_links import begin_run, handle_link_follow, refuse_second_response
from flows.engine.comments import settle_passed_redactions
from flows.engine.confirmations import find_confirmation
from flows.engine.edits import handle_text_edit
from flows.engine.queries import postpone_results, show_campaign_results, show_personal_data
from flows.engine.steps import close_prompt, repeat_prompt, request_deletion, stop_run
from flows.engine.taps import handle_tap
from flows.engine.text_replies import handle_text_reply
from flows.events import NoticeShown
from flows.events.prompts import PromptClosed
from flows.models import (
    Answer,
    Command,
    LinkFollow,
    Reply,
    ResultsRequest,
    Run,
    Tap,
    TextEdit,
    TextReply,
    Turn,
    UnreadableReply,
)
from flows.schema import REVIEW, STOPPED, WELCOME, Flow
from flows.state_machine import Walk


# @@DOC A run meets a flow that was changed since its last turn: what still fits is kept.
def is_step_known(flow: Flow, run: Run) -> bool:
    """Whether the place where the run stands, or was left, is one of this flow's."""
    step = run.resume_step if run.step == STOPPED else run.step
    return step in flow.steps_by_id or step in {WELCOME, REVIEW}


def fit_run(flow: Flow, run: Run) -> Run:
    """The run as this flow knows it: its answers where they still are answers; at the welcome if its place is gone."""
    answers = {question: answer for question, answer in run.answers.items() if _is_valid_answer(flow, question, answer)}
    has_changed = run.version != flow.version or len(answers) < len(run.answers)
    fitted_run = replace(run, version=flow.version, answers=MappingProxyType(answers)) if has_changed else run
    return (
        fitted_run
        if is_step_known(flow, run)
        else replace(fitted_run, step=WELCOME, resume_step=None, is_changing=False)
    )


def _is_valid_answer(flow: Flow, question: str, answer: Answer) -> bool:
    step = flow.steps_by_id.get(question)
    if step is None or step.kind == "fork":
        return False
    if step.kind == "text":
        return answer.choice is None
    return answer.value is None or step.find_choice(answer.choice or "") is not None


TOPIC_COMMANDS = ("help", "about", "kept", "language", "results", "settings")


def handle_reply(walk: Walk, run: Run, reply: Reply, now: datetime) -> Turn:
    """One reply to one run gives one turn: the new run (None: it is over) and its events.

    `now` is when the reply came in; it is kept as the run's last sign of life. A reply that fits nothing is an event
    too (`ReplyOutdated`, `Told`): no reply raises. A run whose place is gone from the flow begins at the welcome again,
    with its answers.
    """
    fitted_run = fit_run(walk.flow, run)
    is_step_lost = not is_step_known(walk.flow, run) and not isinstance(reply, Command | LinkFollow | ResultsRequest)
    turn = (
        repeat_prompt(walk, fitted_run)
        if is_step_lost
        else _close_settled_prompt(walk, fitted_run, _dispatch_reply(walk, fitted_run, reply, now))
    )
    if turn.run is None:
        return turn
    is_prompted_again = fitted_run.is_prompted_again and turn.run.prompt == fitted_run.prompt
    confirmation = find_confirmation(fitted_run, turn)
    return replace(
        turn,
        run=replace(
            settle_passed_redactions(fitted_run, turn.run),
            seen_at=now,
            is_prompted_again=is_prompted_again,
            prompted_at=None,
            confirmation=confirmation,
        ),
    )


def restart_run(walk: Walk, run: Run, now: datetime) -> Turn:
    """An earlier run can't be gone on with: this new one begins, with a word about it."""
    turn = repeat_prompt(walk, run, notice="begun_anew")
    return replace(turn, run=replace(turn.run, seen_at=now)) if turn.run else turn


def repeat_prompt_after_downtime(walk: Walk, run: Run) -> Turn:
    """We were away, and taps may be lost: the open question is asked again, with a sorry.

    The run's last sign of life stays: words that were typed meanwhile are still for this question. So is a tap under
    the asking before, which may be on its way.
    """
    turn = repeat_prompt(walk, fit_run(walk.flow, run), notice="were_away")
    return replace(turn, run=replace(turn.run, is_prompted_again=True, confirmation=None)) if turn.run else turn


def _dispatch_reply(walk: Walk, run: Run, reply: Reply, now: datetime) -> Turn:
    if isinstance(reply, TextReply | TextEdit) and not reply.text.strip():
        return _reject_unreadable(run, "other")
    refusal = refuse_second_response(run, reply)
    if refusal:
        return refusal
    match reply:
        case Tap():
            return handle_tap(walk, run, reply)
        case TextReply():
            return handle_text_reply(walk, run, reply)
        case TextEdit():
            return handle_text_edit(walk, run, reply)
        case Command():
            return (
                show_personal_data(walk, run, now)
                if reply.name == "mydata"
                else _handle_command(walk, run, reply.name, now)
            )
        case UnreadableReply():
            return _reject_unreadable(run, reply.kind)
        case LinkFollow():
            return handle_link_follow(walk, run, reply)
        case ResultsRequest():
            return show_campaign_results(run, reply, now.date())


def _reject_unreadable(run: Run, kind: str) -> Turn:
    return Turn(run, (NoticeShown(f"cant_read_{kind}", button="carry_on" if run.prompt else None),))


def _close_settled_prompt(walk: Walk, run: Run, turn: Turn) -> Turn:
    """Where words that waited were settled without another asking (too long, help), their buttons go."""
    if turn.run is None or turn.run.prompt > run.prompt or not (run.pending_text and run.pending_text.texts):
        return turn
    if turn.run.pending_text and turn.run.pending_text.texts == run.pending_text.texts:
        return turn
    has_closed_prompt = any(isinstance(event, PromptClosed) for event in turn.events)
    return turn if has_closed_prompt else replace(turn, events=(*close_prompt(walk, run), *turn.events))


def _handle_command(walk: Walk, run: Run, name: str, now: datetime) -> Turn:
    has_unfinished_run = run.prompt > 0
    if name == "start":
        return begin_run(walk, run)
    if name == "stop":
        return stop_run(walk, run)
    if name == "delete":
        return request_deletion(walk, run)
    if name == "results" and has_unfinished_run and run.campaign_info:
        return postpone_results(run, run.campaign_info, now.date())
    topic = name if name in TOPIC_COMMANDS else "unknown_command"
    return Turn(run, (NoticeShown(topic, button="carry_on" if has_unfinished_run else None),))
