"""A campaign's results as pictures for a phone: a bar a question, its steps around the middle, worse at the left.

What was told in words is drawn in words: a bar would need a length that nobody knows.
"""

from collections.abc import Sequence
from functools import partial

from bot.pictures import palette
from bot.pictures.bars import Measure, bar, measure
from bot.pictures.facing import faced
from bot.pictures.layout import Block, bottom, stack, text_block
from bot.pictures.legend import Entry, row
from bot.pictures.letters import Style, width
from bot.pictures.painting import MARK_COLOURS, paint
from bot.pictures.pieces import STEPS, Box, Mark, Page, Panel, Piece
from bot.pictures.saying import is_from_right, named, wording_of
from bot.pictures.tallies import WITHHELD, Results, Tally, verdict, verdict_of_all
from bot.pictures.telling import apart_line, asked_line, in_words, rules, title_line
from flows.wording import Wording

WIDTH = 1080
MARGIN, PADDING, GAP = 40, 36, 24
LEFT, RIGHT = MARGIN + PADDING, WIDTH - MARGIN - PADDING
BAR = 76
MOST_QUESTIONS = 3  # a taller picture would be narrowed by Telegram, and its letters with it


class Sizes:
    """The letters, in percent of what is usual."""

    def __init__(self, percent: int) -> None:
        self.title, self.name = Style("Bold", 58 * percent // 100), Style("Bold", 50 * percent // 100)
        self.words, self.numbers = Style("Regular", 45 * percent // 100), Style("Bold", 48 * percent // 100)


def draw_charts(results: Results, words: Wording | None = None, *, percent: int = 100) -> tuple[bytes, ...]:
    """The results as PNG pictures, 1080 pixels wide: the test, then up to three of the other questions each.

    `percent` makes letters larger, up to 200; the pictures get higher.
    """
    return tuple(draw_chart(results, part, words, percent=percent) for part in parts_of(results))


def draw_chart(results: Results, part: tuple[Tally, ...], words: Wording | None = None, *, percent: int = 100) -> bytes:
    """One of these pictures: that of this part of the questions."""
    return paint(arrange(results, part, words or wording_of(results.language), percent))


def parts_of(results: Results) -> list[tuple[Tally, ...]]:
    """The questions of each picture."""
    groups = (tuple(one for one in results.questions if one.in_test is in_test) for in_test in (True, False))
    starts = ((group, at) for group in groups for at in range(0, len(group), MOST_QUESTIONS))
    return [group[at : at + MOST_QUESTIONS] for group, at in starts]


def arrange(results: Results, questions: tuple[Tally, ...], words: Wording, percent: int = 100) -> Page:
    """Where everything of one picture goes, from the top down. Pure."""
    sizes = Sizes(percent)
    scale = measure(questions, RIGHT - LEFT, _stub(sizes))
    blocks: list[Block] = [
        partial(_paragraph, title_line(results, words), sizes.title, palette.INK),
        partial(_paragraph, asked_line(results, words), sizes.words, palette.SOFT_INK),
        *(partial(_question, one, words, sizes, scale) for one in questions),
        partial(_legend, questions, words, sizes),
        partial(_overall, questions, words, sizes),
        partial(_paragraph, " ".join(rules(questions, words)), sizes.words, palette.SOFT_INK),
    ]
    pieces = stack([block for block in blocks if block(0)], MARGIN, GAP)
    page = Page(WIDTH, bottom(pieces, MARGIN) + MARGIN, tuple(pieces))
    return faced(page, from_right=is_from_right(words))


def _paragraph(words: str, style: Style, colour: str, top: int) -> Sequence[Piece]:
    return text_block(words, style, colour, Box(MARGIN, top, WIDTH - MARGIN, top))


def _question(question: Tally, words: Wording, sizes: Sizes, scale: Measure, top: int) -> Sequence[Piece]:
    """A white panel: the name, what is said of it where it is of the test, and the answers."""
    blocks: list[Block] = [
        partial(_name, question, words, sizes),
        *_answers(question, words, sizes, scale),
    ]
    return _panelled(blocks, palette.PANEL, palette.EDGE, top)


def _panelled(blocks: Sequence[Block], colour: str, edge: str, top: int) -> Sequence[Piece]:
    inside = stack(blocks, top + GAP // 2, GAP // 3)
    return [Panel(Box(MARGIN, top, WIDTH - MARGIN, bottom(inside, top) + GAP // 2), colour, edge), *inside]


def _name(question: Tally, words: Wording, sizes: Sizes, top: int) -> Sequence[Piece]:
    if not question.in_test:
        return text_block(named(question.name), sizes.name, palette.INK, Box(LEFT, top, RIGHT, top))
    said, side = verdict(question), round(1.3 * sizes.name.size)
    told = words.text("verdict_line", {"name": named(question.name), "verdict": words.text(f"verdict_{said}")})
    start = LEFT + side + GAP
    line = text_block(told, sizes.name, MARK_COLOURS[said], Box(start, top, RIGHT, top))
    return [Mark(Box(LEFT, top, LEFT + side, top + side), said), *line]


def _answers(question: Tally, words: Wording, sizes: Sizes, scale: Measure) -> list[Block]:
    if question.shown != "numbers":
        lines = in_words(question, words)
        return [partial(_inside, line, sizes.words, palette.INK) for line in lines]
    counts = [Entry(step, cell) for step, cell in zip(STEPS, question.steps, strict=True)]
    return [
        partial(bar, question, scale, LEFT, BAR),
        partial(row, counts, sizes.numbers, LEFT, RIGHT),
        partial(_inside, apart_line(question, words), sizes.words, palette.SOFT_INK),
    ]


def _inside(line: str, style: Style, colour: str, top: int) -> Sequence[Piece]:
    return text_block(line, style, colour, Box(LEFT, top, RIGHT, top))


def _legend(questions: Sequence[Tally], words: Wording, sizes: Sizes, top: int) -> Sequence[Piece]:
    """What the patterns mean, where there are any."""
    numbered = [one for one in questions if one.shown == "numbers"]
    if not numbered:
        return []
    entries = [Entry(step, words.text(f"step_{step}")) for step in STEPS]
    if any(WITHHELD in one.steps for one in numbered):
        entries.append(Entry(None, words.text("legend_withheld")))
    return row(entries, sizes.words, MARGIN, WIDTH - MARGIN, top)


def _overall(questions: tuple[Tally, ...], words: Wording, sizes: Sizes, top: int) -> Sequence[Piece]:
    said = verdict_of_all(questions)
    if said is None:
        return []
    block = partial(_inside, words.text(f"overall_{said}"), sizes.name, palette.RESULT_INK)
    return _panelled([block], palette.RESULT, palette.RESULT, top)


def _stub(sizes: Sizes) -> int:
    """How wide a part is drawn whose length is withheld: always the same."""
    return width(WITHHELD, sizes.numbers) + GAP
