"""The desk: a coordinator's menu, the campaigns of their organisation, invitations. It asks nothing of a flow.

Rights are looked at here, in the turn's own transaction, and nowhere in a button. Who has none gets None: the walk
answers, as it does to a command or a button that does not exist.
"""

from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec

from sqlalchemy import Connection

from bot.handlers.moderation import is_review, take_review
from bot.render.buttons import DOWNLOAD, INVITATION, SHARE
from flows.campaign import Link
from flows.events import Event, Told
from flows.events.coordinator import (
    CampaignClosed,
    CampaignShown,
    ClosingAsked,
    DeskLeft,
    DeskShown,
    DownloadBegun,
    DownloadGiven,
    DownloadOffered,
    ExportEvent,
    Format,
    GivenAlready,
    Invited,
    InviteGiven,
    InvitingAsked,
    LeavingAsked,
    OnDesk,
    Shape,
    ShapeGiven,
    ShareRefused,
    ShareTold,
)
from flows.loader import load
from flows.models import Commanded, Reply, Run, Tapped, Turn
from storage.access import Listed, campaign_of, campaigns_of
from storage.anonymity.drop_off import stopped
from storage.anonymity.periods import seen_of
from storage.campaigns.coordinators import VALID_FOR, Coordinator, accept, find_coordinator, invite, note_act, take_out
from storage.campaigns.repository import link_of
from storage.conversations.outbox import waits
from storage.conversations.runs import Came
from storage.db.encryption import Cipher
from storage.retention import close_noted

# @@DOC What a coordinator is given from a campaign's page: what it is shared with, and downloads. As events.
FORMATS: dict[str, Format] = {"desk_xlsx": "xlsx", "desk_sav": "sav", "desk_package": "package"}
EXPORT_ACTIONS = frozenset({SHARE, DOWNLOAD, *FORMATS})
SHAPES: tuple[Shape, ...] = ("picture", "code", "poster")
ACTS_NOTED: dict[type, str] = {ShareTold: "shared", DownloadGiven: "downloaded"}
NEEDED = {"sav": ("pandas", "pyreadstat")}  # an extra: not every bot has them


def give(tx: Connection, cipher: Cipher, who: Coordinator, tap: Tapped, now: datetime) -> tuple[ExportEvent, ...]:
    """What follows on one of `ACTS`. Nothing, where the campaign is not of this coordinator's organisation."""
    found = campaign_of(tx, who.organisation, tap.value)
    link = link_of(tx, tap.value) if found else None
    if not (found and link):
        return ()
    events = _share(found, link, now) if tap.act == SHARE else _download(tx, link, tap.act, now)
    if waits(tx, cipher, who.chat, events[-1]):  # an impatient second tap
        return (GivenAlready(),)
    act = ACTS_NOTED.get(type(events[-1]))
    if act:
        note_act(tx, who.chat, act, link.code)
    return events


def _share(found: Listed, link: Link, now: datetime) -> tuple[ExportEvent, ...]:
    if found.state(now.date()) not in {"open", "early"}:
        return (ShareRefused(link),)
    language = found.language or load(found.flow).flow.language
    if link.promised_by and link.promised_by < now.date():
        link = replace(link, promised_by=None)
    shapes = (ShapeGiven(link, language, shape) for shape in SHAPES)
    return (InviteGiven(link, language), *shapes, ShareTold(link))


def _download(tx: Connection, link: Link, act: str, now: datetime) -> tuple[ExportEvent, ...]:
    wanted = FORMATS.get(act)
    if wanted is None or not seen_of(tx, link.code):
        return (DownloadOffered(link, _formats() if seen_of(tx, link.code) else ()),)
    return DownloadBegun(link), DownloadGiven(link, wanted, now.date())


def _formats() -> tuple[Format, ...]:
    """Those that this bot can write."""
    return tuple(one for one in FORMATS.values() if all(map(find_spec, NEEDED.get(one, ()))))


OWN = frozenset({"desk", "desk_page", "desk_close", "desk_closed", "desk_invite", "desk_colleague", "desk_other"})
LEAVING = frozenset({"desk_leave", "desk_left"})
ACTS = OWN | LEAVING | EXPORT_ACTIONS
MOST = 50  # campaigns in the menu: Telegram takes 100 buttons


