"""A turn that fails, and fails again: its update is set aside, that is said plainly, and the chat goes on."""

import pytest

from bot.emulator import TelegramEmulator
from storage.conversations.dead_letters import load_dead_letter_content, load_dead_letters
from storage.db.database import open_database
from tests.support.dead_letter_log import APOLOGY_TEXT, DEAD_LETTER_EVENT, ON_ALL_DEPLOYMENTS
from tests.support.deployments import POSTGRESQL, WEBHOOK
from tests.support.phone import Phone
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.running_bot import RunningBot, bring_to_step
from tests.support.walkers import Walker, get_step

RESTARTED_TEXT = "Sorry, something went wrong on my side"
CHAT = 7_654_321_987
NAMES = ("Blodwen", "Gwenllian")
WORDS = "my mother is Blodwen and I am Gwenllian"


@ON_ALL_DEPLOYMENTS
async def test_a_turn_that_fails_is_said_in_one_sentence_and_its_update_is_set_aside(
    bot: RunningBot, emulator: TelegramEmulator
) -> None:
    bot.allow_events(DEAD_LETTER_EVENT)
    phone, other = Phone(emulator, CHAT), Phone(emulator, 8)
    await bring_to_step(bot, phone, "informed_why")
    heard = len(phone.received_ids)
    with bot.deployment.make_turns_fail(CHAT):
        phone.type_text(WORDS)
        await Walker(other).walk_to("viewpoint")
        assert (await phone.receive()).text == APOLOGY_TEXT
        await bot.wait_for_delivery()
    assert len(phone.received_ids) == heard + 1
    [line] = bot.find_log_lines(DEAD_LETTER_EVENT)
    assert line["where"].split(":")[0].endswith(".py")
    assert set(line) == {"event", "log_level", "kind", "error", "where"}
    assert not any(word in str(line) for word in (*NAMES, str(CHAT), emulator.token))
    [(chat, kind, content)] = bot.fetch_rows("select chat_id, update_kind, content from dead_letters")
    assert (chat, kind) == (CHAT, "message")
    assert not any(name.encode() in content for name in NAMES)


@ON_ALL_DEPLOYMENTS
async def test_after_what_failed_the_chat_goes_on_where_it_was(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(DEAD_LETTER_EVENT)
    await bring_to_step(bot, phone, "informed_why")
    with bot.deployment.make_turns_fail(7):
        phone.type_text(WORDS)
        await phone.receive()
    assert get_step(await Walker(phone).type_text(WORDS)) == "confident"


@ON_ALL_DEPLOYMENTS
async def test_the_button_of_a_turn_that_fails_stops_waiting(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(DEAD_LETTER_EVENT)
    await bring_to_step(bot, phone, "role")
    with bot.deployment.make_turns_fail(7):
        tap = phone.tap("Somebody else")
        assert (await phone.receive()).text == APOLOGY_TEXT
        await phone.wait_for_answer(tap)
    assert [line["kind"] for line in bot.find_log_lines(DEAD_LETTER_EVENT)] == ["callback_query"]
    assert bot.fetch_rows("select * from answers") == []


@pytest.mark.deployments(POSTGRESQL, WEBHOOK, reason="counts the tries with a sequence of PostgreSQL's")
@pytest.mark.parametrize(("failures", "set_aside"), [(2, 0), (3, 1)])
async def test_an_update_is_tried_three_times_before_it_is_set_aside(
    bot: RunningBot, phone: Phone, failures: int, set_aside: int
) -> None:
    bot.allow_events(DEAD_LETTER_EVENT)
    await bring_to_step(bot, phone, "role")
    bot.execute_sql("create sequence tries")
    bot.execute_sql(f"alter table answers add check (choice is null or nextval('tries') > {failures})")
    phone.tap("Somebody else")
    await phone.receive()
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select last_value from tries") == [(3,)]
    assert bot.fetch_rows("select count(*) from dead_letters") == [(set_aside,)]
    assert bot.fetch_rows("select count(*) from answers") == [(1 - set_aside,)]


@ON_ALL_DEPLOYMENTS
async def test_what_was_set_aside_can_be_read_with_the_key(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(DEAD_LETTER_EVENT)
    await bring_to_step(bot, phone, "informed_why")
    with bot.deployment.make_turns_fail(7):
        phone.type_text(WORDS)
        await phone.receive()
    database = open_database(
        bot.deployment.database_url, TEST_SECRET_KEY if "secret_key" in bot.deployment.settings else None
    )
    try:
        [aside] = load_dead_letters(database)
        assert WORDS in (load_dead_letter_content(database, aside.id) or "")
    finally:
        database.close()


@ON_ALL_DEPLOYMENTS
async def test_a_run_whose_bytes_are_damaged_begins_anew_and_says_so(bot: RunningBot, phone: Phone) -> None:
    await bring_to_step(bot, phone, "viewpoint")
    bot.execute_sql("update runs set pending_text = ?", b"\0")
    phone.tap("My family")
    begun = await phone.receive()
    assert RESTARTED_TEXT in begun.text
    assert get_step(begun) == "welcome"
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select step from runs") == [("welcome",)]
    assert bot.fetch_rows("select * from answers") == bot.fetch_rows("select * from dead_letters") == []
