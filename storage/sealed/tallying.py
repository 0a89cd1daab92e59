"""Counts the rows of each class, and their answers: of a million rows, quickly and in little memory. Pure."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from storage.sealed.classes import Class, Tally
from storage.sealed.parting import Apart, Kind
from storage.sealed.pieces import Packing

AT_ONCE = 100_000  # rows that are counted together


class Tallying:
    """Counts answers to these questions. They come packed, a byte each: so they are counted by the byte."""

    def __init__(self, questions: Sequence[str], packing: Packing) -> None:
        self._questions = questions
        self._packing = packing
        self._packed: dict[Kind, bytearray] = defaultdict(bytearray)
        self._found: dict[Class, Tally] = defaultdict(Tally)
        self._many = 0

    def add(self, rows: Sequence[Apart]) -> None:
        """More rows."""
        packed = self._packed
        for _, kind, begin, middle, end in rows:
            packed[kind] += begin.packed + middle.packed + end.packed
        self._many += len(rows)
        if self._many >= AT_ONCE:
            self._count()

    def tallies(self) -> dict[Class, Tally]:
        """What was counted so far."""
        self._count()
        return dict(self._found)

    def _count(self) -> None:
        size, answers = len(self._questions), list(self._packing)
        for one, packed in self._packed.items():
            tally = self._found[one.details]
            tally.rows += len(packed) // size
            for at, question in enumerate(self._questions):
                column, counted = packed[at::size], tally.answers.setdefault(question, Counter())
                for byte in set(column):
                    counted[answers[byte]] += column.count(byte)
        self._packed.clear()
        self._many = 0
