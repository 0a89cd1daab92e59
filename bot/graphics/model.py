"""How a campaign's questions were answered, as it may be shown; and what may be said of it. Pure.

What is shown of an answer is a number rounded to 5 ("40"), a word (`most`, `about_half`, `some`), or "*": withheld, 0
to 7. Nothing here is worked out from anything finer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.graphics.elements import SCORES, Verdict

WITHHELD_CELL, MAX_WITHHELD_COUNT = "*", 7
SHARE_RANGES = {"most": (0.6, 1.0), "about_half": (0.4, 0.6), "some": (0.0, 0.4)}  # the shares that each may stand for
MAX_ROUNDING_ERROR, MAX_COUNT_ADJUSTMENT = (
    2,
    5,
)  # a rounded number is so many off; one of a question may have been moved by so many more

DisplayMode = Literal["numbers", "words", "nothing"]


@dataclass(frozen=True, slots=True)
class QuestionTally:
    """One question: its short name, whether it belongs to the test, and what may be shown of all its answers, of each
    step from -2 to 2, of *not sure* and of *skipped*.
    """

    name: str
    is_in_test: bool
    total: str
    score_cells: tuple[str, str, str, str, str]
    not_sure: str = WITHHELD_CELL
    skipped: str = WITHHELD_CELL

    def __post_init__(self) -> None:
        for cell in (self.total, *self.cells):
            if cell != WITHHELD_CELL and cell not in SHARE_RANGES and not (cell.isascii() and cell.isdigit()):
                raise ValueError(f"What is shown is a number, {', '.join(SHARE_RANGES)} or *, but this is {cell!r}")

    @property
    def cells(self) -> tuple[str, ...]:
        """The steps from -2 to 2, then *not sure* and *skipped*."""
        return (*self.score_cells, self.not_sure, self.skipped)

    @property
    def display_mode(self) -> DisplayMode:
        """In what the answers are told."""
        if any(cell in SHARE_RANGES for cell in self.cells):
            return "words"
        return "numbers" if any(cell != WITHHELD_CELL for cell in self.cells) else "nothing"


@dataclass(frozen=True, slots=True)
class CampaignResults:
    """What a campaign's release says: which service or place it is about, the group that asked, the number of the
    release, about how many answered ("*": withheld), the questions, the language.
    """

    subject: str
    group_name: str
    release: int
    answer_count: str
    questions: tuple[QuestionTally, ...]
    language: str = "en"

    @property
    def display_mode(self) -> DisplayMode:
        """In what most of it is told."""
        display_modes = {question.display_mode for question in self.questions}
        return "numbers" if "numbers" in display_modes else "words" if "words" in display_modes else "nothing"


def build_tally(name: str, cells: Mapping[str, str], *, is_in_test: bool) -> QuestionTally:
    """A question's tally from what the gate shows: {answer: number, word or "*"}, its total under the empty answer."""
    lowest, low, middle, high, highest = (cells.get(str(score), WITHHELD_CELL) for score in SCORES)
    unscored_cells = (cells.get(answer, WITHHELD_CELL) for answer in ("not_sure", "skipped"))
    return QuestionTally(
        name, is_in_test, cells.get("", WITHHELD_CELL), (lowest, low, middle, high, highest), *unscored_cells
    )


def decide_verdict(question: QuestionTally) -> Verdict:
    """Whether clearly more answers are above the middle than below, or below than above, whatever is behind the
    rounded numbers, the words and what is withheld.
    """
    below, above = question.score_cells[:2], question.score_cells[3:]
    if _is_certainly_more(above, below, question.display_mode):
        return "passed"
    return "failed" if _is_certainly_more(below, above, question.display_mode) else "unsaid"


def decide_overall_verdict(questions: tuple[QuestionTally, ...]) -> Verdict | None:
    """Of the whole test: passed where all its questions pass, failed where one fails; None where there is no test."""
    verdicts = [decide_verdict(question) for question in questions if question.is_in_test]
    if not verdicts:
        return None
    if "failed" in verdicts:
        return "failed"
    return "passed" if set(verdicts) == {"passed"} else "unsaid"


def _is_certainly_more(upper: tuple[str, ...], lower: tuple[str, ...], display_mode: DisplayMode) -> bool:
    min_upper = sum(_possible_range(cell, display_mode)[0] for cell in upper)
    max_lower = sum(_possible_range(cell, display_mode)[1] for cell in lower)
    if display_mode == "words":
        return min_upper > min(max_lower, 1 - min_upper)
    return min_upper - MAX_COUNT_ADJUSTMENT > max_lower


def _possible_range(cell: str, display_mode: DisplayMode) -> tuple[float, float]:
    if cell == WITHHELD_CELL:
        return (0, 1) if display_mode == "words" else (0, MAX_WITHHELD_COUNT)
    return (
        SHARE_RANGES[cell]
        if cell in SHARE_RANGES
        else (max(int(cell) - MAX_ROUNDING_ERROR, 0), int(cell) + MAX_ROUNDING_ERROR)
    )
