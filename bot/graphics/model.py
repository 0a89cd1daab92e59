"""How a campaign's questions were answered, as it may be shown; and what may be said of it. Pure.

What is shown of an answer is a number rounded to 5 ("40"), a word (`most`, `about_half`, `some`), or "*": withheld, 0
to 7. Nothing here is worked out from anything finer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.graphics.elements import STEPS, Verdict

WITHHELD, WITHHELD_UP_TO = "*", 7
WORDS = {"most": (0.6, 1.0), "about_half": (0.4, 0.6), "some": (0.0, 0.4)}  # the shares that each may stand for
OFF, MOVED = 2, 5  # a rounded number is so many off; one of a question may have been moved by so many more

Shown = Literal["numbers", "words", "nothing"]


@dataclass(frozen=True, slots=True)
class Tally:
    """One question: its short name, whether it belongs to the test, and what may be shown of all its answers, of each
    step from -2 to 2, of *not sure* and of *skipped*.
    """

    name: str
    in_test: bool
    total: str
    steps: tuple[str, str, str, str, str]
    not_sure: str = WITHHELD
    skipped: str = WITHHELD

    def __post_init__(self) -> None:
        for cell in (self.total, *self.cells):
            if cell != WITHHELD and cell not in WORDS and not (cell.isascii() and cell.isdigit()):
                raise ValueError(f"What is shown is a number, {', '.join(WORDS)} or *, but this is {cell!r}")

    @property
    def cells(self) -> tuple[str, ...]:
        """The steps from -2 to 2, then *not sure* and *skipped*."""
        return (*self.steps, self.not_sure, self.skipped)

    @property
    def shown(self) -> Shown:
        """In what the answers are told."""
        if any(cell in WORDS for cell in self.cells):
            return "words"
        return "numbers" if any(cell != WITHHELD for cell in self.cells) else "nothing"


@dataclass(frozen=True, slots=True)
class Results:
    """What a campaign's release says: which service or place it is about, the group that asked, the number of the
    release, about how many answered ("*": withheld), the questions, the language.
    """

    about: str
    group: str
    release: int
    answers: str
    questions: tuple[Tally, ...]
    language: str = "en"

    @property
    def shown(self) -> Shown:
        """In what most of it is told."""
        kinds = {question.shown for question in self.questions}
        return "numbers" if "numbers" in kinds else "words" if "words" in kinds else "nothing"


def tally(name: str, shown: Mapping[str, str], *, in_test: bool) -> Tally:
    """A question's tally from what the gate shows: {answer: number, word or "*"}, its total under the empty answer."""
    lowest, low, middle, high, highest = (shown.get(str(step), WITHHELD) for step in STEPS)
    apart = (shown.get(answer, WITHHELD) for answer in ("not_sure", "skipped"))
    return Tally(name, in_test, shown.get("", WITHHELD), (lowest, low, middle, high, highest), *apart)


def verdict(question: Tally) -> Verdict:
    """Whether clearly more answers are above the middle than below, or below than above, whatever is behind the
    rounded numbers, the words and what is withheld.
    """
    below, above = question.steps[:2], question.steps[3:]
    if _surely_more(above, below, question.shown):
        return "passed"
    return "failed" if _surely_more(below, above, question.shown) else "unsaid"


def verdict_of_all(questions: tuple[Tally, ...]) -> Verdict | None:
    """Of the whole test: passed where all its questions pass, failed where one fails; None where there is no test."""
    verdicts = [verdict(question) for question in questions if question.in_test]
    if not verdicts:
        return None
    if "failed" in verdicts:
        return "failed"
    return "passed" if set(verdicts) == {"passed"} else "unsaid"


def _surely_more(these: tuple[str, ...], those: tuple[str, ...], shown: Shown) -> bool:
    least = sum(_range(cell, shown)[0] for cell in these)
    most = sum(_range(cell, shown)[1] for cell in those)
    if shown == "words":
        return least > min(most, 1 - least)
    return least - MOVED > most


def _range(cell: str, shown: Shown) -> tuple[float, float]:
    if cell == WITHHELD:
        return (0, 1) if shown == "words" else (0, WITHHELD_UP_TO)
    return WORDS[cell] if cell in WORDS else (max(int(cell) - OFF, 0), int(cell) + OFF)
