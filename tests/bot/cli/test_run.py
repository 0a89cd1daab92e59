"""`run` imports only what every bot needs: each listed library costs time and memory, and few bots use it."""

import asyncio
from asyncio.subprocess import Process
from pathlib import Path

from bot.emulator import TelegramEmulator, serve_emulator
from storage.db.database import open_database
from tests.support.bot_process import make_process_settings, run_in_background

UNUSED_MODULES = {
    "PIL",
    "alembic",
    "fpdf",
    "phonenumbers",
    "psycopg",
    "rapidfuzz",
    "rich.segment",
    "uvicorn",
    "xlsxwriter",
}
START_TIMEOUT_SECONDS = 60


async def test_a_start_imports_only_what_every_bot_needs(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path}/bot.db").close()
    async with serve_emulator(TelegramEmulator()) as url:
        settings = make_process_settings(url, tmp_path / "bot.db") | {"LOG_LEVEL": "info"}
        async with run_in_background(tmp_path, "run", **settings, PYTHONPROFILEIMPORTTIME="1") as process:
            modules = await read_imported_modules(process)
    assert "sqlalchemy" in modules
    assert modules & UNUSED_MODULES == set()


async def read_imported_modules(process: Process) -> set[str]:
    """Returns the modules that the process imports before it logs that it has started."""
    assert process.stderr
    modules = set[str]()
    async with asyncio.timeout(START_TIMEOUT_SECONDS):
        async for line in process.stderr:
            if b"the bot has started" in line:
                break
            modules.add(line.decode().rpartition("|")[2].strip())
    return modules
