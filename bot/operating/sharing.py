"""What a campaign is shared with: its QR code, a poster, a picture for group chats, and its links."""

from collections.abc import Iterator
from pathlib import Path

from bot.linking import link, link_for_groups
from bot.operating.campaigns import NAMELESS
from bot.operating.showing import NotShown, refuse_any, written
from bot.pictures.drawing import Shared, draw
from bot.together.asking import BEFORE
from bot.together.inviting import invitation_of, words_to_pass_on
from bot.words import plain
from flows.link import Link
from storage.audit import OPERATOR, note_act
from storage.campaigns import GENERAL, CampaignUnknown
from storage.database import Database
from storage.links import link_of

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
