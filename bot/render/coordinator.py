"""Messages of the coordinator menu: the list of campaigns, a campaign's page, opening, closing and inviting. Pure."""

from collections.abc import Iterable
from datetime import date

from bot.render.buttons import (
    EXPORT_ACTION,
    INVITATION_PREFIX,
    READ_COMMENTS_ACTION,
    SHARE_ACTION,
    make_action_button,
    make_chat_link,
    make_coordinator_button,
    make_results_button,
    make_resume_button,
)
from bot.render.localization import Localizer
from bot.render.messages import Button, Message
from bot.render.prompts import render_campaign_intro
from flows.campaign import CampaignInfo
from flows.events import coordinator
from flows.events.coordinator import OPEN_CAMPAIGN_ACTION
from flows.loader import is_known_flow, load_localization, load_walk
from flows.localization import FluentValue
from flows.schema import REVIEW, WELCOME


def render_coordinator_event(event: coordinator.CoordinatorEvent, localizer: Localizer) -> Message:
    """The message for an event in the coordinator menu."""
    match event:
        case coordinator.CoordinatorMenuShown():
            return _render_menu(event, localizer)
        case coordinator.CampaignPageShown():
            return _render_campaign_page(event, localizer)
        case coordinator.CampaignOpened():
            return _render_opened_campaign(event, localizer)
        case coordinator.CampaignClosureRequested():
            text = _campaign_text(localizer, "closing_asked", event.campaign_info)
            return Message(
                text, _buttons(localizer, ("menu_close_confirmed", "menu_keep_open"), event.campaign_info.code)
            )
        case coordinator.CampaignClosed():
            text = _campaign_text(localizer, "campaign_was_closed", event.campaign_info)
            return Message(text, _buttons(localizer, ("menu",)))
        case coordinator.InvitationRequested():
            return _render_invitation_request(event, localizer)
        case coordinator.InvitationCreated():
            return _render_invitation(event, localizer)
        case coordinator.CoordinatorLeaveRequested():
            return Message(
                localizer.get_text("leaving_asked"), _buttons(localizer, ("menu_leave_confirmed", "menu_stay"))
            )
        case coordinator.CoordinatorLeft():
            return Message(localizer.get_text("menu_left"))


def make_open_campaign_button(localizer: Localizer, prompt: int | None = None) -> Button:
    """The button that begins to open a campaign; with `prompt`, the chat's unfinished run is given up for it."""
    if prompt is None:
        return make_action_button(localizer.get_text("menu_open"), OPEN_CAMPAIGN_ACTION)
    return make_action_button(localizer.get_action_label("open_instead"), OPEN_CAMPAIGN_ACTION, str(prompt))


def _buttons(localizer: Localizer, names: Iterable[str], campaign_code: str = "") -> tuple[Button, ...]:
    return tuple(make_coordinator_button(localizer, name, campaign_code) for name in names)


def _render_menu(event: coordinator.CoordinatorMenuShown, localizer: Localizer) -> Message:
    parts = [localizer.get_text(event.notice)] if event.notice else []
    parts.append(localizer.get_text("menu_intro" if event.campaigns else "menu_empty"))
    if event.omitted_count:
        parts.append(localizer.get_text("menu_omitted", {"number": event.omitted_count}))
    buttons = [_campaign_button(campaign, localizer) for campaign in event.campaigns]
    buttons.append(make_open_campaign_button(localizer))
    buttons += _buttons(localizer, ("menu_invite", "menu_leave") if event.can_leave else ("menu_invite",))
    if event.has_unfinished_run:
        buttons.append(make_resume_button(localizer))
    return Message("\n\n".join(parts), tuple(buttons))


def _campaign_button(campaign: coordinator.CampaignListItem, localizer: Localizer) -> Button:
    about = campaign.about or localizer.get_text("about_anything")
    label = about if campaign.is_open else localizer.get_text("menu_closed_campaign", {"about": about})
    return make_action_button(label, "menu_page", campaign.code)


def _render_campaign_page(event: coordinator.CampaignPageShown, localizer: Localizer) -> Message:
    """The campaign's subject, state, link, texts and numbers."""
    link = make_chat_link(localizer.bot_username, event.campaign_info.code)
    opening_date = localizer.format_date(event.opens_on) if event.opens_on else ""
    closing_date = _closing_date_text(event.closes_on, localizer)
    state_args: dict[str, FluentValue] = {"from": opening_date, "until": closing_date, "link": link}
    intro = render_campaign_intro(event.campaign_info, localizer)
    parts = [
        f"<b>{localizer.format_subject(event.campaign_info.about)}</b>",
        localizer.get_text(f"campaign_{event.state}", state_args),
        "\n".join([localizer.get_text("campaign_says"), *intro]),
        *_release_parts(event, localizer),
    ]
    return Message("\n\n".join(parts), _campaign_page_buttons(event, localizer))


