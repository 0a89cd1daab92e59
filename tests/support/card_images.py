"""What tests look at: cards, and the finished picture in grey."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from typing import TypeVar

from PIL import Image

from bot.graphics.drawing import draw_result_card
from bot.graphics.elements import Box, Element
from bot.graphics.model import Verdict
from bot.graphics.result_card import ResultCard, ResultCardLine, lay_out_result_card

P = TypeVar("P", bound=Element)

ENGLISH_CARD = ResultCard(
    title="The connection test",
    lines=(
        ResultCardLine("Knowing what goes on", "passed", "Passes", 5, 1),
        ResultCardLine("Coping", "failed", "Not yet", 5, -2),
        ResultCardLine("Being connected", "undecided", "Can't say", 5, None),
    ),
    result="This service: not yet",
    lowest_label="Worse",
    highest_label="Better",
    footnote="A step above the middle passes, below fails. All three must pass.",
)


def make_one_line_card(verdict: Verdict, point: int | None, point_count: int = 5) -> ResultCard:
    return replace(ENGLISH_CARD, lines=(ResultCardLine("Coping", verdict, "Words", point_count, point),))


def open_image(card: ResultCard) -> Image.Image:
    return Image.open(BytesIO(draw_result_card(card)))


def draw_in_grey(card: ResultCard) -> Image.Image:
    return open_image(card).convert("L")


def find_pieces(card: ResultCard, kind: type[P]) -> Iterator[P]:
    return (piece for piece in lay_out_result_card(card).elements if isinstance(piece, kind))


def measure_contrast(picture: Image.Image, box: Box) -> float:
    """Between the darkest and the lightest grey in the box, 1 to 21, as WCAG 2.2 defines it."""
    levels = [level for level, pixels in enumerate(picture.crop(box).histogram()) if pixels]
    return (_compute_luminance(max(levels)) + 0.05) / (_compute_luminance(min(levels)) + 0.05)


def _compute_luminance(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def is_overlapping(first: Box, second: Box) -> bool:
    across = first.left < second.right and second.left < first.right
    return across and first.top < second.bottom and second.top < first.bottom


def is_within(inner: tuple[float, float, float, float], outer: Box) -> bool:
    left, top, right, bottom = inner
    return outer.left <= left and outer.top <= top and right <= outer.right and bottom <= outer.bottom


def is_top_to_bottom(boxes: list[Box]) -> bool:
    return all(upper.bottom <= lower.top for upper, lower in pairwise(boxes))
