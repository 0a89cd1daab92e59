"""What coordinators are told at their desk. Pure."""

from datetime import date

from bot.render.buttons import (
    EXPORT_ACTION,
    INVITATION_PREFIX,
    READ_COMMENTS_ACTION,
    SHARE_ACTION,
    make_chat_link,
    make_coordinator_button,
    make_results_button,
)
from bot.render.localization import Localizer
from bot.render.messages import Button, Message
from bot.render.prompts import render_campaign_intro
from flows.callback_data import encode_callback_data
from flows.campaign import CampaignInfo
from flows.events import coordinator
from flows.events.coordinator import OPEN_CAMPAIGN_ACTION
from flows.loader import is_known_flow, load_localization, load_walk
from flows.localization import FluentValue
from flows.models import Tap
from flows.schema import REVIEW, WELCOME


def render_coordinator_event(event: coordinator.CoordinatorEvent, localizer: Localizer) -> Message:
    """What is said of one event at the desk."""
    match event:
        case coordinator.CoordinatorMenuShown():
            return _render_menu(event, localizer)
        case coordinator.CampaignPageShown():
            return _render_campaign_page(event, localizer)
        case coordinator.CampaignOpened():
            text = _campaign_text(
                localizer,
                "campaign_opened",
                event.campaign_info,
                {"until": _closing_date_text(event.closes_on, localizer)},
            )
            next_buttons = (
                make_coordinator_button(localizer, label_key, event.campaign_info.code)
                for label_key in (SHARE_ACTION, "desk_page")
            )
            return Message(text, (*next_buttons, make_coordinator_button(localizer, "desk")))
        case coordinator.CampaignClosureRequested():
            confirm_button, cancel_button = (
                make_coordinator_button(localizer, "desk_closed", event.campaign_info.code),
                make_coordinator_button(localizer, "desk_stays", event.campaign_info.code),
            )
            return Message(
                _campaign_text(localizer, "closing_asked", event.campaign_info), (confirm_button, cancel_button)
            )
        case coordinator.CampaignClosed():
            return Message(
                _campaign_text(localizer, "campaign_was_closed", event.campaign_info),
                (make_coordinator_button(localizer, "desk"),),
            )
        case coordinator.InvitationRequested():
            label_keys = (
                ("desk_colleague", "desk_other", "desk") if event.can_invite_others else ("desk_colleague", "desk")
            )
            text = localizer.get_text("inviting_asked" if event.can_invite_others else "inviting_colleague_asked")
            return Message(text, tuple(make_coordinator_button(localizer, label_key) for label_key in label_keys))
        case coordinator.InvitationCreated():
            return _render_invitation(event, localizer)
        case coordinator.CoordinatorLeaveRequested():
            return Message(
                localizer.get_text("leaving_asked"),
                tuple(make_coordinator_button(localizer, label_key) for label_key in ("desk_left", "desk_not")),
            )
        case coordinator.CoordinatorLeft():
            return Message(localizer.get_text("desk_was_left"))


def make_open_campaign_button(localizer: Localizer, prompt: int | None = None) -> Button:
    """The button that begins to open a campaign; with `ask`, what is unfinished in the chat is given up for it."""
    label = localizer.get_text("desk_open") if prompt is None else localizer.get_action_label("open_instead")
    return Button(
        label, encode_callback_data(Tap("", 0, "", OPEN_CAMPAIGN_ACTION, "" if prompt is None else str(prompt)))
    )


def _render_menu(event: coordinator.CoordinatorMenuShown, localizer: Localizer) -> Message:
    parts = [localizer.get_text(event.notice)] if event.notice else []
    parts.append(localizer.get_text("desk_menu" if event.campaigns else "desk_empty"))
    if event.omitted_count:
        parts.append(localizer.get_text("desk_left_out", {"number": event.omitted_count}))
    buttons = [_campaign_button(campaign, localizer) for campaign in event.campaigns]
    buttons.append(make_open_campaign_button(localizer))
    buttons.append(make_coordinator_button(localizer, "desk_invite"))
    buttons += [make_coordinator_button(localizer, "desk_leave")] if event.can_leave else []
    buttons += (
        [localizer.make_button(localizer.get_text("back_to_questions"), "", 0, "resume")]
        if event.has_unfinished_run
        else []
    )
    return Message("\n\n".join(parts), tuple(buttons))


