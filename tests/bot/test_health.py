"""The health and metrics pages: liveness, readiness with reasons, and counts without personal data."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, get_args

import aiohttp
import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest

from bot.emulator import BotApiError, TelegramEmulator
from bot.intake.dispatcher import REPLY_LABELS
from bot.telegram.updates import GroupUpdate
from flows.models import Reply
from tests.support.dead_letter_log import DEAD_LETTER_EVENT, ON_ALL_DEPLOYMENTS
from tests.support.deployments import POSTGRESQL, SQLITE, WEBHOOK, Deployment
from tests.support.full_disk import fill_disk, forbid_file_growth
from tests.support.outage_log import OUTAGE_EVENTS
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, running_bot, wait_until
from tests.support.walkers import Walker
from tests.support.worker_processes import find_free_port

CHAT = 7_654_321_987
WORDS = "Blodwen rang Gwenllian twice"
TURNS_METRIC = "connection_test_turns_total"


@dataclass(frozen=True, slots=True)
class Pages:
    """Requests the health and metrics pages of a bot."""

    bot: RunningBot
    session: aiohttp.ClientSession
    address: str

    async def json(self, page: str) -> tuple[int, dict[str, Any]]:
        async with self.session.get(f"{self.address}/{page}") as answer:
            return answer.status, await answer.json()

    async def text(self, page: str) -> str:
        async with self.session.get(f"{self.address}/{page}") as answer:
            return await answer.text()

    async def sum_metric(self, name: str) -> float:
        """The sum of this metric over all labels."""
        found = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", await self.text("metrics"), re.MULTILINE)
        return sum(float(each) for each in found)

    async def fetch_problems(self) -> dict[str, Any]:
        """The reasons why the bot is not ready; empty if it is."""
        status, reasons = await self.json("readyz")
        assert reasons.pop("ready") is (status == 200)
        assert status in {200, 503}
        standing_by = reasons.pop("standing_by", False)
        assert bool(reasons) is (status == 503)
        return {"standing_by": True} if standing_by and not reasons else reasons

    async def wait_for_problems(self, *faults: str) -> dict[str, Any]:
        """Waits until the bot reports exactly these problems."""
        reasons: dict[str, Any] = {}
        async with asyncio.timeout(60):
            while set(reasons := await self.fetch_problems()) != set(faults):
                pass  # each request takes a while
        return reasons


@pytest.fixture
async def pages(emulator: TelegramEmulator, emulator_url: str, deployment: Deployment) -> AsyncIterator[Pages]:
    """The pages of a bot that has started."""
    async with serve_pages(emulator, emulator_url, deployment) as served:
        await wait_until(lambda: served.bot.find_log_lines("the bot has started"))
        yield served


@asynccontextmanager
async def serve_pages(emulator: TelegramEmulator, url: str, deployment: Deployment) -> AsyncIterator[Pages]:
    """The pages of a bot that may not have started yet."""
    port = deployment.settings.get("port") or find_free_port(Random())
    async with running_bot(emulator, url, deployment, port=port) as bot, aiohttp.ClientSession() as session:
        await wait_until(lambda: is_listening(port))
        yield Pages(bot, session, f"http://127.0.0.1:{port}")


def is_listening(port: int) -> bool:
    """Whether this process listens on the port."""
    return ("127.0.0.1", port) in listening_addresses()


@ON_ALL_DEPLOYMENTS
async def test_a_healthy_bot_is_alive_and_ready(pages: Pages, phone: Phone) -> None:
    await Walker(phone).walk_to("role")
    assert await pages.json("healthz") == (200, {"alive": True})
    await pages.wait_for_problems()


@ON_ALL_DEPLOYMENTS
async def test_during_a_database_outage_the_bot_is_alive_and_not_ready(pages: Pages) -> None:
    pages.bot.allow_events(*OUTAGE_EVENTS)
    await pages.wait_for_problems()
    with pages.bot.deployment.make_database_unavailable():
        await pages.wait_for_problems("database")
        assert await pages.json("healthz") == (200, {"alive": True})
    await pages.wait_for_problems()


@asynccontextmanager
async def run_bot_with_frequent_checks(
    emulator: TelegramEmulator, url: str, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pages]:
    """A bot that checks ten times a second whether it can write, and has written once."""
    monkeypatch.setattr("bot.jobs.scheduler.DOWNTIME_CHECK_INTERVAL_SECONDS", 0.1)
    monkeypatch.setattr("bot.jobs.scheduler.DELIVERY_INTERVAL_SECONDS", 0.1)
    async with serve_pages(emulator, url, deployment) as pages:
        pages.bot.allow_events(*OUTAGE_EVENTS)
        await pages.wait_for_problems()
        await wait_until(lambda: deployment.fetch_rows("select 1 from shared_clock where name = 'last_healthy'"))
        yield pages


@pytest.mark.deployments(SQLITE, reason="is about SQLite's files")
async def test_with_a_full_disk_the_bot_is_not_ready(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without any updates, the bot notices that the disk is full, and that it has space again."""
    async with run_bot_with_frequent_checks(emulator, emulator_url, deployment, monkeypatch) as pages:
        with fill_disk(deployment.database_file):
            reasons = await pages.wait_for_problems("database")
            assert "disk" in reasons["database"]
            assert deployment.fetch_rows("select count(*) from runs") == [(0,)]
        await pages.wait_for_problems()
    assert (
        len(pages.bot.find_log_lines("database unavailable"))
        == len(pages.bot.find_log_lines("database available again"))
        == 1
    )


