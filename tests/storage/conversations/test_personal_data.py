"""What storage keeps with a chat's number beside its run: its person is told all of it, and nobody else's."""

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

BROUGHT = '{"message": {"from": {"first_name": "Gwenllian"}, "text": "they rang"}}'
VOICE = make_localizer(OutboxContent("runrun01", "connection_test", "en", ()))


def told(stored_chat: StoredChat) -> tuple[str, str]:
    """The message and the file that follow on /mydata; empty where there is no file."""
    say, give = stored_chat.send_reply(Command("mydata"))
    assert isinstance(say, PersonalDataShown)
    assert isinstance(give, PersonalDataExported)
    file = render_data_file(give, VOICE)
    assert render_event(give, VOICE, "") == file
    return render_data_overview(say, VOICE).text, file.text if file else ""


def set_aside(database: Database, chat_id: int, content: str = BROUGHT) -> None:
    add_dead_letter(database, chat_id, "message", content, "ValueError", "flows/engine.py:1")


def test_what_was_set_aside_is_given_as_telegram_brought_it(database: Database) -> None:
    set_aside(database, CHAT_ID)
    set_aside(database, CHAT_ID + 1, "somebody else's")
    message, text = told(start_chat_at(database, "viewpoint"))
    assert "Something that you sent, and that failed." in message
    assert BROUGHT in text
    assert "somebody else's" not in text


def test_where_only_that_is_kept_the_number_of_the_chat_is_kept_too(database: Database) -> None:
    set_aside(database, CHAT_ID)
    message, text = told(StoredChat(database))
    assert "not the number of this chat" not in message
    assert f"with the number of this chat, {CHAT_ID}." in text
    assert "I don't keep the number" not in text


def test_what_the_run_notes_of_itself_is_told(database: Database) -> None:
    stored_chat = start_chat_at(database, "viewpoint")
    _, text = told(stored_chat)
    assert "check your answers: no\nI was away, and asked you again: no" in text
    execute_sql(database, "update runs set is_changing = ?, is_prompted_again = ?", True, True)
    _, text = told(stored_chat)
    assert "check your answers: yes\nI was away, and asked you again: yes" in text


def test_what_was_set_aside_and_is_damaged_does_not_keep_the_rest_back(database: Database) -> None:
    set_aside(database, CHAT_ID)
    execute_sql(database, "update dead_letters set content = ?", b"damaged")
    _, text = told(start_chat_at(database, "viewpoint"))
    assert "This can't be read any more." in text
    assert "Your answer: I look after family or a friend" in text


def test_each_campaign_that_somebody_took_part_in_is_named_and_no_other(database: Database) -> None:
    create_clinic_campaign(database)
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    execute_sql(database, "update runs set campaign = 'clinic'")
    stored_chat.submit()
    _, text = told(stored_chat)
    assert "You have sent answers to the group clinic, and did not take them back." in text
    assert "You have sent answers, and" not in text
    _, text = told(StoredChat(database, CHAT_ID + 1))
    assert text == "", "another chat's mark is not this one's"
