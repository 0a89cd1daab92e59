"""`doctor` names each problem with its fix, reports what works, and leaves nothing behind."""

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


async def test_a_healthy_bot_has_no_problems_and_goes_on_running(
    settings: Settings, emulator: TelegramEmulator, phone: Phone
) -> None:
    async with run_bot_with(settings):
        await Walker(phone).walk_to("viewpoint")
        found = await run_doctor(settings)
        assert {finding.status for finding in found if finding.subject not in {"clock", "backup"}} == {FindingStatus.OK}
        await Walker(phone).walk_to("informed")
    assert emulator.refusals == []


async def test_the_doctor_changes_nothing(
    sqlite_settings: Settings, database_file: Path, emulator: TelegramEmulator, phone: Phone
) -> None:
    async with run_bot_with(sqlite_settings):
        await Walker(phone).walk_to("viewpoint")
    emulator.calls.clear()
    before = folder_state(database_file.parent)
    assert await find_problems(sqlite_settings) == []
    assert folder_state(database_file.parent) == before
    assert set(emulator.calls) == {"getMe", "getWebhookInfo"}, "getUpdates would take updates from a running bot"


async def test_a_missing_database_is_a_warning_and_none_is_created(
    sqlite_settings: Settings, database_file: Path
) -> None:
    assert await find_problems(sqlite_settings) == []
    [found] = await find_findings(sqlite_settings, "database")
    assert (found.status, str(database_file) in found.text) == (FindingStatus.WARNING, True)
    assert folder_state(database_file.parent) == {}


async def test_the_exit_code_is_1_if_there_is_a_problem(
    tmp_path: Path, sqlite_settings: Settings, emulator: TelegramEmulator
) -> None:
    healthy = await run_command(tmp_path, "doctor", **to_environment(sqlite_settings))
    assert (healthy.exit_code, healthy.stderr) == (0, "")
    assert healthy.stdout.endswith("Nothing to fix.\n")
    emulator.has_privacy_mode = False
    assert (await run_command(tmp_path, "doctor", **to_environment(sqlite_settings))).exit_code == 0, (
        "a warning is not a problem"
    )
    unhealthy = await run_command(
        tmp_path, "doctor", **{**to_environment(sqlite_settings), "TELEGRAM_BOT_TOKEN": TOKEN}
    )
    assert (unhealthy.exit_code, unhealthy.stderr) == (1, "")
    assert unhealthy.stdout.endswith("To fix: token.\n")


async def test_every_invalid_setting_is_named_and_the_other_checks_still_run(
    tmp_path: Path, sqlite_settings: Settings
) -> None:
    invalid = {"PORT": "high", "RETENTION_DAYS": "0", "WEBHOOK_URL": "http://example.org", "SECRET_KEY": "short"}
    completed = await run_command(tmp_path, "doctor", **{**to_environment(sqlite_settings), **invalid})
    assert completed.exit_code == 1
    lines = [line for line in completed.stdout.splitlines() if line.startswith("PROBLEM  settings")]
    assert len(lines) == len(invalid)
    assert all(any(name in line for line in lines) for name in invalid)
    assert "ok       token" in completed.stdout
    assert not list((tmp_path / "data").iterdir())


async def test_the_report_never_contains_a_secret(tmp_path: Path, sqlite_settings: Settings) -> None:
    """Neither secrets in invalid settings nor those in the error messages of failed connections."""
    secrets = {
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "SECRET_KEY": PASSWORD * 4,
        "HTTPS_PROXY": f"http://me:{PASSWORD}@127.0.0.1:1",
    }
    for extra in (
        {"DATABASE_URL": f"postgresql://me:{PASSWORD}@127.0.0.1:1/bot", "TELEGRAM_API_URL": "https://example.org"},
        {"DATABASE_URL": f"postgresql://me:{PASSWORD}@127.0.0.1/", "TELEGRAM_API_URL": "http://127.0.0.1:1"},
        {"DATABASE_URL": f"mysql://me:{PASSWORD}@127.0.0.1/bot", "SECRET_KEY": PASSWORD},
    ):
        completed = await run_command(tmp_path, "doctor", **{**to_environment(sqlite_settings), **secrets, **extra})
        assert (completed.exit_code, completed.stderr) == (1, "")
        assert TOKEN.partition(":")[2] not in completed.stdout
        assert PASSWORD not in completed.stdout


async def test_without_a_token_telegram_is_still_checked(sqlite_settings: Settings) -> None:
    [found] = await find_problems(replace_settings(sqlite_settings, telegram_bot_token=None))
    assert (found.subject, "TELEGRAM_BOT_TOKEN" in found.text) == ("token", True)


async def test_an_outbox_entry_that_waits_for_days_is_a_problem_unless_broadcast(
    settings: Settings, database: Database
) -> None:
    outbox_content = OutboxContent("", DEFAULT_FLOW_ID, "en", (NoticeShown("help"),))
    long_ago = {"chat_id": 9, "content": b"", "created_at": 1}
    with database.transaction() as session:
        add_entry(session, 8, outbox_content)
        session.execute(insert(outbox_entries).values(**long_ago, is_broadcast=True))
    assert await find_problems(settings) == [], "entries of a broadcast may be old"
    with database.transaction() as session:
        session.execute(insert(outbox_entries).values(**long_ago, is_broadcast=False))
    [found] = await find_problems(settings)
    assert found.subject == "outbox"
    assert "days; 3 are waiting." in found.text


async def test_dead_letters_are_counted(settings: Settings, database: Database) -> None:
    for _ in range(3):
        add_dead_letter(database, 7, "message", "{}", "KeyError", "here.py:1")
    [found] = await find_findings(settings, "dead letters")
    assert (found.status, found.text[0]) == (FindingStatus.WARNING, "3")
    assert "dead-letters list" in found.text


def folder_state(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """The bytes, modes and times of change of all files in a folder."""
    return {
        one.name: (one.read_bytes(), one.stat().st_mode, one.stat().st_mtime_ns)
        for one in folder.iterdir()
        if one.is_file()
    }


async def test_a_missing_temporary_folder_is_a_problem(
    sqlite_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    [found] = await find_findings(sqlite_settings, "temporary")
    assert (found.status, "set TMPDIR" in found.text) == (FindingStatus.PROBLEM, True)
