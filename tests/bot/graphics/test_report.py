"""The report for a meeting always fits on one page, and counts what it leaves out."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.graphics.drawing import draw_report
from bot.graphics.elements import A4_SIZE_PIXELS, BarSegment, TextLine
from bot.graphics.model import CampaignResults, QuestionTally
from bot.graphics.report import COMMENT_LINE_LIMITS, Report, lay_out_report
from bot.graphics.report_table import PAGE_LEFT, PAGE_RIGHT
from flows.scale import MAX_POINTS, MIN_POINTS, list_points
from tests.support.graphics_samples import (
    NUMERIC_RESULTS,
    URDU_NAME,
    WORDED_RESULTS,
    assert_no_overlap,
    extract_pdf_text,
    load_texts,
    render_pdf_page,
)

SHORT = "They rang back when they said."
LONG = "The nurse knew my name, and she knew what matters to Dad. " * 30
COMMENTS = st.lists(
    st.sampled_from([SHORT, LONG, URDU_NAME, "W" * 400, "🎉", f"{URDU_NAME} {SHORT}"]), max_size=40
).map(tuple)


def lines_of(report: Report) -> list[str]:
    return [piece.text for piece in lay_out_report(report, load_texts("en")).elements if isinstance(piece, TextLine)]


@settings(max_examples=25, deadline=None)
@given(
    COMMENTS,
    st.integers(0, 40),
    st.sampled_from([NUMERIC_RESULTS, WORDED_RESULTS]),
    st.sampled_from(["en", "cy", "ur"]),
    st.integers(1, 6),
)
def test_any_report_fits_on_one_page(
    comments: tuple[str, ...], max_comments: int, results: CampaignResults, language: str, times: int
) -> None:
    many = replace(results, questions=NUMERIC_RESULTS.questions * times)
    page = lay_out_report(Report(many, comments, max_comments), load_texts(language))
    assert (page.width, page.height) == A4_SIZE_PIXELS
    assert_no_overlap(page, 130)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(MIN_POINTS, MAX_POINTS), min_size=1, max_size=8),
    st.sampled_from(["*", "some", "about_half", "1500"]),
    st.sampled_from(["en", "cy", "ur"]),
)
def test_a_report_has_a_column_for_each_point_of_any_scale(counts: list[int], cell: str, language: str) -> None:
    questions = tuple(QuestionTally("Being connected", True, "*", (cell,) * count) for count in counts)
    texts = load_texts(language)
    page = lay_out_report(Report(replace(NUMERIC_RESULTS, questions=questions)), texts)
    assert_no_overlap(page, 130)
    swatches = [one for one in page.elements if isinstance(one, BarSegment) and one.box.bottom - one.box.top == 44]
    points = {point for count in counts for point in list_points(count)}
    assert sorted(swatch.point or 0 for swatch in swatches) == sorted(points)


def test_the_cell_of_a_point_that_a_question_lacks_is_empty() -> None:
    questions = tuple(QuestionTally("Coping", False, "40", ("10",) * count, "15", "20") for count in (3, 7))
    texts = lines_of(Report(replace(NUMERIC_RESULTS, questions=questions)))
    assert [texts.count(cell) for cell in ("10", "15", "20", "40")] == [10, 2, 2, 2]
    assert "*" not in texts


@pytest.mark.parametrize("language", ["en", "cy", "ur"])
def test_the_pdf_is_one_page_and_the_same_each_time(language: str) -> None:
    report = Report(NUMERIC_RESULTS, (SHORT, LONG, URDU_NAME))
    pdf = draw_report(report, load_texts(language))
    assert pdf == draw_report(replace(report), load_texts(language))
    assert render_pdf_page(pdf).size == (827, 1170)


def test_the_report_says_who_asked_about_what_and_how() -> None:
    text = extract_pdf_text(draw_report(Report(NUMERIC_RESULTS, (SHORT,))))
    parts = ("What people said about the memory clinic", "Asked by Riverside Carers", "About 55 answers", SHORT)
    for part in (*parts, "at least 10 came together", "A * stands for 0 to 7 people", "Shared Lives Plus"):
        assert "".join(part.split()) in text, part


def test_the_table_has_each_count() -> None:
    text = lines_of(Report(NUMERIC_RESULTS))
    cells = [cell for one in NUMERIC_RESULTS.questions for cell in (*one.cells, one.total)]
    assert sorted(line for line in text if line == "*" or line.isdigit()) == sorted(cells)


def test_shares_in_words_stay_words() -> None:
    text = " ".join(lines_of(Report(WORDED_RESULTS)))
    assert text.count("some") >= sum(one.cells.count("some") for one in WORDED_RESULTS.questions)
    assert "So there are words" in text


def test_a_few_comments_are_not_cut() -> None:
    text = " ".join(lines_of(Report(NUMERIC_RESULTS, (SHORT, LONG[:300].strip()))))
    assert f"“{SHORT}”" in text
    assert f"{LONG[:300].strip()}”" in text
    assert "did not fit" not in text


def test_long_comments_are_cut_to_the_same_number_of_lines() -> None:
    text = lines_of(Report(NUMERIC_RESULTS, (LONG,) * 4))
    ends = [at for at, line in enumerate(text) if line.endswith("…”")]
    starts = [at for at, line in enumerate(text) if line.startswith("“")]
    assert len(starts) == len(ends) == 4
    assert len({end - start for start, end in zip(starts, ends, strict=True)}) == 1
    assert ends[0] - starts[0] + 1 in COMMENT_LINE_LIMITS


def test_comments_that_do_not_fit_are_counted() -> None:
    text = lines_of(Report(NUMERIC_RESULTS, (LONG,) * 40, max_comments=30))
    shown = sum(line.startswith("“") for line in text)
    assert 3 <= shown < 30
    assert f"And {40 - shown} more comments that did not fit on this page." in text


def test_questions_that_do_not_fit_are_counted() -> None:
    text = lines_of(Report(replace(NUMERIC_RESULTS, questions=NUMERIC_RESULTS.questions * 8)))
    named = {one.name for one in NUMERIC_RESULTS.questions}
    shown = sum(line.split(":")[0] in named for line in text)
    assert f"{40 - shown} more questions did not fit on this page." in text


def test_a_comment_in_urdu_is_on_the_right_of_an_english_page() -> None:
    page = lay_out_report(Report(NUMERIC_RESULTS, (SHORT, "شکریہ۔ 40% better")), load_texts("en"))
    english, urdu = (
        next(p for p in page.elements if isinstance(p, TextLine) and part in p.text) for part in (SHORT, "شکریہ")
    )
    assert (english.box.left, bool(english.is_right_to_left)) == (PAGE_LEFT, False)
    assert (urdu.box.right, urdu.is_right_to_left) == (PAGE_RIGHT, True)


def test_without_comments_there_is_no_heading_for_them() -> None:
    assert "In people’s own words" not in lines_of(Report(NUMERIC_RESULTS))


def test_characters_that_the_fonts_lack_are_left_out_of_names() -> None:
    results = replace(NUMERIC_RESULTS, questions=(replace(NUMERIC_RESULTS.questions[0], name="Coping 🎉日"),))
    assert "Coping: passes" in lines_of(Report(results))
