"""A person's result shows what they chose, on scales of any length."""

from pathlib import Path

import pytest

from bot.graphics.drawing import draw
from bot.graphics.result_card import ResultCard
from bot.render.localization import Localizer, make_localizer
from bot.render.messages import Message, Photo
from bot.render.personal_result import render_result, render_result_details
from flows.events.submission import ResultCardShown, ResultDetailsShown
from flows.scale import MAX_POINTS, MIN_POINTS, list_points, make_point_id
from storage.conversations.outbox import OutboxContent
from tests.support.flow_files import copy_flow, make_point_label, serve_library, set_scale

PNG_SIGNATURE = b"\x89PNG\r\n"


def load_localizer() -> Localizer:
    return make_localizer(OutboxContent("runrun01", "connection_test", "en", ()))


def show_result(localizer: Localizer, choice: str) -> tuple[Photo, Message]:
    answers: dict[str, str | None] = dict.fromkeys(("informed", "confident", "connected", "new_choices"), choice)
    return (
        render_result(ResultCardShown(answers), localizer),
        render_result_details(ResultDetailsShown(answers, "receipt", None, False), localizer),
    )


@pytest.mark.parametrize("count", range(MIN_POINTS, MAX_POINTS + 1))
def test_each_point_is_drawn_and_written(count: int, tmp_path: Path) -> None:
    set_scale(copy_flow(tmp_path), count)
    with serve_library(tmp_path):
        for point in list_points(count):
            photo, details = show_result(load_localizer(), make_point_id(point, count))
            assert isinstance(photo.drawing, ResultCard)
            assert {(line.point_count, line.point) for line in photo.drawing.lines} == {(count, point)}
            assert draw(photo.drawing).startswith(PNG_SIGNATURE)
            assert photo.caption.count(make_point_label(point, count)) == 3
            assert f"</b> {make_point_label(point, count)}" in details.text


@pytest.mark.parametrize("count", range(MIN_POINTS, MAX_POINTS + 1))
def test_the_rule_mentions_the_middle_step_only_on_scales_that_have_one(count: int, tmp_path: Path) -> None:
    set_scale(copy_flow(tmp_path), count)
    with serve_library(tmp_path):
        _, details = show_result(load_localizer(), "not_sure")
    assert ("The middle step counts as neither." in details.text) == bool(count % 2)
