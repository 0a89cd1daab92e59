"""The bot's own pages: whether it lives, whether it can do its work, what it has counted; and nothing of anybody."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import aiohttp
import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest

from bot.emulator import Lookalike, Refused
from tests.bot.intake.test_database_outage import ALLOWED
from tests.bot.intake.test_dead_letters import EVERYWHERE, SET_ASIDE
from tests.bot.telegram.test_http_client import full_disk, no_growth
from tests.support.deployments import POSTGRESQL, SQLITE, WEBHOOK, Way
from tests.support.phone import Phone
from tests.support.running_bot import Running, running, until
from tests.support.walkers import Walker
from tests.support.worker_processes import free_port

CHAT = 7_654_321_987
WORDS = "Blodwen rang Gwenllian twice"
TURNS = "connection_test_turns_total"


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a bot."""

    bot: Running
    session: aiohttp.ClientSession
    address: str

    async def json(self, page: str) -> tuple[int, dict[str, Any]]:
        async with self.session.get(f"{self.address}/{page}") as answer:
            return answer.status, await answer.json()

    async def text(self, page: str) -> str:
        async with self.session.get(f"{self.address}/{page}") as answer:
            return await answer.text()

    async def counted(self, name: str) -> float:
        """The sum over all labels of what has this name."""
        found = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", await self.text("metrics"), re.MULTILINE)
        return sum(float(each) for each in found)

    async def ready(self) -> dict[str, Any]:
        """What is wrong; empty where nothing is."""
        status, told = await self.json("readyz")
        assert told.pop("ready") is (status == 200)
        assert status in {200, 503}
        standing_by = told.pop("standing_by", False)
        assert bool(told) is (status == 503)
        return {"standing_by": True} if standing_by and not told else told

    async def until_ready(self, *faults: str) -> dict[str, Any]:
        """Waits until these faults are told, and no others."""
        told: dict[str, Any] = {}
        async with asyncio.timeout(60):
            while set(told := await self.ready()) != set(faults):
                pass  # each question takes a moment of its own
        return told


@pytest.fixture
async def pages(lookalike: Lookalike, url: str, way: Way) -> AsyncIterator[Pages]:
    """The pages of a bot that was told to serve them."""
    async with served(lookalike, url, way) as made:
        await until(lambda: made.bot.said("the bot is there"))
        yield made


@asynccontextmanager
async def served(lookalike: Lookalike, url: str, way: Way) -> AsyncIterator[Pages]:
    """The same, before the bot is there."""
    port = way.settings.get("port") or free_port(Random())
    async with running(lookalike, url, way, port=port) as bot, aiohttp.ClientSession() as session:
        await until(lambda: accepts(port))
        yield Pages(bot, session, f"http://127.0.0.1:{port}")


def accepts(port: int) -> bool:
    """Whether the pages are there."""
    return ("127.0.0.1", port) in listening()


@EVERYWHERE
async def test_a_bot_that_is_well_is_alive_and_ready(pages: Pages, phone: Phone) -> None:
    await Walker(phone).to("role")
    assert await pages.json("healthz") == (200, {"alive": True})
    await pages.until_ready()


@EVERYWHERE
async def test_while_the_database_is_away_it_is_alive_and_not_ready(pages: Pages) -> None:
    pages.bot.allow(*ALLOWED)
    await pages.until_ready()
    with pages.bot.way.away():
        await pages.until_ready("database")
        assert await pages.json("healthz") == (200, {"alive": True})
    await pages.until_ready()


@asynccontextmanager
async def looking_often(
    lookalike: Lookalike, url: str, way: Way, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pages]:
    """A bot that looks ten times a second whether it can write, and has done so."""
    monkeypatch.setattr("bot.jobs.scheduler.WELL", 0.1)
    monkeypatch.setattr("bot.jobs.scheduler.SWEEP", 0.1)
    async with served(lookalike, url, way) as pages:
        pages.bot.allow(*ALLOWED)
        await pages.until_ready()
        await until(lambda: way.rows("select 1 from moments where name = 'well'"))
        yield pages


