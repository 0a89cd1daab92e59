"""The layout of one person's connection test, from texts to a page. Pure.

On a small phone (320 pixels, less the chat's margins) the picture is a quarter as wide, so 48 pixels here are 12 there.
Telegram narrows pictures that are much taller than wide, so a card with short texts stays under 1.4 times its width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from bot.graphics import palette
from bot.graphics.elements import (
    Block,
    Box,
    DotScale,
    Element,
    Layout,
    Panel,
    TextLine,
    VerdictMark,
    align_right,
    centre_vertically,
    find_bottom,
    lay_out_text,
    stack_blocks,
)
from bot.graphics.model import Verdict
from bot.graphics.text_layout import TextStyle, can_draw_text, line_height, measure_width, normalize_text
from flows.scale import list_points

CARD_WIDTH = 1080
CARD_MARGIN, PANEL_PADDING, BLOCK_GAP, TEXT_INSET = 40, 40, 24, 14
MARK_SIZE, MARK_GAP = 128, 36
END_LABEL_WIDTH, SCALE_HEIGHT, SCALE_GAP = 215, 100, 10
CONTENT_LEFT, CONTENT_RIGHT = CARD_MARGIN + PANEL_PADDING, CARD_WIDTH - CARD_MARGIN - PANEL_PADDING

TITLE_STYLE, NAME_STYLE, RESULT_STYLE = TextStyle("Bold", 68), TextStyle("Bold", 60), TextStyle("Bold", 64)
VERDICT_STYLE = TextStyle("Regular", 58)
END_LABEL_STYLE = FOOTNOTE_STYLE = TextStyle("Regular", 50)


@dataclass(frozen=True, slots=True)
class ResultCardLine:
    """One question of the test: its name, its verdict as a sign and as text, how many points its scale has, and the one
    that the person chose.

    `point` is None if there is none to show (not sure, skipped, not asked). Raises ValueError for a point that the
    scale does not have.
    """

    name: str
    verdict: Verdict
    verdict_text: str
    point_count: int
    point: int | None

    def __post_init__(self) -> None:
        if self.point is not None and self.point not in list_points(self.point_count):
            raise ValueError(f"A scale of {self.point_count} points does not have the point {self.point}")


@dataclass(frozen=True, slots=True)
class ResultCard:
    """All texts of the picture, without markup: the title, one line for each question, the result of the test, the
    labels of the scale's ends, and the rule behind the result. An empty text is left out.
    """

    title: str
    lines: tuple[ResultCardLine, ...]
    result: str
    lowest_label: str
    highest_label: str
    footnote: str


def can_draw_result_card(card: ResultCard) -> bool:
    """Whether the fonts have every character of the card; if not, send its texts without the picture."""
    line_texts = chain.from_iterable((line.name, line.verdict_text) for line in card.lines)
    texts = (card.title, *line_texts, card.result, card.lowest_label, card.highest_label, card.footnote)
    return all(map(can_draw_text, texts))


def lay_out_result_card(card: ResultCard) -> Layout:
    """The page, from the top down."""
    blocks: list[Block] = [
        partial(_paragraph, card.title, TITLE_STYLE, palette.TEXT_COLOUR),
        *(partial(_question_panel, card, line) for line in card.lines),
        partial(_result_panel, card.result),
        partial(_paragraph, card.footnote, FOOTNOTE_STYLE, palette.MUTED_TEXT_COLOUR),
    ]
    elements = stack_blocks(blocks, CARD_MARGIN, BLOCK_GAP)
    return Layout(CARD_WIDTH, find_bottom(elements, CARD_MARGIN) + CARD_MARGIN, tuple(elements))


def _paragraph(text: str, style: TextStyle, colour: str, top: int) -> Sequence[Element]:
    left = CARD_MARGIN + TEXT_INSET
    return lay_out_text(text, style, colour, Box(left, top, CARD_WIDTH - left, top))


def _question_panel(card: ResultCard, line: ResultCardLine, top: int) -> list[Element]:
    """A white panel: the mark, the name and the verdict beside it, and the scale below."""
    content_top = top + PANEL_PADDING // 2
    two_lines_height = line_height(NAME_STYLE) + line_height(VERDICT_STYLE)
    text_lines = _name_and_verdict(line, content_top)
    scale_top = max(find_bottom(text_lines, content_top), content_top + two_lines_height) + SCALE_GAP
    elements = [
        *text_lines,
        VerdictMark(_mark_box(content_top, two_lines_height), line.verdict),
        *_scale_with_labels(card, line, scale_top),
    ]
    bottom = find_bottom(elements, top) + PANEL_PADDING // 2
    return [_panel(top, bottom, palette.PANEL_COLOUR, palette.PANEL_EDGE_COLOUR), *elements]


def _name_and_verdict(line: ResultCardLine, top: int) -> list[TextLine]:
    left = CONTENT_LEFT + MARK_SIZE + MARK_GAP
    name_lines = lay_out_text(line.name, NAME_STYLE, palette.TEXT_COLOUR, Box(left, top, CONTENT_RIGHT, top))
    verdict_box = Box(left, find_bottom(name_lines, top), CONTENT_RIGHT, top)
    colour = palette.VERDICT_COLOURS[line.verdict]
    return [*name_lines, *lay_out_text(line.verdict_text, VERDICT_STYLE, colour, verdict_box)]


def _mark_box(top: int, height: int) -> Box:
    """A square at the left, in the middle of the height."""
    mark_top = top + (height - MARK_SIZE) // 2
    return Box(CONTENT_LEFT, mark_top, CONTENT_LEFT + MARK_SIZE, mark_top + MARK_SIZE)


def _scale_with_labels(card: ResultCard, line: ResultCardLine, top: int) -> list[Element]:
    """The scale between the labels of its ends, or above them if one of them is too wide."""
    max_label_width = END_LABEL_WIDTH - BLOCK_GAP // 2
    labels = (card.lowest_label, card.highest_label)
    fits_beside = all(measure_width(normalize_text(text), END_LABEL_STYLE) <= max_label_width for text in labels)
    inset = END_LABEL_WIDTH if fits_beside else 0
    scale_box = Box(CONTENT_LEFT + inset, top, CONTENT_RIGHT - inset, top + SCALE_HEIGHT)
    scale = DotScale(scale_box, line.point_count, line.point, palette.VERDICT_COLOURS[line.verdict])
    if fits_beside:
        return [scale, *centre_vertically(_end_labels(card, top, END_LABEL_WIDTH), scale_box)]
    return [scale, *_end_labels(card, scale_box.bottom, (CONTENT_RIGHT - CONTENT_LEFT - BLOCK_GAP) // 2)]


def _end_labels(card: ResultCard, top: int, width: int) -> list[TextLine]:
    box = Box(CONTENT_LEFT, top, CONTENT_LEFT + width, top)
    lowest_lines, highest_lines = (
        lay_out_text(text, END_LABEL_STYLE, palette.MUTED_TEXT_COLOUR, box)
        for text in (card.lowest_label, card.highest_label)
    )
    return [*lowest_lines, *align_right(highest_lines, CONTENT_RIGHT)]


def _result_panel(text: str, top: int) -> list[Element]:
    box = Box(CONTENT_LEFT, top + PANEL_PADDING // 2, CONTENT_RIGHT, top)
    lines = lay_out_text(text, RESULT_STYLE, palette.RESULT_TEXT_COLOUR, box)
    if not lines:
        return []
    bottom = find_bottom(lines, top) + PANEL_PADDING // 2
    return [_panel(top, bottom, palette.RESULT_PANEL_COLOUR, palette.RESULT_PANEL_COLOUR), *lines]


def _panel(top: int, bottom: int, colour: str, edge: str) -> Panel:
    return Panel(Box(CARD_MARGIN, top, CARD_WIDTH - CARD_MARGIN, bottom), colour, edge)
