"""README.md and the pages that it links to match the code."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from bot.cli.app import cli
from bot.cli.terminal import render_mermaid
from bot.settings import Settings
from bot.telegram.bot_profile import PRIVATE_CHAT_COMMANDS
from flows.loader import load_walk

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
DOCS = ROOT / "docs"
SETTINGS = (DOCS / "settings.md").read_text("utf-8")
COMMANDS = (DOCS / "commands.md").read_text("utf-8")
FLOWS = (DOCS / "flows.md").read_text("utf-8")
MAX_README_LINES = 80
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
    *sorted(DOCS.rglob("*.md")),
]


def test_the_flow_diagram_matches_the_state_machine() -> None:
    drawn = re.search(r"```mermaid\n(.*?)\n```", FLOWS, re.DOTALL)
    assert drawn
    assert drawn[1] == render_mermaid(load_walk())


def test_every_setting_is_in_the_table_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*?) \|", SETTINGS, re.MULTILINE))
    assert rows.keys() == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if field.default:
            assert rows[name.upper()] == f"`{field.default}`"


def test_every_setting_is_in_the_example_file() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    listed = set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE))
    assert listed == {name.upper() for name in Settings.model_fields}


def test_every_command_is_listed() -> None:
    group = get_command(cli)
    cells = re.findall(r"^\| (`[^|]*) \|", COMMANDS, re.MULTILINE)
    listed = {cell.strip("`").split()[0].rstrip("`") for cell in cells if not cell.startswith("`-")}
    assert listed == set(group.commands)  # type: ignore[attr-defined]


def test_every_chat_command_is_explained_for_carers() -> None:
    carers = (DOCS / "carers.md").read_text("utf-8")
    assert set(re.findall(r"^\| `/(\w+)`", carers, re.MULTILINE)) == set(PRIVATE_CHAT_COMMANDS)


def test_the_readme_fits_a_few_screens() -> None:
    assert README.count("\n") <= MAX_README_LINES


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_resolves(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)|src=\"([^\"]+)\"", document.read_text("utf-8"))
    for link in filter(None, (one for pair in links for one in pair)):
        assert (document.parent / link).exists(), link


def test_contributing_names_files_that_exist() -> None:
    table = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Where do I change")[2]
    paths = re.findall(r"`([\w./-]+/[\w./-]*|\.env\.example)`", table)
    assert len(paths) > 30
    assert [path for path in paths if not (ROOT / path).exists()] == []
