"""Charts on a small phone, in grey, in large letters and in three languages show the results and nothing else."""

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from bot.graphics.charts import BAR_HEIGHT, CHART_MARGIN, CHART_WIDTH, group_questions, lay_out_chart
from bot.graphics.elements import BarSegment, Box, Layout, StraightLine, TextLine
from bot.graphics.model import CampaignResults, QuestionTally
from bot.graphics.png import paint_png
from flows.scale import MAX_POINTS, MIN_POINTS, list_points
from tests.support.card_images import measure_contrast
from tests.support.graphics_samples import (
    NUMERIC_RESULTS,
    URDU_NAME,
    WORDED_RESULTS,
    assert_no_overlap,
    draw_charts,
    load_texts,
)

ROOT = Path(__file__).parents[3]
PRINT_DIGESTS = """
from hashlib import sha256
from tests.support.graphics_samples import NUMERIC_RESULTS, draw_charts
print(*(sha256(picture).hexdigest() for picture in draw_charts(NUMERIC_RESULTS)))
"""
LANGUAGES = ["en", "cy", "ur"]
COUNT = st.one_of(st.just("*"), st.integers(2, 300).map(lambda n: str(5 * n)))
CELL = st.sampled_from(["most", "about_half", "some"])
NAME = st.text(alphabet="abcWMj ŵẤÅgy.,()/%40-خاندےٹ", min_size=1, max_size=60)


def tallies(cell: st.SearchStrategy[str]) -> st.SearchStrategy[QuestionTally]:
    point_cells = st.lists(cell, min_size=MIN_POINTS, max_size=MAX_POINTS).map(tuple)
    return st.builds(QuestionTally, NAME, st.booleans(), st.just("*"), point_cells, cell, cell)


QUESTIONS = st.lists(st.one_of(tallies(COUNT), tallies(CELL)), min_size=1, max_size=3).map(tuple)


def bars(page: Layout) -> list[list[BarSegment]]:
    """The segments of each bar from the left, without those of the legend."""
    parts = [
        piece
        for piece in page.elements
        if isinstance(piece, BarSegment) and piece.box.bottom - piece.box.top == BAR_HEIGHT
    ]
    tops = sorted({part.box.top for part in parts})
    return [sorted((part for part in parts if part.box.top == top), key=lambda part: part.box.left) for top in tops]


def text_of(page: Layout) -> str:
    return " ".join(piece.text for piece in page.elements if isinstance(piece, TextLine))


def width_of(part: BarSegment) -> int:
    return part.box.right - part.box.left


@settings(max_examples=40, deadline=None)
@example(NUMERIC_RESULTS.questions[:3], "ur", 100)  # its rules have a line with left overhang
@given(QUESTIONS, st.sampled_from(LANGUAGES), st.sampled_from([100, 150, 200]))
def test_any_chart_fits_inside_its_margins_without_overlap(
    questions: tuple[QuestionTally, ...], language: str, percent: int
) -> None:
    page = lay_out_chart(replace(NUMERIC_RESULTS, questions=questions), questions, load_texts(language), percent)
    assert page.width == CHART_WIDTH
    assert_no_overlap(page, CHART_MARGIN)


