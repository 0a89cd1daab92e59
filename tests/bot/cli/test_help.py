"""The command line's help starts fast, fits a terminal and covers every command."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from bot import settings
from bot.cli import app, arguments
from flows.loader import DEFAULT_FLOW_ID

HEAVY_LIBRARIES = (
    "PIL",
    "aiohttp",
    "alembic",
    "fpdf",
    "pydantic",
    "sqlalchemy",
    "structlog",
    "telegram",
    "transitions",
)
TERMINAL_COLUMNS = 80
# Runs in a separate Python, as pytest has imported everything already.
PRINT_IMPORTED = f"""
import json, sys
from bot.cli.app import cli
try:
    cli(["--help"])
except SystemExit:
    pass
print(json.dumps([name for name in {HEAVY_LIBRARIES} if name in sys.modules]), file=sys.stderr)
"""


def list_commands() -> Iterator[list[str]]:
    yield []
    group = get_command(app.cli)
    assert isinstance(group, TyperGroup)
    for name, command in group.commands.items():
        yield [name]
        if isinstance(command, TyperGroup):
            yield from ([name, below] for below in command.commands)


def test_help_imports_no_heavy_library() -> None:
    done = subprocess.run([sys.executable, "-c", PRINT_IMPORTED], capture_output=True, text=True, check=True)
    assert json.loads(done.stderr) == []


@pytest.mark.parametrize("command", list(list_commands()), ids=" ".join)
def test_help_fits_a_terminal(command: list[str]) -> None:
    result = CliRunner().invoke(app.cli, [*command, "--help"], terminal_width=TERMINAL_COLUMNS)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line for line in lines if len(line) > TERMINAL_COLUMNS] == []
    assert not any(line.rstrip().endswith("...") and "[OPTIONS]" not in line for line in lines), "nothing is cut off"


def test_constants_copied_to_keep_imports_light_match_the_originals() -> None:
    assert app.DEFAULT_FLOW == DEFAULT_FLOW_ID
    assert arguments.MAX_USER_ID == settings.MAX_USER_ID
