"""Callback data fits into Telegram's 64 bytes and is parsed into the same tap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import linter
from flows.callback_data import (
    MAX_CALLBACK_DATA_BYTES,
    MESSAGE_ID_SEPARATOR,
    RUN_ID_LENGTH,
    encode_callback_data,
    parse_callback_data,
)
from flows.errors import FlowError
from flows.loader import load_localization, load_walk
from flows.models import Tap
from tests.support.screen import SAMPLE_RECEIPT

ids = st.from_regex(r"[a-z][a-z0-9_]{0,23}", fullmatch=True)
choices = st.from_regex(r"[a-z][a-z0-9_]{0,15}|0|-?[12]", fullmatch=True)
runs = st.text("ABCabc012-_", min_size=RUN_ID_LENGTH, max_size=RUN_ID_LENGTH)


@given(runs, st.integers(0, 999_999), ids, choices)
def test_every_possible_answer_fits_and_is_parsed_back(run: str, prompt: int, step: str, choice: str) -> None:
    tap = Tap(run, prompt, step, "answer", choice)
    assert len(encode_callback_data(tap).encode()) <= MAX_CALLBACK_DATA_BYTES
    assert parse_callback_data(encode_callback_data(tap)) == tap


@given(runs, st.integers(1, 2**31 - 1))
def test_a_withdrawal_with_the_largest_message_id_fits(run: str, message_id: int) -> None:
    tap = Tap(run, 0, "", "withdraw_yes", f"{SAMPLE_RECEIPT}{MESSAGE_ID_SEPARATOR}{message_id}")
    assert len(encode_callback_data(tap).encode()) <= MAX_CALLBACK_DATA_BYTES
    assert parse_callback_data(encode_callback_data(tap)) == tap


@given(st.text(max_size=70))
def test_any_text_is_parsed_without_an_error(data: str) -> None:
    tap = parse_callback_data(data)
    if tap:
        assert parse_callback_data(encode_callback_data(tap)) == tap


@pytest.mark.parametrize("data", ["", "a", "r.1.p.a", "r.1.p.a.v.w", "r.x.p.a.v", "r.-1.p.a.v", "r.1234567.p.a.v"])
def test_malformed_data_is_not_parsed(data: str) -> None:
    assert parse_callback_data(data) is None


def test_the_linter_reports_callback_data_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linter, "MAX_CALLBACK_DATA_BYTES", 40)
    with pytest.raises(
        FlowError, match=r"en\.ftl: role has a button with more than 40 bytes of data; shorten the id draws"
    ):
        linter.lint_localization(load_walk().flow, load_localization("connection_test", "en"), [])
