"""What tests of the operator's commands share: a bot on any database, its settings for a process, the doctor's word."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from bot.app import serve
from bot.cli.doctor import examine
from bot.cli.doctor.findings import Finding, Mark
from bot.settings import Settings


@asynccontextmanager
async def bot_on(settings: Settings) -> AsyncIterator[None]:
    """A bot that runs; stopped in order."""
    stopping = asyncio.Event()
    task = asyncio.create_task(serve(settings, stopping), name="bot")
    try:
        yield
    finally:
        stopping.set()
        await task


def as_environment(settings: Settings) -> dict[str, str]:
    """The same settings for a process of its own."""
    given = settings.model_dump(exclude_unset=True)
    return {
        name.upper(): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in given.items()
    }


async def examined(settings: Settings) -> list[Finding]:
    return [finding async for finding in examine(settings, {})]


async def to_mend(settings: Settings) -> list[Finding]:
    """What must be mended, and nothing else."""
    return [finding for finding in await examined(settings) if finding.mark is Mark.MEND]


async def about(settings: Settings, subject: str) -> list[Finding]:
    """What is said of one thing."""
    return [finding for finding in await examined(settings) if finding.subject == subject]


def inside(folder: Path) -> list[str]:
    """The names of the files there."""
    return sorted(file.name for file in folder.iterdir())
