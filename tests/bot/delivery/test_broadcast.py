"""What goes to many goes out at a pace that all workers share, and holds up nobody who waits for an answer."""

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

PACE = 0.02  # seconds between two of many, in these tests
MANY = 150
FIRST = 1000
LEFT = "select count(*) from outbox_entries where is_broadcast"


@pytest.fixture(autouse=True)
def _fast_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.db.shared_clock.BROADCAST_INTERVAL_MS", PACE * 1000)
    monkeypatch.setattr("bot.jobs.scheduler.DELIVERY_INTERVAL_SECONDS", 0.2)


@pytest.fixture
def delivery_times(emulator: TelegramEmulator) -> list[float]:
    """When each message to one of the many reached Telegram."""
    moments: list[float] = []

    def note(method: str, args: dict[str, object]) -> None:
        if method == "sendMessage" and int(str(args["chat_id"])) >= FIRST:
            moments.append(time.monotonic())

    emulator.fault_injector = note
    return moments


def people(emulator: TelegramEmulator) -> list[Phone]:
    """Those to whom it goes."""
    for chat in range(FIRST, FIRST + MANY):
        emulator.enter_chat(chat)
    return [Phone(emulator, chat) for chat in range(FIRST, FIRST + MANY)]


def leave_for_all(deployment: Deployment, chats: list[int]) -> None:
    """Leaves one saying for each of these, all at once."""
    database = open_database(deployment.database_url, TEST_SECRET_KEY if "secret_key" in deployment.settings else None)
    try:
        with database.transaction() as session:
            for chat in chats:
                add_entry(
                    session, chat, OutboxContent("", DEFAULT_FLOW_ID, "en", (NoticeShown("help"),)), is_broadcast=True
                )
    finally:
        database.close()


async def went_out_at_the_pace(bot: RunningBot, phones: list[Phone], sent: list[float]) -> None:
    await wait_until(lambda: bot.fetch_rows(LEFT) == [(0,)], seconds=60)
    assert [len(phone.received_ids) for phone in phones] == [1] * MANY
    assert len(sent) == MANY
    assert max(sent) - min(sent) >= 0.9 * PACE * (MANY - 1)


@ON_ALL_DEPLOYMENTS
async def test_what_goes_to_many_goes_out_once_each_at_the_pace(
    bot: RunningBot, emulator: TelegramEmulator, delivery_times: list[float]
) -> None:
    await bot.wait_for_intake()
    phones = people(emulator)
    leave_for_all(bot.deployment, [phone.chat_id for phone in phones])
    await went_out_at_the_pace(bot, phones, delivery_times)


@pytest.mark.deployments(WEBHOOK)
async def test_two_workers_share_one_pace(
    bot: RunningBot, emulator: TelegramEmulator, delivery_times: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes a few chats at a time, and comes again soon, so that both have their part in it."""
    monkeypatch.setattr("bot.delivery.sender.MAX_BROADCAST_CHATS_PER_SWEEP", 5)
    monkeypatch.setattr("bot.jobs.scheduler.DELIVERY_INTERVAL_SECONDS", 0.03)
    async with bot.start_another_worker(port=find_free_port(Random())):
        await wait_until(lambda: len(bot.find_log_lines("the bot has started")) == 2)
        phones = people(emulator)
        leave_for_all(bot.deployment, [phone.chat_id for phone in phones])
        speakers = await speaking_until_all_is_said(bot)
        await went_out_at_the_pace(bot, phones, delivery_times)
    assert len(speakers) == 2


async def speaking_until_all_is_said(bot: RunningBot) -> set[int]:
    """The sessions of workers that spoke in a chat meanwhile: a lock of one number is a chat's. A look now and then:
    looking all the time would slow them.
    """
    found: set[int] = set()
    with connect_directly(bot.deployment.database_url) as connection:
        while connection.execute("select 1 from outbox_entries").fetchone():
            locks = connection.execute("select pid from pg_locks where locktype = 'advisory' and objsubid = 1")
            found.update(pid for (pid,) in locks)
            await asyncio.sleep(0.05)
    return found


@ON_ALL_DEPLOYMENTS
async def test_who_waits_for_an_answer_is_not_held_up_by_them(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone, delivery_times: list[float]
) -> None:
    """Neither somebody else, nor one to whom it goes as well."""
    phones = people(emulator)
    one_of_them = phones[-1]
    for each in (phone, one_of_them):
        await Walker(each).walk_to("role")
    await bot.wait_for_delivery()
    delivery_times.clear()
    leave_for_all(bot.deployment, [each.chat_id for each in phones])
    await wait_until(lambda: delivery_times)
    for each in (phone, one_of_them):
        each.tap("Somebody else")
    assert get_step(await phone.receive()) == "viewpoint"
    assert bot.fetch_rows(LEFT)[0][0] > MANY / 2
    await one_of_them.wait_until(lambda: get_step(one_of_them.latest_prompt) == "viewpoint")
    assert bot.fetch_rows(LEFT)[0][0] > MANY / 4
    emulator.fault_injector = None
    await bot.wait_for_delivery()
