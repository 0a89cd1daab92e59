"""Scales: which points one has, how a point is written and stored, and what is wrong with a scale. Pure.

A point is a whole number. In the test, points above 0 pass, points below 0 fail, and 0 says neither; a scale with an
even number of points has no 0.
"""

import re
from collections.abc import Sequence

# Two points only say yes or no. More than seven are not told apart any better, and hardly fit a phone.
# Source: Krosnick and Presser, "Question and Questionnaire Design" (Handbook of Survey Research, 2010).
MIN_POINTS, MAX_POINTS = 3, 7
USUAL_POINT_COUNT = 5  # an answer on such a scale is stored as the point alone
NOT_SURE = "not_sure"  # the only other choice of a question with a scale: charts and files have a place for it
_POINT_ID_PATTERN = re.compile(r"(-?\d+)(?:/(\d+))?")


def list_points(count: int) -> tuple[int, ...]:
    """The points of a scale with `count` points, best first: 2, 1, 0, -1, -2 for five; 2, 1, -1, -2 for four."""
    highest = count // 2
    return tuple(point for point in range(highest, -highest - 1, -1) if point or count % 2)


def make_point_id(point: int, count: int) -> str:
    """The id under which a point of a scale with `count` points is stored: "2" of five points, "2/7" of seven.

    An answer thereby says which scale it is on: 2 of five points is not what 2 of seven is.
    """
    return str(point) if count == USUAL_POINT_COUNT else f"{point}/{count}"


def parse_point_count(choice_id: str) -> int | None:
    """How many points the scale has that this stored answer is on; None for an answer that is no point."""
    match = _POINT_ID_PATTERN.fullmatch(choice_id)
    return int(match[2] or USUAL_POINT_COUNT) if match else None


def strip_point_count(choice_id: str) -> str:
    """The choice as flow files, charts and exports write it: "2" for "2/7"; ids of other choices as they are."""
    return choice_id.partition("/")[0]


def find_scale_problem(points: Sequence[int], other_choices: Sequence[str]) -> str | None:
    """What is wrong with a question that has these points and other choices, and the fix; None if nothing is."""
    count, expected = len(points), list_points(len(points))
    if not MIN_POINTS <= count <= MAX_POINTS:
        return f"its scale has {count} points; give it {MIN_POINTS} to {MAX_POINTS}"
    if tuple(points) not in {expected, expected[::-1]}:
        wanted = ", ".join(map(str, expected))
        return f"the points of a scale of {count} are {wanted}; write these, in this order or from worst to best"
    unknown = next((choice for choice in other_choices if choice != NOT_SURE), None)
    if unknown:
        return f'beside its points, a scale can have "{NOT_SURE}" only; remove {unknown}'
    return None
