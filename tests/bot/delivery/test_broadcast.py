"""Broadcasts go out at a pace that all workers share, and delay nobody who waits for an answer."""

import asyncio
import time
from random import Random

import pytest

from bot.emulator import TelegramEmulator
from flows.events import NoticeShown
from flows.loader import DEFAULT_FLOW_ID
from storage.conversations.outbox import OutboxContent, add_entry
from storage.db.database import open_database
from tests.support.dead_letter_log import ON_ALL_DEPLOYMENTS
from tests.support.deployments import WEBHOOK, Deployment
from tests.support.phone import Phone
from tests.support.postgresql import TEST_SECRET_KEY, connect_directly
from tests.support.running_bot import RunningBot, wait_until
from tests.support.walkers import Walker, get_step
from tests.support.worker_processes import find_free_port

INTERVAL_SECONDS = 0.02
RECIPIENT_COUNT = 150
FIRST_CHAT_ID = 1000  # the recipients' first chat ID
COUNT_BROADCAST_ENTRIES = "select count(*) from outbox_entries where is_broadcast"


@pytest.fixture(autouse=True)
def _short_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.db.shared_clock.BROADCAST_INTERVAL_MS", INTERVAL_SECONDS * 1000)
    monkeypatch.setattr("bot.jobs.scheduler.DELIVERY_INTERVAL_SECONDS", 0.2)


@pytest.fixture
def delivery_times(emulator: TelegramEmulator) -> list[float]:
    """When each broadcast message reached Telegram."""
    times: list[float] = []

    def record(method: str, args: dict[str, object]) -> None:
        if method == "sendMessage" and int(str(args["chat_id"])) >= FIRST_CHAT_ID:
            times.append(time.monotonic())

    emulator.fault_injector = record
    return times


def create_recipients(emulator: TelegramEmulator) -> list[Phone]:
    """Phones of the recipients."""
    for chat in range(FIRST_CHAT_ID, FIRST_CHAT_ID + RECIPIENT_COUNT):
        emulator.enter_chat(chat)
    return [Phone(emulator, chat) for chat in range(FIRST_CHAT_ID, FIRST_CHAT_ID + RECIPIENT_COUNT)]


def add_broadcast(deployment: Deployment, chats: list[int]) -> None:
    """Adds one broadcast entry for each of these chats in one transaction."""
    database = open_database(deployment.database_url, TEST_SECRET_KEY if "secret_key" in deployment.settings else None)
    try:
        with database.transaction() as session:
            for chat in chats:
                add_entry(
                    session, chat, OutboxContent("", DEFAULT_FLOW_ID, "en", (NoticeShown("help"),)), is_broadcast=True
                )
    finally:
        database.close()


async def assert_sent_once_at_interval(bot: RunningBot, phones: list[Phone], sent: list[float]) -> None:
    await wait_until(lambda: bot.fetch_rows(COUNT_BROADCAST_ENTRIES) == [(0,)], seconds=60)
    assert [len(phone.received_ids) for phone in phones] == [1] * RECIPIENT_COUNT
    assert len(sent) == RECIPIENT_COUNT
    assert max(sent) - min(sent) >= 0.9 * INTERVAL_SECONDS * (RECIPIENT_COUNT - 1)


@ON_ALL_DEPLOYMENTS
async def test_each_broadcast_message_is_sent_once_at_the_set_pace(
    bot: RunningBot, emulator: TelegramEmulator, delivery_times: list[float]
) -> None:
    await bot.wait_for_intake()
    phones = create_recipients(emulator)
    add_broadcast(bot.deployment, [phone.chat_id for phone in phones])
    await assert_sent_once_at_interval(bot, phones, delivery_times)


@pytest.mark.deployments(WEBHOOK)
async def test_two_workers_share_one_pace(
    bot: RunningBot, emulator: TelegramEmulator, delivery_times: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small, frequent sweeps make sure that both workers send some of the messages."""
    monkeypatch.setattr("bot.delivery.sender.MAX_BROADCAST_CHATS_PER_SWEEP", 5)
    monkeypatch.setattr("bot.jobs.scheduler.DELIVERY_INTERVAL_SECONDS", 0.03)
    async with bot.start_another_worker(port=find_free_port(Random())):
        await wait_until(lambda: len(bot.find_log_lines("the bot has started")) == 2)
        phones = create_recipients(emulator)
        add_broadcast(bot.deployment, [phone.chat_id for phone in phones])
        sessions = await find_sending_sessions(bot)
        await assert_sent_once_at_interval(bot, phones, delivery_times)
    assert len(sessions) == 2


async def find_sending_sessions(bot: RunningBot) -> set[int]:
    """The database sessions of workers that held a chat's lock until the outbox was empty.

    It looks now and then, as constant polling would slow the workers. Chat locks have one number (objsubid 1).
    """
    found: set[int] = set()
    with connect_directly(bot.deployment.database_url) as connection:
        while connection.execute("select 1 from outbox_entries").fetchone():
            locks = connection.execute("select pid from pg_locks where locktype = 'advisory' and objsubid = 1")
            found.update(pid for (pid,) in locks)
            await asyncio.sleep(0.05)
    return found


@ON_ALL_DEPLOYMENTS
async def test_answers_are_not_delayed_by_a_broadcast(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone, delivery_times: list[float]
) -> None:
    """Neither somebody outside the broadcast nor one of its recipients."""
    phones = create_recipients(emulator)
    recipient = phones[-1]
    for person in (phone, recipient):
        await Walker(person).walk_to("role")
    await bot.wait_for_delivery()
    delivery_times.clear()
    add_broadcast(bot.deployment, [person.chat_id for person in phones])
    await wait_until(lambda: delivery_times)
    for person in (phone, recipient):
        person.tap("Somebody else")
    assert get_step(await phone.receive()) == "viewpoint"
    assert bot.fetch_rows(COUNT_BROADCAST_ENTRIES)[0][0] > RECIPIENT_COUNT / 2
    await recipient.wait_until(lambda: get_step(recipient.latest_prompt) == "viewpoint")
    assert bot.fetch_rows(COUNT_BROADCAST_ENTRIES)[0][0] > RECIPIENT_COUNT / 4
    emulator.fault_injector = None
    await bot.wait_for_delivery()
