"""Flow folders for tests: a copy of the connection test to break in one place, and a small flow full of conditions."""

import shutil
from importlib.resources import as_file
from pathlib import Path

from flows.loader import DEFAULT_FLOW_ID, library_folder


def copy_flow(folder: Path) -> Path:
    """A copy of the connection test's folder."""
    with as_file(library_folder() / DEFAULT_FLOW_ID) as real:
        return Path(shutil.copytree(real, folder / DEFAULT_FLOW_ID))


def replace_in_file(file: Path, old: str, new: str, count: int = 1) -> None:
    """Replaces text in a file, which must contain it."""
    text = file.read_text("utf-8")
    assert old in text, f"{old!r} is not in {file.name}"
    file.write_text(text.replace(old, new, count), "utf-8")


SMALL_FLOW_TOML = """
id = "small"
version = 1
language = "en"
comment = "words"
test = "test"

[[step]]
id = "pet"
choices = ["cat", "dog", "none"]

[[step]]
id = "indoors"
choices = ["yes", "no"]
show_if = { question = "pet", is = ["cat"] }

[[step]]
id = "why_out"
kind = "text"
show_if = { question = "indoors", is = ["no"] }

[[step]]
id = "walks"
choices = [2, 1, 0, -1, -2]
part = "test"
show_if = { question = "pet", is_not = ["none"] }

[[step]]
id = "more"
kind = "fork"

[[step]]
id = "late"
choices = ["yes", "no"]
show_if = { question = "pet", is = ["dog"] }

[[step]]
id = "words"
kind = "text"
"""

SMALL_FLOW_TEXTS = """
title = Pets
welcome = Hello.
kept = Kept.
about = About.
pet = Which pet?
    .name = Pet
    .why = Because.
    .cat = A cat
    .dog = A dog
    .none = No pet
indoors = Does it live indoors?
    .name = Indoors
    .why = Because.
    .yes = Yes
    .no = No
why_out = Why outside?
    .name = Outside
    .why = Because.
walks = Does it like walks?
    .name = Walks
    .why = Because.
    .helps = more walks.
    .point2 = Very much
    .point1 = Somewhat
    .point0 = It is all the same
    .point-1 = Hardly
    .point-2 = It hates them
more = More?
    .why = Because.
    .send_now = Send now
    .go_on = Go on
late = Is it up late?
    .name = Late
    .why = Because.
    .yes = Yes
    .no = No
words = Anything else?
    .name = Words
    .why = Because.
"""


def write_small_flow(folder: Path) -> Path:
    """A small flow whose choice questions depend on one another."""
    flow_folder = folder / "small"
    flow_folder.mkdir()
    (flow_folder / "flow.toml").write_text(SMALL_FLOW_TOML, "utf-8")
    (flow_folder / "en.ftl").write_text(SMALL_FLOW_TEXTS, "utf-8")
    return flow_folder
