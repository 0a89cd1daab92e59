"""The report's table: a question a row, with its bar under its name and its counts in columns."""

from collections.abc import Sequence

from bot.pictures import palette
from bot.pictures.bars import Measure, bar
from bot.pictures.layout import bottom, centred, middled, text_block
from bot.pictures.letters import Style, line_height
from bot.pictures.pieces import STEPS, Bar, Box, Mark, Piece, Rule, Text
from bot.pictures.printing import A4
from bot.pictures.saying import named
from bot.pictures.tallies import Tally, verdict
from bot.pictures.telling import shown_as
from flows.wording import Wording

LEFT, RIGHT = 150, A4[0] - 150
NAME, COLUMN = 980, 150  # widths, in pixels: the name with its bar, and each of eight columns
BODY, STRONG, SMALL = Style("Regular", 44), Style("Bold", 46), Style("Regular", 36)
BAR, SWATCH, STUB, PAD = 48, 44, 44, 12


def heading(words: Wording, top: int) -> list[Piece]:
    """The columns' names: the steps with their patterns, *not sure*, *skipped*, all."""
    names = [*(words.text(f"step_{step}") for step in STEPS), *map(words.text, ("not_sure", "skipped", "report_all"))]
    columns = [_column(at) for at in range(len(names))]
    swatches = [_swatch(step, column, top) for step, column in zip(STEPS, columns, strict=False)]
    labels = [
        piece
        for name, (left, right) in zip(names, columns, strict=True)
        for piece in middled(
            text_block(name, SMALL, palette.BLACK, Box(left, top + SWATCH + 4, right, top)), left, right
        )
    ]
    return [*swatches, *labels, _line(bottom(labels, top) + PAD // 2)]


def table_row(question: Tally, words: Wording, scale: Measure, top: int) -> list[Piece]:
    """A question: its name, whether it passes, its bar, and what may be shown of each answer."""
    named = [*_name(question, words, top)]
    drawn = bar(question, scale, LEFT, BAR, bottom(named, top) + PAD // 2) if question.shown == "numbers" else []
    cells = [_cell(shown_as(cell, words), at, top) for at, cell in enumerate((*question.cells, question.total))]
    below = max(bottom([*named, *drawn], top), *(bottom(cell, top) for cell in cells))
    middle = Box(LEFT, top, RIGHT, below)
    return [*named, *drawn, *(piece for cell in cells for piece in _in_middle(cell, middle)), _line(below + PAD)]


def _name(question: Tally, words: Wording, top: int) -> list[Piece]:
    if not question.in_test:
        return [*text_block(named(question.name), STRONG, palette.BLACK, Box(LEFT, top, LEFT + NAME, top))]
    said, side = verdict(question), line_height(STRONG)
    told = words.text("verdict_line", {"name": named(question.name), "verdict": words.text(f"verdict_{said}")})
    text = text_block(told, STRONG, palette.BLACK, Box(LEFT + side + PAD, top, LEFT + NAME, top))
    return [Mark(Box(LEFT, top, LEFT + side, top + side), said), *text]


def _cell(shown: str, at: int, top: int) -> list[Text]:
    left, right = _column(at)
    style = BODY if shown.isdigit() else SMALL
    return middled(text_block(shown, style, palette.BLACK, Box(left, top, right, top)), left, right)


def _in_middle(lines: Sequence[Text], box: Box) -> list[Text]:
    return centred(lines, Box(box.left, min(line.box.top for line in lines), box.right, box.bottom))


def _column(at: int) -> tuple[int, int]:
    """Where it begins and ends, with a little room between columns."""
    left = LEFT + NAME + at * COLUMN
    return left + 6, left + COLUMN - 6


def _swatch(step: int, column: tuple[int, int], top: int) -> Bar:
    left = (sum(column) - SWATCH) // 2
    return Bar(Box(left, top, left + SWATCH, top + SWATCH), step)


def _line(top: int) -> Rule:
    return Rule(Box(LEFT, top, RIGHT, top + 2), palette.STONE)
