"""What goes to many goes out at a pace that all workers share, and holds up nobody who waits for an answer."""

import asyncio
import time
from random import Random

import pytest

from bot.emulator import Lookalike
from flows.events import Told
from flows.loader import DEFAULT
from storage.conversations.outbox import Saying, leave
from storage.db.database import open_database
from tests.bot.intake.test_dead_letters import EVERYWHERE
from tests.support.deployments import WEBHOOK, Way
from tests.support.phone import Phone
from tests.support.postgresql import SECRET, plainly
from tests.support.running_bot import Running, until
from tests.support.walkers import Walker, place_of
from tests.support.worker_processes import free_port

PACE = 0.02  # seconds between two of many, in these tests
MANY = 150
FIRST = 1000
LEFT = "select count(*) from outbox where bulk"


@pytest.fixture(autouse=True)
def _quicker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.db.shared_clock.PACE", PACE * 1000)
    monkeypatch.setattr("bot.jobs.scheduler.SWEEP", 0.2)


@pytest.fixture
def sent(lookalike: Lookalike) -> list[float]:
    """When each message to one of the many reached Telegram."""
    moments: list[float] = []

    def note(method: str, args: dict[str, object]) -> None:
        if method == "sendMessage" and int(str(args["chat_id"])) >= FIRST:
            moments.append(time.monotonic())

    lookalike.fault = note
    return moments


def people(lookalike: Lookalike) -> list[Phone]:
    """Those to whom it goes."""
    for chat in range(FIRST, FIRST + MANY):
        lookalike.entered(chat)
    return [Phone(lookalike, chat) for chat in range(FIRST, FIRST + MANY)]


def leave_for_all(way: Way, chats: list[int]) -> None:
    """Leaves one saying for each of these, all at once."""
    database = open_database(way.address, SECRET if "secret_key" in way.settings else None)
    try:
        with database.transaction() as tx:
            for chat in chats:
                leave(tx, database.cipher, chat, Saying("", DEFAULT, "en", (Told("help"),)), bulk=True)
    finally:
        database.close()


async def went_out_at_the_pace(bot: Running, phones: list[Phone], sent: list[float]) -> None:
    await until(lambda: bot.rows(LEFT) == [(0,)], seconds=60)
    assert [len(phone.heard) for phone in phones] == [1] * MANY
    assert len(sent) == MANY
    assert max(sent) - min(sent) >= 0.9 * PACE * (MANY - 1)


@EVERYWHERE
async def test_what_goes_to_many_goes_out_once_each_at_the_pace(
    bot: Running, lookalike: Lookalike, sent: list[float]
) -> None:
    await bot.took_in()
    phones = people(lookalike)
    leave_for_all(bot.way, [phone.chat_id for phone in phones])
    await went_out_at_the_pace(bot, phones, sent)


@pytest.mark.ways(WEBHOOK)
async def test_two_workers_share_one_pace(
    bot: Running, lookalike: Lookalike, sent: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes a few chats at a time, and comes again soon, so that both have their part in it."""
    monkeypatch.setattr("bot.delivery.sender.MOST_OF_BULK", 5)
    monkeypatch.setattr("bot.jobs.scheduler.SWEEP", 0.03)
    async with bot.beside(port=free_port(Random())):
        await until(lambda: len(bot.said("the bot is there")) == 2)
        phones = people(lookalike)
        leave_for_all(bot.way, [phone.chat_id for phone in phones])
        speakers = await speaking_until_all_is_said(bot)
        await went_out_at_the_pace(bot, phones, sent)
    assert len(speakers) == 2


async def speaking_until_all_is_said(bot: Running) -> set[int]:
    """The sessions of workers that spoke in a chat meanwhile: a lock of one number is a chat's. A look now and then:
    looking all the time would slow them.
    """
    found: set[int] = set()
    with plainly(bot.way.address) as connection:
        while connection.execute("select 1 from outbox").fetchone():
            locks = connection.execute("select pid from pg_locks where locktype = 'advisory' and objsubid = 1")
            found.update(pid for (pid,) in locks)
            await asyncio.sleep(0.05)
    return found


@EVERYWHERE
async def test_who_waits_for_an_answer_is_not_held_up_by_them(
    bot: Running, lookalike: Lookalike, phone: Phone, sent: list[float]
) -> None:
    """Neither somebody else, nor one to whom it goes as well."""
    phones = people(lookalike)
    one_of_them = phones[-1]
    for each in (phone, one_of_them):
        await Walker(each).to("role")
    await bot.said_all()
    sent.clear()
    leave_for_all(bot.way, [each.chat_id for each in phones])
    await until(lambda: sent)
    for each in (phone, one_of_them):
        each.tap("Somebody else")
    assert place_of(await phone.hears()) == "viewpoint"
    assert bot.rows(LEFT)[0][0] > MANY / 2
    await one_of_them.until(lambda: place_of(one_of_them.asking) == "viewpoint")
    assert bot.rows(LEFT)[0][0] > MANY / 4
    lookalike.fault = None
    await bot.said_all()
