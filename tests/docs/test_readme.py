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
CONTRIBUTING_TABLE = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Where do I change")[2]
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
    paths = re.findall(r"`([\w./-]+/[\w./-]*|\.env\.example)`", CONTRIBUTING_TABLE)
    assert len(paths) > 30
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_contributing_names_symbols_that_their_files_contain() -> None:
    named = [
        (symbol, path)
        for symbols, path in re.findall(r"((?:`[\w.<>]+`(?:, | and )?)+) in `(\w[\w./]+)`", CONTRIBUTING_TABLE)
        for symbol in re.findall(r"`([^`]+)`", symbols)
    ]
    assert len(named) > 10
    assert [(symbol, path) for symbol, path in named if not contains_symbol(ROOT / path, symbol)] == []


def contains_symbol(file: Path, symbol: str) -> bool:
    """Whether the file has each part of a symbol such as `Class.method` or `prefix_<name>`."""
    parts = [re.escape(part).replace("<name>", r"\w+") for part in symbol.split(".")]
    return all(re.search(rf"\b{part}\b", file.read_text("utf-8")) for part in parts)
