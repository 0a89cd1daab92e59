"""What a command is told to write, and where. Raises `typer.BadParameter`, which is wrong use."""

from pathlib import Path
from typing import Annotated

import typer

ENDINGS = {".zip": "package", ".xlsx": "xlsx", ".sav": "sav"}


def named(code: str) -> str:
    """A campaign's code."""
    if not code.strip():
        raise typer.BadParameter("name a campaign; whoever came without a link is in general")
    return code


def _file(to: Path) -> Path:
    if to == Path():
        raise typer.BadParameter("name a file")
    return to


NewFile = Annotated[Path, typer.Option(help="The file to write. Nothing is overwritten.", callback=_file)]


def kind_of(to: Path, told: str | None) -> str:
    """The format of a download: as told, or as the file's name ends. A package, where neither says so."""
    ending = ENDINGS.get(to.suffix.lower())
    if told and ending and told != ending:
        raise typer.BadParameter(f"{to.name} is a name for {ending}, and --format says {told}: change one of the two")
    return told or ending or "package"
