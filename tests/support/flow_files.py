"""Flow folders for tests: a copy of the connection test to break in one place or with other scales, and a small flow
full of conditions.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file
from pathlib import Path

import pytest

from flows import loader
from flows.loader import DEFAULT_FLOW_ID, library_folder
from flows.scale import list_points
from storage.export.codebook import load_codebook

USUAL_CHOICES = 'choices = [2, 1, 0, -1, -2, "not_sure"]'
POINT_NAMES = {3: "Splendid", 2: "Lovely", 1: "Decent", 0: "Middling", -1: "Shabby", -2: "Dreadful", -3: "Horrible"}
LIBRARY_CACHES = (loader._library_flow_ids, loader._load_walk, loader.load_localization, load_codebook)  # noqa: SLF001


def copy_flow(folder: Path) -> Path:
    """A copy of the connection test's folder."""
    with as_file(library_folder() / DEFAULT_FLOW_ID) as real:
        return Path(shutil.copytree(real, folder / DEFAULT_FLOW_ID))


def replace_in_file(file: Path, old: str, new: str, count: int = 1) -> None:
    """Replaces text in a file, which must contain it."""
    text = file.read_text("utf-8")
    assert old in text, f"{old!r} is not in {file.name}"
    file.write_text(text.replace(old, new, count), "utf-8")


def set_scale(folder: Path, point_count: int, *questions: str) -> Path:
    """Gives the named questions of a copied flow, or all, a scale with this number of labelled points."""
    steps = (folder / "flow.toml").read_text("utf-8").split("[[step]]")
    changed = [
        position
        for position, step in enumerate(steps)
        if USUAL_CHOICES in step and (not questions or _find_id(step) in questions)
    ]
    for position in changed:
        choices = ", ".join(map(str, list_points(point_count)))
        steps[position] = steps[position].replace(USUAL_CHOICES, f'choices = [{choices}, "not_sure"]')
    (folder / "flow.toml").write_text("[[step]]".join(steps), "utf-8")
    _set_labels(folder / "en.ftl", point_count, {_find_id(steps[position]) for position in changed})
    return folder


def make_point_label(point: int, point_count: int) -> str:
    """The label that `set_scale` gives to a point."""
    return f"{POINT_NAMES[point]} of {point_count}"


def _find_id(step: str) -> str:
    match = re.search('id = "(.*)"', step)
    assert match
    return match[1]


def _set_labels(file: Path, point_count: int, questions: set[str]) -> None:
    messages = re.split(r"\n(?=\w+ =)", file.read_text("utf-8"))
    labels = "".join(
        f"\n    .point{point} = {make_point_label(point, point_count)}" for point in list_points(point_count)
    )
    file.write_text("\n".join(_replace_labels(message, questions, labels) for message in messages), "utf-8")


def _replace_labels(message: str, questions: set[str], labels: str) -> str:
    if message.split(" =", maxsplit=1)[0] not in questions:
        return message
    without_points = re.sub(r"\n    \.point-?\d(-also)? = .*", "", message)
    return without_points.replace("\n    .not_sure", f"{labels}\n    .not_sure", 1)


@contextmanager
def serve_library(folder: Path) -> Iterator[None]:
    """Serves the flows in this folder as the library."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader, "library_folder", lambda: folder)
        _clear_caches()
        yield
    _clear_caches()


def _clear_caches() -> None:
    for cached in LIBRARY_CACHES:
        cached.cache_clear()


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