@pytest.mark.ways(SQLITE, reason="is about SQLite's files")
async def test_while_the_disk_is_full_it_is_not_ready_though_it_can_be_read(
    lookalike: Lookalike, url: str, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody writes: the bot finds out by itself, and that there is room again."""
    async with looking_often(lookalike, url, way, monkeypatch) as pages:
        with full_disk(way.file):
            told = await pages.until_ready("database")
            assert "disk" in told["database"]
            assert way.rows("select count(*) from runs") == [(0,)]
        await pages.until_ready()
    assert len(pages.bot.said("the database is away")) == len(pages.bot.said("the database is back")) == 1


@pytest.mark.ways(SQLITE, reason="is about SQLite's files")
async def test_why_the_database_is_away_is_told_as_it_is_now_and_logged_once(
    lookalike: Lookalike, url: str, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with looking_often(lookalike, url, way, monkeypatch) as pages:
        elsewhere = way.file.rename(way.file.with_name("elsewhere.db"))
        assert "was moved" in (await pages.until_ready("database"))["database"]
        await until(lambda: pages.bot.said("the database is away"))
        with no_growth(way.file):
            elsewhere.rename(way.file)
            async with asyncio.timeout(60):
                while "disk" not in (await pages.ready()).get("database", ""):
                    pass  # each question takes a moment of its own
        await pages.until_ready()
    [logged] = pages.bot.said("the database is away")
    assert "was moved" in logged["why"]


async def test_before_telegram_was_heard_it_is_not_ready_and_says_so(lookalike: Lookalike, url: str, way: Way) -> None:
    lookalike.fault = lambda *_: Refused(502, "Bad Gateway")
    async with served(lookalike, url, way) as pages:
        pages.bot.allow("Telegram did not take a message")
        assert await pages.until_ready("telegram") == {"telegram": "not heard yet"}


@pytest.mark.ways(POSTGRESQL, reason="on SQLite, a second worker does not touch the file, and serves no pages")
async def test_a_worker_that_stands_by_is_well_as_long_as_the_database_is_there(pages: Pages) -> None:
    pages.bot.allow(*ALLOWED)
    port = free_port(Random())
    async with pages.bot.beside(port=port) as other:
        await until(lambda: other.said("another worker is there already"))
        second = Pages(other, pages.session, f"http://127.0.0.1:{port}")
        assert await second.json("readyz") == (200, {"ready": True, "standing_by": True})
        with pages.bot.way.away():
            await second.until_ready("database")
        await pages.bot.stop()
        await second.until_ready()
        assert await second.json("readyz") == (200, {"ready": True})


@pytest.fixture
def _asks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.intake.webhook.LOOKING", 0.05)
    monkeypatch.setattr("bot.intake.polling.LONGEST_WAIT", 0)


@EVERYWHERE
@pytest.mark.usefixtures("_asks_often")
async def test_while_telegram_is_not_heard_it_is_not_ready(
    lookalike: Lookalike, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages.bot.allow("Telegram could not be asked for updates", "Telegram could not be asked about the webhook")
    monkeypatch.setattr("bot.health.SILENT", 0.5)
    await pages.until_ready()
    lookalike.fault = lambda *_: Refused(502, "Bad Gateway")
    assert "not heard" in (await pages.until_ready("telegram"))["telegram"]
    lookalike.fault = None
    await pages.until_ready()


@pytest.mark.ways(WEBHOOK)
@pytest.mark.usefixtures("_asks_often")
async def test_why_telegram_cannot_deliver_is_told_in_its_words(
    lookalike: Lookalike, pages: Pages, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.health.SILENT", 0.5)
    await Walker(phone).to("role")
    await pages.until_ready()
    lookalike.spread = ["http://127.0.0.1:1"]
    phone.tap("Somebody else")
    assert (await pages.until_ready("telegram"))["telegram"].endswith(": it could not deliver (Connection refused)")
    lookalike.spread = []
    await phone.hears()
    await pages.until_ready()


@EVERYWHERE
async def test_while_somebody_has_waited_long_it_is_not_ready(pages: Pages, lookalike: Lookalike, phone: Phone) -> None:
    await Walker(phone).to("role")
    await pages.bot.said_all()
    lookalike.fault = lambda method, _: Refused(429, "Too Many Requests", 1) if method == "sendMessage" else None
    phone.tap("Somebody else")
    await until(lambda: lookalike.refusals)
    await pages.until_ready()
    pages.bot.change("update outbox set left_at = left_at - 301")
    assert re.search("waited for 30[0-9] seconds", (await pages.until_ready("outbox"))["outbox"])
    lookalike.fault = None
    await phone.hears()
    await pages.until_ready()


@EVERYWHERE
async def test_turns_are_counted_by_the_kind_of_reply(pages: Pages, phone: Phone) -> None:
    before = await pages.counted(TURNS)
    await Walker(phone).to("role")
    await pages.bot.took_in()
    assert await pages.counted(TURNS) == before + 2
    assert f'{TURNS}{{reply="tapped"}}' in await pages.text("metrics")


@EVERYWHERE
async def test_nothing_that_is_counted_tells_of_anybody(pages: Pages, lookalike: Lookalike) -> None:
    pages.bot.allow(SET_ASIDE)
    walker = Walker(Phone(lookalike, CHAT))
    await walker.to("informed_why")
    with pages.bot.way.turns_fail(CHAT):
        walker.phone.type(WORDS)
        await walker.phone.hears()
    await walker.type(WORDS)
    await walker.to("check")
    last = await walker.send()
    receipt = last.keyboard[0]["callback_data"].split(".")[-1]
    await pages.bot.said_all()
    secrets = (str(CHAT), lookalike.token, receipt, *WORDS.split(), lookalike.webhook.get("secret_token", "?????"))
    for page in ("metrics", "readyz", "healthz"):
        text = await pages.text(page)
        assert [secret for secret in secrets if secret in text] == []


@pytest.mark.ways(SQLITE, POSTGRESQL)
async def test_who_polls_listens_nowhere_unless_told_to(lookalike: Lookalike, url: str, way: Way) -> None:
    before = listening()
    async with running(lookalike, url, way) as bot:
        await bot.took_in()
        assert listening() == before
    port = free_port(Random())
    async with running(lookalike, url, way, port=port) as bot:
        await bot.took_in()
        assert listening() == before | {("127.0.0.1", port)}
    assert listening() == before


def listening() -> set[Any]:
    """Where this process listens."""
    connections = psutil.Process().net_connections(kind="tcp")
    return {connection.laddr for connection in connections if connection.status == psutil.CONN_LISTEN}
