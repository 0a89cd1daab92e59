"""A database that is away: nothing is acknowledged, nothing is lost, and everything goes on when it is back."""

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
async def test_while_the_database_is_away_nothing_is_acknowledged(
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
    """A minute without the database passes in a second or two."""
    monkeypatch.setattr("bot.intake.direct_replies.NOTICE_DELAY_SECONDS", 0.3)
    monkeypatch.setattr("bot.intake.polling.REDELIVERY_DELAYS_SECONDS", (0.1,))


@ON_ALL_DEPLOYMENTS
@pytest.mark.usefixtures("short_outage_threshold")
async def test_whoever_writes_while_the_database_is_away_is_told_so_once(
    bot: RunningBot, emulator: TelegramEmulator
) -> None:
    """Those of the batch that could not be kept, and those who come after it. In the log it is told once too."""
    bot.allow_events(*OUTAGE_EVENTS)
    people = [Phone(emulator, number) for number in (7, 8, 9)]
    for phone in people:
        await bring_to_step(bot, phone, "role")
    with bot.deployment.make_database_unavailable():
        for phone in people[:2]:
            phone.tap("Somebody else")
        await asyncio.gather(*(told_so(phone) for phone in people[:2]))
        people[2].tap("Somebody else")
        await told_so(people[2])
        await asyncio.sleep(2)  # what must not happen has no bell
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
async def test_whoever_writes_while_the_server_is_down_is_told_so(bot: RunningBot, emulator: TelegramEmulator) -> None:
    """Who may ask Telegram can't be looked up either."""
    bot.allow_events(*OUTAGE_EVENTS)
    one, other = Phone(emulator, 7), Phone(emulator, 8)
    for phone in (one, other):
        await bring_to_step(bot, phone, "role")
    with stop_server_temporarily():
        one.tap("Somebody else")
        await told_so(one)
        other.tap("Somebody else")
        await told_so(other)
    for phone in (one, other):
        await phone.wait_until(lambda phone=phone: get_step(phone.latest_prompt) == "viewpoint", 20)  # type: ignore[misc]


@pytest.mark.deployments(POSTGRESQL, reason="on SQLite the lock of a file says who asks")
@pytest.mark.usefixtures("short_outage_threshold")
async def test_who_meets_another_worker_while_the_database_is_away_asks_no_more_until_it_is_back(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.polling.RETRY_DELAYS_SECONDS", (0.05,))
    bot.allow_events(*OUTAGE_EVENTS)
    await bring_to_step(bot, phone, "role")
    with bot.deployment.make_database_unavailable():
        phone.tap("Somebody else")
        await told_so(phone)
        emulator.fault_injector = fail_first_calls([BotApiError(409, CONFLICTING_POLLER)], "getUpdates")
        await wait_until(lambda: emulator.refusals)
        asked = emulator.calls["getUpdates"]
        await asyncio.sleep(1)  # what must not happen has no bell
        assert emulator.calls["getUpdates"] == asked
    await phone.wait_until(lambda: get_step(phone.latest_prompt) == "viewpoint", 20)


@pytest.mark.deployments(POSTGRESQL, reason="needs a chat that can't be written while others can")
@pytest.mark.usefixtures("short_lock_timeout")
async def test_of_a_batch_that_comes_again_only_what_was_not_kept_is_taken_in(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events(*OUTAGE_EVENTS, DEAD_LETTER_EVENT)
    other = Phone(emulator, 8)
    for each in (phone, other):
        await bring_to_step(bot, each, "role")
    with hold_chat_row(bot.deployment, 7):
        phone.tap("Somebody else")
        emulator.push_raw({"message": "junk"})
        other.tap("Somebody else")
        await wait_until(lambda: len(bot.find_log_lines(DATABASE_OUTAGE_EVENT)) > 2)
    for each in (phone, other):
        await each.wait_until(lambda each=each: get_step(each.latest_prompt) == "viewpoint", 20)  # type: ignore[misc]
    await bot.wait_for_delivery()
    assert len(bot.find_log_lines(DEAD_LETTER_EVENT)) == 1
    assert bot.find_log_lines("update was already processed") == []


async def assert_answer_counts(bot: RunningBot, phone: Phone) -> None:
    """The answer *Somebody else* is stored, and the next question comes."""
    assert get_step(await phone.receive()) == "viewpoint"
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select question, choice from answers") == [("role", "someone_else")]


async def told_so(phone: Phone) -> None:
    await phone.wait_until(lambda: OUTAGE_TEXT in phone.latest_bot_message.text, 20)


@ON_ALL_DEPLOYMENTS
async def test_a_moment_without_the_database_is_not_worth_a_word(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events(*OUTAGE_EVENTS)
    await bring_to_step(bot, phone, "role")
    heard = len(phone.received_ids)
    with bot.deployment.make_database_unavailable():
        phone.tap("Somebody else")
        await wait_until(lambda: has_noticed_outage(bot, emulator))
    assert get_step(await phone.receive()) == "viewpoint"
    await bot.wait_for_delivery()
    assert len(phone.received_ids) == heard + 1


@ON_ALL_DEPLOYMENTS
async def test_the_bot_stops_when_told_even_if_the_database_is_away(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    """What was not kept is not confirmed: the next start takes it in."""
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
async def test_a_lock_that_is_held_too_long_delays_and_loses_nothing(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events(*OUTAGE_EVENTS)
    await bring_to_step(bot, phone, "role")
    with closing(sqlite3.connect(bot.deployment.database_file, isolation_level=None)) as other:
        other.execute("begin immediate")
        phone.tap("Somebody else")
        await wait_until(lambda: bot.find_log_lines(DATABASE_OUTAGE_EVENT))
        assert len(emulator.updates.pending) == 1
        other.execute("rollback")
    await assert_answer_counts(bot, phone)


@pytest.mark.deployments(SQLITE, reason="PostgreSQL looks after its files itself")
async def test_no_answer_goes_into_a_file_that_was_moved_away(
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
async def test_what_a_file_missed_that_was_replaced_is_taken_in_after_a_restart(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    """A backup was put in its place while the bot ran."""
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
async def test_the_sender_waits_for_the_database_too(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    """Blocked or not: what the sender has to write down waits until it can be."""
    bot.allow_events(*OUTAGE_EVENTS)
    await bring_to_step(bot, phone, "role")
    emulator.fault_injector = lambda method, _: 0.3 if method == "sendMessage" else None
    said = emulator.calls["sendMessage"]
    phone.tap("Somebody else")
    await wait_until(lambda: emulator.calls["sendMessage"] > said)
    with bot.deployment.make_database_unavailable():
        await phone.receive()
        emulator.fault_injector = lambda *_: BotApiError(403, "Forbidden: bot was blocked by the user")
    await bot.wait_for_delivery()
    emulator.fault_injector = None


async def test_an_update_that_was_taken_in_before_says_nothing_of_a_disk_that_is_full(
    emulator: TelegramEmulator, emulator_url: str, database_file: Path
) -> None:
    """It is only read."""
    more = {"secret_key": TEST_SECRET_KEY, **make_webhook_settings(find_free_port(Random()))}
    async with (
        running_bot(emulator, emulator_url, Deployment(SQLITE, f"sqlite:///{database_file}", more)) as bot,
        open_webhook_client(bot) as poster,
    ):
        bot.allow_events(*OUTAGE_EVENTS)
        taken = {"update_id": 1, **make_text_update(7, "/start")}
        assert (await poster.post(taken)).status == 200
        await bot.wait_for_delivery()
        with fill_disk(database_file):
            assert (await poster.post_update(make_text_update(8, "/start"))).status == 503
            assert (await poster.post(taken)).status == 200
            assert bot.find_log_lines(DATABASE_BACK_EVENT) == []
        await wait_until(lambda: bot.find_log_lines(DATABASE_BACK_EVENT))
