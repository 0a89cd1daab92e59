"""Rounds counts so that they reveal no one. Pure.

The rule is NHS England's for counts below the whole country: 1 to 7 are withheld, all others are rounded to the
nearest 5, totals too (NHS Digital, disclosure control for Hospital Episode Statistics). An empty cell looks like a
withheld one. With fewer than 50 responses nothing would be left to read: shares are described in words then, which
never mean *all* or *none*.
"""

from collections.abc import Mapping

from storage.anonymity.k_anonymity import SKIPPED

WITHHELD = "*"
MAX_WITHHELD_COUNT = 7
ROUNDING_BASE = 5
MAX_ROUNDING_ERROR = 2  # how far a rounded count is off at most
MIN_RESPONSES_FOR_NUMBERS = 50
SHARE_MOST, SHARE_ABOUT_HALF, SHARE_SOME = "most", "about_half", "some"
MIN_HALF_SHARE, MIN_MOST_SHARE = 0.4, 0.6  # `SHARE_SOME` may be none, `SHARE_MOST` may be all


def round_count(count: int) -> str:
    """Returns a count as it may be shown."""
    if count <= MAX_WITHHELD_COUNT:
        return WITHHELD
    return str(ROUNDING_BASE * round(count / ROUNDING_BASE))


def describe_share(count: int, total: int) -> str:
    """Returns the word for a share."""
    share = count / total
    return SHARE_MOST if share >= MIN_MOST_SHARE else SHARE_ABOUT_HALF if share >= MIN_HALF_SHARE else SHARE_SOME


def protect_counts(counts: Mapping[str, int], k: int, undisclosed_count: int = 0) -> dict[str, str]:
    """Returns the counts of one question's answers as they may be shown: {answer: count, word or `WITHHELD`}.

    The total has an empty answer as its key. It includes `undisclosed_count` further answers. Everything is withheld if
    fewer than `k` people answered the question.
    """
    total = sum(counts.values()) + undisclosed_count
    if total - counts.get(SKIPPED, 0) < k:
        return dict.fromkeys(("", *counts), WITHHELD)
    if total >= MIN_RESPONSES_FOR_NUMBERS:
        return {"": round_count(total)} | _round_counts(counts, total, undisclosed_count)
    return {"": WITHHELD} | {answer: describe_share(count, total) for answer, count in counts.items()}


def _round_counts(counts: Mapping[str, int], total: int, undisclosed_count: int) -> dict[str, str]:
    """Rounds each count. Where the total and the other counts would reveal a withheld one, the largest is moved.

    Someone who holds the rows may know `undisclosed_count`.
    """
    cells = {answer: round_count(count) for answer, count in counts.items()}
    visible_counts = {answer: int(cell) for answer, cell in cells.items() if cell != WITHHELD}
    rounded_total = int(round_count(total))
    total_range = (
        max(rounded_total - MAX_ROUNDING_ERROR, MIN_RESPONSES_FOR_NUMBERS) - undisclosed_count,
        rounded_total + MAX_ROUNDING_ERROR - undisclosed_count,
    )
    withheld_cells = len(cells) - len(visible_counts)
    adjustment = _compute_adjustment(sum(visible_counts.values()), len(visible_counts), withheld_cells, total_range)
    if visible_counts and adjustment:
        largest = max(visible_counts, key=lambda answer: (visible_counts[answer], answer))
        cells[largest] = str(visible_counts[largest] + adjustment)
    return cells


def _compute_adjustment(visible_sum: int, visible_cells: int, withheld_cells: int, total_range: tuple[int, int]) -> int:
    """Returns how far to move a visible count so that the withheld ones are not all known.

    They would be if the sum of all counts, within `total_range`, left room for nothing but zeros in the withheld cells,
    or for nothing but the largest withheld count.
    """
    min_total, max_total = total_range
    if not withheld_cells:
        return 0
    max_error = MAX_ROUNDING_ERROR * visible_cells
    if max_total - (visible_sum - max_error) < 1:
        return -ROUNDING_BASE
    if min_total - (visible_sum + max_error) >= MAX_WITHHELD_COUNT * withheld_cells:
        return ROUNDING_BASE
    return 0
