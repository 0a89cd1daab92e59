"""What the commands on campaigns do: open, list, close, hand over, share."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from bot.cli.common import format_table
from bot.cli.doctor.telegram import TelegramUnreachableError, call_method
from bot.cli.results import OutputError, require_new_files, write_all_or_none
from bot.graphics.drawing import ShareMaterial, draw
from bot.render.buttons import RESULTS_LINK_PREFIX, make_chat_link, make_group_link
from bot.render.localization import strip_tags
from bot.render.sharing import make_invitation, render_share_text
from bot.settings import Settings
from flows.campaign import CampaignInfo
from storage.access import load_overviews
from storage.campaigns.coordinators import OPERATOR_ID, ensure_home_organisation, find_coordinator, record_action
from storage.campaigns.repository import (
    GENERAL_CAMPAIGN,
    MAX_TEXT_LENGTHS,
    CampaignPlan,
    UnknownCampaignError,
    collapse_whitespace,
    find_campaign_info,
    open_campaign,
    transfer_campaign,
)
from storage.db.database import Database
from storage.retention import close_and_record

STATE_NAMES = {
    "open": "open",
    "closed": "closed",
    "upcoming": "not yet",
    "ended": "over",
    "flow_missing": "no flow",
}
NO_ORGANISATION = "-"  # in the table, so that columns stay columns
BOT_NAME_PLACEHOLDER = "YOUR_BOT"  # in links, if Telegram cannot be asked for the bot's name
QR_CODE_FILE, POSTER_FILE, PICTURE_FILE, LINKS_FILE = "code.png", "poster.pdf", "picture.png", "links.txt"


class CampaignChangeRefusedError(Exception):
    """A campaign cannot be opened or closed as requested."""


class CampaignTransferRefusedError(Exception):
    """A campaign cannot be handed over as requested."""


def create_and_report(database: Database, plan: CampaignPlan, bot_username: str) -> Iterator[str]:
    """Opens a campaign for the coordinators in COORDINATOR_IDS and yields its link.

    Raises `CampaignChangeRefusedError` or `StorageError`.
    """
    plan = _without_line_breaks(plan)
    _check_texts(plan)
    _check_days(plan)
    with database.transaction() as session:
        code = open_campaign(session, replace(plan, organisation=ensure_home_organisation(session)))
        record_action(session, OPERATOR_ID, "opened", code)
    yield f"{code}: opened."
    yield f"The link to share: {make_chat_link(bot_username, code)}"
    yield from warn_missing_bot_name(bot_username)


def warn_missing_bot_name(bot_username: str) -> Iterator[str]:
    """Yields a hint if links carry a placeholder instead of the bot's name."""
    if bot_username == BOT_NAME_PLACEHOLDER:
        yield (
            f"Put the bot's name in place of {BOT_NAME_PLACEHOLDER}: "
            "Telegram can't be asked for it just now, see doctor."
        )


def format_campaign_table(database: Database) -> Iterator[str]:
    """Yields a table of all campaigns: code, state, released responses, organisation, who asks, about what."""
    rows = [
        (
            campaign.code,
            STATE_NAMES[campaign.find_state(_today())],
            str(campaign.released_count),
            campaign.organisation or NO_ORGANISATION,
            campaign.asker,
            campaign.about,
        )
        for campaign in load_overviews(database)
    ]
    yield from format_table(("code", "state", "released", "organisation", "who asks", "about"), *rows)


def close_and_report(database: Database, code: str) -> Iterator[str]:
    """Closes a campaign for good. Raises `CampaignChangeRefusedError` or `StorageError`."""
    if code == GENERAL_CAMPAIGN:
        raise CampaignChangeRefusedError(f"{GENERAL_CAMPAIGN} is for all who come without a link: it stays open.")
    with database.transaction() as session:
        is_newly_closed = close_and_record(session, OPERATOR_ID, code)
    database.checkpoint()
    if not is_newly_closed:
        yield f"{code}: was closed already."
        return
    yield f"{code}: closed. Nobody new can start, and nobody can find out who took part."


def transfer_and_report(database: Database, code: str, chat_id: int, *, is_configured: bool) -> Iterator[str]:
    """Gives a campaign to a coordinator's organisation. Raises `CampaignTransferRefusedError` or `StorageError`."""
    if code == GENERAL_CAMPAIGN:
        raise CampaignTransferRefusedError(
            f"{GENERAL_CAMPAIGN} is for all who come without a link: it belongs to nobody."
        )
    with database.transaction() as session:
        coordinator = find_coordinator(session, chat_id, is_configured=is_configured)
        if coordinator is None:
            raise CampaignTransferRefusedError(f"{chat_id} is not a coordinator: `coordinators list` shows who is.")
        transfer_campaign(session, code, coordinator.organisation)
        record_action(session, OPERATOR_ID, "transferred", code, target_chat_id=chat_id)
    yield f"{code}: now in the menu of {chat_id} and their colleagues."


