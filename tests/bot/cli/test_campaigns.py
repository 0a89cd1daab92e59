"""The commands that create, list and close campaigns while the bot is running."""

from pathlib import Path

import pytest

from bot.settings import Settings
from storage.campaigns.coordinators import load_audit_log
from storage.db.database import Database
from tests.support.campaign_commands import run_campaign_command
from tests.support.cli import run_bot_with
from tests.support.raw_sql import fetch_rows

WILLOW = ["--about", "The Willow", "--asker", "Leeds carers"]
PROMISE = ["--promise", "A page", "--promised-by"]


async def test_create_opens_a_campaign_and_prints_a_link_to_the_bot(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    async with run_bot_with(settings):
        code, out, err = await run_campaign_command(
            tmp_path, settings, "create", *WILLOW, *PROMISE, "2099-03-01", "--closes", "2099-12-31"
        )
    assert (code, err) == (0, "")
    opened, link = out.splitlines()
    made = opened.removesuffix(": opened.")
    assert link == f"The link to share: https://t.me/connection_test_bot?start={made}"
    select = "select about, asker, promised_by, closes_on, is_closed from campaigns where code <> 'general'"
    assert fetch_rows(database, select) == [("The Willow", "Leeds carers", 47_176, 47_481, False)]
    assert [(one.chat_id, one.action, one.campaign) for one in load_audit_log(database)] == [(0, "opened", made)]


async def test_list_shows_the_state_of_each_campaign(
    sqlite_settings: Settings, sqlite_database: Database, tmp_path: Path
) -> None:
    await run_campaign_command(tmp_path, sqlite_settings, "create", *WILLOW)
    await run_campaign_command(
        tmp_path, sqlite_settings, "create", "--about", "Oak", "--asker", "y", "--opens", "2099-01-01"
    )
    [(code,)] = fetch_rows(sqlite_database, "select code from campaigns where about = 'The Willow'")
    closed = await run_campaign_command(tmp_path, sqlite_settings, "close", f" {str(code).upper()}")
    assert closed[1].startswith(f"{code}: closed. Nobody new can start")
    assert await run_campaign_command(tmp_path, sqlite_settings, "close", str(code)) == (
        0,
        f"{code}: was closed already.\n",
        "",
    )
    _, out, _ = await run_campaign_command(tmp_path, sqlite_settings, "list")
    assert [line.split()[1:] for line in out.splitlines()] == [
        ["state", "released", "organisation", "who", "asks", "about"],
        ["open", "0", "-"],
        ["not", "yet", "0", "home", "y", "Oak"],
        ["closed", "0", "home", "Leeds", "carers", "The", "Willow"],
    ]
    assert fetch_rows(
        sqlite_database, "select participation_key, is_closed from campaigns where about = 'The Willow'"
    ) == [(None, True)]
    assert [one.action for one in load_audit_log(sqlite_database)] == ["opened", "opened", "closed"]


@pytest.mark.parametrize(
    ("arguments", "number", "expected"),
    [
        (["close", "nobody"], 1, "There is no campaign nobody: `campaign list` shows all campaigns.\n"),
        (["close", "\udcff"], 2, "this is not UTF-8 text"),
        (["create", "--about", "\n ", "--asker", "y"], 1, "--about is blank"),
        (["create", "--about", "x", "--asker", ""], 1, "--asker is blank"),
        (["create", "--about", "x", "--asker", "\udcff"], 2, "this is not UTF-8 text"),
        (["create", *WILLOW, "--promised-by", "2099-01-01"], 1, "--promised-by goes with --promise"),
        (["create", *WILLOW, *PROMISE, "2020-01-01"], 1, "--promised-by is over already: give a later day."),
        (["hand-over", "general", "9999999999999999999"], 2, "less than or equal to 4503599627370496"),
        (["close", "general"], 1, "Could not: general is for all who come without a link: it stays open.\n"),
        (["create", *WILLOW, "--closes", "2020-01-01"], 1, "Could not: --closes is over already: give a later day.\n"),
        (["create", *WILLOW, "--closes", "31/3/27"], 2, "does not match the format"),
        (["create", "--about", "x" * 81, "--asker", "y"], 1, "--about is longer than 80 characters"),
        (["create", "--about", "x"], 2, "--asker"),
    ],
)
async def test_a_refused_command_prints_one_sentence_and_changes_nothing(
    sqlite_settings: Settings,
    sqlite_database: Database,
    tmp_path: Path,
    arguments: list[str],
    number: int,
    expected: str,
) -> None:
    code, out, err = await run_campaign_command(tmp_path, sqlite_settings, *arguments)
    assert (code, out) == (number, "")
    assert expected in err
    assert fetch_rows(sqlite_database, "select code, is_closed from campaigns") == [("general", False)]
    assert load_audit_log(sqlite_database) == []


async def test_texts_become_one_line_and_a_link_without_the_bot_s_name_has_a_hint(
    sqlite_database: Database, tmp_path: Path
) -> None:
    unreachable = Settings(_env_file=None, database_url=str(sqlite_database.engine.url))
    expected = (
        "--about",
        " The\nWillow ",
        "--asker",
        "Leeds\tcarers",
        "--promise",
        "A\r\npage",
        "--welcome",
        "Hello,\n\nall",
    )
    done, out, _ = await run_campaign_command(tmp_path, unreachable, "create", *expected)
    assert done == 0
    hint = "Put the bot's name in place of YOUR_BOT: Telegram can't be asked for it just now, see doctor."
    assert out.splitlines()[2:] == [hint]
    select = "select about, asker, promise, welcome from campaigns where code <> 'general'"
    assert fetch_rows(sqlite_database, select) == [("The Willow", "Leeds carers", "A page", "Hello, all")]
