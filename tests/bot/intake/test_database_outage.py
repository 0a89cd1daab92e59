"""A database that is away: nothing is acknowledged, nothing is lost, and everything goes on when it is back."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from bot.emulator import Lookalike, Refused
from bot.emulator.errors import OTHER_POLLER
from storage.db.backup import back_up
from tests.bot.delivery.test_telegram_outage import first
from tests.bot.intake.test_dead_letters import EVERYWHERE, SET_ASIDE, SORRY
from tests.bot.telegram.test_http_client import full_disk
from tests.support.deployments import POSTGRESQL, SQLITE, Way, listening_on
from tests.support.phone import Phone
from tests.support.postgresql import SECRET, stopped
from tests.support.running_bot import Running, running, until
from tests.support.walkers import Walker, place_of
from tests.support.webhook_client import held, posting, typed
from tests.support.worker_processes import free_port

AWAY = "the database is away"
ALLOWED = (AWAY,)
BACK = "the database is back"
BACK_SOON = "I can't write anything down just now."


def noticed(bot: Running, lookalike: Lookalike) -> bool:
    """Whether the bot has found that the database is away when it wanted to take something in."""
    info = lookalike.webhook_info()
    return bool(bot.said(AWAY)) or "503" in str(info.get("last_error_message"))


@EVERYWHERE
async def test_while_the_database_is_away_nothing_is_acknowledged(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow(*ALLOWED)
    await Walker(phone).to("role")
    await bot.said_all()
    with bot.way.away():
        tap = phone.tap("Somebody else")
        await until(lambda: noticed(bot, lookalike))
        assert [waiting.update["callback_query"]["id"] for waiting in lookalike.updates.waiting] == [tap]
        assert tap not in phone.answers
    assert place_of(await phone.hears()) == "viewpoint"
    await bot.said_all()
    assert bot.rows("select question, choice from answers") == [("role", "someone_else")]
    assert [message.text for message in phone.messages if message.text == SORRY] == []


@pytest.fixture
def short_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute without the database passes in a second or two."""
    monkeypatch.setattr("bot.intake.direct_replies.MOMENT", 0.3)
    monkeypatch.setattr("bot.intake.polling.TRIES_APART", (0.1,))


@EVERYWHERE
@pytest.mark.usefixtures("short_moments")
async def test_whoever_writes_while_the_database_is_away_is_told_so_once(bot: Running, lookalike: Lookalike) -> None:
    """Those of the batch that could not be kept, and those who come after it. In the log it is told once too."""
    bot.allow(*ALLOWED)
    people = [Phone(lookalike, number) for number in (7, 8, 9)]
    for phone in people:
        await Walker(phone).to("role")
    await bot.said_all()
    with bot.way.away():
        for phone in people[:2]:
            phone.tap("Somebody else")
        await asyncio.gather(*(told_so(phone) for phone in people[:2]))
        people[2].tap("Somebody else")
        await told_so(people[2])
        await asyncio.sleep(2)  # what must not happen has no bell
        assert [set(line) for line in bot.said(AWAY)] == [{"event", "log_level", "why"}]
    for phone in people:
        await phone.until(lambda phone=phone: place_of(phone.asking) == "viewpoint", 20)  # type: ignore[misc]
    await bot.said_all()
    for phone in people:
        assert len([message for message in phone.messages if BACK_SOON in message.text]) == 1
    assert bot.rows("select choice from answers") == [("someone_else",)] * 3
    assert len(bot.said(AWAY)) == len(bot.said(BACK)) == 1


@pytest.mark.ways(POSTGRESQL)
@pytest.mark.usefixtures("short_moments")
async def test_whoever_writes_while_the_server_is_down_is_told_so(bot: Running, lookalike: Lookalike) -> None:
    """Who may ask Telegram can't be looked up either."""
    bot.allow(*ALLOWED)
    one, other = Phone(lookalike, 7), Phone(lookalike, 8)
    for phone in (one, other):
        await Walker(phone).to("role")
    await bot.said_all()
    with stopped():
        one.tap("Somebody else")
        await told_so(one)
        other.tap("Somebody else")
        await told_so(other)
    for phone in (one, other):
        await phone.until(lambda phone=phone: place_of(phone.asking) == "viewpoint", 20)  # type: ignore[misc]


