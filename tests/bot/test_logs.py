"""Log lines of libraries pass through the redacting filter."""

import logging
import re
from collections.abc import Iterator

import pytest

from bot.emulator import PREVIEW_TOKEN
from bot.logs import RedactingFilter, locate_error
from bot.telegram.updates import parse_raw_update
from tests.support.webhook_client import make_text_update

WORDS = "Gwenllian rang back"


class RecordingHandler(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """The lines of a library's logger after the filter that `set_up_logs` adds to each handler."""
    handler, library = RecordingHandler(), logging.getLogger("a_library")
    handler.addFilter(RedactingFilter(PREVIEW_TOKEN))
    library.addHandler(handler)
    library.propagate = False
    yield handler.lines
    library.propagate = True
    library.removeHandler(handler)


def test_the_token_is_removed_from_a_library_s_line(lines: list[str]) -> None:
    logging.getLogger("a_library").warning("could not reach %s", f"https://api.telegram.org/bot{PREVIEW_TOKEN}/getMe")
    assert lines == ["could not reach https://api.telegram.org/bot<token>/getMe"]


def test_error_details_are_removed_from_a_library_s_line(lines: list[str]) -> None:
    logging.getLogger("a_library").error("a task failed\nfuture: %s", WORDS, exc_info=ValueError(WORDS))
    assert lines == ["a task failed"]


def test_an_error_is_located_without_its_text() -> None:
    with pytest.raises(ValueError, match="Gwenllian") as caught:
        raise ValueError(WORDS)
    assert locate_error(caught.value).startswith("test_logs.py:")


def test_an_error_in_a_library_is_located_in_our_code_and_the_library_s() -> None:
    with pytest.raises(AttributeError) as caught:
        parse_raw_update({"update_id": 1, "message": WORDS}, None, "me")
    assert re.fullmatch(r"bot/telegram/updates\.py:\d+ via _\w+\.py:\d+", locate_error(caught.value))


def test_an_error_in_our_code_is_located_by_one_line() -> None:
    with pytest.raises(ValueError, match="not a chat id") as caught:
        parse_raw_update({"update_id": 1, "poll_answer": None, **make_text_update(2**63, WORDS)}, None, "me")
    assert re.fullmatch(r"bot/telegram/updates\.py:\d+", locate_error(caught.value))