def _render_campaign_page(event: coordinator.CampaignPageShown, localizer: Localizer) -> Message:
    """What it says, its link, when it is open, and its numbers."""
    date_args = {
        "from": localizer.format_date(event.opens_on) if event.opens_on else "",
        "until": _closing_date_text(event.closes_on, localizer),
    }
    is_closed, is_flow_known = event.state == "closed", is_known_flow(event.flow)
    parts = [
        f"<b>{localizer.format_subject(event.campaign_info.about)}</b>",
        localizer.get_text(
            f"campaign_{event.state}",
            {**date_args, "link": make_chat_link(localizer.bot_username, event.campaign_info.code)},
        ),
        "\n".join([localizer.get_text("campaign_says"), *render_campaign_intro(event.campaign_info, localizer)]),
        *(_release_lines(event, localizer) if is_flow_known else [localizer.get_text("campaign_unshown")]),
    ]
    # What is to be had of a campaign stands before *Close*, which can't be undone and so stands last.
    share_buttons = (
        [make_coordinator_button(localizer, SHARE_ACTION, event.campaign_info.code)]
        if event.state in {"open", "early"}
        else []
    )
    results_buttons = (
        [make_results_button(event.campaign_info.results_code, localizer)]
        if event.visible_count and is_flow_known
        else []
    )
    results_buttons += (
        [
            make_coordinator_button(localizer, action, event.campaign_info.code)
            for action in (READ_COMMENTS_ACTION, EXPORT_ACTION)
        ]
        if results_buttons
        else []
    )
    close_buttons = [] if is_closed else [make_coordinator_button(localizer, "desk_close", event.campaign_info.code)]
    return Message(
        "\n\n".join(parts),
        (*share_buttons, *results_buttons, *close_buttons, make_coordinator_button(localizer, "desk")),
    )


def _release_lines(event: coordinator.CampaignPageShown, localizer: Localizer) -> list[str]:
    closed_suffix = "_closed" if event.state == "closed" else ""
    is_all_visible = "yes" if event.visible_count == event.released_count else "no"
    text_args: dict[str, FluentValue] = {
        "number": event.released_count,
        "seen": event.visible_count,
        "all": is_all_visible,
    }
    return [localizer.get_text(f"campaign_released{closed_suffix}", text_args), _render_drop_off(event, localizer)]


def _render_drop_off(event: coordinator.CampaignPageShown, localizer: Localizer) -> str:
    """Where people stop, in the order of the walk: as of the newest release."""
    if not event.released_count:
        return localizer.get_text("campaign_stops_early")
    step_ids = [WELCOME, *(place.id for place in load_walk(event.flow).flow.steps), REVIEW]
    lines = [
        localizer.get_text(
            "campaign_stop", {"place": _step_name(step, event.flow, localizer), "number": event.drop_offs[step]}
        )
        for step in step_ids
        if step in event.drop_offs
    ]
    return "\n".join([localizer.get_text("campaign_stops" if lines else "campaign_no_stops"), *lines])


def _step_name(step: str, flow_id: str, localizer: Localizer) -> str:
    flow_texts = load_localization(flow_id, localizer.bot_texts.language)
    return (
        flow_texts.format_text(f"{step}.name")
        if flow_texts.has_text(f"{step}.name")
        else localizer.get_text(f"stop_{_step_kind(step)}")
    )


def _step_kind(step: str) -> str:
    return step if step in {WELCOME, REVIEW} else "fork"


def _render_invitation(event: coordinator.InvitationCreated, localizer: Localizer) -> Message:
    args: dict[str, FluentValue] = {
        "link": make_chat_link(localizer.bot_username, f"{INVITATION_PREFIX}{event.token}"),
        "valid": event.valid_days,
    }
    text = localizer.get_text("invited_colleague" if event.is_colleague else "invited_other", args)
    return Message(text, (make_coordinator_button(localizer, "desk"),))


def _campaign_text(
    localizer: Localizer, text_key: str, campaign_info: CampaignInfo, extra_args: dict[str, FluentValue] | None = None
) -> str:
    return localizer.get_text(
        text_key,
        {
            "about": localizer.format_subject(campaign_info.about),
            "link": make_chat_link(localizer.bot_username, campaign_info.code),
            **(extra_args or {}),
        },
    )


def _closing_date_text(day: date | None, localizer: Localizer) -> str:
    return (
        localizer.get_text("until_day", {"day": localizer.format_date(day)})
        if day
        else localizer.get_text("until_closed")
    )


def _campaign_button(campaign: coordinator.CampaignListItem, localizer: Localizer) -> Button:
    about = campaign.about or localizer.get_text("about_anything")
    label = about if campaign.is_open else localizer.get_text("desk_closed_one", {"about": about})
    return Button(label, encode_callback_data(Tap("", 0, "", "desk_page", campaign.code)))
