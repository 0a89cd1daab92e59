"""The files for sharing a campaign: QR codes and links that lead into it."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.cli.results import OutputError, write_all_or_none
from bot.emulator import TelegramEmulator
from bot.settings import Settings
from storage.campaigns.coordinators import load_audit_log
from storage.campaigns.repository import open_campaign
from storage.db.database import Database
from tests.support.campaign_commands import run_campaign_command
from tests.support.campaigns import WILLOW_PLAN
from tests.support.cli import list_files
from tests.support.graphics_samples import extract_pdf_text, render_pdf_page, scan_qr_codes
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot

FILES = ["code.png", "links.txt", "picture.png", "poster.pdf"]


def open_willow_campaign(database: Database) -> str:
    with database.transaction() as session:
        return open_campaign(session, WILLOW_PLAN)


def scan_links(folder: Path) -> list[str]:
    """The links in the QR codes of the poster and the pictures."""
    poster = render_pdf_page((folder / "poster.pdf").read_bytes())
    pictures = (Image.open(BytesIO((folder / name).read_bytes())) for name in ("code.png", "picture.png"))
    return [link for image in (poster, *pictures) for link in scan_qr_codes(image)]


async def test_each_qr_code_leads_into_the_campaign(
    bot: RunningBot,
    sqlite_database: Database,
    sqlite_settings: Settings,
    output_folder: Path,
    emulator: TelegramEmulator,
) -> None:
    code = open_willow_campaign(sqlite_database)
    status, out, err = await run_campaign_command(
        output_folder.parent, sqlite_settings, "share", code, "--to", str(output_folder)
    )
    assert (status, err, len(out.splitlines())) == (0, "", 4)
    assert list_files(output_folder) == FILES
    link = f"https://t.me/connection_test_bot?start={code}"
    assert scan_links(output_folder) == [link] * 3
    phone = Phone(emulator, 7)
    phone.type_text(f"/start {scan_links(output_folder)[0].partition('?start=')[2]}")
    assert "would like to know about The <Willow> day centre." in (await phone.receive()).text
    words = extract_pdf_text((output_folder / "poster.pdf").read_bytes())
    assert "Whatweheard(by1March2057)" in words
    message_lines = (output_folder / "links.txt").read_text("utf-8").splitlines()
    [(key,)] = bot.fetch_rows("select results_code from campaigns where code = ?", code)
    explanation = "It takes about three minutes, mostly taps, in the app Telegram. Nobody asks your name."
    assert message_lines == [
        "A message to pass on:",
        "Carers & friends would like to know how The <Willow> day centre works for you.",
        "",
        "“We are glad that you came”",
        "",
        f"{explanation} You can stop at any time.",
        "",
        "What you get back: What we heard (by 1 March 2057)",
        "",
        "Press here to begin:",
        link,
        "",
        "To answer:",
        link,
        "",
        "To add the bot to a Telegram group:",
        f"https://t.me/connection_test_bot?startgroup={code}",
        "",
        "What people said, once enough have answered:",
        f"https://t.me/connection_test_bot?start=r-{key}",
    ]


async def test_the_bot_s_name_can_be_given_if_telegram_is_unreachable(
    sqlite_database: Database, output_folder: Path
) -> None:
    code = open_willow_campaign(sqlite_database)
    unreachable = Settings(_env_file=None, database_url=str(sqlite_database.engine.url))
    status, out, err = await run_campaign_command(
        output_folder.parent, unreachable, "share", code, "--to", str(output_folder)
    )
    assert (status, out) == (1, "")
    assert err == "Could not: Telegram can't be asked for the bot's name: see doctor, or give it with --bot NAME.\n"
    status, _, _ = await run_campaign_command(
        output_folder.parent, unreachable, "share", code, "--to", str(output_folder), "--bot", "https://t.me/willow_bot"
    )
    assert (status, set(scan_links(output_folder))) == (0, {f"https://t.me/willow_bot?start={code}"})
    assert [(one.chat_id, one.action, one.campaign) for one in load_audit_log(sqlite_database)] == [(0, "shared", code)]


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--bot", "my bot/x", "this is not a bot's username"),
        ("--bot", "@abc", "this is not a bot's username"),
        ("--language", "xx", "there are no texts in it; there are in: en"),
    ],
)
async def test_an_invalid_bot_name_or_language_exits_with_2(
    sqlite_database: Database, sqlite_settings: Settings, output_folder: Path, option: str, value: str, expected: str
) -> None:
    code = open_willow_campaign(sqlite_database)
    arguments = ("share", code, "--to", str(output_folder), "--bot", "willow_bot", option, value)
    status, out, err = await run_campaign_command(output_folder.parent, sqlite_settings, *arguments)
    assert (status, out, expected in " ".join(err.split())) == (2, "", True), err
    assert list_files(output_folder) == []


def test_if_one_file_cannot_be_written_none_is_left(output_folder: Path) -> None:
    """A folder in the second file's place makes writing it fail, as a full disk would."""
    (output_folder / "poster.pdf").mkdir()
    with pytest.raises(OutputError):
        list(write_all_or_none([(output_folder / "code.png", b"code"), (output_folder / "poster.pdf", b"poster")]))
    assert list_files(output_folder) == ["poster.pdf"]


async def test_a_refused_command_prints_one_sentence_and_writes_nothing(
    sqlite_database: Database, sqlite_settings: Settings, output_folder: Path
) -> None:
    code = open_willow_campaign(sqlite_database)
    (output_folder / "poster.pdf").touch()
    for campaign_code, to, expected in (
        (
            code,
            output_folder,
            "poster.pdf is there already: nothing is overwritten; choose another folder, or take the files away.",
        ),
        (code, output_folder / "no", "is not a folder: create it first."),
        ("nowhere", output_folder, "There is no campaign nowhere: `campaign list` shows all campaigns."),
        ("general", output_folder, "general is for all who come without a link: it has none to share."),
    ):
        arguments = ("share", campaign_code, "--to", str(to), "--bot", "willow_bot")
        status, out, err = await run_campaign_command(output_folder.parent, sqlite_settings, *arguments)
        assert (status, out, err.count("\n"), expected in err) == (1, "", 1, True), err
    assert list_files(output_folder) == ["poster.pdf"]
