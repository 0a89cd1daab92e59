"""A flow file gives each scale three to seven points; everything else is derived from their number."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import FlowError
from flows.loader import read_flow
from flows.scale import (
    MAX_POINTS,
    MIN_POINTS,
    find_scale_problem,
    list_points,
    make_point_id,
    parse_point_count,
    strip_point_count,
)
from flows.schema import Condition
from flows.scoring import ScoreVerdict, score_answers
from tests.support.engine_chat import start_chat
from tests.support.flow_files import copy_flow, make_point_label, replace_in_file, set_scale

COUNTS = range(MIN_POINTS, MAX_POINTS + 1)
SCALES = st.sampled_from(COUNTS)
VERDICTS = {1: ScoreVerdict.PASSED, 0: ScoreVerdict.UNDECIDED, -1: ScoreVerdict.FAILED}


def test_points_are_balanced_and_listed_from_best_to_worst() -> None:
    assert [list_points(count) for count in COUNTS] == [
        (1, 0, -1),
        (2, 1, -1, -2),
        (2, 1, 0, -1, -2),
        (3, 2, 1, -1, -2, -3),
        (3, 2, 1, 0, -1, -2, -3),
    ]


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=11, unique=True))
def test_only_balanced_scales_in_order_are_accepted(points: list[int]) -> None:
    is_accepted = find_scale_problem(points, ["not_sure"]) is None
    assert is_accepted == any(points in (list(list_points(n)), list(list_points(n)[::-1])) for n in COUNTS)


@given(SCALES.flatmap(lambda count: st.tuples(st.just(count), st.sampled_from(list_points(count)))))
def test_a_stored_answer_shows_the_length_of_its_scale(drawn: tuple[int, int]) -> None:
    count, point = drawn
    stored = make_point_id(point, count)
    assert (parse_point_count(stored), strip_point_count(stored)) == (count, str(point))


@pytest.mark.parametrize("answer", ["not_sure", "skipped", "not_asked", "*", "family_carer", ""])
def test_other_answers_belong_to_no_scale(answer: str) -> None:
    assert (parse_point_count(answer), strip_point_count(answer)) == (None, answer)


@given(SCALES, SCALES)
def test_answers_on_scales_of_different_lengths_differ(first: int, second: int) -> None:
    first_ids, second_ids = ({make_point_id(point, count) for point in list_points(count)} for count in (first, second))
    assert first == second or not first_ids & second_ids


@pytest.mark.parametrize("count", COUNTS)
def test_a_question_with_any_scale_is_asked_and_scored(count: int, tmp_path: Path) -> None:
    walk = read_flow(set_scale(copy_flow(tmp_path), count))
    choices = walk.flow.steps_by_id["informed"].choices
    assert walk.flow.steps_by_id["informed"].points == list_points(count)
    for point, choice in zip(list_points(count), choices, strict=False):
        engine_chat = start_chat(walk)
        engine_chat.answer("neighbour", "myself", choice.id)
        assert engine_chat.run.step == "informed_why"
        [scored, *_] = score_answers(walk.flow, {"informed": engine_chat.get_answer("informed")}).answers
        assert (scored.point, scored.point_count, scored.verdict) == (point, count, VERDICTS[(point > 0) - (point < 0)])


@pytest.mark.parametrize("count", COUNTS)
def test_typed_labels_and_numbers_select_each_point(count: int, tmp_path: Path) -> None:
    walk = read_flow(set_scale(copy_flow(tmp_path), count))
    for number, choice in enumerate(walk.flow.steps_by_id["informed"].choices[:-1], start=1):
        for text in (str(number), walk.flow.labels["en"].choices["informed"][choice.id].text):
            engine_chat = start_chat(walk)
            engine_chat.answer("neighbour", "myself")
            engine_chat.type_text(text)
            assert engine_chat.get_answer("informed") == choice.id


def test_a_button_of_the_former_scale_stores_no_answer(tmp_path: Path) -> None:
    engine_chat = start_chat(read_flow(set_scale(copy_flow(tmp_path), 7)))
    engine_chat.answer("neighbour", "myself")
    engine_chat.tap("answer", "2")
    assert "informed" not in engine_chat.run.answers
    assert engine_chat.run.step == "informed"
    engine_chat.tap("answer", "2/7")
    assert engine_chat.get_answer("informed") == "2/7"


@pytest.mark.parametrize("count", COUNTS)
def test_a_condition_on_a_point_is_met_on_scales_of_any_length(count: int) -> None:
    condition = Condition.model_validate({"question": "informed", "is": [1]})
    assert [point for point in list_points(count) if condition.is_met(make_point_id(point, count))] == [1]


def test_a_condition_on_a_point_that_the_scale_lacks_is_refused(tmp_path: Path) -> None:
    folder = set_scale(copy_flow(tmp_path), 3)
    replace_in_file(folder / "flow.toml", 'is_not = ["not_sure"]', "is = [2]")
    with pytest.raises(FlowError, match=r"informed_why: show_if names the choice 2, which informed does not have"):
        read_flow(folder)


def test_a_new_point_without_a_label_is_refused(tmp_path: Path) -> None:
    folder = set_scale(copy_flow(tmp_path), 6, "informed")
    replace_in_file(folder / "en.ftl", f"    .point3 = {make_point_label(3, 6)}\n", "")
    with pytest.raises(FlowError, match=r"^en\.ftl: informed\.point3 is missing; add a text with that name$"):
        read_flow(folder)


def test_a_label_without_its_point_is_refused(tmp_path: Path) -> None:
    folder = copy_flow(tmp_path)
    replace_in_file(folder / "en.ftl", "    .point2 = Much better", "    .point3 = Best\n    .point2 = Much better")
    sentence = "en.ftl: informed.point3 is a label, but informed has no point 3; add 3 to its choices in flow.toml, or"
    with pytest.raises(FlowError, match=re.escape(sentence)):
        read_flow(folder)


def test_a_partly_translated_scale_is_refused(tmp_path: Path) -> None:
    folder = set_scale(copy_flow(tmp_path), 3, "informed")
    (folder / "cy.ftl").write_text("informed = Beth?\n    .point1 = Gwell\n    .point0 = Yr un fath\n", "utf-8")
    sentence = "cy.ftl: informed.point-1 is missing, so that one scale would be in two languages; add a text"
    with pytest.raises(FlowError, match=re.escape(sentence)):
        read_flow(folder)
    with (folder / "cy.ftl").open("a", encoding="utf-8") as file:
        file.write("    .point-1 = Gwaeth\n")
    assert "cy" in read_flow(folder).flow.labels


def test_a_flow_can_have_scales_of_different_lengths(tmp_path: Path) -> None:
    flow = read_flow(set_scale(set_scale(copy_flow(tmp_path), 7, "informed"), 4, "connected")).flow
    assert [len(question.points) for question in flow.test_questions] == [7, 5, 4]
