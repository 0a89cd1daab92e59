"""What a coordinator is given from a campaign's page: what it is shared with, and downloads. As events."""

from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec

from sqlalchemy import Connection

from flows.giving import (
    AnyEvent,
    DownloadBegun,
    DownloadGiven,
    DownloadOffered,
    Format,
    GivenAlready,
    InviteGiven,
    Shape,
    ShapeGiven,
    ShareRefused,
    ShareTold,
)
from flows.link import Link
from flows.loading import load
from flows.run import Tapped
from storage.audit import note_act
from storage.cipher import Cipher
from storage.coordinators import Coordinator
from storage.links import link_of
from storage.listing import Listed, campaign_of
from storage.sealed.released import seen_of
from storage.unsaid import waits

SHARE, DOWNLOAD = "desk_share", "desk_download"
FORMATS: dict[str, Format] = {"desk_xlsx": "xlsx", "desk_sav": "sav", "desk_package": "package"}
ACTS = frozenset({SHARE, DOWNLOAD, *FORMATS})
SHAPES: tuple[Shape, ...] = ("picture", "code", "poster")
ACTS_NOTED: dict[type, str] = {ShareTold: "shared", DownloadGiven: "downloaded"}
NEEDED = {"sav": ("pandas", "pyreadstat")}  # an extra: not every bot has them


def give(tx: Connection, cipher: Cipher, who: Coordinator, tap: Tapped, now: datetime) -> tuple[AnyEvent, ...]:
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


def _share(found: Listed, link: Link, now: datetime) -> tuple[AnyEvent, ...]:
    if found.state(now.date()) not in {"open", "early"}:
        return (ShareRefused(link),)
    language = found.language or load(found.flow).flow.language
    if link.promised_by and link.promised_by < now.date():
        link = replace(link, promised_by=None)
    shapes = (ShapeGiven(link, language, shape) for shape in SHAPES)
    return (InviteGiven(link, language), *shapes, ShareTold(link))


def _download(tx: Connection, link: Link, act: str, now: datetime) -> tuple[AnyEvent, ...]:
    wanted = FORMATS.get(act)
    if wanted is None or not seen_of(tx, link.code):
        return (DownloadOffered(link, _formats() if seen_of(tx, link.code) else ()),)
    return DownloadBegun(link), DownloadGiven(link, wanted, now.date())


def _formats() -> tuple[Format, ...]:
    """Those that this bot can write."""
    return tuple(one for one in FORMATS.values() if all(map(find_spec, NEEDED.get(one, ()))))
