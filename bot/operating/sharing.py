"""What a campaign is shared with: its QR code, a poster, a picture for group chats, and its links."""

from collections.abc import Iterator
from pathlib import Path

from bot.linking import link
from bot.operating.campaigns import NAMELESS
from bot.operating.showing import NotShown, refuse_any, written
from bot.pictures.codes import draw_code
from bot.pictures.inviting import draw_poster, draw_sharing
from bot.together.asking import BEFORE
from bot.together.inviting import invitation_of
from flows.link import Link
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
    refuse_any(*(to / name for name in (CODE, POSTER, PICTURE, LINKS)))
    invitation = invitation_of(found, me, language)
    files = {
        CODE: draw_code(invitation.link),
        POSTER: draw_poster(invitation),
        PICTURE: draw_sharing(invitation),
        LINKS: _links(found, me).encode(),
    }
    yield from written((to / name, content) for name, content in files.items())


def _links(found: Link, me: str) -> str:
    results = f"\nWhat people said, once enough have answered:\n{link(me, BEFORE + found.results)}\n"
    return f"To answer:\n{link(me, found.code)}\n" + (results if found.results else "")
