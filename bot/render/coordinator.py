"""What coordinators are told at their desk. Pure."""

from datetime import date

from bot.render.buttons import BEGIN, DOWNLOAD, INVITATION, SHARE, desk_button, link, show_results
from bot.render.localization import Voice
from bot.render.messages import Button, Message
from bot.render.prompts import asked_by
from flows.callback_data import carried
from flows.campaign import Link
from flows.events import coordinator
from flows.events.coordinator import OPEN
from flows.loader import is_known, load, words_of
from flows.localization import Value
from flows.models import Tapped
from flows.schema import CHECK, WELCOME


def tell_desk(event: coordinator.CoordinatorEvent, voice: Voice) -> Message:
    """What is said of one event at the desk."""
    match event:
        case coordinator.DeskShown():
            return _menu(event, voice)
        case coordinator.CampaignShown():
            return _page(event, voice)
        case coordinator.CampaignOpened():
            text = _about(voice, "campaign_opened", event.link, {"until": _until(event.closes_on, voice)})
            onward = (desk_button(voice, name, event.link.code) for name in (SHARE, "desk_page"))
            return Message(text, (*onward, desk_button(voice, "desk")))
        case coordinator.ClosingAsked():
            yes, no = (
                desk_button(voice, "desk_closed", event.link.code),
                desk_button(voice, "desk_stays", event.link.code),
            )
            return Message(_about(voice, "closing_asked", event.link), (yes, no))
        case coordinator.CampaignClosed():
            return Message(_about(voice, "campaign_was_closed", event.link), (desk_button(voice, "desk"),))
        case coordinator.InvitingAsked():
            ways = ("desk_colleague", "desk_other", "desk") if event.others else ("desk_colleague", "desk")
            text = voice.say("inviting_asked" if event.others else "inviting_colleague_asked")
            return Message(text, tuple(desk_button(voice, way) for way in ways))
        case coordinator.Invited():
            return _invited(event, voice)
        case coordinator.LeavingAsked():
            return Message(
                voice.say("leaving_asked"), tuple(desk_button(voice, one) for one in ("desk_left", "desk_not"))
            )
        case coordinator.DeskLeft():
            return Message(voice.say("desk_was_left"))


def opening(voice: Voice, ask: int | None = None) -> Button:
    """The button that begins to open a campaign; with `ask`, what is unfinished in the chat is given up for it."""
    label = voice.say("desk_open") if ask is None else voice.way("open_instead")
    return Button(label, carried(Tapped("", 0, "", OPEN, "" if ask is None else str(ask))))


def _menu(event: coordinator.DeskShown, voice: Voice) -> Message:
    parts = [voice.say(event.notice)] if event.notice else []
    parts.append(voice.say("desk_menu" if event.campaigns else "desk_empty"))
    if event.left_out:
        parts.append(voice.say("desk_left_out", {"number": event.left_out}))
    buttons = [_to_page(one, voice) for one in event.campaigns]
    buttons.append(opening(voice))
    buttons.append(desk_button(voice, "desk_invite"))
    buttons += [desk_button(voice, "desk_leave")] if event.leaves else []
    buttons += [voice.button(voice.say("back_to_questions"), "", 0, "resume")] if event.underway else []
    return Message("\n\n".join(parts), tuple(buttons))


def _page(event: coordinator.CampaignShown, voice: Voice) -> Message:
    """What it says, its link, when it is open, and its numbers."""
    days = {"from": voice.date(event.opens_on) if event.opens_on else "", "until": _until(event.closes_on, voice)}
    closed, known = event.state == "closed", is_known(event.flow)
    parts = [
        f"<b>{voice.subject(event.link.about)}</b>",
        voice.say(f"campaign_{event.state}", {**days, "link": link(voice.me, event.link.code)}),
        "\n".join([voice.say("campaign_says"), *asked_by(event.link, voice)]),
        *(_numbers(event, voice) if known else [voice.say("campaign_unshown")]),
    ]
    # What is to be had of a campaign stands before *Close*, which can't be undone and so stands last.
    share = [desk_button(voice, SHARE, event.link.code)] if event.state in {"open", "early"} else []
    results = [show_results(event.link.results, voice)] if event.seen and known else []
    results += [desk_button(voice, act, event.link.code) for act in (BEGIN, DOWNLOAD)] if results else []
    close = [] if closed else [desk_button(voice, "desk_close", event.link.code)]
    return Message("\n\n".join(parts), (*share, *results, *close, desk_button(voice, "desk")))


def _numbers(event: coordinator.CampaignShown, voice: Voice) -> list[str]:
    closed = "_closed" if event.state == "closed" else ""
    everything = "yes" if event.seen == event.released else "no"
    shown: dict[str, Value] = {"number": event.released, "seen": event.seen, "all": everything}
    return [voice.say(f"campaign_released{closed}", shown), _stops(event, voice)]


def _stops(event: coordinator.CampaignShown, voice: Voice) -> str:
    """Where people stop, in the order of the walk: as of the newest release."""
    if not event.released:
        return voice.say("campaign_stops_early")
    order = [WELCOME, *(place.id for place in load(event.flow).flow.places), CHECK]
    lines = [
        voice.say("campaign_stop", {"place": _place(place, event.flow, voice), "number": event.stops[place]})
        for place in order
        if place in event.stops
    ]
    return "\n".join([voice.say("campaign_stops" if lines else "campaign_no_stops"), *lines])


def _place(place: str, flow: str, voice: Voice) -> str:
    words = words_of(flow, voice.own.language)
    return words.text(f"{place}.name") if words.has(f"{place}.name") else voice.say(f"stop_{_kind(place)}")


def _kind(place: str) -> str:
    return place if place in {WELCOME, CHECK} else "fork"


def _invited(event: coordinator.Invited, voice: Voice) -> Message:
    args: dict[str, Value] = {"link": link(voice.me, f"{INVITATION}{event.token}"), "valid": event.days}
    text = voice.say("invited_colleague" if event.colleague else "invited_other", args)
    return Message(text, (desk_button(voice, "desk"),))


def _about(voice: Voice, key: str, of: Link, more: dict[str, Value] | None = None) -> str:
    return voice.say(key, {"about": voice.subject(of.about), "link": link(voice.me, of.code), **(more or {})})


def _until(day: date | None, voice: Voice) -> str:
    return voice.say("until_day", {"day": voice.date(day)}) if day else voice.say("until_closed")


def _to_page(one: coordinator.OnDesk, voice: Voice) -> Button:
    about = one.about or voice.say("about_anything")
    label = about if one.open else voice.say("desk_closed_one", {"about": about})
    return Button(label, carried(Tapped("", 0, "", "desk_page", one.code)))
