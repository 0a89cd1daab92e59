"""Rounds counts so that they reveal no one. Pure.

Small counts are suppressed and all others are rounded, totals too; `flows/disclosure_control.py` has the thresholds and
their source. An empty cell looks like a suppressed one. With few responses nothing would be left to read: shares are
described in words then, which never mean *all* or *none*.
"""

from collections.abc import Mapping

from flows.disclosure_control import (
    COUNT_ROUNDING_BASE,
    MAX_COUNT_ADJUSTMENT,
    MAX_COUNT_ROUNDING_ERROR,
    MAX_SUPPRESSED_COUNT,
    MIN_HALF_SHARE,
    MIN_MOST_SHARE,
    MIN_RESPONSES_FOR_COUNTS,
    SHARE_ABOUT_HALF,
    SHARE_MOST,
    SHARE_SOME,
    SUPPRESSED,
)
from storage.anonymity.k_anonymity import SKIPPED


def round_count(count: int) -> str:
    """Returns a count as it may be shown."""
    if count <= MAX_SUPPRESSED_COUNT:
        return SUPPRESSED
    return str(COUNT_ROUNDING_BASE * round(count / COUNT_ROUNDING_BASE))


def describe_share(count: int, total: int) -> str:
    """Returns the word for a share."""
    share = count / total
    return SHARE_MOST if share >= MIN_MOST_SHARE else SHARE_ABOUT_HALF if share >= MIN_HALF_SHARE else SHARE_SOME


def protect_counts(counts: Mapping[str, int], k: int, undisclosed_count: int = 0) -> dict[str, str]:
    """Returns the counts of one question's answers as they may be shown: {answer: count, word or `SUPPRESSED`}.

    The total has an empty answer as its key. It includes `undisclosed_count` further answers. Everything is suppressed
    if fewer than `k` people answered the question.
    """
    total = sum(counts.values()) + undisclosed_count
    if total - counts.get(SKIPPED, 0) < k:
        return dict.fromkeys(("", *counts), SUPPRESSED)
    if total >= MIN_RESPONSES_FOR_COUNTS:
        return {"": round_count(total)} | _round_counts(counts, total, undisclosed_count)
    return {"": SUPPRESSED} | {answer: describe_share(count, total) for answer, count in counts.items()}


def _round_counts(counts: Mapping[str, int], total: int, undisclosed_count: int) -> dict[str, str]:
    """Rounds each count. Where the total and the other counts would reveal a suppressed one, the largest is moved.

    Someone who holds the rows may know `undisclosed_count`.
    """
    cells = {answer: round_count(count) for answer, count in counts.items()}
    visible_counts = {answer: int(cell) for answer, cell in cells.items() if cell != SUPPRESSED}
    rounded_total = int(round_count(total))
    total_range = (
        max(rounded_total - MAX_COUNT_ROUNDING_ERROR, MIN_RESPONSES_FOR_COUNTS) - undisclosed_count,
        rounded_total + MAX_COUNT_ROUNDING_ERROR - undisclosed_count,
    )
    suppressed_cells = len(cells) - len(visible_counts)
    adjustment = _compute_adjustment(sum(visible_counts.values()), len(visible_counts), suppressed_cells, total_range)
    if visible_counts and adjustment:
        largest = max(visible_counts, key=lambda answer: (visible_counts[answer], answer))
        cells[largest] = str(visible_counts[largest] + adjustment)
    return cells


def _compute_adjustment(
    visible_sum: int, visible_cells: int, suppressed_cells: int, total_range: tuple[int, int]
) -> int:
    """Returns how far to move a visible count so that the suppressed ones are not all known.

    They would be if the sum of all counts, within `total_range`, left room for nothing but zeros in the suppressed
    cells, or for nothing but the largest suppressed count.
    """
    min_total, max_total = total_range
    if not suppressed_cells:
        return 0
    max_error = MAX_COUNT_ROUNDING_ERROR * visible_cells
    if max_total - (visible_sum - max_error) < 1:
        return -MAX_COUNT_ADJUSTMENT
    if min_total - (visible_sum + max_error) >= MAX_SUPPRESSED_COUNT * suppressed_cells:
        return MAX_COUNT_ADJUSTMENT
    return 0
