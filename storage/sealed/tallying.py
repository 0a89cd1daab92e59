"""Counts the rows of each class, and their answers: of a million rows, quickly and in little memory. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from storage.sealed.classes import Class, Tally
from storage.sealed.parting import Packing

AT_ONCE = 100_000  # rows that are counted together


class Tallying:
    """Counts answers to these questions. They come packed, a byte each: so they are counted by the byte."""

    def __init__(self, questions: Sequence[str], packing: Packing) -> None:
        self._questions = questions
        self._packing = packing
        self._packed: dict[Class, bytearray] = defaultdict(bytearray)
        self._found: dict[Class, Tally] = defaultdict(Tally)
        self._many = 0

    def add(self, rows: Iterable[tuple[Class, bytes]]) -> None:
        """More rows: the class of each, and its answers in the order of the questions."""
        packed = self._packed
        for one, answers in rows:
            packed[one] += answers
            self._many += 1
        if self._many >= AT_ONCE:
            self._count()

    def tallies(self) -> dict[Class, Tally]:
        """What was counted so far."""
        self._count()
        return dict(self._found)

    def _count(self) -> None:
        size, answers = len(self._questions), list(self._packing)
        for one, packed in self._packed.items():
            tally = self._found[one]
            tally.rows += len(packed) // size
            for at, question in enumerate(self._questions):
                column, counted = packed[at::size], tally.answers.setdefault(question, Counter())
                for byte in set(column):
                    counted[answers[byte]] += column.count(byte)
        self._packed.clear()
        self._many = 0
