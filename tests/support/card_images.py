"""What tests look at: cards, and the finished picture in grey."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from typing import TypeVar

from PIL import Image

from bot.graphics.elements import Box, Piece
from bot.graphics.result_card import Card, CardLine, Verdict, arrange, draw_card

P = TypeVar("P", bound=Piece)

ENGLISH = Card(
    title="The connection test",
    lines=(
        CardLine("Knowing what goes on", "passed", "Passes", 1),
        CardLine("Coping", "failed", "Not yet", -2),
        CardLine("Being connected", "unsaid", "Can't say", None),
    ),
    result="This service: not yet",
    least="Worse",
    most="Better",
    foot="A step above the middle passes, below fails. All three must pass.",
)


def one_line(verdict: Verdict, score: int | None) -> Card:
    return replace(ENGLISH, lines=(CardLine("Coping", verdict, "Words", score),))


def opened(card: Card) -> Image.Image:
    return Image.open(BytesIO(draw_card(card)))


def grey(card: Card) -> Image.Image:
    return opened(card).convert("L")


def placed(card: Card, kind: type[P]) -> Iterator[P]:
    return (piece for piece in arrange(card).pieces if isinstance(piece, kind))


def contrast(picture: Image.Image, box: Box) -> float:
    """Between the darkest and the lightest grey in the box, 1 to 21, as WCAG 2.2 defines it."""
    levels = [level for level, pixels in enumerate(picture.crop(box).histogram()) if pixels]
    return (_luminance(max(levels)) + 0.05) / (_luminance(min(levels)) + 0.05)


def _luminance(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def overlap(first: Box, second: Box) -> bool:
    across = first.left < second.right and second.left < first.right
    return across and first.top < second.bottom and second.top < first.bottom


def within(inner: tuple[float, float, float, float], outer: Box) -> bool:
    left, top, right, bottom = inner
    return outer.left <= left and outer.top <= top and right <= outer.right and bottom <= outer.bottom


def in_order(boxes: list[Box]) -> bool:
    return all(upper.bottom <= lower.top for upper, lower in pairwise(boxes))
