"""An update whose turn fails repeatedly becomes a dead letter; the person gets an apology and can go on."""

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
async def test_a_failed_turn_gets_one_apology_and_its_update_becomes_a_dead_letter(
    bot: RunningBot, emulator: TelegramEmulator
) -> None:
    bot.allow_events(DEAD_LETTER_EVENT)
    phone, other = Phone(emulator, CHAT), Phone(emulator, 8)
    await bring_to_step(bot, phone, "informed_why")
    message_count = len(phone.received_ids)
    with bot.deployment.make_turns_fail(CHAT):
        phone.type_text(WORDS)
        await Walker(other).walk_to("viewpoint")
        assert (await phone.receive()).text == APOLOGY_TEXT
        await bot.wait_for_delivery()
    assert len(phone.received_ids) == message_count + 1
    [line] = bot.find_log_lines(DEAD_LETTER_EVENT)
    assert line["where"].split(":")[0].endswith(".py")
    assert set(line) == {"event", "log_level", "kind", "error", "where"}
    assert not any(word in str(line) for word in (*NAMES, str(CHAT), emulator.token))
    [(chat, kind, content)] = bot.fetch_rows("select chat_id, update_kind, content from dead_letters")
    assert (chat, kind) == (CHAT, "message")
    assert not any(name.encode() in content for name in NAMES)


@ON_ALL_DEPLOYMENTS
async def test_after_a_failed_turn_the_chat_goes_on_where_it_was(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(DEAD_LETTER_EVENT)
    await bring_to_step(bot, phone, "informed_why")
    with bot.deployment.make_turns_fail(7):
        phone.type_text(WORDS)
        await phone.receive()
    assert get_step(await Walker(phone).type_text(WORDS)) == "confident"


@ON_ALL_DEPLOYMENTS
async def test_a_tap_whose_turn_fails_is_still_answered(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(DEAD_LETTER_EVENT)
    await bring_to_step(bot, phone, "role")
    with bot.deployment.make_turns_fail(7):
        tap = phone.tap("Somebody else")
        assert (await phone.receive()).text == APOLOGY_TEXT
        await phone.wait_for_answer(tap)
    assert [line["kind"] for line in bot.find_log_lines(DEAD_LETTER_EVENT)] == ["callback_query"]
    assert bot.fetch_rows("select * from answers") == []


@pytest.mark.deployments(POSTGRESQL, WEBHOOK, reason="counts the tries with a sequence of PostgreSQL's")
@pytest.mark.parametrize(("failures", "dead_letter_count"), [(2, 0), (3, 1)])
async def test_an_update_is_tried_three_times_before_it_becomes_a_dead_letter(
    bot: RunningBot, phone: Phone, failures: int, dead_letter_count: int
) -> None:
    bot.allow_events(DEAD_LETTER_EVENT)
    await bring_to_step(bot, phone, "role")
    bot.execute_sql("create sequence tries")
    bot.execute_sql(f"alter table answers add check (choice is null or nextval('tries') > {failures})")
    phone.tap("Somebody else")
    await phone.receive()
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select last_value from tries") == [(3,)]
    assert bot.fetch_rows("select count(*) from dead_letters") == [(dead_letter_count,)]
    assert bot.fetch_rows("select count(*) from answers") == [(1 - dead_letter_count,)]


@ON_ALL_DEPLOYMENTS
async def test_a_dead_letter_can_be_decrypted_with_the_key(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(DEAD_LETTER_EVENT)
    await bring_to_step(bot, phone, "informed_why")
    with bot.deployment.make_turns_fail(7):
        phone.type_text(WORDS)
        await phone.receive()
    database = open_database(
        bot.deployment.database_url, TEST_SECRET_KEY if "secret_key" in bot.deployment.settings else None
    )
    try:
        [dead_letter] = load_dead_letters(database)
        assert WORDS in (load_dead_letter_content(database, dead_letter.id) or "")
    finally:
        database.close()


@ON_ALL_DEPLOYMENTS
async def test_a_damaged_run_starts_again_and_the_person_is_informed(bot: RunningBot, phone: Phone) -> None:
    await bring_to_step(bot, phone, "viewpoint")
    bot.execute_sql("update runs set pending_text = ?", b"\0")
    phone.tap("My family")
    welcome = await phone.receive()
    assert RESTARTED_TEXT in welcome.text
    assert get_step(welcome) == "welcome"
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select step from runs") == [("welcome",)]
    assert bot.fetch_rows("select * from answers") == bot.fetch_rows("select * from dead_letters") == []
