"""A copy of the real flow in a folder of its own, to be broken in one place; and a small flow full of conditions."""

import shutil
from importlib.resources import as_file
from pathlib import Path

from flows.loader import DEFAULT, library


def copy_of_the_flow(folder: Path) -> Path:
    """The real flow's folder, copied."""
    with as_file(library() / DEFAULT) as real:
        return Path(shutil.copytree(real, folder / DEFAULT))


def change(file: Path, old: str, new: str, count: int = 1) -> None:
    """Replaces text in a file; it must be there."""
    text = file.read_text("utf-8")
    assert old in text, f"{old!r} is not in {file.name}"
    file.write_text(text.replace(old, new, count), "utf-8")


SMALL = """
id = "small"
version = 1
language = "en"
comment = "words"
test = "test"

[[place]]
id = "pet"
choices = ["cat", "dog", "none"]

[[place]]
id = "indoors"
choices = ["yes", "no"]
show_if = { question = "pet", is = ["cat"] }

[[place]]
id = "why_out"
kind = "text"
show_if = { question = "indoors", is = ["no"] }

[[place]]
id = "walks"
choices = [2, 1, -1]
part = "test"
show_if = { question = "pet", is_not = ["none"] }

[[place]]
id = "more"
kind = "fork"

[[place]]
id = "late"
choices = ["yes", "no"]
show_if = { question = "pet", is = ["dog"] }

[[place]]
id = "words"
kind = "text"
"""

SMALL_WORDS = """
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
    .step2 = Very much
    .step1 = Somewhat
    .step-1 = It hates them
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


def small_flow(folder: Path) -> Path:
    """A small flow whose choice questions hang on one another."""
    made = folder / "small"
    made.mkdir()
    (made / "flow.toml").write_text(SMALL, "utf-8")
    (made / "en.ftl").write_text(SMALL_WORDS, "utf-8")
    return made