def _campaign_page_buttons(event: coordinator.CampaignPageShown, localizer: Localizer) -> tuple[Button, ...]:
    code = event.campaign_info.code
    buttons: list[Button] = []
    if event.state in {"open", "upcoming"}:
        buttons += _buttons(localizer, (SHARE_ACTION,), code)
    if event.visible_count and is_known_flow(event.flow):
        buttons.append(make_results_button(event.campaign_info.results_code, localizer))
        buttons += _buttons(localizer, (READ_COMMENTS_ACTION, EXPORT_ACTION), code)
    # *Close* can't be undone, so it comes after everything that a campaign offers.
    if event.state != "closed":
        buttons += _buttons(localizer, ("menu_close",), code)
    return (*buttons, *_buttons(localizer, ("menu",)))


def _release_parts(event: coordinator.CampaignPageShown, localizer: Localizer) -> list[str]:
    """How many responses are released and visible, and where people stopped."""
    if not is_known_flow(event.flow):
        return [localizer.get_text("campaign_unshown")]
    key = "campaign_released_closed" if event.state == "closed" else "campaign_released"
    args: dict[str, FluentValue] = {
        "number": event.released_count,
        "seen": event.visible_count,
        "all": "yes" if event.visible_count == event.released_count else "no",
    }
    return [localizer.get_text(key, args), _render_drop_off(event, localizer)]


def _render_drop_off(event: coordinator.CampaignPageShown, localizer: Localizer) -> str:
    """Where people stopped, in the order of the steps, as of the newest release."""
    if not event.released_count:
        return localizer.get_text("campaign_stops_early")
    step_ids = [WELCOME, *(step.id for step in load_walk(event.flow).flow.steps), REVIEW]
    lines = [_drop_off_line(step_id, event, localizer) for step_id in step_ids if step_id in event.drop_offs]
    return "\n".join([localizer.get_text("campaign_stops" if lines else "campaign_no_stops"), *lines])


def _drop_off_line(step_id: str, event: coordinator.CampaignPageShown, localizer: Localizer) -> str:
    name = _step_name(step_id, event.flow, localizer)
    return localizer.get_text("campaign_stop", {"place": name, "number": event.drop_offs[step_id]})


def _step_name(step_id: str, flow_id: str, localizer: Localizer) -> str:
    flow_texts = load_localization(flow_id, localizer.bot_texts.language)
    if flow_texts.has_text(f"{step_id}.name"):
        return flow_texts.format_text(f"{step_id}.name")
    kind = step_id if step_id in {WELCOME, REVIEW} else "fork"
    return localizer.get_text(f"stop_{kind}")


def _render_opened_campaign(event: coordinator.CampaignOpened, localizer: Localizer) -> Message:
    args: dict[str, FluentValue] = {"until": _closing_date_text(event.closes_on, localizer)}
    text = _campaign_text(localizer, "campaign_opened", event.campaign_info, args)
    campaign_buttons = _buttons(localizer, (SHARE_ACTION, "menu_page"), event.campaign_info.code)
    return Message(text, (*campaign_buttons, *_buttons(localizer, ("menu",))))


def _render_invitation_request(event: coordinator.InvitationRequested, localizer: Localizer) -> Message:
    if event.can_invite_others:
        buttons = _buttons(localizer, ("menu_invite_colleague", "menu_invite_group", "menu"))
        return Message(localizer.get_text("inviting_asked"), buttons)
    return Message(
        localizer.get_text("inviting_colleague_asked"), _buttons(localizer, ("menu_invite_colleague", "menu"))
    )


def _render_invitation(event: coordinator.InvitationCreated, localizer: Localizer) -> Message:
    link = make_chat_link(localizer.bot_username, f"{INVITATION_PREFIX}{event.token}")
    key = "invited_colleague" if event.is_colleague else "invited_other"
    text = localizer.get_text(key, {"link": link, "valid": event.valid_days})
    return Message(text, _buttons(localizer, ("menu",)))


def _campaign_text(
    localizer: Localizer, key: str, campaign_info: CampaignInfo, extra_args: dict[str, FluentValue] | None = None
) -> str:
    """The text with the campaign's subject and link."""
    args: dict[str, FluentValue] = {
        "about": localizer.format_subject(campaign_info.about),
        "link": make_chat_link(localizer.bot_username, campaign_info.code),
    }
    return localizer.get_text(key, {**args, **(extra_args or {})})


def _closing_date_text(day: date | None, localizer: Localizer) -> str:
    if day is None:
        return localizer.get_text("until_closed")
    return localizer.get_text("until_day", {"day": localizer.format_date(day)})
