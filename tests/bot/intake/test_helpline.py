"""Words of distress that no turn can answer: who to ring is said at once all the same, and once."""

import asyncio

import pytest

from bot.emulator import Lookalike
from bot.render.localization import FIRST, spoken
from tests.bot.intake.test_database_outage import ALLOWED, BACK_SOON, noticed
from tests.bot.intake.test_dead_letters import EVERYWHERE, SET_ASIDE, SORRY
from tests.support.deployments import POSTGRESQL, SQLITE
from tests.support.phone import Phone
from tests.support.running_bot import Running, until
from tests.support.walkers import Walker
from tests.support.webhook_client import held

WORDS = "I don't want to be here any more"
WHO = "Samaritans, 116 123"
KEPT = "and so is what you wrote"


@pytest.fixture
def never_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """No absence takes so long that everybody is told of it."""
    monkeypatch.setattr("bot.intake.direct_replies.MOMENT", 600)


async def rings(phone: Phone) -> None:
    await phone.until(lambda: WHO in phone.shown.text)


def heard(phone: Phone, words: str) -> list[int]:
    """Where this stands among all that was heard."""
    return [place for place, number in enumerate(phone.heard) if words in phone.versions[number][0].text]


def test_who_to_ring_claims_nothing_of_what_was_written() -> None:
    assert "kept" not in spoken(FIRST).text("helpline_who")


@EVERYWHERE
@pytest.mark.usefixtures("never_long")
async def test_while_the_database_is_away_who_to_ring_is_said_at_once(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    """Typed, behind a tap that waits to be kept; and edited. Once, and again by the turn when it is kept."""
    bot.allow(*ALLOWED)
    other = Phone(lookalike, 8)
    for each in (phone, other):
        await Walker(each).to("role")
    said = other.type("I mind my mother")
    await bot.said_all()
    with bot.way.away():
        phone.tap("Somebody else")
        await until(lambda: noticed(bot, lookalike))
        phone.type(WORDS)
        await rings(phone)
        other.edit(said, WORDS)
        await rings(other)
        await asyncio.sleep(2)  # what must not happen has no bell
        assert len(heard(phone, WHO)) == len(heard(other, WHO)) == 1
    await phone.until(lambda: KEPT in phone.shown.text, 20)
    await other.until(lambda: len(heard(other, WHO)) > 1, 20)
    await bot.said_all()
    assert heard(phone, BACK_SOON) == heard(other, BACK_SOON) == []


@pytest.mark.ways(SQLITE, POSTGRESQL, reason="to a webhook, a chat's words come after those that wait are kept")
@pytest.mark.usefixtures("never_long")
async def test_after_who_to_ring_nothing_is_said_until_more_is_written(
    bot: Running, phone: Phone, lookalike: Lookalike, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.allow(*ALLOWED)
    await Walker(phone).to("role")
    await bot.said_all()
    with bot.way.away():
        phone.tap("Somebody else")
        await until(lambda: noticed(bot, lookalike))
        phone.type(WORDS)
        await rings(phone)
        monkeypatch.setattr("bot.intake.direct_replies.MOMENT", 0)
        await asyncio.sleep(2)  # what must not happen has no bell
        assert heard(phone, BACK_SOON) == []
        phone.type("Are you there?")
        await phone.until(lambda: heard(phone, BACK_SOON))
        phone.type(WORDS)
        await asyncio.sleep(2)  # as above
        assert (len(heard(phone, WHO)), len(heard(phone, BACK_SOON))) == (1, 1)
    await phone.until(lambda: len(heard(phone, WHO)) == 3, 20)


@pytest.mark.ways(POSTGRESQL, reason="needs a chat that can't be written while others can")
@pytest.mark.usefixtures("short_locks", "never_long")
async def test_while_only_one_chat_cannot_be_written_who_to_ring_is_said_there_too(bot: Running, phone: Phone) -> None:
    bot.allow(*ALLOWED)
    await Walker(phone).to("role")
    await bot.said_all()
    with held(bot.way, 7):
        phone.tap("Somebody else")
        phone.type(WORDS)
        await rings(phone)
    await phone.until(lambda: KEPT in phone.shown.text, 20)


@EVERYWHERE
@pytest.mark.usefixtures("never_long")
async def test_what_telegram_did_not_take_of_it_is_tried_again(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow(*ALLOWED, "a word past the outbox could not be said")
    await Walker(phone).to("role")
    await bot.said_all()
    lookalike.fault = lambda method, _: "drop" if method == "sendMessage" else None
    with bot.way.away():
        phone.type(WORDS)
        await until(lambda: bot.said("a word past the outbox could not be said"))
        lookalike.fault = None
        await rings(phone)
    await phone.until(lambda: KEPT in phone.shown.text, 20)


@EVERYWHERE
async def test_when_the_turn_fails_who_to_ring_is_said_and_no_sorry(bot: Running, phone: Phone) -> None:
    bot.allow(SET_ASIDE)
    await Walker(phone).to("role")
    await bot.said_all()
    with bot.way.turns_fail(7):
        phone.type(WORDS)
        await rings(phone)
        phone.type("Hello?")
        await phone.until(lambda: phone.shown.text == SORRY)
        await bot.said_all()
    assert (len(heard(phone, WHO)), len(heard(phone, SORRY))) == (1, 1)


@EVERYWHERE
async def test_words_of_distress_in_a_flood_are_answered_at_once_and_once(
    bot: Running, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.rate_limit.BURST", 5)
    monkeypatch.setattr("bot.intake.rate_limit.RATE", 0)
    await Walker(phone).to("informed_why")
    for number in range(10):
        phone.type(f"{number} and more")
    for _ in range(3):
        phone.type(WORDS)
    await rings(phone)
    await bot.said_all()
    assert len(heard(phone, WHO)) == 1
    assert heard(phone, KEPT) == []
