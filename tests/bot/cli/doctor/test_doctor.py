"""The doctor: what is wrong is named with its fix, what is well is said so, and nothing is touched."""

import tempfile
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.cli.doctor.findings import FindingStatus
from bot.emulator import TelegramEmulator
from bot.settings import Settings
from flows.events import NoticeShown
from flows.loader import DEFAULT_FLOW_ID
from storage.conversations.dead_letters import add_dead_letter
from storage.conversations.outbox import OutboxContent, add_entry
from storage.db.database import Database
from storage.db.schema import outbox_entries
from tests.support.bot_process import run_command
from tests.support.cli import find_findings, find_problems, replace_settings, run_bot_with, run_doctor, to_environment
from tests.support.phone import Phone
from tests.support.walkers import Walker

TOKEN = "7654321:a-token-of-nobody-that-must-not-be-shown"
PASSWORD = "hush-hush"


async def test_a_bot_that_is_well_is_left_in_peace(
    settings: Settings, emulator: TelegramEmulator, phone: Phone
) -> None:
    async with run_bot_with(settings):
        await Walker(phone).walk_to("viewpoint")
        found = await run_doctor(settings)
        assert {finding.status for finding in found if finding.subject not in {"clock", "backup"}} == {FindingStatus.OK}
        await Walker(phone).walk_to("informed")
    assert emulator.refusals == []


async def test_nothing_is_changed_by_looking(
    sqlite_settings: Settings, database_file: Path, emulator: TelegramEmulator, phone: Phone
) -> None:
    async with run_bot_with(sqlite_settings):
        await Walker(phone).walk_to("viewpoint")
    emulator.calls.clear()
    before = everything(database_file.parent)
    assert await find_problems(sqlite_settings) == []
    assert everything(database_file.parent) == before
    assert set(emulator.calls) == {"getMe", "getWebhookInfo"}, "getUpdates would take updates from a running bot"


async def test_no_database_yet_is_no_fault_and_none_is_made(sqlite_settings: Settings, database_file: Path) -> None:
    assert await find_problems(sqlite_settings) == []
    [found] = await find_findings(sqlite_settings, "database")
    assert (found.status, str(database_file) in found.text) == (FindingStatus.WARNING, True)
    assert everything(database_file.parent) == {}


async def test_the_exit_code_says_whether_something_must_be_mended(
    tmp_path: Path, sqlite_settings: Settings, emulator: TelegramEmulator
) -> None:
    well = await run_command(tmp_path, "doctor", **to_environment(sqlite_settings))
    assert (well.exit_code, well.stderr) == (0, "")
    assert well.stdout.endswith("Nothing to fix.\n")
    emulator.has_privacy_mode = False
    assert (await run_command(tmp_path, "doctor", **to_environment(sqlite_settings))).exit_code == 0, (
        "a note is no fault"
    )
    ill = await run_command(tmp_path, "doctor", **{**to_environment(sqlite_settings), "TELEGRAM_BOT_TOKEN": TOKEN})
    assert (ill.exit_code, ill.stderr) == (1, "")
    assert ill.stdout.endswith("To fix: token.\n")


async def test_every_bad_setting_is_named_and_the_rest_is_looked_at(tmp_path: Path, sqlite_settings: Settings) -> None:
    bad = {"PORT": "high", "RETENTION_DAYS": "0", "WEBHOOK_URL": "http://example.org", "SECRET_KEY": "short"}
    told = await run_command(tmp_path, "doctor", **{**to_environment(sqlite_settings), **bad})
    assert told.exit_code == 1
    lines = [line for line in told.stdout.splitlines() if line.startswith("PROBLEM  settings")]
    assert len(lines) == len(bad)
    assert all(any(name in line for line in lines) for name in bad)
    assert "ok       token" in told.stdout
    assert not list((tmp_path / "data").iterdir())


async def test_no_secret_is_ever_shown(tmp_path: Path, sqlite_settings: Settings) -> None:
    """Not of settings that can't be used either, nor where what they lead to fails."""
    hidden = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "SECRET_KEY": PASSWORD * 4,
        "HTTPS_PROXY": f"http://me:{PASSWORD}@127.0.0.1:1",
    }
    for more in (
        {"DATABASE_URL": f"postgresql://me:{PASSWORD}@127.0.0.1:1/bot", "TELEGRAM_API_URL": "https://example.org"},
        {"DATABASE_URL": f"postgresql://me:{PASSWORD}@127.0.0.1/", "TELEGRAM_API_URL": "http://127.0.0.1:1"},
        {"DATABASE_URL": f"mysql://me:{PASSWORD}@127.0.0.1/bot", "SECRET_KEY": PASSWORD},
    ):
        told = await run_command(tmp_path, "doctor", **{**to_environment(sqlite_settings), **hidden, **more})
        assert (told.exit_code, told.stderr) == (1, "")
        assert TOKEN.partition(":")[2] not in told.stdout
        assert PASSWORD not in told.stdout


async def test_without_a_token_telegram_is_looked_for_all_the_same(sqlite_settings: Settings) -> None:
    [found] = await find_problems(replace_settings(sqlite_settings, telegram_bot_token=None))
    assert (found.subject, "TELEGRAM_BOT_TOKEN" in found.text) == ("token", True)


async def test_what_waits_to_be_said_for_long_is_a_fault(settings: Settings, database: Database) -> None:
    saying = OutboxContent("", DEFAULT_FLOW_ID, "en", (NoticeShown("help"),))
    long_ago = {"chat_id": 9, "content": b"", "created_at": 1}
    with database.transaction() as session:
        add_entry(session, 8, saying)
        session.execute(insert(outbox_entries).values(**long_ago, is_broadcast=True))
    assert await find_problems(settings) == [], "many who are told in turn don't wait"
    with database.transaction() as session:
        session.execute(insert(outbox_entries).values(**long_ago, is_broadcast=False))
    [found] = await find_problems(settings)
    assert found.subject == "outbox"
    assert "days; 3 are waiting." in found.text


async def test_updates_set_aside_are_counted(settings: Settings, database: Database) -> None:
    for _ in range(3):
        add_dead_letter(database, 7, "message", "{}", "KeyError", "here.py:1")
    [found] = await find_findings(settings, "set aside")
    assert (found.status, found.text[0]) == (FindingStatus.WARNING, "3")
    assert "set-aside list" in found.text


def everything(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """All files there: their bytes, their modes, when they were changed."""
    return {
        one.name: (one.read_bytes(), one.stat().st_mode, one.stat().st_mtime_ns)
        for one in folder.iterdir()
        if one.is_file()
    }


async def test_without_a_folder_for_temporary_files_downloads_can_not_be_written(
    sqlite_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    [found] = await find_findings(sqlite_settings, "temporary")
    assert (found.status, "set TMPDIR" in found.text) == (FindingStatus.PROBLEM, True)
