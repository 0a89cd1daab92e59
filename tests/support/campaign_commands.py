"""The campaign commands, run as an operator does."""

from pathlib import Path

from bot.settings import Settings
from tests.support.bot_process import run_command
from tests.support.cli import to_environment


async def run_campaign_command(folder: Path, settings: Settings, *arguments: str) -> tuple[int, str, str]:
    ended = await run_command(folder, "campaign", *arguments, **to_environment(settings))
    return ended.exit_code, ended.stdout, ended.stderr
