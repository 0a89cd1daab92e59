"""The README says what is so."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from bot.cli.app import cli
from bot.cli.terminal import render_mermaid
from bot.settings import Settings
from bot.telegram.bot_profile import PRIVATE_CHAT_COMMANDS
from flows.loader import load_walk

HOUSE = Path(__file__).parents[2]
README = (HOUSE / "README.md").read_text("utf-8")
DOCUMENTS = [
    HOUSE / "README.md",
    HOUSE / "CONTRIBUTING.md",
    HOUSE / "CHANGELOG.md",
    *sorted((HOUSE / "docs").glob("*.md")),
]


def test_the_diagram_is_the_machine() -> None:
    drawn = re.search(r"```mermaid\n(.*?)\n```", README, re.DOTALL)
    assert drawn
    assert drawn[1] == render_mermaid(load_walk())


def test_every_setting_stands_in_the_table_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*?) \|", README, re.MULTILINE))
    assert rows.keys() == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if field.default:
            assert rows[name.upper()] == f"`{field.default}`"


def test_every_setting_stands_in_the_example() -> None:
    example = (HOUSE / ".env.example").read_text("utf-8")
    named = set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


def test_every_command_stands_there() -> None:
    group = get_command(cli)
    listed = set(re.findall(r"^python -m bot ([a-z-]+)", README, re.MULTILINE))
    assert listed == set(group.commands)  # type: ignore[attr-defined]
    assert set(re.findall(r"`/(\w+)`", README)) == {*PRIVATE_CHAT_COMMANDS, "coordinator"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_no_link_leads_nowhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)|src=\"([^\"]+)\"", document.read_text("utf-8"))
    for link in filter(None, (one for pair in links for one in pair)):
        assert (document.parent / link).exists(), link
