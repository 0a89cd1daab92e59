"""What libraries write into the log goes through our filter."""

import logging
import re
from collections.abc import Iterator

import pytest

from bot.emulator import PREVIEW_TOKEN
from bot.logs import RedactingFilter, locate_error
from bot.telegram.updates import parse_raw_update
from tests.support.webhook_client import make_text_update

WORDS = "Gwenllian rang back"


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What a library's logger writes, past the filter that `set_up_logs` puts on every handler."""
    handler, library = Kept(), logging.getLogger("a_library")
    handler.addFilter(RedactingFilter(PREVIEW_TOKEN))
    library.addHandler(handler)
    library.propagate = False
    yield handler.lines
    library.propagate = True
    library.removeHandler(handler)


def test_a_library_s_line_is_rid_of_the_token(lines: list[str]) -> None:
    logging.getLogger("a_library").warning("could not reach %s", f"https://api.telegram.org/bot{PREVIEW_TOKEN}/getMe")
    assert lines == ["could not reach https://api.telegram.org/bot<token>/getMe"]


def test_a_library_s_line_is_rid_of_what_it_says_of_a_fault(lines: list[str]) -> None:
    logging.getLogger("a_library").error("a task failed\nfuture: %s", WORDS, exc_info=ValueError(WORDS))
    assert lines == ["a task failed"]


def test_where_a_fault_arose_is_told_without_its_text() -> None:
    with pytest.raises(ValueError, match="Gwenllian") as caught:
        raise ValueError(WORDS)
    assert locate_error(caught.value).startswith("test_logs.py:")


def test_where_a_fault_arose_names_our_own_line_and_the_library_s() -> None:
    with pytest.raises(AttributeError) as caught:
        parse_raw_update({"update_id": 1, "message": WORDS}, None, "me")
    assert re.fullmatch(r"bot/telegram/updates\.py:\d+ via _\w+\.py:\d+", locate_error(caught.value))


def test_where_a_fault_of_our_own_arose_is_one_line() -> None:
    with pytest.raises(ValueError, match="not a chat id") as caught:
        parse_raw_update({"update_id": 1, "poll_answer": None, **make_text_update(2**63, WORDS)}, None, "me")
    assert re.fullmatch(r"bot/telegram/updates\.py:\d+", locate_error(caught.value))
