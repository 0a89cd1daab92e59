"""Counts that give nobody away. Pure.

NHS England's rule for counts below the whole country: 1 to 7 are withheld, all others are rounded to the nearest 5,
totals too (NHS Digital, disclosure control for Hospital Episode Statistics). An empty cell looks like a withheld one.
Under 50 responses that would leave nothing to read: those are told in words, which never say *all* or *none*.
"""

from collections.abc import Mapping

from storage.anonymity.k_anonymity import SKIPPED

WITHHELD = "*"
WITHHELD_UP_TO, ROUNDED_TO, OFF = 7, 5, 2  # a rounded count is so many off, at the most
IN_NUMBERS_FROM = 50  # responses
MOST, ABOUT_HALF, SOME = "most", "about_half", "some"
HALF_FROM, MOST_FROM = 0.4, 0.6  # shares; `some` may be none, `most` may be all


def shown(count: int) -> str:
    """A count as it may be shown."""
    if count <= WITHHELD_UP_TO:
        return WITHHELD
    return str(ROUNDED_TO * round(count / ROUNDED_TO))


def in_words(count: int, total: int) -> str:
    """A share as a word."""
    share = count / total
    return MOST if share >= MOST_FROM else ABOUT_HALF if share >= HALF_FROM else SOME


def table(counts: Mapping[str, int], k: int, untold: int = 0) -> dict[str, str]:
    """One question's answers as they may be shown: {answer: count or word}, its total under the empty answer.

    `untold` more answered, and are in the total only. A question that fewer than `k` have answered shows nothing.
    """
    total = sum(counts.values()) + untold
    if total - counts.get(SKIPPED, 0) < k:
        return dict.fromkeys(("", *counts), WITHHELD)
    if total >= IN_NUMBERS_FROM:
        return {"": shown(total)} | _numbers(counts, total, untold)
    return {"": WITHHELD} | {answer: in_words(count, total) for answer, count in counts.items()}


def _numbers(counts: Mapping[str, int], total: int, untold: int) -> dict[str, str]:
    """Each count. Where total and counts together would tell a withheld one, the largest is rounded the other way.

    Who has the rows may know how many are untold.
    """
    cells = {answer: shown(count) for answer, count in counts.items()}
    seen = {answer: int(cell) for answer, cell in cells.items() if cell != WITHHELD}
    rounded = int(shown(total))
    between = (max(rounded - OFF, IN_NUMBERS_FROM) - untold, rounded + OFF - untold)
    move = _would_tell(sum(seen.values()), len(seen), len(cells) - len(seen), between)
    if seen and move:
        largest = max(seen, key=lambda answer: (seen[answer], answer))
        cells[largest] = str(seen[largest] + move)
    return cells


def _would_tell(seen: int, cells: int, withheld: int, between: tuple[int, int]) -> int:
    """Where the withheld counts can only be all nothing, or all as many as are withheld: how far to move another.

    `between`: what all counts together are, at the least and at the most.
    """
    least, most = between
    if not withheld:
        return 0
    if most - (seen - OFF * cells) < 1:
        return -ROUNDED_TO
    return ROUNDED_TO if least - (seen + OFF * cells) >= WITHHELD_UP_TO * withheld else 0
