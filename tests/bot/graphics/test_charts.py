"""The chart on a small phone, in grey, in large letters, in three languages: it shows what it was given, no more."""

import re
from dataclasses import replace
from io import BytesIO
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from bot.graphics.charts import BAR, MARGIN, WIDTH, arrange, draw_charts, parts_of
from bot.graphics.elements import STEPS, Bar, Box, Page, Rule, Text
from bot.graphics.model import Results, Tally
from bot.graphics.png import paint
from tests.support.card_images import contrast
from tests.support.graphics_samples import IN_WORDS, NUMBERS, URDU, assert_room, wording

LANGUAGES = ["en", "cy", "ur"]
COUNT = st.one_of(st.just("*"), st.integers(2, 300).map(lambda n: str(5 * n)))
CELL = st.sampled_from(["most", "about_half", "some"])
NAME = st.text(alphabet="abcWMj ŵẤÅgy.,()/%40-خاندےٹ", min_size=1, max_size=60)


def tallies(cell: st.SearchStrategy[str]) -> st.SearchStrategy[Tally]:
    return st.builds(Tally, NAME, st.booleans(), st.just("*"), st.tuples(cell, cell, cell, cell, cell), cell, cell)


SHOWN = st.lists(st.one_of(tallies(COUNT), tallies(CELL)), min_size=1, max_size=3).map(tuple)


def bars(page: Page) -> list[list[Bar]]:
    """The bars, each with its parts from the left; swatches are not among them."""
    parts = [piece for piece in page.pieces if isinstance(piece, Bar) and piece.box.bottom - piece.box.top == BAR]
    tops = sorted({part.box.top for part in parts})
    return [sorted((part for part in parts if part.box.top == top), key=lambda part: part.box.left) for top in tops]


def said(page: Page) -> str:
    return " ".join(piece.line for piece in page.pieces if isinstance(piece, Text))


def wide(part: Bar) -> int:
    return part.box.right - part.box.left


@settings(max_examples=40, deadline=None)
@given(SHOWN, st.sampled_from(LANGUAGES), st.sampled_from([100, 150, 200]))
def test_whatever_was_said_has_room(questions: tuple[Tally, ...], language: str, percent: int) -> None:
    page = arrange(replace(NUMBERS, questions=questions), questions, wording(language), percent)
    assert page.width == WIDTH
    assert_room(page, MARGIN)


