"""Telegram is away, cuts the line, or asks for patience: nothing is lost, and nobody waits for somebody else."""

import asyncio
import time
from collections.abc import Callable, Iterator
from random import Random

import pytest

from bot.emulator import Lookalike, Refused
from tests.support.deployments import POSTGRESQL, SQLITE, Way
from tests.support.phone import Phone
from tests.support.running_bot import Running, running, until
from tests.support.walkers import Walker, place_of

NOT_TAKEN = "Telegram did not take a message"
NOT_ASKED = "Telegram could not be asked for updates"
Fault = Refused | str | float | None


def first(faults: list[Fault], method: str, chat: int | None = None) -> Callable[..., Fault]:
    """Spoils the first calls of a method, one after the other."""
    waiting: Iterator[Fault] = iter(faults)

    def fault(called: str, args: dict[str, object]) -> Fault:
        mine = called == method and chat in {None, int(str(args.get("chat_id", 0)))}
        return next(waiting, None) if mine else None

    return fault


@pytest.mark.parametrize(
    "fault", [Refused(500, "Internal Server Error"), Refused(502, "Bad Gateway"), "drop"], ids=["500", "502", "cut"]
)
async def test_a_message_that_telegram_did_not_take_is_said_once_it_does(
    bot: Running, phone: Phone, lookalike: Lookalike, fault: Fault
) -> None:
    bot.allow(NOT_TAKEN)
    await Walker(phone).to("role")
    heard = len(phone.heard)
    lookalike.fault = first([fault, fault], "sendMessage")
    phone.tap("Somebody else")
    assert place_of(await phone.hears()) == "viewpoint"
    await bot.said_all()
    assert len(phone.heard) == heard + 1
    assert len(bot.said(NOT_TAKEN)) == 2