@pytest.mark.parametrize("results", [NUMERIC_RESULTS, WORDED_RESULTS], ids=["numbers", "words"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_ordinary_chart_fits_a_phone_at_full_width(results: CampaignResults, language: str) -> None:
    page = lay_out_chart(results, results.questions[:3], load_texts(language))
    assert page.height < 19 / 9 * CHART_WIDTH


def test_the_smallest_letters_are_15_px_on_a_phone_of_360_px() -> None:
    page = lay_out_chart(NUMERIC_RESULTS, NUMERIC_RESULTS.questions[:3], load_texts("en"))
    assert min(piece.style.size for piece in page.elements if isinstance(piece, TextLine)) * 360 / CHART_WIDTH >= 15


def test_letters_can_be_enlarged_to_twice_their_size() -> None:
    usual, large = (
        lay_out_chart(NUMERIC_RESULTS, NUMERIC_RESULTS.questions, load_texts("en"), percent) for percent in (100, 200)
    )
    sizes = [[piece.style.size for piece in page.elements if isinstance(piece, TextLine)] for page in (usual, large)]
    assert min(sizes[1]) == 2 * min(sizes[0])


def test_bars_are_as_long_as_their_numbers() -> None:
    first, second, third = bars(lay_out_chart(NUMERIC_RESULTS, NUMERIC_RESULTS.questions[:3], load_texts("en")))
    shown = [
        (width_of(part), int(cell))
        for parts, question in zip((first, second, third), NUMERIC_RESULTS.questions, strict=False)
        for part, cell in zip(parts, question.point_cells, strict=True)
        if cell != "*"
    ]
    assert len({round(length / number) for length, number in shown}) == 1


def test_suppressed_segments_are_visible_and_equally_long() -> None:
    parts = [
        part
        for one in bars(lay_out_chart(NUMERIC_RESULTS, NUMERIC_RESULTS.questions[:3], load_texts("en")))
        for part in one
    ]
    suppressed = [part for part in parts if part.point is None]
    assert len(suppressed) == 4
    assert len({width_of(part) for part in suppressed}) == 1
    assert width_of(suppressed[0]) >= 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_middle_point_is_centred_and_better_points_follow_the_reading_direction(language: str) -> None:
    page = lay_out_chart(NUMERIC_RESULTS, NUMERIC_RESULTS.questions[:3], load_texts(language))
    axis = next(piece.box for piece in page.elements if isinstance(piece, StraightLine))
    points = [part.point for part in bars(page)[2]]
    assert points == list(list_points(5)[::-1] if language != "ur" else list_points(5))
    middle = bars(page)[2][2].box
    assert abs((middle.left + middle.right) - (axis.left + axis.right)) <= 2


@pytest.mark.parametrize("point_count", range(MIN_POINTS, MAX_POINTS + 1))
def test_the_axis_separates_passing_points_from_failing_ones(point_count: int) -> None:
    question = QuestionTally("Coping", False, "200", ("20",) * point_count)
    page = lay_out_chart(NUMERIC_RESULTS, (question,), load_texts("en"))
    axis = next(piece.box for piece in page.elements if isinstance(piece, StraightLine))
    middle = (axis.left + axis.right) / 2
    assert [part.point for part in bars(page)[0]] == list(list_points(point_count)[::-1])
    for part in bars(page)[0]:
        centre = (part.box.left + part.box.right) / 2
        assert (centre - middle) * (part.point or 0) > 0 or (part.point == 0 and abs(centre - middle) <= 2)


def test_a_chart_can_have_scales_of_different_lengths() -> None:
    questions = tuple(QuestionTally(f"Of {count}", False, "200", ("20",) * count) for count in (3, 6, 7))
    page = lay_out_chart(NUMERIC_RESULTS, questions, load_texts("en"))
    assert [len(bar) for bar in bars(page)] == [3, 6, 7]
    texts = [piece.text for piece in page.elements if isinstance(piece, TextLine)]
    assert all(texts.count(label) == 1 for label in ("the worst", "in the middle", "the best"))
    assert "not shown" not in texts


def test_segments_touch_but_do_not_overlap() -> None:
    chart_bars = bars(lay_out_chart(NUMERIC_RESULTS, NUMERIC_RESULTS.questions[:3], load_texts("en")))
    assert [len(bar) for bar in chart_bars] == [5, 5, 5]
    for bar in chart_bars:
        assert all(left.box.right == right.box.left for left, right in pairwise(bar))


@settings(max_examples=40, deadline=None)
@given(tallies(COUNT).filter(lambda one: one.display_mode == "numbers"))
def test_a_chart_shows_each_number_and_no_other(question: QuestionTally) -> None:
    question = replace(question, name="Coping", is_in_test=False)
    words = text_of(lay_out_chart(NUMERIC_RESULTS, (question,), load_texts("en")))
    other_numbers = {"55", "2", "5", "0", "7"}  # in the title and the rule
    assert (
        set(re.findall(r"\d+", words)) - other_numbers
        == set(re.findall(r"\d+", " ".join(question.cells))) - other_numbers
    )
    assert "%" not in words


def test_a_question_in_words_has_no_bar_and_no_number() -> None:
    page = lay_out_chart(WORDED_RESULTS, WORDED_RESULTS.questions, load_texts("en"))
    assert not any(isinstance(piece, BarSegment) for piece in page.elements)
    assert "Most: very good" in text_of(page)
    assert "About half: poor, very poor" in text_of(page)


def test_a_question_that_too_few_answered_says_so() -> None:
    question = NUMERIC_RESULTS.questions[4]
    page = lay_out_chart(NUMERIC_RESULTS, (question,), load_texts("en"))
    assert "too few people answered" in text_of(page)
    assert not bars(page)


def test_a_chart_has_the_release_the_rule_and_the_verdict() -> None:
    words = text_of(lay_out_chart(NUMERIC_RESULTS, NUMERIC_RESULTS.questions[:3], load_texts("en")))
    for part in ("About 55 answers. Results no. 2.", "Knowing what goes on: passes", "Coping: not yet"):
        assert part in words
    for part in ("Being connected: can’t say", "This service: not yet", "clearly more said good than poor"):
        assert part in words


def test_the_test_questions_have_their_own_chart_and_no_chart_has_over_three() -> None:
    many = replace(NUMERIC_RESULTS, questions=(*NUMERIC_RESULTS.questions, *NUMERIC_RESULTS.questions[3:] * 2))
    assert [len(part) for part in group_questions(many)] == [3, 3, 3]
    pictures = [Image.open(BytesIO(png)) for png in draw_charts(many)]
    assert [(picture.format, picture.width) for picture in pictures] == [("PNG", CHART_WIDTH)] * 3


def test_the_same_results_give_the_same_bytes_in_every_process() -> None:
    """Python's hashes, and so the order of sets, differ between processes."""
    digests = [hashlib.sha256(picture).hexdigest() for picture in draw_charts(NUMERIC_RESULTS)]
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        drawn = subprocess.run(
            [sys.executable, "-c", PRINT_DIGESTS], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        assert drawn.stdout.split() == digests


ALL_POINTS = [*list_points(MAX_POINTS), None]


def black_and_white(point: int | None, width: int = 120) -> Image.Image:
    """A segment in black and white, at its size on a phone of 360 px."""
    page = Layout(width, BAR_HEIGHT, (BarSegment(Box(0, 0, width, BAR_HEIGHT), point),))
    picture = Image.open(BytesIO(paint_png(page))).convert("L")
    return picture.reduce(3).point(lambda value: 255 * (value > 128))


@pytest.mark.parametrize(("first", "second"), list(combinations(ALL_POINTS, 2)))
def test_segments_differ_in_black_and_white(first: int | None, second: int | None) -> None:
    assert ImageStat.Stat(ImageChops.difference(black_and_white(first), black_and_white(second))).mean[0] > 0.08 * 255


@pytest.mark.parametrize("point", ALL_POINTS)
def test_a_segment_stands_out_from_the_background(point: int | None) -> None:
    page = Layout(200, 200, (BarSegment(Box(40, 60, 160, 60 + BAR_HEIGHT), point),))
    picture = Image.open(BytesIO(paint_png(page, "#ffffff"))).convert("L")
    assert measure_contrast(picture, Box(38, 58, 162, 62 + BAR_HEIGHT)) >= 3


@pytest.mark.parametrize("results", [NUMERIC_RESULTS, WORDED_RESULTS], ids=["numbers", "words"])
def test_each_text_stands_out_from_the_background_in_grey(results: CampaignResults) -> None:
    page = lay_out_chart(results, results.questions[:3], load_texts("en"))
    picture = Image.open(BytesIO(paint_png(page))).convert("L")
    for piece in page.elements:
        if isinstance(piece, TextLine) and piece.text != "*":
            assert measure_contrast(picture, piece.box) >= 4.5, piece.text


def test_an_english_chart_can_have_an_urdu_name() -> None:
    page = lay_out_chart(
        replace(NUMERIC_RESULTS, subject=URDU_NAME, group_name=URDU_NAME),
        NUMERIC_RESULTS.questions[:1],
        load_texts("en"),
    )
    assert "خاندانی" in text_of(page)
    assert_no_overlap(page, CHART_MARGIN)


def test_characters_that_the_fonts_lack_are_left_out_of_names() -> None:
    question = replace(NUMERIC_RESULTS.questions[0], name="Coping 🎉日")
    assert "Coping: passes" in text_of(
        lay_out_chart(replace(NUMERIC_RESULTS, group_name="🎉"), (question,), load_texts("en"))
    )
