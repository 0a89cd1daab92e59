"""What storage keeps with a chat's number beside its run: its person is told all of it, and nobody else's."""

from bot.render import outbound
from bot.render.localization import voice
from bot.render.personal_data import give_data, tell_data
from flows.events import DataGiven, DataTold
from flows.models import Commanded
from storage.conversations.dead_letters import put_aside
from storage.conversations.outbox import Saying
from storage.db.database import Database
from tests.support.raw_sql import change, open_clinic
from tests.support.stored_chat import CHAT, Turning, standing

BROUGHT = '{"message": {"from": {"first_name": "Gwenllian"}, "text": "they rang"}}'
VOICE = voice(Saying("runrun01", "connection_test", "en", ()))


def told(turning: Turning) -> tuple[str, str]:
    """The message and the file that follow on /mydata; empty where there is no file."""
    say, give = turning.do(Commanded("mydata"))
    assert isinstance(say, DataTold)
    assert isinstance(give, DataGiven)
    file = give_data(give, VOICE)
    assert outbound(give, VOICE, "") == file
    return tell_data(say, VOICE).text, file.text if file else ""


def set_aside(database: Database, chat: int, content: str = BROUGHT) -> None:
    put_aside(database, chat, "message", content, "ValueError", "flows/engine.py:1")


def test_what_was_set_aside_is_given_as_telegram_brought_it(database: Database) -> None:
    set_aside(database, CHAT)
    set_aside(database, CHAT + 1, "somebody else's")
    message, text = told(standing(database, "viewpoint"))
    assert "Something that you sent, and that failed." in message
    assert BROUGHT in text
    assert "somebody else's" not in text


def test_where_only_that_is_kept_the_number_of_the_chat_is_kept_too(database: Database) -> None:
    set_aside(database, CHAT)
    message, text = told(Turning(database))
    assert "not the number of this chat" not in message
    assert f"with the number of this chat, {CHAT}." in text
    assert "I don't keep the number" not in text


def test_what_the_run_notes_of_itself_is_told(database: Database) -> None:
    turning = standing(database, "viewpoint")
    _, text = told(turning)
    assert "check your answers: no\nI was away, and asked you again: no" in text
    change(database, "update runs set changing = ?, again = ?", True, True)
    _, text = told(turning)
    assert "check your answers: yes\nI was away, and asked you again: yes" in text


def test_what_was_set_aside_and_is_damaged_does_not_keep_the_rest_back(database: Database) -> None:
    set_aside(database, CHAT)
    change(database, "update set_aside set content = ?", b"damaged")
    _, text = told(standing(database, "viewpoint"))
    assert "This can't be read any more." in text
    assert "Your answer: I look after family or a friend" in text


def test_each_campaign_that_somebody_took_part_in_is_named_and_no_other(database: Database) -> None:
    open_clinic(database)
    turning = Turning(database)
    turning.to_check()
    change(database, "update runs set campaign = 'clinic'")
    turning.send()
    _, text = told(turning)
    assert "You have sent answers to the group clinic, and did not take them back." in text
    assert "You have sent answers, and" not in text
    _, text = told(Turning(database, CHAT + 1))
    assert text == "", "another chat's mark is not this one's"