async def test_a_message_whose_answer_was_lost_is_said_again_and_works(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    """Nobody can know that it had arrived: the bot says it again, and both count as the same question."""
    bot.allow(NOT_TAKEN)
    await Walker(phone).to("role")
    lookalike.fault = first(["lose"], "sendMessage")
    phone.tap("Somebody else")
    once, again = await phone.hears(), await phone.hears()
    await bot.said_all()
    assert once.text == again.text
    phone.tap_on(once, "My family")
    assert place_of(await phone.hears()) == "informed"
    answer = await phone.answered(phone.tap_on(again, "My community"))
    assert answer.show_alert
    await bot.said_all()
    assert [message.id for message in phone.messages if message.buttons] == [phone.shown.id]
    assert bot.rows("select choice from answers where question = 'viewpoint'") == [("family",)]


@pytest.mark.parametrize(
    "fault", [Refused(500, "Internal"), "drop", Refused(429, "Too Many Requests", 1)], ids=["500", "cut", "429"]
)
async def test_asking_for_updates_goes_on_after_a_fault(
    bot: Running, phone: Phone, lookalike: Lookalike, fault: Fault
) -> None:
    bot.allow(NOT_ASKED)
    await bot.took_in()
    lookalike.fault = first([fault], "getUpdates")
    await Walker(phone).to("role")
    await Walker(phone).to("viewpoint")


@pytest.mark.ways(SQLITE, reason="behind a webhook nobody polls")
async def test_that_telegram_cannot_be_asked_is_logged_once_each_time(
    bot: Running, phone: Phone, lookalike: Lookalike, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.polling.PAUSES", (0.05,))
    bot.allow(NOT_ASKED)
    await bot.took_in()
    for times in (1, 2):
        lookalike.fault = first([Refused(502, "Bad Gateway")] * 5, "getUpdates")
        for _ in range(2):  # the first ends the question that stands
            phone.type("/help")
            await phone.hears()
        assert len(bot.said(NOT_ASKED)) == times
        await bot.took_in()


@pytest.mark.ways(SQLITE, POSTGRESQL, reason="behind a webhook nobody polls")
async def test_another_poller_is_named_in_the_log(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    bot.allow("another bot is polling with the same token: stop one of the two")
    await bot.took_in()
    await lookalike.updates.poll()
    await Walker(phone).to("role")
    assert bot.said("another bot is polling")


async def test_patience_asked_for_in_one_chat_delays_no_other(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    other = Walker(Phone(lookalike, 8))
    await Walker(phone).to("role")
    await other.to("role")
    await bot.said_all()
    calls: list[float] = []

    def fault(method: str, args: dict[str, object]) -> Fault:
        if method != "sendMessage" or str(args["chat_id"]) != "7":
            return None
        calls.append(time.monotonic())
        return Refused(429, "Too Many Requests: retry after 2", 2) if len(calls) == 1 else None

    lookalike.fault = fault
    phone.tap("Somebody else")
    await until(lambda: calls)
    await other.to("check")
    assert len(calls) == 1, "the other chat walked nearly all of its way while this one was asked to wait"
    assert place_of(await phone.hears()) == "viewpoint"
    assert len(calls) == 2
    assert calls[1] - calls[0] >= 2


async def test_whatever_goes_wrong_a_chat_hears_everything_in_order(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow(NOT_TAKEN, NOT_ASKED)
    random = Random(3)
    faults: list[Fault] = [Refused(500, "Internal"), "drop", Refused(429, "Too Many Requests", 0), 0.05, None, None]
    lookalike.fault = lambda *_: random.choice(faults) if random.random() < 0.3 else None
    phone.type("/start")
    for words in ("let's start", "neighbour", "my family", "a bit better", "they rang back", "not sure"):
        phone.type(words)
    await bot.said_all()
    said = [phone.versions[number][0] for number in phone.heard]
    places = ["welcome", "role", "viewpoint", "informed", "informed_why", "confident", "connected"]
    assert [place_of(message) for message in said] == places


async def test_a_picture_that_is_refused_comes_as_words(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    bot.allow("a picture could not be said; its words are")
    walker = Walker(phone)
    await walker.to("check")
    lookalike.fault = first([Refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")], "sendPhoto")
    await walker.send()
    thanks, result, summary = [phone.versions[number][-1] for number in phone.heard][-3:]
    assert "Thank you" in thanks.text
    assert result.kind == "text"
    assert "From where you stand" in result.text
    assert summary.buttons == ["Delete my answers"]


async def test_what_telegram_refuses_for_good_does_not_hold_up_the_chat(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow("Telegram refused a call for good")
    await Walker(phone).to("role")
    lookalike.fault = first([Refused(400, "Bad Request: something of next year")], "sendMessage")
    phone.type("/help")
    phone.type("/about")
    assert "Where this comes from" in (await phone.hears()).text


async def test_telegram_may_be_away_when_the_bot_starts(lookalike: Lookalike, url: str, way: Way, phone: Phone) -> None:
    lookalike.fault = first([Refused(502, "Bad Gateway"), "drop"], "getMe")
    async with running(lookalike, url, way) as bot:
        bot.allow(NOT_TAKEN)
        await Walker(phone).to("role")


async def test_the_bot_stops_when_told_even_if_telegram_was_never_there(
    lookalike: Lookalike, url: str, way: Way
) -> None:
    lookalike.fault = lambda *_: Refused(502, "Bad Gateway")
    async with running(lookalike, url, way) as bot:
        bot.allow(NOT_TAKEN)
        await until(lambda: bot.said(NOT_TAKEN))
        async with asyncio.timeout(3):
            await bot.stop()


async def test_what_could_not_be_said_before_the_stop_is_said_after_the_start(
    lookalike: Lookalike, url: str, way: Way, phone: Phone
) -> None:
    async with running(lookalike, url, way) as bot:
        await Walker(phone).to("role")
        await bot.said_all()
        lookalike.fault = first([Refused(429, "Too Many Requests", 60)], "sendMessage")
        phone.tap("Somebody else")
        phone.type("my family")
        await bot.took_in()
    assert len(bot.rows("select * from outbox")) == 2
    async with running(lookalike, url, way):
        assert place_of(await phone.hears()) == "viewpoint"
        assert place_of(await phone.hears()) == "informed"


async def test_a_token_that_stops_counting_loses_nothing_that_was_to_be_said(
    lookalike: Lookalike, url: str, way: Way, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.webhook.LOOKING", 0.2)
    with pytest.raises(Exception, match="TELEGRAM_BOT_TOKEN"):  # noqa: PT012 - the bot ends by itself
        async with running(lookalike, url, way) as bot:
            await Walker(phone).to("role")
            await bot.said_all()
            phone.tap("Somebody else")
            lookalike.fault = lambda *_: Refused(401, "Unauthorized")
            await asyncio.wait([bot.task])
    assert len(bot.rows("select * from outbox")) == 1
    lookalike.fault = None
    async with running(lookalike, url, way):
        assert place_of(await phone.hears()) == "viewpoint"
