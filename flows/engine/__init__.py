"""The rules of a turn: what follows from one reply.

Pure: `handle_reply(walk, run, reply, now)` returns the same `Turn` for the same arguments. What depends on stored data
is a request in the turn (`flows.events.requests`).
"""

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from flows.engine.campaign_links import begin_run, handle_link_follow
from flows.engine.comments import settle_passed_redactions
from flows.engine.confirmations import find_confirmation
from flows.engine.edits import handle_text_edit
from flows.engine.queries import postpone_results, show_campaign_results, show_personal_data
from flows.engine.steps import close_prompt, repeat_prompt, request_deletion, stop_run
from flows.engine.taps import handle_prompt_tap, handle_tap_outside_prompt
from flows.engine.text_replies import handle_text_reply
from flows.events import NoticeShown
from flows.events.prompts import PromptClosed
from flows.models import (
    Answer,
    Command,
    LinkFollow,
    Reply,
    Run,
    Tap,
    TextEdit,
    TextReply,
    Turn,
    UnreadableReply,
)
from flows.schema import REVIEW, STOPPED, WELCOME, Flow
from flows.state_machine import Walk

# Each is the key of its text: `about` and `kept` are in the flow's file, the others in `bot/render/wording`.
TOPIC_COMMANDS = ("help", "about", "kept", "language", "results", "settings")


def handle_reply(walk: Walk, run: Run, reply: Reply, now: datetime) -> Turn:
    """The turn that follows from one reply at `now`, which becomes the time of the run's latest reply.

    No reply raises: one that fits nowhere leads to an event, too (`ReplyOutdated`, `NoticeShown`). A run whose step has
    left the flow goes back to the welcome with its answers.
    """
    fitted_run = fit_run(walk.flow, run)
    is_step_lost = not _has_known_step(walk.flow, run)
    match reply:
        case Tap() | TextReply() | TextEdit() | UnreadableReply() if is_step_lost:
            turn = repeat_prompt(walk, fitted_run)
        case TextReply(text=text) | TextEdit(text=text) if not text.strip():
            turn = _reject_unreadable(fitted_run, "other")
        case Tap():
            turn = handle_tap_outside_prompt(walk, fitted_run, reply) or handle_prompt_tap(walk, fitted_run, reply, now)
        case TextReply():
            turn = handle_text_reply(walk, fitted_run, reply)
        case TextEdit():
            turn = handle_text_edit(walk, fitted_run, reply)
        case Command():
            turn = _handle_command(walk, fitted_run, reply.name, now)
        case UnreadableReply():
            turn = _reject_unreadable(fitted_run, reply.kind)
        case LinkFollow():
            turn = handle_link_follow(walk, fitted_run, reply)
        case _:  # a `ResultsRequest`; mypy checks that nothing else is left
            turn = show_campaign_results(fitted_run, reply, now.date())
    return _finish_turn(walk, fitted_run, turn, now)


def restart_run(walk: Walk, run: Run, now: datetime) -> Turn:
    """The first turn of a new run, with a notice that it replaces an earlier one that cannot be continued."""
    turn = repeat_prompt(walk, run, notice="run_restarted")
    return replace(turn, run=replace(turn.run, seen_at=now)) if turn.run else turn


def repeat_prompt_after_downtime(walk: Walk, run: Run) -> Turn:
    """Asks the open question again with an apology, because taps may have been lost while the bot was down."""
    turn = repeat_prompt(walk, fit_run(walk.flow, run), notice="after_downtime")
    # `seen_at` stays, so that text typed during the downtime still counts as an answer to this question. A tap on the
    # prompt before may be on its way: `is_prompted_again` lets it count.
    return replace(turn, run=replace(turn.run, is_prompted_again=True, confirmation=None)) if turn.run else turn


def fit_run(flow: Flow, run: Run) -> Run:
    """The run adapted to a flow that may have changed since its last turn.

    Answers that the flow no longer accepts are dropped; a run whose step is gone goes back to the welcome.
    """
    answers = {question: answer for question, answer in run.answers.items() if _is_valid_answer(flow, question, answer)}
    if run.version != flow.version or len(answers) < len(run.answers):
        run = replace(run, version=flow.version, answers=MappingProxyType(answers))
    return run if _has_known_step(flow, run) else replace(run, step=WELCOME, resume_step=None, is_changing=False)


def _has_known_step(flow: Flow, run: Run) -> bool:
    step = run.resume_step if run.step == STOPPED else run.step
    return step in flow.steps_by_id or step in {WELCOME, REVIEW}


def _is_valid_answer(flow: Flow, question: str, answer: Answer) -> bool:
    step = flow.steps_by_id.get(question)
    if step is None or step.kind == "fork":
        return False
    if step.kind == "text":
        return answer.choice is None
    return answer.value is None or step.find_choice(answer.choice or "") is not None


def _handle_command(walk: Walk, run: Run, name: str, now: datetime) -> Turn:
    has_unfinished_run = run.prompt > 0
    match name:
        case "start":
            return begin_run(walk, run)
        case "stop":
            return stop_run(walk, run)
        case "delete":
            return request_deletion(walk, run)
        case "mydata":
            return show_personal_data(walk, run, now)
        case "results" if has_unfinished_run and run.campaign_info:
            return postpone_results(run, run.campaign_info, now.date())
    topic = name if name in TOPIC_COMMANDS else "unknown_command"
    return Turn(run, (NoticeShown(topic, button="carry_on" if has_unfinished_run else None),))


def _reject_unreadable(run: Run, kind: str) -> Turn:
    return Turn(run, (NoticeShown(f"cant_read_{kind}", button="carry_on" if run.prompt else None),))


def _finish_turn(walk: Walk, before: Run, turn: Turn, now: datetime) -> Turn:
    """The turn with what every turn does to a run that goes on."""
    turn = _close_settled_prompt(walk, before, turn)
    if turn.run is None:
        return turn
    run = replace(
        settle_passed_redactions(before, turn.run),
        seen_at=now,
        is_prompted_again=before.is_prompted_again and turn.run.prompt == before.prompt,
        prompted_at=None,  # storage knows it
        confirmation=find_confirmation(before, turn),
    )
    return replace(turn, run=run)


def _close_settled_prompt(walk: Walk, before: Run, turn: Turn) -> Turn:
    """Removes the buttons about pending text that was settled without a new prompt (by a help text, for example)."""
    if turn.run is None or turn.run.prompt > before.prompt or not (before.pending_text and before.pending_text.texts):
        return turn
    if turn.run.pending_text and turn.run.pending_text.texts == before.pending_text.texts:
        return turn
    has_closed_prompt = any(isinstance(event, PromptClosed) for event in turn.events)
    return turn if has_closed_prompt else replace(turn, events=(*close_prompt(walk, before), *turn.events))
