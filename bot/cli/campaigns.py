"""Campaigns by command line: opened, listed, closed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from bot.cli.common import lined
from bot.cli.doctor.telegram import Unreachable, ask
from bot.cli.results import NotShown, refuse_any, written
from bot.graphics.drawing import Shared, draw
from bot.render.buttons import BEFORE, link, link_for_groups
from bot.render.localization import plain
from bot.render.sharing import invitation_of, words_to_pass_on
from bot.settings import Settings
from flows.campaign import Link
from storage.access import list_all_campaigns
from storage.campaigns.coordinators import OPERATOR, find_coordinator, home, note_act
from storage.campaigns.repository import (
    GENERAL,
    LONGEST,
    CampaignUnknown,
    Plan,
    link_of,
    move_to,
    one_line,
    open_campaign,
)
from storage.db.database import Database
from storage.retention import close_noted

STATES = {"open": "open", "closed": "closed", "early": "not yet", "over": "over", "left": "no flow"}
NOBODY_S = "-"  # an organisation's name where there is none: columns stay columns
NAMELESS = "YOUR_BOT"  # in links, where Telegram can't be asked for the bot's name


class NotOpened(Exception):
    """A campaign can't be opened, or closed, as it was asked for."""


class NotHandedOver(Exception):
    """A campaign can't be given to whom it was asked for."""


def create(database: Database, plan: Plan, me: str) -> Iterator[str]:
    """Opens a campaign for those in COORDINATOR_IDS, and gives its link. Raises `NotOpened`, `StorageFault`."""
    plan = _in_lines(plan)
    blank = next((name for name in ("about", "asker") if not getattr(plan, name)), None)
    if blank:
        raise NotOpened(f"--{blank} is blank: people read it before they answer. Give a few words.")
    long = next((name for name, most in LONGEST.items() if len(getattr(plan, name)) > most), None)
    if long:
        raise NotOpened(f"--{long} is longer than {LONGEST[long]} characters: it would not fit a phone or a poster.")
    if plan.opens_on and plan.closes_on and plan.closes_on < plan.opens_on:
        raise NotOpened("--closes is before --opens: give a later day.")
    if plan.closes_on and plan.closes_on < _today():
        raise NotOpened("--closes is over already: give a later day.")
    if plan.promised_by and not plan.promise:
        raise NotOpened("--promised-by goes with --promise: say what people get back, too.")
    if plan.promised_by and plan.promised_by < _today():
        raise NotOpened("--promised-by is over already: give a later day.")
    with database.transaction() as tx:
        code = open_campaign(tx, replace(plan, organisation=home(tx)))
        note_act(tx, OPERATOR, "opened", code)
    yield f"{code}: opened."
    yield f"The link to share: {link(me, code)}"
    yield from about_name(me)


def about_name(me: str) -> Iterator[str]:
    """A word on links in which the bot's name is missing."""
    if me == NAMELESS:
        yield f"Put the bot's name in place of {NAMELESS}: Telegram can't be asked for it just now, see doctor."


def table(database: Database) -> Iterator[str]:
    """A line for each campaign: its code, whether it is open, how many responses are released, whose it is, what it is
    about.
    """
    rows = [
        (one.code, STATES[one.state(_today())], str(one.released), one.organisation or NOBODY_S, one.asker, one.about)
        for one in list_all_campaigns(database)
    ]
    yield from lined(("code", "state", "released", "organisation", "who asks", "about"), *rows)


def close(database: Database, code: str) -> Iterator[str]:
    """Closes a campaign for good. Raises `NotOpened`, `StorageFault`."""
    if code == GENERAL:
        raise NotOpened(f"{GENERAL} is for all who come without a link: it stays open.")
    with database.transaction() as tx:
        closed = close_noted(tx, OPERATOR, code)
    database.settle()
    if not closed:
        yield f"{code}: was closed already."
        return
    yield f"{code}: closed. Nobody can begin there any more, and who took part can't be found out by anybody."


def hand_over(database: Database, code: str, chat: int, *, named: bool) -> Iterator[str]:
    """Gives a campaign to the organisation of this coordinator. Raises `NotHandedOver`, `StorageFault`."""
    if code == GENERAL:
        raise NotHandedOver(f"{GENERAL} is for all who come without a link: it belongs to nobody.")
    with database.transaction() as tx:
        to = find_coordinator(tx, chat, named=named)
        if to is None:
            raise NotHandedOver(f"{chat} is no coordinator: `coordinators list` shows who is.")
        move_to(tx, code, to.organisation)
        note_act(tx, OPERATOR, "handed_over", code, whom=chat)
    yield f"{code}: it stands in the menu of {chat} now, and of who shares their campaigns."


async def name_of(settings: Settings) -> str:
    """The bot's username; `NAMELESS` where Telegram can't be asked."""
    try:
        answer = await ask(settings, "getMe") if settings.token else None
    except Unreachable:
        return NAMELESS
    return str(answer.result["username"]) if answer and isinstance(answer.result, dict) else NAMELESS


def _in_lines(plan: Plan) -> Plan:
    """Without line breaks: what it says stands in labels and on posters."""
    about, asker, promise, welcome = map(one_line, (plan.about, plan.asker, plan.promise, plan.welcome))
    return replace(plan, about=about, asker=asker, promise=promise, welcome=welcome)


def _today() -> date:
    return datetime.now(UTC).date()


# @@DOC What a campaign is shared with: its QR code, a poster, a picture for group chats, and its links.
CODE, POSTER, PICTURE, LINKS = "code.png", "poster.pdf", "picture.png", "links.txt"


def share(database: Database, code: str, me: str, language: str, to: Path) -> Iterator[str]:
    """Writes all of it into a folder. `me`: the bot's username. Raises `NotShown`, `StorageFault`."""
    if code == GENERAL:
        raise NotShown(f"{GENERAL} is for all who come without a link: it has none to share.")
    with database.transaction() as tx:
        found = link_of(tx, code)
    if found is None:
        raise CampaignUnknown(code)
    if me == NAMELESS:
        raise NotShown("Telegram can't be asked for the bot's name: see doctor, or give it with --bot NAME.")
    if not to.is_dir():
        raise NotShown(f"{to} is no folder: make it first.")
    refuse_any(to, CODE, POSTER, PICTURE, LINKS)
    invitation = invitation_of(found, me, language)
    files = {
        CODE: draw(Shared(invitation, "code")),
        POSTER: draw(Shared(invitation, "poster")),
        PICTURE: draw(Shared(invitation, "picture")),
        LINKS: _links(found, me, language).encode(),
    }
    yield from written((to / name, content) for name, content in files.items())
    with database.transaction() as tx:
        note_act(tx, OPERATOR, "shared", code)


def _links(found: Link, me: str, language: str) -> str:
    parts = {
        "A message to pass on": plain(words_to_pass_on(found, me, language)),
        "To answer": link(me, found.code),
        "To add the bot to a Telegram group": link_for_groups(me, found.code),
    }
    if found.results:
        parts["What people said, once enough have answered"] = link(me, BEFORE + found.results)
    return "\n".join(f"{what}:\n{said}\n" for what, said in parts.items())
