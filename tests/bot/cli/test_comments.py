"""The commands that moderate comments while the bot is running."""

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
COMMENTS = ["one line\nand another", "\x1b[31mred\x1b[0m", *(f"words of {person}" for person in range(10))]


@pytest.fixture
def commented_settings(sqlite_settings: Settings, sqlite_database: Database) -> Settings:
    """The settings of a database with released comments."""
    release_answers(sqlite_database, add_comments(make_random_answers(Random(1), 30), COMMENTS), release_size=K)
    return sqlite_settings


async def run_comments_command(folder: Path, settings: Settings, *arguments: str) -> tuple[int, str, str]:
    ended = await run_command(folder, "comments", *arguments, "--campaign", "general", **to_environment(settings))
    return ended.exit_code, ended.stdout, ended.stderr


def comment_ids(out: str) -> dict[str, str]:
    """{first line of a comment: its id}"""
    lines = out.splitlines()
    return {said.strip(): line.split()[0] for line, said in pairwise(lines) if line[0] != " "}


async def test_list_shows_comments_without_control_characters(commented_settings: Settings, tmp_path: Path) -> None:
    code, out, err = await run_comments_command(tmp_path, commented_settings, "list")
    assert (code, err, len(comment_ids(out))) == (0, "", 12)
    assert "  informed_why\n    one line\n    and another\n" in out
    assert "\x1b" not in out


async def test_approve_and_withhold_set_a_comment_s_state_and_undo_resets_it(
    commented_settings: Settings, sqlite_database: Database, tmp_path: Path
) -> None:
    found = comment_ids((await run_comments_command(tmp_path, commented_settings, "list"))[1])
    good, bad = found["words of 1"], found["words of 2"]
    assert await run_comments_command(tmp_path, commented_settings, "approve", good) == (
        0,
        "1 comment: approved.\n",
        "",
    )
    assert await run_comments_command(tmp_path, commented_settings, "withhold", bad, found["words of 3"]) == (
        0,
        "2 comments: withheld.\n",
        "",
    )
    assert await run_comments_command(tmp_path, commented_settings, "undo", found["words of 3"]) == (
        0,
        "1 comment: new.\n",
        "",
    )
    assert comment_ids(
        (await run_comments_command(tmp_path, commented_settings, "list", "--state", "withheld"))[1]
    ) == {"words of 2": bad}
    with open_release_view(sqlite_database, "general", K) as campaign:
        exported = {row[2]: row[3] for row in build_export(campaign).comments.iter_rows()}
    assert exported["words of 1"] == "approved"
    assert "words of 2" not in exported
    assert len(exported) == 11
    assert audit_entries(sqlite_database) == [(0, "approved"), (0, "withheld"), (0, "reset")]


def audit_entries(database: Database) -> list[tuple[int, str]]:
    """(chat, action) of each entry of the campaign's audit log."""
    return [(entry.chat_id, entry.action) for entry in load_audit_log(database) if entry.campaign == "general"]


async def test_hide_replaces_words_of_a_comment_until_unhide(
    commented_settings: Settings, sqlite_database: Database, tmp_path: Path
) -> None:
    before = (await run_comments_command(tmp_path, commented_settings, "list"))[1]
    comment_id = comment_ids(before)["words of 4"]
    assert await run_comments_command(tmp_path, commented_settings, "hide", comment_id, "WORDS", "4") == (
        0,
        "2 words: hidden.\n",
        "",
    )
    assert (
        comment_ids((await run_comments_command(tmp_path, commented_settings, "list"))[1])["[hidden] of [hidden]"]
        == comment_id
    )
    assert await run_comments_command(tmp_path, commented_settings, "unhide", comment_id) == (
        0,
        "All words are shown.\n",
        "",
    )
    assert (await run_comments_command(tmp_path, commented_settings, "list"))[1] == before
    code, out, err = await run_comments_command(tmp_path, commented_settings, "hide", comment_id, "words", "nowhere")
    assert (code, out) == (1, "")
    assert err == (
        "Could not: The comment has no word nowhere: write it as `comments list` shows it, without signs around it.\n"
    )
    assert (await run_comments_command(tmp_path, commented_settings, "list"))[1] == before, (
        "either all words are hidden or none"
    )
    assert (await run_comments_command(tmp_path, commented_settings, "hide", "nobody", "words"))[0] == 1
    assert audit_entries(sqlite_database) == [(0, "redacted"), (0, "restored")], "a refused command is not recorded"
    assert (await run_comments_command(tmp_path, commented_settings, "unhide", "nobody"))[0] == 1


async def test_a_refused_command_prints_one_line(commented_settings: Settings, tmp_path: Path) -> None:
    code, out, err = await run_comments_command(tmp_path, commented_settings, "approve", "nobody")
    assert (code, out) == (1, "")
    assert err == "Could not: nobody: there is no such comment (any more). `comments list` shows all comments.\n"
    code, out, _ = await run_comments_command(tmp_path, commented_settings, "list", "--state", "approved")
    text = "No comments of general are approved. Comments on a question appear once there are 10 of them.\n"
    assert (code, out) == (0, text)
    assert (await run_comments_command(tmp_path, commented_settings, "approve"))[0] == 2
