"""While the database is unavailable, no update is acknowledged or lost, and processing resumes afterwards."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from bot.emulator import BotApiError, TelegramEmulator
from bot.emulator.errors import CONFLICTING_POLLER
from storage.db.backup import create_backup
from tests.support.dead_letter_log import APOLOGY_TEXT, DEAD_LETTER_EVENT, ON_ALL_DEPLOYMENTS
from tests.support.deployments import POSTGRESQL, SQLITE, Deployment, make_webhook_settings
from tests.support.full_disk import fill_disk
from tests.support.outage_log import DATABASE_OUTAGE_EVENT, OUTAGE_EVENTS, OUTAGE_TEXT, has_noticed_outage
from tests.support.phone import Phone
from tests.support.postgresql import TEST_SECRET_KEY, stop_server_temporarily
from tests.support.running_bot import RunningBot, bring_to_step, running_bot, wait_until
from tests.support.telegram_faults import fail_first_calls
from tests.support.walkers import get_step
from tests.support.webhook_client import hold_chat_row, make_text_update, open_webhook_client
from tests.support.worker_processes import find_free_port

DATABASE_BACK_EVENT = "database available again"


@ON_ALL_DEPLOYMENTS
async def test_updates_are_not_acknowledged_during_a_database_outage(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events(*OUTAGE_EVENTS)
    await bring_to_step(bot, phone, "role")
    with bot.deployment.make_database_unavailable():
        tap = phone.tap("Somebody else")
        await wait_until(lambda: has_noticed_outage(bot, emulator))
        assert [waiting.update["callback_query"]["id"] for waiting in emulator.updates.pending] == [tap]
        assert tap not in phone.callback_answers
    await assert_answer_counts(bot, phone)
    assert [message.text for message in phone.messages if message.text == APOLOGY_TEXT] == []


@pytest.fixture
def short_outage_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens the outage after which people are informed, and the pauses between attempts."""
    monkeypatch.setattr("bot.intake.direct_replies.NOTICE_DELAY_SECONDS", 0.3)
    monkeypatch.setattr("bot.intake.polling.REDELIVERY_DELAYS_SECONDS", (0.1,))


@ON_ALL_DEPLOYMENTS
@pytest.mark.usefixtures("short_outage_threshold")
async def test_people_who_write_during_an_outage_are_informed_once(bot: RunningBot, emulator: TelegramEmulator) -> None:
    """Both those in the batch that could not be stored and those who write later. The log has one line too."""
    bot.allow_events(*OUTAGE_EVENTS)
    people = [Phone(emulator, number) for number in (7, 8, 9)]
    for phone in people:
        await bring_to_step(bot, phone, "role")
    with bot.deployment.make_database_unavailable():
        for phone in people[:2]:
            phone.tap("Somebody else")
        await asyncio.gather(*(wait_for_notice(phone) for phone in people[:2]))
        people[2].tap("Somebody else")
        await wait_for_notice(people[2])
        await asyncio.sleep(2)  # no event marks that nothing happens
        assert [set(line) for line in bot.find_log_lines(DATABASE_OUTAGE_EVENT)] == [{"event", "log_level", "reason"}]
    for phone in people:
        await phone.wait_until(lambda phone=phone: get_step(phone.latest_prompt) == "viewpoint", 20)  # type: ignore[misc]
    await bot.wait_for_delivery()
    for phone in people:
        assert len([message for message in phone.messages if OUTAGE_TEXT in message.text]) == 1
    assert bot.fetch_rows("select choice from answers") == [("someone_else",)] * 3
    assert len(bot.find_log_lines(DATABASE_OUTAGE_EVENT)) == len(bot.find_log_lines(DATABASE_BACK_EVENT)) == 1


@pytest.mark.deployments(POSTGRESQL)
@pytest.mark.usefixtures("short_outage_threshold")
async def test_people_who_write_while_the_server_is_down_are_informed(
    bot: RunningBot, emulator: TelegramEmulator
) -> None:
    """The lock for polling cannot be checked either."""
    bot.allow_events(*OUTAGE_EVENTS)
    one, other_phone = Phone(emulator, 7), Phone(emulator, 8)
    for phone in (one, other_phone):
        await bring_to_step(bot, phone, "role")
    with stop_server_temporarily():
        one.tap("Somebody else")
        await wait_for_notice(one)
        other_phone.tap("Somebody else")
        await wait_for_notice(other_phone)
    for phone in (one, other_phone):
        await phone.wait_until(lambda phone=phone: get_step(phone.latest_prompt) == "viewpoint", 20)  # type: ignore[misc]


