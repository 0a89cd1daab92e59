"""Typed text while a yes-or-no question is open beside the current step: it presses a button, or is asked again."""

from dataclasses import replace

from flows.events import DeletionRequested
from flows.events.coordinator import OPEN_CAMPAIGN_ACTION
from flows.events.prompts import RunSwitchRequested
from flows.models import PendingConfirmation, Reply, Run, Tap, TextReply, Turn
from flows.schema import Label, Labels
from flows.text.matching import matches_label


def resolve_confirmation(run: Run, reply: Reply, labels: Labels) -> Reply:
    """The tap that this text stands for. Any other reply, or text that names no button, is returned unchanged."""
    if not (isinstance(reply, TextReply) and run.confirmation and run.confirmation.is_latest):
        return reply
    request = run.confirmation.request
    tap = (
        _deletion_tap(request, reply, labels)
        if isinstance(request, DeletionRequested)
        else _run_switch_tap(run, request, reply, labels)
    )
    return replace(tap, run=run.id) if tap else reply


def update_confirmation(before: Run, turn: Turn) -> Turn:
    """The turn, its run with the confirmation that is open now."""
    return replace(turn, run=replace(turn.run, confirmation=find_confirmation(before, turn))) if turn.run else turn


def find_confirmation(before: Run, turn: Turn) -> PendingConfirmation | None:
    """The confirmation that is open after a turn: the one it asked for, else the earlier one.

    The earlier one closes when another question is asked or the run is stopped.
    """
    request = next((event for event in turn.events if isinstance(event, DeletionRequested | RunSwitchRequested)), None)
    if request:
        return PendingConfirmation(request)
    run, previous = turn.run, before.confirmation
    if run is None or previous is None or (run.prompt, run.step) != (before.prompt, before.step):
        return None
    return replace(previous, is_latest=previous.is_latest and not turn.events)


def _deletion_tap(request: DeletionRequested, reply: TextReply, labels: Labels) -> Tap | None:
    if _matches_action(reply, labels, "delete_yes"):
        return Tap("", 0, "", "delete_yes", str(request.prompt))
    return Tap("", 0, "", "delete_no") if _matches_action(reply, labels, "delete_no", "carry_on") else None


def _run_switch_tap(run: Run, request: RunSwitchRequested, reply: TextReply, labels: Labels) -> Tap | None:
    # A bare yes could mean either campaign, and so could a name that both have: these match nothing.
    current_about = run.campaign_info.about if run.campaign_info else ""
    new_about = request.campaign_info.about if request.campaign_info else ""
    abouts = (current_about, new_about) if current_about != new_about else ()
    named_about = next((about for about in abouts if matches_label(reply.text, Label(about))), None)
    if named_about == current_about or _matches_action(reply, labels, "delete_no", "carry_on"):
        return Tap("", 0, "", "resume")
    begin_action = "begin_other" if request.campaign_info else "open_instead"
    if named_about is None and not _matches_action(reply, labels, begin_action):
        return None
    if request.campaign_info is None:
        return Tap("", 0, "", OPEN_CAMPAIGN_ACTION, str(request.prompt))
    return Tap("", 0, "", "begin_other", f"{request.campaign_info.code}-{request.prompt}")


def _matches_action(reply: TextReply, labels: Labels, *actions: str) -> bool:
    return any(matches_label(reply.text, labels.actions[action]) for action in actions)
