"""A campaign's results as they may be shown, and the verdict that they allow. Pure.

Each shown cell is a rounded number ("40"), a share in words (`most`, `about_half`, `some`), or "*" for a suppressed
count of 0 to 7. Nothing here is computed from anything finer than that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from flows.disclosure_control import (
    MAX_COUNT_ADJUSTMENT,
    MAX_COUNT_ROUNDING_ERROR,
    MAX_SUPPRESSED_COUNT,
    SHARE_RANGES,
    SUPPRESSED,
)
from flows.scale import NOT_SURE, list_points

Verdict = Literal["passed", "failed", "undecided"]
DisplayMode = Literal["numbers", "words", "nothing"]
ValueRange = tuple[float, float]


@dataclass(frozen=True, slots=True)
class QuestionTally:
    """One question: its short name, whether it belongs to the test, and one cell each for all answers together
    (`total`), for each point of its scale, for *not sure* and for *skipped*.

    `point_cells` go from the worst point to the best; how many they are says which scale it is. Raises ValueError for a
    cell that is not a number, a share in words or "*".
    """

    name: str
    is_in_test: bool
    total: str
    point_cells: tuple[str, ...]
    not_sure: str = SUPPRESSED
    skipped: str = SUPPRESSED

    def __post_init__(self) -> None:
        for cell in (self.total, *self.cells):
            if cell != SUPPRESSED and cell not in SHARE_RANGES and not (cell.isascii() and cell.isdigit()):
                raise ValueError(f"A cell must be a number, {', '.join(SHARE_RANGES)} or *, but this is {cell!r}")

    @property
    def cells(self) -> tuple[str, ...]:
        """Those of the points, then *not sure* and *skipped*."""
        return (*self.point_cells, self.not_sure, self.skipped)

    @property
    def points(self) -> tuple[int, ...]:
        """The points of the scale, worst first."""
        return list_points(len(self.point_cells))[::-1]

    @property
    def cells_by_point(self) -> dict[int, str]:
        """{point: cell}, worst first."""
        return dict(zip(self.points, self.point_cells, strict=True))

    @property
    def below_middle(self) -> tuple[str, ...]:
        """The cells of the points that fail, worst first."""
        return tuple(cell for point, cell in self.cells_by_point.items() if point < 0)

    @property
    def above_middle(self) -> tuple[str, ...]:
        """The cells of the points that pass, best last."""
        return tuple(cell for point, cell in self.cells_by_point.items() if point > 0)

    @property
    def display_mode(self) -> DisplayMode:
        if any(cell in SHARE_RANGES for cell in self.cells):
            return "words"
        return "numbers" if any(cell != SUPPRESSED for cell in self.cells) else "nothing"


@dataclass(frozen=True, slots=True)
class CampaignResults:
    """One release of a campaign's results: the service or place it is about, the group that asked, the number of the
    release, about how many people answered ("*" if suppressed), the questions, and the language.
    """

    subject: str
    group_name: str
    release: int
    answer_count: str
    questions: tuple[QuestionTally, ...]
    language: str = "en"

    @property
    def display_mode(self) -> DisplayMode:
        """Numbers if any question has numbers, else words if any has words."""
        display_modes = {question.display_mode for question in self.questions}
        return "numbers" if "numbers" in display_modes else "words" if "words" in display_modes else "nothing"


def build_tally(name: str, point_count: int, cells: Mapping[str, str], *, is_in_test: bool) -> QuestionTally:
    """A question's tally from the number of points of its scale, and from `cells` as the anonymity gateway releases
    them: {answer: cell}, the total under "".
    """
    point_cells = tuple(cells.get(str(point), SUPPRESSED) for point in reversed(list_points(point_count)))
    other_cells = (cells.get(answer, SUPPRESSED) for answer in (NOT_SURE, "skipped"))
    return QuestionTally(name, is_in_test, cells.get("", SUPPRESSED), point_cells, *other_cells)


def list_all_points(questions: Iterable[QuestionTally]) -> tuple[int, ...]:
    """The points of all these questions together, worst first: their scales may differ in length."""
    return tuple(sorted({point for question in questions for point in question.points}))


def decide_verdict(question: QuestionTally) -> Verdict:
    """`passed` if more answers are above the middle than below for all true counts that the shown cells allow,
    `failed` for the reverse, else `undecided`.
    """
    below, above = question.below_middle, question.above_middle
    if _is_certainly_more(above, below, question.display_mode):
        return "passed"
    return "failed" if _is_certainly_more(below, above, question.display_mode) else "undecided"


def decide_overall_verdict(questions: tuple[QuestionTally, ...]) -> Verdict | None:
    """The verdict of the whole test: `passed` if all its questions pass, `failed` if one fails; None without a test."""
    verdicts = [decide_verdict(question) for question in questions if question.is_in_test]
    if not verdicts:
        return None
    if "failed" in verdicts:
        return "failed"
    return "passed" if set(verdicts) == {"passed"} else "undecided"


def _is_certainly_more(larger: tuple[str, ...], smaller: tuple[str, ...], display_mode: DisplayMode) -> bool:
    min_larger = sum(_possible_range(cell, display_mode)[0] for cell in larger)
    max_smaller = sum(_possible_range(cell, display_mode)[1] for cell in smaller)
    if display_mode == "words":
        # Shares add up to 1, so the smaller side is also bounded by what the larger one leaves.
        return min_larger > min(max_smaller, 1 - min_larger)
    return min_larger - MAX_COUNT_ADJUSTMENT > max_smaller


def _possible_range(cell: str, display_mode: DisplayMode) -> ValueRange:
    if cell == SUPPRESSED:
        return (0, 1) if display_mode == "words" else (0, MAX_SUPPRESSED_COUNT)
    if cell in SHARE_RANGES:
        return SHARE_RANGES[cell]
    return max(int(cell) - MAX_COUNT_ROUNDING_ERROR, 0), int(cell) + MAX_COUNT_ROUNDING_ERROR