def take_at_desk(tx: Connection, cipher: Cipher, came: Came, run: Run, reply: Reply, now: datetime) -> Turn | None:
    """The turn, which leaves the run where it is. None: this is for the walk."""
    token = invitation_in(reply)
    if token is None and not is_for_desk(reply):
        return None
    who = find_coordinator(tx, came.chat, named=came.named)
    if who and isinstance(reply, Tapped) and reply.act in EXPORT_ACTIONS:
        given = give(tx, cipher, who, reply, now)
        return Turn(replace(run, seen_at=now), given) if given else None
    if is_review(reply):
        reviewed = take_review(tx, who, reply, now) if who else ()
        return Turn(replace(run, seen_at=now), reviewed) if reviewed else None
    event: Event | None = None
    if token is not None:
        event = _take_invitation(tx, cipher, came, who, token, now)
    elif who:
        event = _at(tx, cipher, who, reply, now)
    if event is None:
        return None
    return Turn(replace(run, seen_at=now), (_with_way_back(event, run),))


def invitation_in(reply: Reply) -> str | None:
    """The token of an invitation whose link was followed."""
    match reply:
        case Commanded("start", words) if words.casefold().startswith(INVITATION):
            return words[len(INVITATION) :]
    return None


def is_for_desk(reply: Reply) -> bool:
    """Whether this means something to a coordinator only."""
    match reply:
        case Commanded("coordinator"):
            return True
        case Tapped(act=act):
            return act in ACTS or is_review(reply)
    return False


def _take_invitation(
    tx: Connection, cipher: Cipher, came: Came, who: Coordinator | None, token: str, now: datetime
) -> Event:
    """Who is a coordinator already leaves the invitation to somebody else."""
    if who:
        return _menu(tx, who, now, notice="coordinator_already")
    if accept(tx, cipher, token, came.chat, now):
        joined = find_coordinator(tx, came.chat, named=False)
        assert joined
        return _menu(tx, joined, now, notice="coordinator_now")
    return Told("invitation_gone")


def _at(tx: Connection, cipher: Cipher, who: Coordinator, reply: Reply, now: datetime) -> Event | None:
    match reply:
        case Commanded() | Tapped(act="desk"):
            return _menu(tx, who, now)
        case Tapped(act="desk_page" | "desk_close" | "desk_closed", value=code):
            found = campaign_of(tx, who.organisation, code)
            return _at_campaign(tx, who, reply.act, found, now) if found else None
        case Tapped(act=act) if act in LEAVING:
            return None if who.named else _leaving(tx, who, act)
        case Tapped(act=act) if who.named or act != "desk_other":
            return _inviting(tx, cipher, who, act, now)
    return None


def _menu(tx: Connection, who: Coordinator, now: datetime, notice: str | None = None) -> DeskShown:
    """Those that are open stand first."""
    found = [OnDesk(one.code, one.about, _is_open(one, now)) for one in campaigns_of(tx, who.organisation)]
    found.sort(key=lambda one: not one.open)
    return DeskShown(tuple(found[:MOST]), not who.named, notice, left_out=len(found[MOST:]))


def _at_campaign(tx: Connection, who: Coordinator, act: str, found: Listed, now: datetime) -> Event:
    link = link_of(tx, found.code)
    assert link
    if act == "desk_page" or found.closed:
        stops, seen = stopped(tx, found.code), seen_of(tx, found.code)
        state = found.state(now.date())
        return CampaignShown(link, found.flow, state, found.opens_on, found.closes_on, found.released, seen, stops)
    if act == "desk_close":
        return ClosingAsked(link)
    close_noted(tx, who.chat, found.code)
    return CampaignClosed(link)


def _inviting(tx: Connection, cipher: Cipher, who: Coordinator, act: str, now: datetime) -> Event:
    if act == "desk_invite":
        return InvitingAsked(others=who.named)
    colleague = act == "desk_colleague"
    return Invited(invite(tx, cipher, who, now, colleague=colleague), colleague, VALID_FOR.days)


def _leaving(tx: Connection, who: Coordinator, act: str) -> Event:
    """Whom the operator names can't leave here: the setting would make them one again."""
    if act == "desk_leave":
        return LeavingAsked()
    take_out(tx, who.chat)
    note_act(tx, who.chat, "left")
    return DeskLeft()


def _is_open(one: Listed, now: datetime) -> bool:
    return one.state(now.date()) in {"open", "early"}


def _with_way_back(event: Event, run: Run) -> Event:
    """Something is unfinished in this chat: there is a way back to it."""
    if not run.ask:
        return event
    match event:
        case DeskShown():
            return replace(event, underway=True)
        case Told():
            return replace(event, button="carry_on")
    return event
