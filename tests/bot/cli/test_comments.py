"""The commands on comments: somebody reads them, beside the running bot, before everybody may."""

from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from bot.settings import Settings
from storage.anonymity.gateway import open_release_view
from storage.campaigns.coordinators import load_audit_log
from storage.db.database import Database
from storage.export.tables import build_export
from tests.support.bot_process import run_command
from tests.support.cli import to_environment
from tests.support.random_responses import add_comments, make_random_answers, release_answers

K = 10
SAID = ["one line\nand another", "\x1b[31mred\x1b[0m", *(f"words of {person}" for person in range(10))]


@pytest.fixture
def commented_settings(sqlite_settings: Settings, sqlite_database: Database) -> Settings:
    """The settings of a database where people said something."""
    release_answers(sqlite_database, add_comments(make_random_answers(Random(1), 30), SAID), release_size=K)
    return sqlite_settings


async def comments(folder: Path, settings: Settings, *arguments: str) -> tuple[int, str, str]:
    ended = await run_command(folder, "comments", *arguments, "--campaign", "general", **to_environment(settings))
    return ended.exit_code, ended.stdout, ended.stderr


def ids(out: str) -> dict[str, str]:
    """{the words' first line: id}"""
    lines = out.splitlines()
    return {said.strip(): line.split()[0] for line, said in pairwise(lines) if line[0] != " "}


async def test_they_are_listed_and_no_terminal_obeys_them(commented_settings: Settings, tmp_path: Path) -> None:
    code, out, err = await comments(tmp_path, commented_settings, "list")
    assert (code, err, len(ids(out))) == (0, "", 12)
    assert "  informed_why\n    one line\n    and another\n" in out
    assert "\x1b" not in out


async def test_approved_and_withheld_they_are_listed_as_such_and_it_can_be_undone(
    commented_settings: Settings, sqlite_database: Database, tmp_path: Path
) -> None:
    there = ids((await comments(tmp_path, commented_settings, "list"))[1])
    good, bad = there["words of 1"], there["words of 2"]
    assert await comments(tmp_path, commented_settings, "approve", good) == (0, "1 comment: approved.\n", "")
    assert await comments(tmp_path, commented_settings, "withhold", bad, there["words of 3"]) == (
        0,
        "2 comments: withheld.\n",
        "",
    )
    assert await comments(tmp_path, commented_settings, "undo", there["words of 3"]) == (0, "1 comment: new.\n", "")
    assert ids((await comments(tmp_path, commented_settings, "list", "--state", "withheld"))[1]) == {"words of 2": bad}
    with open_release_view(sqlite_database, "general", K) as campaign:
        given = {row[2]: row[3] for row in build_export(campaign).comments.iter_rows()}
    assert given["words of 1"] == "approved"
    assert "words of 2" not in given
    assert len(given) == 11
    assert noted(sqlite_database) == [(0, "approved"), (0, "withheld"), (0, "reset")]


def noted(database: Database) -> list[tuple[int, str]]:
    """Who did what with the campaign."""
    return [(one.chat_id, one.action) for one in load_audit_log(database) if one.campaign == "general"]


async def test_hidden_words_are_listed_as_hidden_until_they_are_shown_again(
    commented_settings: Settings, sqlite_database: Database, tmp_path: Path
) -> None:
    before = (await comments(tmp_path, commented_settings, "list"))[1]
    one = ids(before)["words of 4"]
    assert await comments(tmp_path, commented_settings, "hide", one, "WORDS", "4") == (0, "2 words: hidden.\n", "")
    assert ids((await comments(tmp_path, commented_settings, "list"))[1])["[hidden] of [hidden]"] == one
    assert await comments(tmp_path, commented_settings, "unhide", one) == (0, "All words are shown.\n", "")
    assert (await comments(tmp_path, commented_settings, "list"))[1] == before
    code, out, err = await comments(tmp_path, commented_settings, "hide", one, "words", "nowhere")
    assert (code, out) == (1, "")
    assert err == (
        "Could not: The comment has no word nowhere: write it as `comments list` shows it, without signs around it.\n"
    )
    assert (await comments(tmp_path, commented_settings, "list"))[1] == before, "all of them, or none"
    assert (await comments(tmp_path, commented_settings, "hide", "nobody", "words"))[0] == 1
    assert noted(sqlite_database) == [(0, "redacted"), (0, "restored")], "what was not done is not noted"
    assert (await comments(tmp_path, commented_settings, "unhide", "nobody"))[0] == 1


async def test_what_can_not_be_done_is_one_sentence(commented_settings: Settings, tmp_path: Path) -> None:
    code, out, err = await comments(tmp_path, commented_settings, "approve", "nobody")
    assert (code, out) == (1, "")
    assert err == "Could not: nobody: there is no such comment (any more). `comments list` shows all comments.\n"
    code, out, _ = await comments(tmp_path, commented_settings, "list", "--state", "approved")
    assert (code, out) == (0, "No comments of general are approved. A question's show once there are 10 of them.\n")
    assert (await comments(tmp_path, commented_settings, "approve"))[0] == 2
