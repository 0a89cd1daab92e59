"""`/mydata` from storage: everything stored with a chat's number, and nothing of other chats."""

from bot.render import render_event
from bot.render.localization import make_localizer
from bot.render.personal_data import render_data_file, render_data_overview
from flows.events import PersonalDataExported, PersonalDataShown
from flows.models import Command
from storage.conversations.dead_letters import add_dead_letter
from storage.conversations.outbox import OutboxContent
from storage.db.database import Database
from tests.support.raw_sql import create_clinic_campaign, execute_sql
from tests.support.stored_chat import CHAT_ID, StoredChat, start_chat_at

UPDATE_JSON = '{"message": {"from": {"first_name": "Gwenllian"}, "text": "they rang"}}'
LOCALIZER = make_localizer(OutboxContent("runrun01", "connection_test", "en", ()))


def request_data(stored_chat: StoredChat) -> tuple[str, str]:
    """The message and the file that /mydata sends; "" if there is no file."""
    overview_event, file_event = stored_chat.send_reply(Command("mydata"))
    assert isinstance(overview_event, PersonalDataShown)
    assert isinstance(file_event, PersonalDataExported)
    file = render_data_file(file_event, LOCALIZER)
    assert render_event(file_event, LOCALIZER, "") == file
    return render_data_overview(overview_event, LOCALIZER).text, file.text if file else ""


def add_letter(database: Database, chat_id: int, content: str = UPDATE_JSON) -> None:
    add_dead_letter(database, chat_id, "message", content, "ValueError", "flows/engine.py:1")


def test_a_dead_letter_is_included_as_telegram_sent_it(database: Database) -> None:
    add_letter(database, CHAT_ID)
    add_letter(database, CHAT_ID + 1, "somebody else's")
    message, text = request_data(start_chat_at(database, "viewpoint"))
    assert "Something that you sent, and that failed." in message
    assert UPDATE_JSON in text
    assert "somebody else's" not in text


def test_with_a_dead_letter_alone_the_chat_s_number_is_listed(database: Database) -> None:
    add_letter(database, CHAT_ID)
    message, text = request_data(StoredChat(database))
    assert "not the number of this chat" not in message
    assert f"with the number of this chat, {CHAT_ID}." in text
    assert "I don't keep the number" not in text


def test_the_run_s_flags_are_listed(database: Database) -> None:
    stored_chat = start_chat_at(database, "viewpoint")
    _, text = request_data(stored_chat)
    assert "check your answers: no\nI was away, and asked you again: no" in text
    execute_sql(database, "update runs set is_changing = ?, is_prompted_again = ?", True, True)
    _, text = request_data(stored_chat)
    assert "check your answers: yes\nI was away, and asked you again: yes" in text


def test_a_damaged_dead_letter_does_not_hide_the_rest(database: Database) -> None:
    add_letter(database, CHAT_ID)
    execute_sql(database, "update dead_letters set content = ?", b"damaged")
    _, text = request_data(start_chat_at(database, "viewpoint"))
    assert "This can't be read any more." in text
    assert "Your answer: I look after family or a friend" in text


def test_only_the_chat_s_own_participations_are_listed(database: Database) -> None:
    create_clinic_campaign(database)
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    execute_sql(database, "update runs set campaign = 'clinic'")
    stored_chat.submit()
    _, text = request_data(stored_chat)
    assert "You have sent answers to the group clinic, and did not take them back." in text
    assert "You have sent answers, and" not in text
    _, text = request_data(StoredChat(database, CHAT_ID + 1))
    assert text == "", "participations of other chats are not listed"