@pytest.mark.deployments(POSTGRESQL, reason="on SQLite a file lock decides who polls")
@pytest.mark.usefixtures("short_outage_threshold")
async def test_a_polling_conflict_during_an_outage_stops_polling_until_it_ends(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.polling.FETCH_RETRY_DELAYS_SECONDS", (0.05,))
    bot.allow_events(*OUTAGE_EVENTS)
    await bring_to_step(bot, phone, "role")
    with bot.deployment.make_database_unavailable():
        phone.tap("Somebody else")
        await wait_for_notice(phone)
        emulator.fault_injector = fail_first_calls([BotApiError(409, CONFLICTING_POLLER)], "getUpdates")
        await wait_until(lambda: emulator.refusals)
        call_count = emulator.calls["getUpdates"]
        await asyncio.sleep(1)  # no event marks that nothing happens
        assert emulator.calls["getUpdates"] == call_count
    await phone.wait_until(lambda: get_step(phone.latest_prompt) == "viewpoint", 20)


@pytest.mark.deployments(POSTGRESQL, reason="needs a chat that can't be written while others can")
@pytest.mark.usefixtures("short_lock_timeout")
async def test_of_a_repeated_batch_only_unstored_updates_are_processed(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events(*OUTAGE_EVENTS, DEAD_LETTER_EVENT)
    other_phone = Phone(emulator, 8)
    for person in (phone, other_phone):
        await bring_to_step(bot, person, "role")
    with hold_chat_row(bot.deployment, 7):
        phone.tap("Somebody else")
        emulator.push_raw({"message": "junk"})
        other_phone.tap("Somebody else")
        await wait_until(lambda: len(bot.find_log_lines(DATABASE_OUTAGE_EVENT)) > 2)
    for person in (phone, other_phone):
        await person.wait_until(lambda person=person: get_step(person.latest_prompt) == "viewpoint", 20)  # type: ignore[misc]
    await bot.wait_for_delivery()
    assert len(bot.find_log_lines(DEAD_LETTER_EVENT)) == 1
    assert bot.find_log_lines("update was already processed") == []


async def assert_answer_counts(bot: RunningBot, phone: Phone) -> None:
    """The answer *Somebody else* is stored, and the next question is asked."""
    assert get_step(await phone.receive()) == "viewpoint"
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select question, choice from answers") == [("role", "someone_else")]


async def wait_for_notice(phone: Phone) -> None:
    await phone.wait_until(lambda: OUTAGE_TEXT in phone.latest_bot_message.text, 20)


@ON_ALL_DEPLOYMENTS
async def test_a_short_outage_is_not_mentioned(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    bot.allow_events(*OUTAGE_EVENTS)
    await bring_to_step(bot, phone, "role")
    message_count = len(phone.received_ids)
    with bot.deployment.make_database_unavailable():
        phone.tap("Somebody else")
        await wait_until(lambda: has_noticed_outage(bot, emulator))
    assert get_step(await phone.receive()) == "viewpoint"
    await bot.wait_for_delivery()
    assert len(phone.received_ids) == message_count + 1


@ON_ALL_DEPLOYMENTS
async def test_the_bot_stops_on_request_during_an_outage(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    """An update that was not stored is not confirmed, so the next start processes it."""
    async with running_bot(emulator, emulator_url, deployment) as bot:
        bot.allow_events(*OUTAGE_EVENTS)
        await bring_to_step(bot, phone, "role")
        with deployment.make_database_unavailable():
            phone.tap("Somebody else")
            await wait_until(lambda: has_noticed_outage(bot, emulator))
            async with asyncio.timeout(3):
                await bot.stop()
        assert len(emulator.updates.pending) == 1
    async with running_bot(emulator, emulator_url, deployment):
        assert get_step(await phone.receive()) == "viewpoint"


@pytest.mark.deployments(SQLITE, reason="PostgreSQL has no lock on the whole of a database")
async def test_a_lock_held_too_long_loses_no_update(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    bot.allow_events(*OUTAGE_EVENTS)
    await bring_to_step(bot, phone, "role")
    with closing(sqlite3.connect(bot.deployment.database_file, isolation_level=None)) as other_connection:
        other_connection.execute("begin immediate")
        phone.tap("Somebody else")
        await wait_until(lambda: bot.find_log_lines(DATABASE_OUTAGE_EVENT))
        assert len(emulator.updates.pending) == 1
        other_connection.execute("rollback")
    await assert_answer_counts(bot, phone)


@pytest.mark.deployments(SQLITE, reason="PostgreSQL looks after its files itself")
async def test_no_answer_is_written_to_a_file_that_was_moved_away(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events(*OUTAGE_EVENTS)
    await bring_to_step(bot, phone, "role")
    file = bot.deployment.database_file
    elsewhere = file.rename(file.with_name("elsewhere.db"))
    tap = phone.tap("Somebody else")
    await wait_until(lambda: has_noticed_outage(bot, emulator))
    assert [waiting.update["callback_query"]["id"] for waiting in emulator.updates.pending] == [tap]
    await wait_until(lambda: bot.find_log_lines(DATABASE_OUTAGE_EVENT))
    assert f"{file} was moved, deleted or replaced" in bot.find_log_lines(DATABASE_OUTAGE_EVENT)[0]["reason"]
    assert not file.exists()
    elsewhere.rename(file)
    await assert_answer_counts(bot, phone)


@pytest.mark.deployments(SQLITE, reason="PostgreSQL looks after its files itself")
async def test_updates_after_the_file_was_replaced_are_processed_after_a_restart(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    """A backup replaces the file while the bot runs."""
    async with running_bot(emulator, emulator_url, deployment) as bot:
        bot.allow_events(*OUTAGE_EVENTS)
        await bring_to_step(bot, phone, "role")
        backup = deployment.database_file.parent / "backups" / "bot.db"
        backup.parent.mkdir()
        create_backup(deployment.database_url, backup)
        backup.rename(deployment.database_file)
        phone.tap("Somebody else")
        await wait_until(lambda: has_noticed_outage(bot, emulator))
    for log in ("-wal", "-shm"):
        deployment.database_file.with_name(deployment.database_file.name + log).unlink(missing_ok=True)
    async with running_bot(emulator, emulator_url, deployment) as bot:
        assert get_step(await phone.receive()) == "viewpoint"
        await bot.wait_for_delivery()
        assert bot.fetch_rows("select question, choice from answers") == [("role", "someone_else")]


@ON_ALL_DEPLOYMENTS
async def test_the_sender_waits_for_the_database(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    """The chat blocks the bot meanwhile, and the sender must record that."""
    bot.allow_events(*OUTAGE_EVENTS)
    await bring_to_step(bot, phone, "role")
    emulator.fault_injector = lambda method, _: 0.3 if method == "sendMessage" else None
    call_count_before = emulator.calls["sendMessage"]
    phone.tap("Somebody else")
    await wait_until(lambda: emulator.calls["sendMessage"] > call_count_before)
    with bot.deployment.make_database_unavailable():
        await phone.receive()
        emulator.fault_injector = lambda *_: BotApiError(403, "Forbidden: bot was blocked by the user")
    await bot.wait_for_delivery()
    emulator.fault_injector = None


async def test_a_repeated_update_does_not_end_a_full_disk_outage(
    emulator: TelegramEmulator, emulator_url: str, database_file: Path
) -> None:
    """A repeated update is only read, so its success does not prove that the database can be written."""
    webhook_settings = {"secret_key": TEST_SECRET_KEY, **make_webhook_settings(find_free_port(Random()))}
    async with (
        running_bot(emulator, emulator_url, Deployment(SQLITE, f"sqlite:///{database_file}", webhook_settings)) as bot,
        open_webhook_client(bot) as client,
    ):
        bot.allow_events(*OUTAGE_EVENTS)
        first_update = {"update_id": 1, **make_text_update(7, "/start")}
        assert (await client.post(first_update)).status == 200
        await bot.wait_for_delivery()
        with fill_disk(database_file):
            assert (await client.post_update(make_text_update(8, "/start"))).status == 503
            assert (await client.post(first_update)).status == 200
            assert bot.find_log_lines(DATABASE_BACK_EVENT) == []
        await wait_until(lambda: bot.find_log_lines(DATABASE_BACK_EVENT))
