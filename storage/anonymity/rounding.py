"""Counts that give nobody away. Pure.

NHS England's rule for counts below the whole country: 1 to 7 are withheld, all others are rounded to the nearest 5,
totals too (NHS Digital, disclosure control for Hospital Episode Statistics). An empty cell looks like a withheld one.
Under 50 responses that would leave nothing to read: those are told in words, which never say *all* or *none*.
"""

from collections.abc import Mapping

from storage.anonymity.k_anonymity import SKIPPED

WITHHELD = "*"
MAX_WITHHELD_COUNT, ROUNDING_BASE, MAX_ROUNDING_ERROR = 7, 5, 2  # a rounded count is so many off, at the most
MIN_RESPONSES_FOR_NUMBERS = 50  # responses
SHARE_MOST, SHARE_ABOUT_HALF, SHARE_SOME = "most", "about_half", "some"
MIN_HALF_SHARE, MIN_MOST_SHARE = 0.4, 0.6  # shares; `some` may be none, `most` may be all


def round_count(count: int) -> str:
    """A count as it may be shown."""
    if count <= MAX_WITHHELD_COUNT:
        return WITHHELD
    return str(ROUNDING_BASE * round(count / ROUNDING_BASE))


def describe_share(count: int, total: int) -> str:
    """A share as a word."""
    share = count / total
    return SHARE_MOST if share >= MIN_MOST_SHARE else SHARE_ABOUT_HALF if share >= MIN_HALF_SHARE else SHARE_SOME


def protect_counts(counts: Mapping[str, int], k: int, undisclosed_count: int = 0) -> dict[str, str]:
    """One question's answers as they may be shown: {answer: count or word}, its total under the empty answer.

    `untold` more answered, and are in the total only. A question that fewer than `k` have answered shows nothing.
    """
    total = sum(counts.values()) + undisclosed_count
    if total - counts.get(SKIPPED, 0) < k:
        return dict.fromkeys(("", *counts), WITHHELD)
    if total >= MIN_RESPONSES_FOR_NUMBERS:
        return {"": round_count(total)} | _round_counts(counts, total, undisclosed_count)
    return {"": WITHHELD} | {answer: describe_share(count, total) for answer, count in counts.items()}


def _round_counts(counts: Mapping[str, int], total: int, undisclosed_count: int) -> dict[str, str]:
    """Each count. Where total and counts together would tell a withheld one, the largest is rounded the other way.

    Who has the rows may know how many are untold.
    """
    cells = {answer: round_count(count) for answer, count in counts.items()}
    visible_counts = {answer: int(cell) for answer, cell in cells.items() if cell != WITHHELD}
    rounded_total = int(round_count(total))
    total_range = (
        max(rounded_total - MAX_ROUNDING_ERROR, MIN_RESPONSES_FOR_NUMBERS) - undisclosed_count,
        rounded_total + MAX_ROUNDING_ERROR - undisclosed_count,
    )
    adjustment = _compute_adjustment(
        sum(visible_counts.values()), len(visible_counts), len(cells) - len(visible_counts), total_range
    )
    if visible_counts and adjustment:
        largest = max(visible_counts, key=lambda answer: (visible_counts[answer], answer))
        cells[largest] = str(visible_counts[largest] + adjustment)
    return cells


def _compute_adjustment(visible_sum: int, visible_cells: int, withheld_cells: int, total_range: tuple[int, int]) -> int:
    """Where the withheld counts can only be all nothing, or all as many as are withheld: how far to move another.

    `between`: what all counts together are, at the least and at the most.
    """
    min_total, max_total = total_range
    if not withheld_cells:
        return 0
    if max_total - (visible_sum - MAX_ROUNDING_ERROR * visible_cells) < 1:
        return -ROUNDING_BASE
    return (
        ROUNDING_BASE
        if min_total - (visible_sum + MAX_ROUNDING_ERROR * visible_cells) >= MAX_WITHHELD_COUNT * withheld_cells
        else 0
    )
