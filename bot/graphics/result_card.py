"""The picture of one person's connection test: from words to a PNG.

On a small phone (320 px, less the chat's margins) it is shown a quarter as wide: 48 pixels here are 12 there. Telegram
narrows pictures that are much taller than wide, so a card with short words stays under 1.4 times its width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from bot.graphics import palette, text_layout
from bot.graphics.elements import (
    SCORES,
    Block,
    Box,
    Element,
    Layout,
    Panel,
    ScoreScale,
    Verdict,
    VerdictMark,
    align_right,
    centre_vertically,
    find_bottom,
    lay_out_text,
    stack_blocks,
)
from bot.graphics.png import VERDICT_COLOURS, paint_png
from bot.graphics.text_layout import TextStyle, line_height, measure_width, normalize_text

__all__ = ["ResultCard", "ResultCardLine", "Verdict", "can_draw_result_card", "draw_result_card"]

CARD_WIDTH = 1080
CARD_MARGIN, PANEL_PADDING, BLOCK_GAP, TEXT_INSET = 40, 40, 24, 14
MARK_SIZE, MARK_GAP = 128, 36
END_LABEL_WIDTH, SCALE_HEIGHT, SCALE_GAP = 215, 100, 10
CONTENT_LEFT, CONTENT_RIGHT = CARD_MARGIN + PANEL_PADDING, CARD_WIDTH - CARD_MARGIN - PANEL_PADDING

TITLE_STYLE, NAME_STYLE, RESULT_STYLE = TextStyle("Bold", 68), TextStyle("Bold", 60), TextStyle("Bold", 64)
VERDICT_STYLE, END_LABEL_STYLE, FOOTNOTE_STYLE = (
    TextStyle("Regular", 58),
    TextStyle("Regular", 50),
    TextStyle("Regular", 50),
)


@dataclass(frozen=True, slots=True)
class ResultCardLine:
    """One question of the test: what it asks about; whether it passes, as a sign and in words; and the person's step,
    -2 … 2 where 2 is best, or None where there is none to show (not sure, skipped, not asked).
    """

    name: str
    verdict: Verdict
    verdict_text: str
    score: int | None

    def __post_init__(self) -> None:
        if self.score is not None and self.score not in SCORES:
            raise ValueError(f"A score is a step from -2 to 2, or None, but this is {self.score}")


@dataclass(frozen=True, slots=True)
class ResultCard:
    """All words of the picture, in any language in Latin letters, without markup: the title, one line a question, the
    result of all, what the scale's least and most step are called, and the rule behind the result. A part without words
    is left out.
    """

    title: str
    lines: tuple[ResultCardLine, ...]
    result: str
    lowest_label: str
    highest_label: str
    footnote: str


def draw_result_card(card: ResultCard) -> bytes:
    """The card as a PNG file: RGB, 1080 pixels wide, as high as its words need (about 1,500 for three short lines).

    The same card gives the same bytes. May be called from any thread; takes 0.1 to 0.3 seconds. Words that
    `can_draw` refuses come out as empty boxes.
    """
    return paint_png(lay_out_result_card(card))


def can_draw_result_card(card: ResultCard) -> bool:
    """Whether our fonts have every sign of the card's words; if not, send the words without the picture."""
    line_texts = chain.from_iterable((line.name, line.verdict_text) for line in card.lines)
    return all(
        map(
            text_layout.can_draw_text,
            (card.title, *line_texts, card.result, card.lowest_label, card.highest_label, card.footnote),
        )
    )


def lay_out_result_card(card: ResultCard) -> Layout:
    """Where everything goes, from the top down. Pure."""
    blocks: list[Block] = [
        partial(_paragraph, card.title, TITLE_STYLE, palette.TEXT_COLOUR, CARD_MARGIN + TEXT_INSET),
        *(partial(_question_panel, card, line) for line in card.lines),
        partial(_result_panel, card.result),
        partial(_paragraph, card.footnote, FOOTNOTE_STYLE, palette.MUTED_TEXT_COLOUR, CARD_MARGIN + TEXT_INSET),
    ]
    elements = stack_blocks(blocks, CARD_MARGIN, BLOCK_GAP)
    return Layout(CARD_WIDTH, find_bottom(elements, CARD_MARGIN) + CARD_MARGIN, tuple(elements))


