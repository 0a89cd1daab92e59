"""A campaign link was followed: its run begins, is continued, or waits until another run is finished.

Also where a coordinator opens a campaign, and the rule of one response for each chat and campaign.
"""

from dataclasses import replace

from flows.campaign import CampaignInfo
from flows.engine.steps import close_prompt, resume_run, show_prompt
from flows.events.prompts import RunSwitchRequested, StepReached
from flows.events.submission import AlreadyResponded
from flows.loader import load_walk
from flows.models import LinkFollow, Run, Turn
from flows.schema import WELCOME
from flows.state_machine import Walk


def handle_link_follow(walk: Walk, run: Run, link_follow: LinkFollow) -> Turn:
    """Begins or continues the link's run. Answers to another campaign are given up only after a yes."""
    new_run = link_follow.new_run
    if new_run is None:
        return _handle_unavailable_link(walk, run, link_follow)
    if new_run.has_responded and new_run.campaign_info:
        return refuse_second_response(run, new_run.campaign_info, is_unsent=False)
    if not run.prompt or new_run.campaign == run.campaign:
        return begin_run(walk, run)
    has_answers = run.answers or (run.pending_text and run.pending_text.texts)
    if link_follow.confirmed_prompt == run.prompt or not has_answers:
        return _switch_run(walk, run, new_run)
    opens_campaign = load_walk(new_run.flow).flow.gives == "campaign"
    campaign_info = None if opens_campaign else new_run.campaign_info or CampaignInfo(new_run.campaign)
    about = run.campaign_info.about if run.campaign_info else ""
    return Turn(run, (RunSwitchRequested(run.prompt, about, campaign_info),))


def begin_run(walk: Walk, run: Run) -> Turn:
    """/start: the welcome, or the step where an unfinished run was left."""
    is_returning = run.prompt > 0 and run.step != WELCOME
    return resume_run(walk, run, notice="welcome_back" if is_returning else None)


def refuse_second_response(run: Run, campaign_info: CampaignInfo, *, is_unsent: bool) -> Turn:
    """The turn where this chat has sent a response to the campaign already: nothing is deleted or sent.

    `is_unsent`: the chat's unfinished run is the second response.
    """
    # Otherwise one person could make up most of a group of ten, and be left alone there with one other. Without a
    # campaign there is no such limit: people answer about several services.
    return Turn(run, (AlreadyResponded(campaign_info.about, campaign_info.results_code, run.prompt > 0, is_unsent),))


def _handle_unavailable_link(walk: Walk, run: Run, link_follow: LinkFollow) -> Turn:
    """Says why the link cannot be used today, and continues with what is open."""
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


def _switch_run(walk: Walk, run: Run, new_run: Run) -> Turn:
    # It keeps the old run's id and prompt number, so that the old buttons are recognised as outdated.
    switched_run, event = show_prompt(load_walk(new_run.flow), replace(new_run, id=run.id, prompt=run.prompt), WELCOME)
    return Turn(switched_run, (*close_prompt(walk, run), event))
