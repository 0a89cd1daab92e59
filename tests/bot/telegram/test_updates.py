"""Raw updates: taps are parsed as python-telegram-bot parses them; commands and IDs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import Update

from bot.intake.direct_replies import contains_distress
from bot.telegram.updates import GroupTap, IncomingUpdate, make_tap_update, parse_raw_update
from flows.models import Command
from storage.conversations.outbox import TapContext

names = st.text(max_size=12)
numbers = st.integers(-(2**62), 2**62)
odd_values = st.none() | st.booleans() | numbers | names | st.lists(names, max_size=2)
person = st.fixed_dictionaries(
    {"id": numbers, "is_bot": st.booleans(), "first_name": names},
    optional={"language_code": st.sampled_from(["en", "cy"])},
)
kinds = st.sampled_from(["private", "group", "supergroup", "channel"])
message = st.fixed_dictionaries(
    {
        "message_id": numbers,
        "date": st.integers(0, 2**31),
        "chat": st.fixed_dictionaries({"id": numbers, "type": kinds}),
    },
    optional={"text": names, "from": person},
)
query = st.fixed_dictionaries(
    {"id": names, "from": person, "chat_instance": names}, optional={"message": message, "data": names}
)
taps = st.fixed_dictionaries({"update_id": st.integers(0, 2**31), "callback_query": query})


def read_with_library(raw: dict[str, Any]) -> IncomingUpdate | None:
    query = Update.de_json(raw, None).callback_query
    assert query
    if query.message is None:
        return None
    chat, message_id, language = query.message.chat, query.message.message_id, query.from_user.language_code
    if chat.type == "private":
        return make_tap_update(raw["update_id"], query.id, chat.id, message_id, query.data or "", language)
    tap = TapContext(query.id, None, should_keep_buttons=True)
    return IncomingUpdate(raw["update_id"], chat.id, GroupTap(), language, tap)


@given(raw=taps)
def test_a_tap_is_parsed_as_the_library_parses_it(raw: dict[str, Any]) -> None:
    assert parse_raw_update(raw, None, "me") == read_with_library(raw)


@given(raw=taps, field=st.sampled_from(["id", "from", "message", "data"]), value=odd_values)
def test_a_malformed_tap_is_refused_or_parsed_as_the_library_parses_it(
    raw: dict[str, Any], field: str, value: object
) -> None:
    raw["callback_query"][field] = value
    try:
        update = parse_raw_update(raw, None, "me")
    except ValueError:
        return
    assert update == read_with_library(raw)


@pytest.mark.parametrize("message", [{}, True, {"message_id": "3", "chat": {"id": 7, "type": "private"}}])
def test_a_tap_on_a_malformed_message_is_refused(message: object) -> None:
    query = {"id": "1", "from": {"id": 7, "is_bot": False, "first_name": "Ann"}, "message": message}
    with pytest.raises(ValueError, match="malformed"):
        parse_raw_update({"update_id": 1, "callback_query": query}, None, "me")


@pytest.mark.parametrize("words", ["/suicide", "/help\nsuicide", "/start suicide", "suicide"])
def test_words_of_distress_in_a_command_are_found(words: str) -> None:
    """So helpline numbers are sent even if no turn can answer."""
    message_json = {"message_id": 3, "date": 1, "chat": {"id": 7, "type": "private"}, "text": words}
    incoming = parse_raw_update({"update_id": 1, "message": message_json}, None, "me")
    assert incoming
    assert contains_distress(incoming.text)


def test_a_start_code_on_the_next_line_is_found() -> None:
    message_json = {"message_id": 3, "date": 1, "chat": {"id": 7, "type": "private"}, "text": "/start\nriver"}
    incoming = parse_raw_update({"update_id": 1, "message": message_json}, None, "me")
    assert incoming
    assert incoming.content == Command("start", "river")


@pytest.mark.parametrize("number", [None, "5", True, 1.5])
def test_an_update_without_a_valid_id_is_refused(number: object) -> None:
    tap_json = {"id": "1", "from": {"id": 7, "is_bot": False, "first_name": "Ann"}, "chat_instance": "", "data": "x"}
    message_json = {"message_id": 3, "date": 1, "chat": {"id": 7, "type": "private"}}
    with pytest.raises(TypeError):
        parse_raw_update({"update_id": number, "callback_query": {**tap_json, "message": message_json}}, None, "me")
