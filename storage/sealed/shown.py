"""What the gate gives, beside rows."""

from collections.abc import Mapping
from dataclasses import dataclass

NEW, APPROVED, HELD_BACK = "new", "approved", "withheld"  # what a coordinator thinks of a comment


@dataclass(frozen=True, slots=True)
class Counted:
    """How often a question was answered so, as it may be shown: a count, a word, or `*`. No answer: the total."""

    question: str
    answer: str
    shown: str


@dataclass(frozen=True, slots=True)
class Said:
    """A comment: its random id, its question, its language, its words, and what a coordinator thinks of it."""

    id: str
    question: str
    language: str
    words: str
    state: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A comment as it is kept, with the numbers of its hidden words: for who hides them, and shows them again."""

    id: str
    flow: str
    question: str
    words: str
    state: str
    hidden: frozenset[int]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a coordinator finds who reads comments: one of them, or none (any more); how many of its state come after
    it, and how many there are in each.
    """

    comment: Kept | None
    after: int
    many: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Withheld:
    """What is not shown: of which column, for which reason (a word), and of how many rows, as that may be shown."""

    column: str
    reason: str
    rows: str
