"""Notices: every topic has its text, and so has every command that Telegram lists."""

import pytest

from bot.render import render_event
from bot.render.localization import DEFAULT_LANGUAGE, load_bot_texts, make_localizer
from bot.render.messages import Message
from bot.telegram.bot_profile import GROUP_COMMANDS, PRIVATE_CHAT_COMMANDS
from bot.telegram.updates import ATTACHMENT_KINDS
from flows.engine import TOPIC_COMMANDS
from flows.errors import MissingTextError
from flows.events import NoticeShown
from storage.conversations.outbox import OutboxContent

LOCALIZER = make_localizer(OutboxContent("runrun01", "connection_test", DEFAULT_LANGUAGE, ()))
TOPICS = (*TOPIC_COMMANDS, "unknown_command", *sorted({f"cant_read_{kind}" for kind in ATTACHMENT_KINDS.values()}))


def render_notice(topic: str) -> str:
    message = render_event(NoticeShown(topic), LOCALIZER, "R")
    assert isinstance(message, Message)
    return message.text


def test_each_topic_has_a_text_of_its_own() -> None:
    texts = [render_notice(topic) for topic in TOPICS]
    assert all(texts)
    assert len(set(texts)) == len(TOPICS)


def test_a_topic_without_a_text_is_an_error() -> None:
    with pytest.raises(MissingTextError, match="weather is missing"):
        render_notice("weather")


@pytest.mark.parametrize("name", sorted({*PRIVATE_CHAT_COMMANDS, *GROUP_COMMANDS}))
def test_each_command_that_telegram_lists_has_a_description(name: str) -> None:
    assert load_bot_texts(DEFAULT_LANGUAGE).has_text(f"command_{name}")
