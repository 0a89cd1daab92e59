"""Words of distress that no turn can answer still get the helpline numbers, at once and once."""

import asyncio

import pytest

from bot.emulator import TelegramEmulator
from bot.render.localization import DEFAULT_LANGUAGE, load_bot_texts
from tests.support.dead_letter_log import APOLOGY_TEXT, DEAD_LETTER_EVENT, ON_ALL_DEPLOYMENTS
from tests.support.deployments import POSTGRESQL, SQLITE
from tests.support.outage_log import OUTAGE_EVENTS, OUTAGE_TEXT, has_noticed_outage
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, bring_to_step, wait_until
from tests.support.walkers import Walker
from tests.support.webhook_client import hold_chat_row

WORDS = "I don't want to be here any more"
HELPLINE_TEXT = "Samaritans, 116 123"
KEPT = "and so is what you wrote"


@pytest.fixture
def no_long_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prevents the general notice about a long outage."""
    monkeypatch.setattr("bot.intake.direct_replies.NOTICE_DELAY_SECONDS", 600)


async def wait_for_helpline(phone: Phone) -> None:
    await phone.wait_until(lambda: HELPLINE_TEXT in phone.latest_bot_message.text)


def find_message_indices(phone: Phone, words: str) -> list[int]:
    """The indices of received messages that contain these words."""
    return [index for index, number in enumerate(phone.received_ids) if words in phone.versions[number][0].text]


def test_the_helpline_message_does_not_claim_that_words_were_stored() -> None:
    assert "kept" not in load_bot_texts(DEFAULT_LANGUAGE).format_text("helpline_who")


@ON_ALL_DEPLOYMENTS
@pytest.mark.usefixtures("no_long_outage")
async def test_helpline_numbers_are_sent_at_once_during_an_outage(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    """For typed and edited words, even after a tap that waits. The turn sends the numbers again once it is stored."""
    bot.allow_events(*OUTAGE_EVENTS)
    other = Phone(emulator, 8)
    for person in (phone, other):
        await Walker(person).walk_to("role")
    typed = other.type_text("I mind my mother")
    await bot.wait_for_delivery()
    with bot.deployment.make_database_unavailable():
        phone.tap("Somebody else")
        await wait_until(lambda: has_noticed_outage(bot, emulator))
        phone.type_text(WORDS)
        await wait_for_helpline(phone)
        other.edit(typed, WORDS)
        await wait_for_helpline(other)
        await asyncio.sleep(2)  # no event marks that nothing happens
        assert len(find_message_indices(phone, HELPLINE_TEXT)) == len(find_message_indices(other, HELPLINE_TEXT)) == 1
    await phone.wait_until(lambda: KEPT in phone.latest_bot_message.text, 20)
    await other.wait_until(lambda: len(find_message_indices(other, HELPLINE_TEXT)) > 1, 20)
    await bot.wait_for_delivery()
    assert find_message_indices(phone, OUTAGE_TEXT) == find_message_indices(other, OUTAGE_TEXT) == []


@pytest.mark.deployments(
    SQLITE, POSTGRESQL, reason="a webhook delivers a chat's next message only after the one before is stored"
)
@pytest.mark.usefixtures("no_long_outage")
async def test_after_helpline_numbers_the_outage_notice_waits_for_the_next_message(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.allow_events(*OUTAGE_EVENTS)
    await bring_to_step(bot, phone, "role")
    with bot.deployment.make_database_unavailable():
        phone.tap("Somebody else")
        await wait_until(lambda: has_noticed_outage(bot, emulator))
        phone.type_text(WORDS)
        await wait_for_helpline(phone)
        monkeypatch.setattr("bot.intake.direct_replies.NOTICE_DELAY_SECONDS", 0)
        await asyncio.sleep(2)  # no event marks that nothing happens
        assert find_message_indices(phone, OUTAGE_TEXT) == []
        phone.type_text("Are you there?")
        await phone.wait_until(lambda: find_message_indices(phone, OUTAGE_TEXT))
        phone.type_text(WORDS)
        await asyncio.sleep(2)  # as above
        assert (len(find_message_indices(phone, HELPLINE_TEXT)), len(find_message_indices(phone, OUTAGE_TEXT))) == (
            1,
            1,
        )
    await phone.wait_until(lambda: len(find_message_indices(phone, HELPLINE_TEXT)) == 3, 20)


@pytest.mark.deployments(POSTGRESQL, reason="needs a chat that can't be written while others can")
@pytest.mark.usefixtures("short_lock_timeout", "no_long_outage")
async def test_helpline_numbers_are_sent_if_only_one_chat_cannot_be_written(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(*OUTAGE_EVENTS)
    await bring_to_step(bot, phone, "role")
    with hold_chat_row(bot.deployment, 7):
        phone.tap("Somebody else")
        phone.type_text(WORDS)
        await wait_for_helpline(phone)
    await phone.wait_until(lambda: KEPT in phone.latest_bot_message.text, 20)


@ON_ALL_DEPLOYMENTS
@pytest.mark.usefixtures("no_long_outage")
async def test_helpline_numbers_are_sent_again_after_a_dropped_connection(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events(*OUTAGE_EVENTS, "a direct reply could not be sent")
    await bring_to_step(bot, phone, "role")
    emulator.fault_injector = lambda method, _: "drop" if method == "sendMessage" else None
    with bot.deployment.make_database_unavailable():
        phone.type_text(WORDS)
        await wait_until(lambda: bot.find_log_lines("a direct reply could not be sent"))
        emulator.fault_injector = None
        await wait_for_helpline(phone)
    await phone.wait_until(lambda: KEPT in phone.latest_bot_message.text, 20)


@ON_ALL_DEPLOYMENTS
async def test_a_failed_turn_on_distress_gets_helpline_numbers_and_no_apology(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(DEAD_LETTER_EVENT)
    await bring_to_step(bot, phone, "role")
    with bot.deployment.make_turns_fail(7):
        phone.type_text(WORDS)
        await wait_for_helpline(phone)
        phone.type_text("Hello?")
        await phone.wait_until(lambda: phone.latest_bot_message.text == APOLOGY_TEXT)
        await bot.wait_for_delivery()
    assert (len(find_message_indices(phone, HELPLINE_TEXT)), len(find_message_indices(phone, APOLOGY_TEXT))) == (1, 1)


@ON_ALL_DEPLOYMENTS
async def test_distress_beyond_the_rate_limit_gets_helpline_numbers_once(
    bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.rate_limit.MAX_BURST_UPDATES", 5)
    monkeypatch.setattr("bot.intake.rate_limit.MAX_UPDATES_PER_SECOND", 0)
    await Walker(phone).walk_to("informed_why")
    for number in range(10):
        phone.type_text(f"{number} and more")
    for _ in range(3):
        phone.type_text(WORDS)
    await wait_for_helpline(phone)
    await bot.wait_for_delivery()
    assert len(find_message_indices(phone, HELPLINE_TEXT)) == 1
    assert find_message_indices(phone, KEPT) == []
