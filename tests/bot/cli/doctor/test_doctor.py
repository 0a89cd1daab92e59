"""The doctor: what is wrong is named with its fix, what is well is said so, and nothing is touched."""

import tempfile
from pathlib import Path

import pytest
from sqlalchemy import insert

from bot.cli.doctor.findings import Mark
from bot.emulator import Lookalike
from bot.settings import Settings
from flows.events import Told
from flows.loader import DEFAULT
from storage.conversations.dead_letters import put_aside
from storage.conversations.outbox import Saying, leave
from storage.db.database import Database
from storage.db.schema import outbox
from tests.bot.cli.conftest import changed
from tests.support.bot_process import run
from tests.support.cli import about, as_environment, bot_on, examined, to_mend
from tests.support.phone import Phone
from tests.support.walkers import Walker

TOKEN = "7654321:a-token-of-nobody-that-must-not-be-shown"
PASSWORD = "hush-hush"


async def test_a_bot_that_is_well_is_left_in_peace(settings: Settings, lookalike: Lookalike, phone: Phone) -> None:
    async with bot_on(settings):
        await Walker(phone).to("viewpoint")
        found = await examined(settings)
        assert {finding.mark for finding in found if finding.subject not in {"clock", "backup"}} == {Mark.WELL}
        await Walker(phone).to("informed")
    assert lookalike.refusals == []


async def test_nothing_is_changed_by_looking(on_file: Settings, file: Path, lookalike: Lookalike, phone: Phone) -> None:
    async with bot_on(on_file):
        await Walker(phone).to("viewpoint")
    lookalike.calls.clear()
    before = everything(file.parent)
    assert await to_mend(on_file) == []
    assert everything(file.parent) == before
    assert set(lookalike.calls) == {"getMe", "getWebhookInfo"}, "getUpdates would take updates from a running bot"


async def test_no_database_yet_is_no_fault_and_none_is_made(on_file: Settings, file: Path) -> None:
    assert await to_mend(on_file) == []
    [found] = await about(on_file, "database")
    assert (found.mark, str(file) in found.text) == (Mark.NOTE, True)
    assert everything(file.parent) == {}


async def test_the_exit_code_says_whether_something_must_be_mended(
    tmp_path: Path, on_file: Settings, lookalike: Lookalike
) -> None:
    well = await run(tmp_path, "doctor", **as_environment(on_file))
    assert (well.code, well.err) == (0, "")
    assert well.out.endswith("Nothing to mend.\n")
    lookalike.privacy = False
    assert (await run(tmp_path, "doctor", **as_environment(on_file))).code == 0, "a note is no fault"
    ill = await run(tmp_path, "doctor", **{**as_environment(on_file), "TELEGRAM_BOT_TOKEN": TOKEN})
    assert (ill.code, ill.err) == (1, "")
    assert ill.out.endswith("To mend: token.\n")


async def test_every_bad_setting_is_named_and_the_rest_is_looked_at(tmp_path: Path, on_file: Settings) -> None:
    bad = {"PORT": "high", "RETENTION_DAYS": "0", "WEBHOOK_URL": "http://example.org", "SECRET_KEY": "short"}
    told = await run(tmp_path, "doctor", **{**as_environment(on_file), **bad})
    assert told.code == 1
    lines = [line for line in told.out.splitlines() if line.startswith("MEND     settings")]
    assert len(lines) == len(bad)
    assert all(any(name in line for line in lines) for name in bad)
    assert "well     token" in told.out
    assert not list((tmp_path / "data").iterdir())


async def test_no_secret_is_ever_shown(tmp_path: Path, on_file: Settings) -> None:
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
        told = await run(tmp_path, "doctor", **{**as_environment(on_file), **hidden, **more})
        assert (told.code, told.err) == (1, "")
        assert TOKEN.partition(":")[2] not in told.out
        assert PASSWORD not in told.out


async def test_without_a_token_telegram_is_looked_for_all_the_same(on_file: Settings) -> None:
    [found] = await to_mend(changed(on_file, telegram_bot_token=None))
    assert (found.subject, "TELEGRAM_BOT_TOKEN" in found.text) == ("token", True)


async def test_what_waits_to_be_said_for_long_is_a_fault(settings: Settings, database: Database) -> None:
    saying = Saying("", DEFAULT, "en", (Told("help"),))
    long_ago = {"chat": 9, "saying": b"", "left_at": 1}
    with database.transaction() as tx:
        leave(tx, database.cipher, 8, saying)
        tx.execute(insert(outbox).values(**long_ago, bulk=True))
    assert await to_mend(settings) == [], "many who are told in turn don't wait"
    with database.transaction() as tx:
        tx.execute(insert(outbox).values(**long_ago, bulk=False))
    [found] = await to_mend(settings)
    assert found.subject == "outbox"
    assert "days, and 3 wait" in found.text


async def test_updates_set_aside_are_counted(settings: Settings, database: Database) -> None:
    for _ in range(3):
        put_aside(database, 7, "message", "{}", "KeyError", "here.py:1")
    [found] = await about(settings, "set aside")
    assert (found.mark, found.text[0]) == (Mark.NOTE, "3")
    assert "set-aside list" in found.text


def everything(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """All files there: their bytes, their modes, when they were changed."""
    return {
        one.name: (one.read_bytes(), one.stat().st_mode, one.stat().st_mtime_ns)
        for one in folder.iterdir()
        if one.is_file()
    }


async def test_without_a_folder_for_temporary_files_downloads_can_not_be_written(
    on_file: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    [found] = await about(on_file, "temporary")
    assert (found.mark, "set TMPDIR" in found.text) == (Mark.MEND, True)