def _paragraph(text: str, style: TextStyle, colour: str, left: int, top: int) -> Sequence[Element]:
    return lay_out_text(text, style, colour, Box(left, top, CARD_WIDTH - left, top))


def _question_panel(card: ResultCard, line: ResultCardLine, top: int) -> list[Element]:
    """A white panel: the mark with name and words beside it, and the scale below."""
    content_top = top + PANEL_PADDING // 2
    text_left = CONTENT_LEFT + MARK_SIZE + MARK_GAP
    name_lines = lay_out_text(
        line.name, NAME_STYLE, palette.TEXT_COLOUR, Box(text_left, content_top, CONTENT_RIGHT, content_top)
    )
    colour = VERDICT_COLOURS[line.verdict]
    verdict_lines = lay_out_text(
        line.verdict_text,
        VERDICT_STYLE,
        colour,
        Box(text_left, find_bottom(name_lines, content_top), CONTENT_RIGHT, content_top),
    )
    two_lines_height = line_height(NAME_STYLE) + line_height(VERDICT_STYLE)
    mark_box = Box(
        CONTENT_LEFT,
        content_top + (two_lines_height - MARK_SIZE) // 2,
        CONTENT_LEFT + MARK_SIZE,
        content_top + (two_lines_height + MARK_SIZE) // 2,
    )
    scale_top = max(find_bottom(name_lines + verdict_lines, content_top), content_top + two_lines_height) + SCALE_GAP
    elements = [
        *name_lines,
        *verdict_lines,
        VerdictMark(mark_box, line.verdict),
        *_scale_with_labels(card, line.score, colour, scale_top),
    ]
    return [
        _panel(top, find_bottom(elements, top) + PANEL_PADDING // 2, palette.PANEL_COLOUR, palette.PANEL_EDGE_COLOUR),
        *elements,
    ]


def _scale_with_labels(card: ResultCard, score: int | None, colour: str, top: int) -> list[Element]:
    """The five stones between the words for their ends, or above them where the words are too long for one line."""
    end_labels = (card.lowest_label, card.highest_label)
    fits_beside = all(
        measure_width(normalize_text(end), END_LABEL_STYLE) <= END_LABEL_WIDTH - BLOCK_GAP // 2 for end in end_labels
    )
    left, right = (
        (CONTENT_LEFT + END_LABEL_WIDTH, CONTENT_RIGHT - END_LABEL_WIDTH)
        if fits_beside
        else (CONTENT_LEFT, CONTENT_RIGHT)
    )
    scale = ScoreScale(Box(left, top, right, top + SCALE_HEIGHT), score, colour)
    labels_top, label_width = (
        (top, END_LABEL_WIDTH) if fits_beside else (scale.box.bottom, (CONTENT_RIGHT - CONTENT_LEFT - BLOCK_GAP) // 2)
    )
    lowest_lines, highest_lines = (
        lay_out_text(
            end_label,
            END_LABEL_STYLE,
            palette.MUTED_TEXT_COLOUR,
            Box(CONTENT_LEFT, labels_top, CONTENT_LEFT + label_width, labels_top),
        )
        for end_label in end_labels
    )
    label_lines = [*lowest_lines, *align_right(highest_lines, CONTENT_RIGHT)]
    return [scale, *(centre_vertically(label_lines, scale.box) if fits_beside else label_lines)]


def _result_panel(text: str, top: int) -> list[Element]:
    lines = lay_out_text(
        text, RESULT_STYLE, palette.RESULT_TEXT_COLOUR, Box(CONTENT_LEFT, top + PANEL_PADDING // 2, CONTENT_RIGHT, top)
    )
    panel = _panel(
        top, find_bottom(lines, top) + PANEL_PADDING // 2, palette.RESULT_PANEL_COLOUR, palette.RESULT_PANEL_COLOUR
    )
    return [panel, *lines] if lines else []


def _panel(top: int, bottom_edge: int, colour: str, edge: str) -> Panel:
    return Panel(Box(CARD_MARGIN, top, CARD_WIDTH - CARD_MARGIN, bottom_edge), colour, edge)
