"""What a campaign is shared with: its files lead into the campaign, and a code that is read off them does too."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.cli.results import NotShown, written
from bot.emulator import Lookalike
from bot.settings import Settings
from storage.campaigns.coordinators import all_acts
from storage.campaigns.repository import open_campaign
from storage.db.database import Database
from tests.bot.cli.test_campaigns import campaign
from tests.bot.handlers.test_campaign_links import WILLOW
from tests.support.cli import inside
from tests.support.graphics_samples import printed, scanned, text_of
from tests.support.phone import Phone
from tests.support.running_bot import Running

FILES = ["code.png", "links.txt", "picture.png", "poster.pdf"]


def opened_on(database: Database) -> str:
    with database.transaction() as tx:
        return open_campaign(tx, WILLOW)


def links(folder: Path) -> list[str]:
    """What a phone's camera finds on each."""
    poster = printed((folder / "poster.pdf").read_bytes())
    pictures = (Image.open(BytesIO((folder / name).read_bytes())) for name in ("code.png", "picture.png"))
    return [link for image in (poster, *pictures) for link in scanned(image)]


async def test_each_code_leads_into_the_campaign(
    bot: Running, database_on_file: Database, on_file: Settings, folder: Path, lookalike: Lookalike
) -> None:
    code = opened_on(database_on_file)
    done, out, err = await campaign(folder.parent, on_file, "share", code, "--to", str(folder))
    assert (done, err, len(out.splitlines())) == (0, "", 4)
    assert inside(folder) == FILES
    link = f"https://t.me/connection_test_bot?start={code}"
    assert links(folder) == [link] * 3
    phone = Phone(lookalike, 7)
    phone.type(f"/start {links(folder)[0].partition('?start=')[2]}")
    assert "would like to know about The <Willow> day centre." in (await phone.hears()).text
    words = text_of((folder / "poster.pdf").read_bytes())
    assert "Whatweheard(by1March2057)" in words
    told = (folder / "links.txt").read_text("utf-8").splitlines()
    [(key,)] = bot.rows("select results from campaigns where code = ?", code)
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


async def test_a_name_that_telegram_can_not_be_asked_for_may_be_given(database_on_file: Database, folder: Path) -> None:
    code = opened_on(database_on_file)
    away = Settings(_env_file=None, database_url=str(database_on_file.engine.url))
    done, out, err = await campaign(folder.parent, away, "share", code, "--to", str(folder))
    assert (done, out) == (1, "")
    assert err == "Could not: Telegram can't be asked for the bot's name: see doctor, or give it with --bot NAME.\n"
    done, _, _ = await campaign(
        folder.parent, away, "share", code, "--to", str(folder), "--bot", "https://t.me/willow_bot"
    )
    assert (done, set(links(folder))) == (0, {f"https://t.me/willow_bot?start={code}"})
    assert [(one.chat, one.name, one.campaign) for one in all_acts(database_on_file)] == [(0, "shared", code)]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--bot", "my bot/x", "this is no bot's username"),
        ("--bot", "@abc", "this is no bot's username"),
        ("--language", "xx", "there are no words in it; there are in: en"),
    ],
)
async def test_what_leads_nowhere_is_wrong_use(
    database_on_file: Database, on_file: Settings, folder: Path, option: str, value: str, said: str
) -> None:
    code = opened_on(database_on_file)
    arguments = ("share", code, "--to", str(folder), "--bot", "willow_bot", option, value)
    done, out, err = await campaign(folder.parent, on_file, *arguments)
    assert (done, out, said in " ".join(err.split())) == (2, "", True), err
    assert inside(folder) == []


def test_on_a_full_disk_nothing_is_left(folder: Path) -> None:
    """The second file can't be written: a folder of its own is in the way, as a full disk would be."""
    (folder / "poster.pdf").mkdir()
    with pytest.raises(NotShown):
        list(written([(folder / "code.png", b"code"), (folder / "poster.pdf", b"poster")]))
    assert inside(folder) == ["poster.pdf"]


async def test_what_can_not_be_done_is_one_sentence_and_writes_nothing(
    database_on_file: Database, on_file: Settings, folder: Path
) -> None:
    code = opened_on(database_on_file)
    (folder / "poster.pdf").touch()
    for which, to, said in (
        (
            code,
            folder,
            "poster.pdf is there already: nothing is overwritten; choose another folder, or take the files away.",
        ),
        (code, folder / "no", "is no folder: make it first."),
        ("nowhere", folder, "There is no campaign nowhere: `campaign list` shows those there are."),
        ("general", folder, "general is for all who come without a link: it has none to share."),
    ):
        arguments = ("share", which, "--to", str(to), "--bot", "willow_bot")
        done, out, err = await campaign(folder.parent, on_file, *arguments)
        assert (done, out, err.count("\n"), said in err) == (1, "", 1, True), err
    assert inside(folder) == ["poster.pdf"]
