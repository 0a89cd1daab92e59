"""What can't be said: it holds up nothing that follows, and is not kept for ever."""

import pytest

from bot.emulator import Lookalike, Refused
from tests.bot.intake.test_dead_letters import EVERYWHERE, SORRY
from tests.support.deployments import Way
from tests.support.phone import Phone
from tests.support.running_bot import Running, running, until
from tests.support.walkers import Walker, place_of

NOT_SAID = "something could not be said"
ERASED = "what could not be said within an hour was erased"
BUSY = Refused(429, "Too Many Requests: retry after 1", 1)
PATIENCE = Refused(429, "Too Many Requests: retry after 60", 60)


async def leave_unsaid(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    """Leaves the question of the viewpoint in the outbox: Telegram asks for patience."""
    await Walker(phone).to("role")
    await bot.said_all()
    lookalike.fault = lambda method, _: BUSY if method == "sendMessage" else None
    phone.tap("Somebody else")
    await until(lambda: lookalike.refusals)


@EVERYWHERE
async def test_what_cannot_be_read_any_more_does_not_hold_up_the_chat(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow(NOT_SAID)
    await leave_unsaid(bot, phone, lookalike)
    phone.type("/help")
    await bot.took_in()
    bot.change("update outbox set saying = ?, left_at = left_at - 61 where id = (select max(id) from outbox)", b"\0")
    lookalike.fault = None
    assert place_of(await phone.hears()) == "viewpoint"
    assert (await phone.hears()).text == SORRY
    await bot.said_all()
    phone.type("/start")
    assert place_of(await phone.hears()) == "viewpoint"
    [line] = bot.said(NOT_SAID)
    assert set(line) == {"event", "log_level", "error", "where"}


@EVERYWHERE
async def test_what_this_version_cannot_read_is_left_to_a_newer_one_for_a_minute(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    """Then nobody is there who can, and the person hears that something went wrong."""
    bot.allow(NOT_SAID)
    await leave_unsaid(bot, phone, lookalike)
    phone.type("/help")
    await bot.took_in()
    bot.change("update outbox set saying = ? where id = (select max(id) from outbox)", b"\0")
    lookalike.fault = None
    assert place_of(await phone.hears()) == "viewpoint"
    phone.type("/about")
    await bot.took_in()
    await Walker(Phone(lookalike, 8)).to("role")
    assert len(bot.rows("select * from outbox where chat = 7")) == 2
    assert bot.said(NOT_SAID) == []
    bot.change("update outbox set left_at = left_at - 61")
    assert (await phone.hears()).text == SORRY
    assert "Where this comes from" in (await phone.hears()).text
    await bot.said_all()


@EVERYWHERE
@pytest.mark.parametrize(
    ("act", "heard"),
    [("tap", "I was away for a while"), ("stop", "Telegram could not bring you my answer")],
    ids=["a question is open", "nothing is open"],
)
async def test_what_could_not_be_said_within_an_hour_is_erased_and_the_person_hears_of_it(
    lookalike: Lookalike,
    url: str,
    way: Way,
    phone: Phone,
    act: str,
    heard: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may carry answers. The first bot leaves it, the second can't say it either, the third finds it gone."""
    monkeypatch.setattr("bot.delivery.sender.PATIENCE", 0.1)
    lookalike.fault = lambda method, _: PATIENCE if method == "sendMessage" and len(phone.heard) > 1 else None
    async with running(lookalike, url, way) as bot:
        await Walker(phone).to("role")
        await bot.said_all()
        phone.tap("Somebody else") if act == "tap" else phone.type("/stop")
        await bot.took_in()
    [(old,)] = way.rows("select id from outbox")
    way.change("update outbox set left_at = left_at - 3700")
    async with running(lookalike, url, way) as bot:
        bot.allow(ERASED)
        await until(lambda: bot.said(ERASED))
        assert way.rows("select count(*) from outbox where id = ?", old) == [(0,)]
    before = len(phone.heard)
    lookalike.fault = None
    async with running(lookalike, url, way) as bot:
        assert heard in (await phone.hears()).text
        await bot.said_all()
    assert len(phone.heard) == before + 1
    assert way.rows("select choice from answers") == [("someone_else",)] * (act == "tap")