@pytest.mark.deployments(SQLITE, reason="is about SQLite's files")
async def test_the_reason_of_an_outage_is_kept_current_and_logged_once(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with run_bot_with_frequent_checks(emulator, emulator_url, deployment, monkeypatch) as pages:
        elsewhere = deployment.database_file.rename(deployment.database_file.with_name("elsewhere.db"))
        assert "was moved" in (await pages.wait_for_problems("database"))["database"]
        await wait_until(lambda: pages.bot.find_log_lines("database unavailable"))
        with forbid_file_growth(deployment.database_file):
            elsewhere.rename(deployment.database_file)
            async with asyncio.timeout(60):
                while "disk" not in (await pages.fetch_problems()).get("database", ""):
                    pass  # each request takes a while
        await pages.wait_for_problems()
    [logged] = pages.bot.find_log_lines("database unavailable")
    assert "was moved" in logged["reason"]


async def test_before_contact_with_telegram_the_bot_is_not_ready(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment
) -> None:
    emulator.fault_injector = lambda *_: BotApiError(502, "Bad Gateway")
    async with serve_pages(emulator, emulator_url, deployment) as pages:
        pages.bot.allow_events("a call to Telegram failed")
        assert await pages.wait_for_problems("telegram") == {"telegram": "no contact yet"}


@pytest.mark.deployments(POSTGRESQL, reason="on SQLite, a second worker does not touch the file, and serves no pages")
async def test_a_standby_worker_is_ready_while_the_database_is_available(pages: Pages) -> None:
    pages.bot.allow_events(*OUTAGE_EVENTS)
    port = find_free_port(Random())
    async with pages.bot.start_another_worker(port=port) as other:
        await wait_until(lambda: other.find_log_lines("another worker is polling"))
        second = Pages(other, pages.session, f"http://127.0.0.1:{port}")
        assert await second.json("readyz") == (200, {"ready": True, "standing_by": True})
        with pages.bot.deployment.make_database_unavailable():
            await second.wait_for_problems("database")
        await pages.bot.stop()
        await second.wait_for_problems()
        assert await second.json("readyz") == (200, {"ready": True})


@pytest.fixture
def _frequent_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.intake.webhook.WEBHOOK_CHECK_INTERVAL_SECONDS", 0.05)
    monkeypatch.setattr("bot.intake.polling.LONG_POLL_SECONDS", 0)


@ON_ALL_DEPLOYMENTS
@pytest.mark.usefixtures("_frequent_checks")
async def test_without_contact_to_telegram_the_bot_is_not_ready(
    emulator: TelegramEmulator, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages.bot.allow_events("fetching updates failed", "checking the webhook failed")
    monkeypatch.setattr("bot.health.MAX_TELEGRAM_SILENCE_SECONDS", 0.5)
    await pages.wait_for_problems()
    emulator.fault_injector = lambda *_: BotApiError(502, "Bad Gateway")
    assert "no contact" in (await pages.wait_for_problems("telegram"))["telegram"]
    emulator.fault_injector = None
    await pages.wait_for_problems()


@pytest.mark.deployments(WEBHOOK)
@pytest.mark.usefixtures("_frequent_checks")
async def test_telegram_s_delivery_error_is_quoted(
    emulator: TelegramEmulator, pages: Pages, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.health.MAX_TELEGRAM_SILENCE_SECONDS", 0.5)
    await Walker(phone).walk_to("role")
    await pages.wait_for_problems()
    emulator.worker_urls = ["http://127.0.0.1:1"]
    phone.tap("Somebody else")
    assert (await pages.wait_for_problems("telegram"))["telegram"].endswith(
        ": Telegram could not deliver (Connection refused)"
    )
    emulator.worker_urls = []
    await phone.receive()
    await pages.wait_for_problems()


@ON_ALL_DEPLOYMENTS
async def test_with_an_old_outbox_entry_the_bot_is_not_ready(
    pages: Pages, emulator: TelegramEmulator, phone: Phone
) -> None:
    await Walker(phone).walk_to("role")
    await pages.bot.wait_for_delivery()
    emulator.fault_injector = lambda method, _: (
        BotApiError(429, "Too Many Requests", 1) if method == "sendMessage" else None
    )
    phone.tap("Somebody else")
    await wait_until(lambda: emulator.refusals)
    await pages.wait_for_problems()
    pages.bot.execute_sql("update outbox_entries set created_at = created_at - 301")
    assert re.search("waited for 30[0-9] seconds", (await pages.wait_for_problems("outbox"))["outbox"])
    emulator.fault_injector = None
    await phone.receive()
    await pages.wait_for_problems()


@ON_ALL_DEPLOYMENTS
async def test_turns_are_counted_by_the_kind_of_reply(pages: Pages, phone: Phone) -> None:
    before = await pages.sum_metric(TURNS_METRIC)
    await Walker(phone).walk_to("role")
    await pages.bot.wait_for_intake()
    assert await pages.sum_metric(TURNS_METRIC) == before + 2
    assert f'{TURNS_METRIC}{{reply="tap"}}' in await pages.text("metrics")


def test_each_kind_of_reply_has_a_label() -> None:
    assert set(REPLY_LABELS) == {*get_args(Reply), *get_args(GroupUpdate)}
    assert len(set(REPLY_LABELS.values())) == len(REPLY_LABELS)


@ON_ALL_DEPLOYMENTS
async def test_the_pages_contain_no_personal_data_or_secrets(pages: Pages, emulator: TelegramEmulator) -> None:
    pages.bot.allow_events(DEAD_LETTER_EVENT)
    walker = Walker(Phone(emulator, CHAT))
    await walker.walk_to("informed_why")
    with pages.bot.deployment.make_turns_fail(CHAT):
        walker.phone.type_text(WORDS)
        await walker.phone.receive()
    await walker.type_text(WORDS)
    await walker.walk_to("check")
    last = await walker.submit()
    receipt = last.keyboard[0]["callback_data"].split(".")[-1]
    await pages.bot.wait_for_delivery()
    secrets = (str(CHAT), emulator.token, receipt, *WORDS.split(), emulator.webhook.get("secret_token", "?????"))
    for page in ("metrics", "readyz", "healthz"):
        text = await pages.text(page)
        assert [secret for secret in secrets if secret in text] == []


@pytest.mark.deployments(SQLITE, POSTGRESQL)
async def test_a_polling_bot_opens_no_port_unless_configured(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment
) -> None:
    before = listening_addresses()
    async with running_bot(emulator, emulator_url, deployment) as bot:
        await bot.wait_for_intake()
        assert listening_addresses() == before
    port = find_free_port(Random())
    async with running_bot(emulator, emulator_url, deployment, port=port) as bot:
        await bot.wait_for_intake()
        assert listening_addresses() == before | {("127.0.0.1", port)}
    assert listening_addresses() == before


def listening_addresses() -> set[Any]:
    """The addresses that this process listens on."""
    connections = psutil.Process().net_connections(kind="tcp")
    return {connection.laddr for connection in connections if connection.status == psutil.CONN_LISTEN}
