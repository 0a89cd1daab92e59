"""The webhook, posted to over HTTP: what it answers, and what it has kept by then."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.emulator import Lookalike, Refused
from bot.intake.webhook import LARGEST
from tests.bot.intake.test_database_outage import ALLOWED
from tests.bot.intake.test_dead_letters import SET_ASIDE
from tests.support.deployments import WEBHOOK, Way
from tests.support.running_bot import Running, running, until
from tests.support.webhook_client import RIGHT, Poster, held, posting, typed

pytestmark = pytest.mark.ways(WEBHOOK)
START = typed(7, "/start")


@pytest.fixture
async def poster(bot: Running) -> AsyncIterator[Poster]:
    async with posting(bot) as made:
        yield made


async def waits_for_the_chat(bot: Running) -> None:
    """Until a turn waits for who holds its chat."""
    blocked = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    await until(lambda: bot.rows(blocked))


WRONG = {
    "none": None,
    "empty": "",
    "another": "wrong",
    "shorter": RIGHT[:-1],
    "longer": f"{RIGHT}0",
    "capitals": RIGHT.upper(),
    "no ASCII": "ü",
}


@pytest.mark.parametrize("secret", WRONG.values(), ids=WRONG)
async def test_who_does_not_know_the_secret_gets_403_and_is_not_listened_to(
    bot: Running, poster: Poster, secret: str | None
) -> None:
    for body in (b"", json.dumps({"update_id": 1, **START}).encode(), b"x" * (LARGEST + 1)):
        answer = await poster.post(body, secret)
        assert (answer.status, answer.body) == (403, b"")
    assert bot.rows("select * from chats") == bot.rows("select * from set_aside") == []


async def test_200_comes_after_the_commit(bot: Running, poster: Poster) -> None:
    await poster.update(START)
    with held(bot.way, 7):
        answering = asyncio.create_task(poster.update(typed(7, "/help")))
        await waits_for_the_chat(bot)
        assert not answering.done()
        assert bot.rows("select taken from chats") == [("1",)]
    assert (await answering).status == 200
    assert bot.rows("select taken from chats") == [("1 2",)]


async def test_while_the_database_is_away_503_asks_for_it_again_and_then_it_is_kept_once(
    bot: Running, poster: Poster
) -> None:
    bot.allow(*ALLOWED)
    update = {"update_id": 1, **START}
    with bot.way.away():
        answer = await poster.post(update)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert bot.rows("select * from chats") == []
    assert [(await poster.post(update)).status for _ in range(2)] == [200, 200]
    assert bot.rows("select taken from chats") == [("1",)]
    await bot.said_all()
    assert len(bot.said("turn")) == len(bot.said("an update came again")) == 1


async def test_more_than_a_mebibyte_is_413(bot: Running, poster: Poster) -> None:
    most = json.dumps({"update_id": 1, **typed(7, "/start")}).encode().ljust(LARGEST)
    assert (await poster.post(most + b" ")).status == 413
    assert bot.rows("select * from chats") == []
    assert (await poster.post(most)).status == 200


@pytest.mark.parametrize("body", [b"", b"junk", b"{", b"\xff", b'{"update_id": 1', b"[" * 100_000, b"9" * 5_000])
async def test_what_is_no_json_is_400(bot: Running, poster: Poster, body: bytes) -> None:
    assert (await poster.post(body)).status == 400
    assert bot.rows("select * from set_aside") == []


@pytest.mark.parametrize("body", [None, 5, "junk", [], [{"update_id": 1}], {}, {"update_id": 1, "message": {}}])
async def test_what_is_json_and_no_update_is_set_aside_and_does_not_come_again(
    bot: Running, poster: Poster, body: object
) -> None:
    bot.allow(SET_ASIDE)
    assert (await poster.post(body)).status == 200
    assert bot.rows("select count(*) from set_aside") == [(1,)]


async def test_before_the_bot_is_ready_503_asks_for_it_again(lookalike: Lookalike, url: str, way: Way) -> None:
    lookalike.fault = lambda *_: Refused(502, "Bad Gateway")
    async with running(lookalike, url, way) as bot, aiohttp.ClientSession() as session:
        bot.allow("Telegram did not take a message")
        poster = Poster(session, way.address_of_webhook)
        await until(lambda: lookalike.calls["getMe"])
        answer = await poster.post({"update_id": 1, **START})
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert (await poster.post(START, "wrong")).status == 403
        assert bot.rows("select * from chats") == []


async def test_a_caller_that_hangs_up_in_mid_turn_does_not_stop_it(bot: Running, poster: Poster) -> None:
    await poster.update(START)
    with held(bot.way, 7):
        answering = asyncio.create_task(poster.update(typed(7, "/help")))
        await waits_for_the_chat(bot)
        answering.cancel()
        await asyncio.wait([answering])
    await until(lambda: bot.rows("select taken from chats") == [("1 2",)])
    assert (await poster.post({"update_id": 2, **typed(7, "/help")})).status == 200
    await bot.said_all()
    assert len(bot.said("turn")) == 2


async def test_a_caller_that_hangs_up_in_mid_body_is_not_listened_to(bot: Running, poster: Poster) -> None:
    body = json.dumps({"update_id": 1, **START})
    head = f"POST {bot.way.address_of_webhook} HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n"
    _, line = await asyncio.open_connection("127.0.0.1", bot.way.settings["port"])
    line.write(f"{head}X-Telegram-Bot-Api-Secret-Token: {RIGHT}\r\n\r\n{body[:-1]}".encode())
    await line.drain()
    line.close()
    assert (await poster.post({"update_id": 2, **typed(8, "/start")})).status == 200
    assert bot.rows("select chat from chats") == [(8,)]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_only_post_is_for_updates(bot: Running, poster: Poster, method: str) -> None:
    async with poster.session.request(method, bot.way.address_of_webhook, headers={"X-Any": "1"}) as answer:
        assert answer.status == 405
