"""A line as it is seen from left to right, cut where its direction changes: the Unicode Bidirectional Algorithm.

fpdf2 works out each letter's level rightly; but it leaves numbers within Arabic letters on the wrong side.
"""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection


class Run(NamedTuple):
    """Letters of one direction, in the order in which they are read."""

    text: str
    level: int

    @property
    def from_right(self) -> bool:
        """Whether they are written from right to left."""
        return self.level % 2 == 1


def runs_of(line: str, *, from_right: bool) -> list[Run]:
    """The runs of a line, from the left; `from_right`: the line as a whole begins at the right."""
    base = TextDirection.RTL if from_right else TextDirection.LTR
    letters = BidiParagraph(text=line, base_direction=base, preserve_bn_chars=True).get_characters()
    by_level = groupby(letters, key=lambda letter: letter.embedding_level)
    return _as_seen([Run("".join(letter.character for letter in group), level) for level, group in by_level])


def _as_seen(runs: Sequence[Run]) -> list[Run]:
    """From the highest level down, each stretch of that level or above is turned round (rule L2)."""
    seen = list(runs)
    for level in range(max((run.level for run in runs), default=0), 0, -1):
        stretches = groupby(seen, key=partial(_reaches, level))
        seen = [run for turned, stretch in stretches for run in (reversed(list(stretch)) if turned else stretch)]
    return seen


def _reaches(level: int, run: Run) -> bool:
    return run.level >= level
