"""The link of a campaign was followed, or one is to be opened: its walk begins, or goes on, or waits until another one
is done with.
"""

from dataclasses import replace

from flows.campaign import CampaignInfo
from flows.engine.steps import close_prompt, resume_run, show_prompt
from flows.events.prompts import RunSwitchRequested, StepReached
from flows.events.submission import AlreadyResponded
from flows.loader import load_walk
from flows.models import LinkFollow, Reply, Run, Tap, Turn
from flows.schema import WELCOME
from flows.state_machine import Walk


def handle_link_follow(walk: Walk, run: Run, link_follow: LinkFollow) -> Turn:
    """A chat has one unfinished run: answers of another campaign are not given up without a yes."""
    new_run = link_follow.new_run
    if new_run is None:
        return _handle_unavailable_link(walk, run, link_follow)
    if not run.prompt or new_run.campaign == run.campaign:
        return begin_run(walk, run)
    if link_follow.confirmed_prompt == run.prompt or not (run.answers or (run.pending_text and run.pending_text.texts)):
        return _switch_run(walk, run, new_run)
    campaign_info = (
        None
        if load_walk(new_run.flow).flow.gives == "campaign"
        else new_run.campaign_info or CampaignInfo(new_run.campaign)
    )
    return Turn(
        run, (RunSwitchRequested(run.prompt, run.campaign_info.about if run.campaign_info else "", campaign_info),)
    )


def _handle_unavailable_link(walk: Walk, run: Run, link_follow: LinkFollow) -> Turn:
    """The link leads nowhere today: why, and on with what is open."""
    unavailable_campaign = link_follow.unavailable_campaign
    notice = link_follow.problem
    if run.prompt and unavailable_campaign and unavailable_campaign.code == run.campaign:
        notice = "link_closed_own"
    elif run.prompt and (run.step != WELCOME or run.campaign_info):
        notice = f"{notice}_midway"
    turn = resume_run(walk, run, notice=notice)
    events = (
        replace(event, unavailable_campaign=unavailable_campaign) if isinstance(event, StepReached) else event
        for event in turn.events
    )
    return replace(turn, events=tuple(events))


def begin_run(walk: Walk, run: Run) -> Turn:
    """/start: the welcome; who is on their way already stands where they were."""
    is_returning = run.prompt > 0 and run.step != WELCOME
    return resume_run(walk, run, notice="welcome_back" if is_returning else None)


def _switch_run(walk: Walk, run: Run, new_run: Run) -> Turn:
    """The run goes on as the other one, so that its old buttons are known as old."""
    switched_run, event = show_prompt(load_walk(new_run.flow), replace(new_run, id=run.id, prompt=run.prompt), WELCOME)
    return Turn(switched_run, (*close_prompt(walk, run), event))


# @@DOC In a campaign, one response a chat at a time: whose answers are in gets no second walk, and nothing more to send.
# @@
# @@ Else one person could stand for several: fill a group of ten by themselves, and be left alone there with one other.
# @@ Where there is no campaign, people answer about several services.
# @@
def refuse_second_response(run: Run, reply: Reply) -> Turn | None:
    """The turn, which takes nothing away and sends nothing. None: this chat may go on."""
    match reply:
        case LinkFollow(new_run=Run() as new_run) if _has_responded_to_campaign(new_run):
            return Turn(run, (_already_responded(new_run, has_unfinished_run=run.prompt > 0),))
        case Tap(action="send", run=run_id) if run_id == run.id and _has_responded_to_campaign(run):
            return Turn(run, (_already_responded(run, has_unfinished_run=True, is_unsent=True),))
    return None


def _has_responded_to_campaign(run: Run) -> bool:
    return run.has_responded and run.campaign_info is not None


def _already_responded(run: Run, *, has_unfinished_run: bool, is_unsent: bool = False) -> AlreadyResponded:
    assert run.campaign_info
    return AlreadyResponded(run.campaign_info.about, run.campaign_info.results_code, has_unfinished_run, is_unsent)
