"""What a campaign is shared with: its files lead into the campaign, and a code that is read off them does too."""

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


def opened_on(database: Database) -> str:
    with database.transaction() as session:
        return open_campaign(session, WILLOW_PLAN)


def links(folder: Path) -> list[str]:
    """What a phone's camera finds on each."""
    poster = render_pdf_page((folder / "poster.pdf").read_bytes())
    pictures = (Image.open(BytesIO((folder / name).read_bytes())) for name in ("code.png", "picture.png"))
    return [link for image in (poster, *pictures) for link in scan_qr_codes(image)]


async def test_each_code_leads_into_the_campaign(
    bot: RunningBot,
    sqlite_database: Database,
    sqlite_settings: Settings,
    output_folder: Path,
    emulator: TelegramEmulator,
) -> None:
    code = opened_on(sqlite_database)
    done, out, err = await run_campaign_command(
        output_folder.parent, sqlite_settings, "share", code, "--to", str(output_folder)
    )
    assert (done, err, len(out.splitlines())) == (0, "", 4)
    assert list_files(output_folder) == FILES
    link = f"https://t.me/connection_test_bot?start={code}"
    assert links(output_folder) == [link] * 3
    phone = Phone(emulator, 7)
    phone.type_text(f"/start {links(output_folder)[0].partition('?start=')[2]}")
    assert "would like to know about The <Willow> day centre." in (await phone.receive()).text
    words = extract_pdf_text((output_folder / "poster.pdf").read_bytes())
    assert "Whatweheard(by1March2057)" in words
    told = (output_folder / "links.txt").read_text("utf-8").splitlines()
    [(key,)] = bot.fetch_rows("select results_code from campaigns where code = ?", code)
    how = "It takes about three minutes, mostly taps, in the app Telegram. Nobody asks your name."
    assert told == [
        "A message to pass on:",
        "Carers & friends would like to know how The <Willow> day centre works for you.",
        "",
        "“We are glad that you came”",
        "",
        f"{how} You can stop at any time.",
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


async def test_a_name_that_telegram_can_not_be_asked_for_may_be_given(
    sqlite_database: Database, output_folder: Path
) -> None:
    code = opened_on(sqlite_database)
    away = Settings(_env_file=None, database_url=str(sqlite_database.engine.url))
    done, out, err = await run_campaign_command(output_folder.parent, away, "share", code, "--to", str(output_folder))
    assert (done, out) == (1, "")
    assert err == "Could not: Telegram can't be asked for the bot's name: see doctor, or give it with --bot NAME.\n"
    done, _, _ = await run_campaign_command(
        output_folder.parent, away, "share", code, "--to", str(output_folder), "--bot", "https://t.me/willow_bot"
    )
    assert (done, set(links(output_folder))) == (0, {f"https://t.me/willow_bot?start={code}"})
    assert [(one.chat_id, one.action, one.campaign) for one in load_audit_log(sqlite_database)] == [(0, "shared", code)]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--bot", "my bot/x", "this is not a bot's username"),
        ("--bot", "@abc", "this is not a bot's username"),
        ("--language", "xx", "there are no texts in it; there are in: en"),
    ],
)
async def test_what_leads_nowhere_is_wrong_use(
    sqlite_database: Database, sqlite_settings: Settings, output_folder: Path, option: str, value: str, said: str
) -> None:
    code = opened_on(sqlite_database)
    arguments = ("share", code, "--to", str(output_folder), "--bot", "willow_bot", option, value)
    done, out, err = await run_campaign_command(output_folder.parent, sqlite_settings, *arguments)
    assert (done, out, said in " ".join(err.split())) == (2, "", True), err
    assert list_files(output_folder) == []


def test_on_a_full_disk_nothing_is_left(output_folder: Path) -> None:
    """The second file can't be written: a folder of its own is in the way, as a full disk would be."""
    (output_folder / "poster.pdf").mkdir()
    with pytest.raises(OutputError):
        list(write_all_or_none([(output_folder / "code.png", b"code"), (output_folder / "poster.pdf", b"poster")]))
    assert list_files(output_folder) == ["poster.pdf"]


async def test_what_can_not_be_done_is_one_sentence_and_writes_nothing(
    sqlite_database: Database, sqlite_settings: Settings, output_folder: Path
) -> None:
    code = opened_on(sqlite_database)
    (output_folder / "poster.pdf").touch()
    for which, to, said in (
        (
            code,
            output_folder,
            "poster.pdf is there already: nothing is overwritten; choose another folder, or take the files away.",
        ),
        (code, output_folder / "no", "is not a folder: create it first."),
        ("nowhere", output_folder, "There is no campaign nowhere: `campaign list` shows all campaigns."),
        ("general", output_folder, "general is for all who come without a link: it has none to share."),
    ):
        arguments = ("share", which, "--to", str(to), "--bot", "willow_bot")
        done, out, err = await run_campaign_command(output_folder.parent, sqlite_settings, *arguments)
        assert (done, out, err.count("\n"), said in err) == (1, "", 1, True), err
    assert list_files(output_folder) == ["poster.pdf"]