@pytest.mark.ways(POSTGRESQL, reason="on SQLite the lock of a file says who asks")
@pytest.mark.usefixtures("short_moments")
async def test_who_meets_another_worker_while_the_database_is_away_asks_no_more_until_it_is_back(
    bot: Running, phone: Phone, lookalike: Lookalike, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.polling.PAUSES", (0.05,))
    bot.allow(*ALLOWED)
    await Walker(phone).to("role")
    await bot.said_all()
    with bot.way.away():
        phone.tap("Somebody else")
        await told_so(phone)
        lookalike.fault = first([Refused(409, OTHER_POLLER)], "getUpdates")
        await until(lambda: lookalike.refusals)
        asked = lookalike.calls["getUpdates"]
        await asyncio.sleep(1)  # what must not happen has no bell
        assert lookalike.calls["getUpdates"] == asked
    await phone.until(lambda: place_of(phone.asking) == "viewpoint", 20)


@pytest.mark.ways(POSTGRESQL, reason="needs a chat that can't be written while others can")
@pytest.mark.usefixtures("short_locks")
async def test_of_a_batch_that_comes_again_only_what_was_not_kept_is_taken_in(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow(*ALLOWED, SET_ASIDE)
    other = Phone(lookalike, 8)
    for each in (phone, other):
        await Walker(each).to("role")
    await bot.said_all()
    with held(bot.way, 7):
        phone.tap("Somebody else")
        lookalike.push_raw({"message": "junk"})
        other.tap("Somebody else")
        await until(lambda: len(bot.said(AWAY)) > 2)
    for each in (phone, other):
        await each.until(lambda each=each: place_of(each.asking) == "viewpoint", 20)  # type: ignore[misc]
    await bot.said_all()
    assert len(bot.said(SET_ASIDE)) == 1
    assert bot.said("an update came again") == []


async def told_so(phone: Phone) -> None:
    await phone.until(lambda: BACK_SOON in phone.shown.text, 20)


@EVERYWHERE
async def test_a_moment_without_the_database_is_not_worth_a_word(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow(*ALLOWED)
    await Walker(phone).to("role")
    await bot.said_all()
    heard = len(phone.heard)
    with bot.way.away():
        phone.tap("Somebody else")
        await until(lambda: noticed(bot, lookalike))
    assert place_of(await phone.hears()) == "viewpoint"
    await bot.said_all()
    assert len(phone.heard) == heard + 1


@EVERYWHERE
async def test_the_bot_stops_when_told_even_if_the_database_is_away(
    lookalike: Lookalike, url: str, way: Way, phone: Phone
) -> None:
    """What was not kept is not confirmed: the next start takes it in."""
    async with running(lookalike, url, way) as bot:
        bot.allow(*ALLOWED)
        await Walker(phone).to("role")
        await bot.said_all()
        with way.away():
            phone.tap("Somebody else")
            await until(lambda: noticed(bot, lookalike))
            async with asyncio.timeout(3):
                await bot.stop()
        assert len(lookalike.updates.waiting) == 1
    async with running(lookalike, url, way):
        assert place_of(await phone.hears()) == "viewpoint"


@pytest.mark.ways(SQLITE, reason="PostgreSQL has no lock on the whole of a database")
async def test_a_lock_that_is_held_too_long_delays_and_loses_nothing(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow(*ALLOWED)
    await Walker(phone).to("role")
    await bot.said_all()
    with closing(sqlite3.connect(bot.way.file, isolation_level=None)) as other:
        other.execute("begin immediate")
        phone.tap("Somebody else")
        await until(lambda: bot.said(AWAY))
        assert len(lookalike.updates.waiting) == 1
        other.execute("rollback")
    assert place_of(await phone.hears()) == "viewpoint"
    await bot.said_all()
    assert bot.rows("select question, choice from answers") == [("role", "someone_else")]


@pytest.mark.ways(SQLITE, reason="PostgreSQL looks after its files itself")
async def test_no_answer_goes_into_a_file_that_was_moved_away(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    bot.allow(*ALLOWED)
    await Walker(phone).to("role")
    await bot.said_all()
    file = bot.way.file
    elsewhere = file.rename(file.with_name("elsewhere.db"))
    tap = phone.tap("Somebody else")
    await until(lambda: noticed(bot, lookalike))
    assert [waiting.update["callback_query"]["id"] for waiting in lookalike.updates.waiting] == [tap]
    await until(lambda: bot.said(AWAY))
    assert f"{file} was moved, deleted or replaced" in bot.said(AWAY)[0]["why"]
    assert not file.exists()
    elsewhere.rename(file)
    assert place_of(await phone.hears()) == "viewpoint"
    await bot.said_all()
    assert bot.rows("select question, choice from answers") == [("role", "someone_else")]


@pytest.mark.ways(SQLITE, reason="PostgreSQL looks after its files itself")
async def test_what_a_file_missed_that_was_replaced_is_taken_in_after_a_restart(
    lookalike: Lookalike, url: str, way: Way, phone: Phone
) -> None:
    """A backup was put in its place while the bot ran."""
    async with running(lookalike, url, way) as bot:
        bot.allow(*ALLOWED)
        await Walker(phone).to("role")
        await bot.said_all()
        backup = way.file.parent / "backups" / "bot.db"
        backup.parent.mkdir()
        back_up(way.address, backup)
        backup.rename(way.file)
        phone.tap("Somebody else")
        await until(lambda: noticed(bot, lookalike))
    for log in ("-wal", "-shm"):
        way.file.with_name(way.file.name + log).unlink(missing_ok=True)
    async with running(lookalike, url, way) as bot:
        assert place_of(await phone.hears()) == "viewpoint"
        await bot.said_all()
        assert bot.rows("select question, choice from answers") == [("role", "someone_else")]


@EVERYWHERE
async def test_the_sender_waits_for_the_database_too(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    """Blocked or not: what the sender has to write down waits until it can be."""
    bot.allow(*ALLOWED)
    await Walker(phone).to("role")
    await bot.said_all()
    lookalike.fault = lambda method, _: 0.3 if method == "sendMessage" else None
    said = lookalike.calls["sendMessage"]
    phone.tap("Somebody else")
    await until(lambda: lookalike.calls["sendMessage"] > said)
    with bot.way.away():
        await phone.hears()
        lookalike.fault = lambda *_: Refused(403, "Forbidden: bot was blocked by the user")
    await bot.said_all()
    lookalike.fault = None


async def test_an_update_that_was_taken_in_before_says_nothing_of_a_disk_that_is_full(
    lookalike: Lookalike, url: str, file: Path
) -> None:
    """It is only read."""
    more = {"secret_key": SECRET, **listening_on(free_port(Random()))}
    async with running(lookalike, url, Way(SQLITE, f"sqlite:///{file}", more)) as bot, posting(bot) as poster:
        bot.allow(*ALLOWED)
        taken = {"update_id": 1, **typed(7, "/start")}
        assert (await poster.post(taken)).status == 200
        await bot.said_all()
        with full_disk(file):
            assert (await poster.update(typed(8, "/start"))).status == 503
            assert (await poster.post(taken)).status == 200
            assert bot.said(BACK) == []
        await until(lambda: bot.said(BACK))