@pytest.mark.parametrize("results", [NUMBERS, IN_WORDS], ids=["numbers", "words"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_ordinary_chart_fills_a_phone_at_full_width(results: Results, language: str) -> None:
    page = arrange(results, results.questions[:3], wording(language))
    assert page.height < 19 / 9 * WIDTH


def test_the_smallest_letters_are_15_px_on_a_phone_of_360_px() -> None:
    page = arrange(NUMBERS, NUMBERS.questions[:3], wording("en"))
    assert min(piece.style.size for piece in page.pieces if isinstance(piece, Text)) * 360 / WIDTH >= 15


def test_letters_can_be_twice_as_large() -> None:
    usual, large = (arrange(NUMBERS, NUMBERS.questions, wording("en"), percent) for percent in (100, 200))
    sizes = [[piece.style.size for piece in page.pieces if isinstance(piece, Text)] for page in (usual, large)]
    assert min(sizes[1]) == 2 * min(sizes[0])


def test_bars_are_as_long_as_their_numbers() -> None:
    first, second, third = bars(arrange(NUMBERS, NUMBERS.questions[:3], wording("en")))
    shown = [
        (wide(part), int(cell))
        for parts, question in zip((first, second, third), NUMBERS.questions, strict=False)
        for part, cell in zip(parts, question.steps, strict=True)
        if cell != "*"
    ]
    assert len({round(length / number) for length, number in shown}) == 1


def test_withheld_parts_are_seen_and_all_alike() -> None:
    parts = [part for one in bars(arrange(NUMBERS, NUMBERS.questions[:3], wording("en"))) for part in one]
    withheld = [part for part in parts if part.step is None]
    assert len(withheld) == 4
    assert len({wide(part) for part in withheld}) == 1
    assert wide(withheld[0]) >= 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_middle_step_stands_around_the_middle_and_better_follows_reading(language: str) -> None:
    page = arrange(NUMBERS, NUMBERS.questions[:3], wording(language))
    axis = next(piece.box for piece in page.pieces if isinstance(piece, Rule))
    steps = [part.step for part in bars(page)[2]]
    assert steps == list(STEPS if language != "ur" else reversed(STEPS))
    middle = bars(page)[2][2].box
    assert abs((middle.left + middle.right) - (axis.left + axis.right)) <= 2


def test_parts_of_a_bar_touch_but_do_not_cover_each_other() -> None:
    for one in bars(arrange(NUMBERS, NUMBERS.questions[:3], wording("en"))):
        assert all(left.box.right == right.box.left for left, right in pairwise(one))


@settings(max_examples=40, deadline=None)
@given(tallies(COUNT).filter(lambda one: one.shown == "numbers"))
def test_each_number_stands_there_and_no_other(question: Tally) -> None:
    question = replace(question, name="Coping", in_test=False)
    words = said(arrange(NUMBERS, (question,), wording("en")))
    given_away = {"55", "2", "5", "0", "7"}  # of the heading and the rule
    assert set(re.findall(r"\d+", words)) - given_away == set(re.findall(r"\d+", " ".join(question.cells))) - given_away
    assert "%" not in words


def test_what_is_told_in_words_has_no_bar_and_no_number() -> None:
    page = arrange(IN_WORDS, IN_WORDS.questions, wording("en"))
    assert not any(isinstance(piece, Bar) for piece in page.pieces)
    assert "Most: very good" in said(page)
    assert "About half: poor, very poor" in said(page)


def test_a_question_that_too_few_answered_says_so() -> None:
    question = NUMBERS.questions[4]
    page = arrange(NUMBERS, (question,), wording("en"))
    assert "too few people answered" in said(page)
    assert not bars(page)


def test_the_release_the_rule_and_the_result_stand_on_it() -> None:
    words = said(arrange(NUMBERS, NUMBERS.questions[:3], wording("en")))
    for part in ("About 55 answers. Results no. 2.", "Knowing what goes on: passes", "Coping: not yet"):
        assert part in words
    for part in ("Being connected: can’t say", "This service: not yet", "clearly more said good than poor"):
        assert part in words


def test_the_test_has_a_picture_of_its_own_and_none_has_more_than_three() -> None:
    many = replace(NUMBERS, questions=(*NUMBERS.questions, *NUMBERS.questions[3:] * 2))
    assert [len(part) for part in parts_of(many)] == [3, 3, 3]
    pictures = [Image.open(BytesIO(png)) for png in draw_charts(many)]
    assert [(picture.format, picture.width) for picture in pictures] == [("PNG", WIDTH)] * 3


def test_the_same_results_give_the_same_bytes() -> None:
    assert draw_charts(NUMBERS) == draw_charts(replace(NUMBERS))


def seen(step: int | None, width: int = 120) -> Image.Image:
    """A part of a bar in black and white, at the size of a phone of 360 px."""
    page = Page(width, BAR, (Bar(Box(0, 0, width, BAR), step),))
    picture = Image.open(BytesIO(paint(page))).convert("L")
    return picture.reduce(3).point(lambda value: 255 * (value > 128))


@pytest.mark.parametrize(("first", "second"), list(combinations([*STEPS, None], 2)))
def test_steps_are_told_apart_in_black_and_white(first: int | None, second: int | None) -> None:
    assert ImageStat.Stat(ImageChops.difference(seen(first), seen(second))).mean[0] > 0.08 * 255


@pytest.mark.parametrize("step", [*STEPS, None])
def test_a_step_stands_out_from_its_ground(step: int | None) -> None:
    page = Page(200, 200, (Bar(Box(40, 60, 160, 60 + BAR), step),))
    picture = Image.open(BytesIO(paint(page, "#ffffff"))).convert("L")
    assert contrast(picture, Box(38, 58, 162, 62 + BAR)) >= 3


@pytest.mark.parametrize("results", [NUMBERS, IN_WORDS], ids=["numbers", "words"])
def test_each_text_stands_out_from_its_ground_in_grey(results: Results) -> None:
    page = arrange(results, results.questions[:3], wording("en"))
    picture = Image.open(BytesIO(paint(page))).convert("L")
    for piece in page.pieces:
        if isinstance(piece, Text) and piece.line != "*":
            assert contrast(picture, piece.box) >= 4.5, piece.line


def test_an_urdu_name_stands_on_an_english_chart() -> None:
    page = arrange(replace(NUMBERS, about=URDU, group=URDU), NUMBERS.questions[:1], wording("en"))
    assert "خاندانی" in said(page)
    assert_room(page, MARGIN)


def test_no_name_has_signs_that_no_font_has() -> None:
    question = replace(NUMBERS.questions[0], name="Coping 🎉日")
    assert "Coping: passes" in said(arrange(replace(NUMBERS, group="🎉"), (question,), wording("en")))
