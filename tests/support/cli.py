"""What tests of the operator's commands share: a bot on any database, its settings for a process, the doctor's word."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from bot.app import run_bot
from bot.cli.doctor import run_checks
from bot.cli.doctor.findings import Finding, FindingStatus
from bot.settings import Settings


@asynccontextmanager
async def run_bot_with(settings: Settings) -> AsyncIterator[None]:
    """A bot that runs; stopped in order."""
    stop_event = asyncio.Event()
    task = asyncio.create_task(run_bot(settings, stop_event), name="bot")
    try:
        yield
    finally:
        stop_event.set()
        await task


def to_environment(settings: Settings) -> dict[str, str]:
    """The same settings for a process of its own."""
    values = settings.model_dump(exclude_unset=True)
    return {
        name.upper(): value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in values.items()
    }


async def run_doctor(settings: Settings) -> list[Finding]:
    return [finding async for finding in run_checks(settings, {})]


async def find_problems(settings: Settings) -> list[Finding]:
    """What must be mended, and nothing else."""
    return [finding for finding in await run_doctor(settings) if finding.status is FindingStatus.PROBLEM]


async def find_findings(settings: Settings, subject: str) -> list[Finding]:
    """What is said of one thing."""
    return [finding for finding in await run_doctor(settings) if finding.subject == subject]


def list_files(folder: Path) -> list[str]:
    """The names of the files there."""
    return sorted(file.name for file in folder.iterdir())


def replace_settings(settings: Settings, **more: object) -> Settings:
    """The same settings but for these."""
    return Settings(_env_file=None, **(settings.model_dump(exclude_unset=True) | more))
