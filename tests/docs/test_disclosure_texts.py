"""Texts and documents state the same thresholds of suppression and rounding as the code."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.disclosure_control import (
    COUNT_ROUNDING_BASE,
    MAX_COUNT_ADJUSTMENT,
    MAX_SUPPRESSED_COUNT,
    MIN_HALF_SHARE,
    MIN_MOST_SHARE,
    MIN_RESPONSES_FOR_COUNTS,
)
from storage.anonymity.k_anonymity import MIN_HOMOGENEOUS_SHARE

ROOT = Path(__file__).parents[2]
TEXTS = [
    *(ROOT / package / "wording" / "en.ftl" for package in ("bot/graphics", "bot/render", "storage/export")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
NUMBER_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5}
STATEMENTS = {
    r"[Rr]ounded to (?:the nearest )?(\w+)": COUNT_ROUNDING_BASE,
    r"moved by (\w+)": MAX_COUNT_ADJUSTMENT,
    r"\b[01] to (\w+)(?= people| are suppressed| are withheld| are not shown| look like| suppressed)": (
        MAX_SUPPRESSED_COUNT
    ),
    r"[Uu]p to (\w+) are withheld": MAX_SUPPRESSED_COUNT,
    r"it was (\w+) people or fewer": MAX_SUPPRESSED_COUNT,
    r"(?:[Ff]ewer than|Under) (\d+) (?:answers|responses)": MIN_RESPONSES_FOR_COUNTS,
    r"[Mm]ost(?:\*|:| is)+ \(?(\w+ in \w+) or more": MIN_MOST_SHARE,
    r"About half: from (\w+) to three in five": 5 * MIN_HALF_SHARE,
    r"About half: (\w+ in \w+) or more": MIN_HALF_SHARE,
    r"[Ss]ome(?:\*|:| is) fewer than (\w+ in \w+)": MIN_HALF_SHARE,
    r"(four in five)": MIN_HOMOGENEOUS_SHARE,
}


@pytest.mark.parametrize("pattern", STATEMENTS)
def test_stated_thresholds_match_the_code(pattern: str) -> None:
    found = [(file.name, parse_number(number)) for file, number in find_statements(pattern)]
    assert found
    assert [(name, number) for name, number in found if number != pytest.approx(STATEMENTS[pattern])] == []


def find_statements(pattern: str) -> Iterator[tuple[Path, str]]:
    for file in TEXTS:
        for number in re.findall(pattern, file.read_text("utf-8")):
            yield file, number


def parse_number(text: str) -> float:
    """The number in digits or in words; "three in five" is 0.6."""
    part, _, whole = text.partition(" in ")
    return parse_number(part) / parse_number(whole) if whole else float(NUMBER_WORDS.get(text) or int(text))