async def load_bot_username(settings: Settings) -> str:
    """Returns the bot's username, or `BOT_NAME_PLACEHOLDER` if Telegram cannot be asked."""
    try:
        response = await call_method(settings, "getMe") if settings.token else None
    except TelegramUnreachableError:
        return BOT_NAME_PLACEHOLDER
    return str(response.result["username"]) if response and isinstance(response.result, dict) else BOT_NAME_PLACEHOLDER


def _check_texts(plan: CampaignPlan) -> None:
    for name in ("about", "asker"):
        if not getattr(plan, name):
            raise CampaignChangeRefusedError(f"--{name} is blank: people read it before they answer. Give a few words.")
    for name, max_length in MAX_TEXT_LENGTHS.items():
        if len(getattr(plan, name)) > max_length:
            raise CampaignChangeRefusedError(
                f"--{name} is longer than {max_length} characters: it would not fit a phone or a poster."
            )


def _check_days(plan: CampaignPlan) -> None:
    if plan.opens_on and plan.closes_on and plan.closes_on < plan.opens_on:
        raise CampaignChangeRefusedError("--closes is before --opens: give a later day.")
    if plan.closes_on and plan.closes_on < _today():
        raise CampaignChangeRefusedError("--closes is over already: give a later day.")
    if plan.promised_by and not plan.promise:
        raise CampaignChangeRefusedError("--promised-by goes with --promise: say what people get back, too.")
    if plan.promised_by and plan.promised_by < _today():
        raise CampaignChangeRefusedError("--promised-by is over already: give a later day.")


def _without_line_breaks(plan: CampaignPlan) -> CampaignPlan:
    # Its texts are shown in labels and on posters, where a line break would break the layout.
    about, asker, promise, welcome = map(collapse_whitespace, (plan.about, plan.asker, plan.promise, plan.welcome))
    return replace(plan, about=about, asker=asker, promise=promise, welcome=welcome)


def _today() -> date:
    return datetime.now(UTC).date()


def share_and_report(database: Database, code: str, bot_username: str, language: str, folder: Path) -> Iterator[str]:
    """Writes the QR code, the poster, the picture and the links into a folder.

    Raises `OutputError` or `StorageError`.
    """
    if code == GENERAL_CAMPAIGN:
        raise OutputError(f"{GENERAL_CAMPAIGN} is for all who come without a link: it has none to share.")
    with database.transaction() as session:
        campaign_info = find_campaign_info(session, code)
    if campaign_info is None:
        raise UnknownCampaignError(code)
    if bot_username == BOT_NAME_PLACEHOLDER:
        raise OutputError("Telegram can't be asked for the bot's name: see doctor, or give it with --bot NAME.")
    if not folder.is_dir():
        raise OutputError(f"{folder} is not a folder: create it first.")
    require_new_files(folder, QR_CODE_FILE, POSTER_FILE, PICTURE_FILE, LINKS_FILE)
    invitation = make_invitation(campaign_info, bot_username, language)
    files = {
        QR_CODE_FILE: draw(ShareMaterial(invitation, "code")),
        POSTER_FILE: draw(ShareMaterial(invitation, "poster")),
        PICTURE_FILE: draw(ShareMaterial(invitation, "picture")),
        LINKS_FILE: _format_links(campaign_info, bot_username, language).encode(),
    }
    yield from write_all_or_none((folder / name, content) for name, content in files.items())
    with database.transaction() as session:
        record_action(session, OPERATOR_ID, "shared", code)


def _format_links(campaign_info: CampaignInfo, bot_username: str, language: str) -> str:
    sections = {
        "A message to pass on": strip_tags(render_share_text(campaign_info, bot_username, language)),
        "To answer": make_chat_link(bot_username, campaign_info.code),
        "To add the bot to a Telegram group": make_group_link(bot_username, campaign_info.code),
    }
    if campaign_info.results_code:
        sections["What people said, once enough have answered"] = make_chat_link(
            bot_username, RESULTS_LINK_PREFIX + campaign_info.results_code
        )
    return "\n".join(f"{title}:\n{text}\n" for title, text in sections.items())
