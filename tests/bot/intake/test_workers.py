"""Several workers: one at a time polls, any of them is posted to; a newer version of the bot may be among them."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from bot.emulator import Lookalike
from bot.intake.webhook import REFUSALS
from tests.bot.intake.test_dead_letters import EVERYWHERE
from tests.support.bot_process import beside, on_telegram
from tests.support.deployments import POSTGRESQL, SQLITE, WEBHOOK, Way
from tests.support.phone import Phone
from tests.support.postgresql import SECRET
from tests.support.running_bot import Running, running, until
from tests.support.walkers import Walker, place_of
from tests.support.webhook_client import posting, typed
from tests.support.worker_processes import free_port

WAITS = "another worker is there already: this one waits until it is gone"
GOES_ON = "the other worker is gone"
POLLING = pytest.mark.ways(SQLITE, POSTGRESQL, reason="behind a webhook all workers are posted to")


@POLLING
async def test_of_two_workers_the_second_waits_and_takes_over_when_the_first_stops(
    lookalike: Lookalike, url: str, way: Way, phone: Phone
) -> None:
    async with running(lookalike, url, way) as first:
        await Walker(phone).to("role")
        async with first.beside():
            await until(lambda: first.said(WAITS))
            await Walker(phone).to("viewpoint")
            assert first.said(GOES_ON) == []
            await first.stop()
            phone.tap("My family")
            assert place_of(await phone.hears()) == "informed"
            assert len(first.said(GOES_ON)) == 1
            await first.said_all()


@POLLING
async def test_a_worker_that_waits_stops_when_told(lookalike: Lookalike, url: str, way: Way) -> None:
    async with running(lookalike, url, way) as first:
        await first.took_in()
        async with first.beside() as second:
            await until(lambda: first.said(WAITS))
            await second.stop()
        assert first.said(GOES_ON) == []


@POLLING
async def test_of_two_workers_the_second_takes_over_when_the_first_is_killed(
    lookalike: Lookalike, url: str, way: Way, phone: Phone, tmp_path: Path
) -> None:
    settings = {"DATABASE_URL": way.address, **({"SECRET_KEY": SECRET} if way.name == POSTGRESQL else {})}
    async with beside(tmp_path, "run", **(on_telegram(url, tmp_path) | settings)) as first:
        phone.type("/start")
        await phone.hears()
        async with running(lookalike, url, way) as second:
            await until(lambda: second.said(WAITS))
            first.kill()
            await first.wait()
            second.allow("another bot is polling with the same token: stop one of the two")  # its question still stands
            await Walker(phone).to("viewpoint")
            assert len(second.said(GOES_ON)) == 1


@pytest.fixture
async def two(bot: Running, lookalike: Lookalike) -> AsyncIterator[Running]:
    """Two workers behind one address, posted to in turn."""
    ports = [bot.way.settings["port"], free_port(Random())]
    lookalike.spread = [f"http://127.0.0.1:{port}" for port in ports]
    async with bot.beside(port=ports[1]):
        await until(lambda: len(bot.said("the bot is there")) == 2)
        yield bot


@pytest.mark.ways(WEBHOOK)
async def test_two_workers_behind_a_webhook_say_all_once_and_in_order(two: Running, lookalike: Lookalike) -> None:
    people = [Phone(lookalike, number) for number in range(1, 9)]
    for phone in people:
        phone.type("/start")
        for words in ("let's start", "neighbour", "my family", "a bit better", "they rang back", "not sure"):
            phone.type(words)
    await two.said_all()
    places = ["welcome", "role", "viewpoint", "informed", "informed_why", "confident", "connected"]
    for phone in people:
        assert [place_of(phone.versions[number][0]) for number in phone.heard] == places


@pytest.mark.ways(WEBHOOK)
async def test_an_update_that_is_delivered_twice_at_once_is_taken_in_once(two: Running, lookalike: Lookalike) -> None:
    lookalike.deliver_twice = lambda _: True
    phone = Phone(lookalike, 7)
    await Walker(phone).to("informed_why")
    await two.said_all()
    assert [place_of(phone.versions[number][0]) for number in phone.heard] == [
        "welcome",
        "role",
        "viewpoint",
        "informed",
        "informed_why",
    ]
    assert len(two.said("turn")) == len(two.said("an update came again")) == 5


@pytest.mark.ways(WEBHOOK)
async def test_a_run_of_a_newer_version_is_left_to_it_five_times_and_then_gone_on_with(
    bot: Running, phone: Phone
) -> None:
    """Beside a newer worker, the next delivery finds that one; without one, nobody is left waiting."""
    await Walker(phone).to("informed_why")
    await bot.said_all()
    bot.change("update runs set version = version + 1")
    heard = len(phone.heard)
    async with posting(bot) as poster:
        update = {"update_id": 1, **typed(7, "They rang back")}
        answers = [await poster.post(update) for _ in range(REFUSALS + 1)]
    assert [answer.status for answer in answers] == [503] * 5 + [200]
    assert all(answer.headers["Retry-After"] == "1" for answer in answers[:-1])
    await bot.said_all()
    assert bot.rows("select place from runs") == [("confident",)]
    assert len(phone.heard) == heard + 1


@EVERYWHERE
async def test_whoever_has_a_run_of_a_newer_version_is_answered(
    bot: Running, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.webhook.TRY_AGAIN", {})
    await Walker(phone).to("role")
    await bot.said_all()
    bot.change("update runs set version = version + 1")
    phone.tap("Somebody else")
    assert place_of(await phone.hears()) == "viewpoint"
