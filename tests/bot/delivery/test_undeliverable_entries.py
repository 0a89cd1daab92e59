"""What can't be said: it holds up nothing that follows, and is not kept for ever."""

import pytest

from bot.emulator import TelegramEmulator
from tests.support.dead_letter_log import APOLOGY_TEXT, ON_ALL_DEPLOYMENTS
from tests.support.deployments import Deployment
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, running_bot, wait_until
from tests.support.undeliverable_log import (
    EXPIRED_ENTRY_EVENT,
    RATE_LIMITED_BRIEFLY,
    RATE_LIMITED_FOR_A_MINUTE,
    UNREADABLE_ENTRY_EVENT,
)
from tests.support.walkers import Walker, get_step


async def leave_unsaid(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    """Leaves the question of the viewpoint in the outbox: Telegram asks for patience."""
    await Walker(phone).walk_to("role")
    await bot.wait_for_delivery()
    emulator.fault_injector = lambda method, _: RATE_LIMITED_BRIEFLY if method == "sendMessage" else None
    phone.tap("Somebody else")
    await wait_until(lambda: emulator.refusals)


@ON_ALL_DEPLOYMENTS
async def test_what_cannot_be_read_any_more_does_not_hold_up_the_chat(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events(UNREADABLE_ENTRY_EVENT)
    await leave_unsaid(bot, phone, emulator)
    phone.type_text("/help")
    await bot.wait_for_intake()
    bot.execute_sql(
        "update outbox_entries set content = ?, created_at = created_at - 61"
        " where id = (select max(id) from outbox_entries)",
        b"\0",
    )
    emulator.fault_injector = None
    assert get_step(await phone.receive()) == "viewpoint"
    assert (await phone.receive()).text == APOLOGY_TEXT
    await bot.wait_for_delivery()
    phone.type_text("/start")
    assert get_step(await phone.receive()) == "viewpoint"
    [line] = bot.find_log_lines(UNREADABLE_ENTRY_EVENT)
    assert set(line) == {"event", "log_level", "error", "where"}


@ON_ALL_DEPLOYMENTS
async def test_what_this_version_cannot_read_is_left_to_a_newer_one_for_a_minute(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    """Then nobody is there who can, and the person hears that something went wrong."""
    bot.allow_events(UNREADABLE_ENTRY_EVENT)
    await leave_unsaid(bot, phone, emulator)
    phone.type_text("/help")
    await bot.wait_for_intake()
    bot.execute_sql("update outbox_entries set content = ? where id = (select max(id) from outbox_entries)", b"\0")
    emulator.fault_injector = None
    assert get_step(await phone.receive()) == "viewpoint"
    phone.type_text("/about")
    await bot.wait_for_intake()
    await Walker(Phone(emulator, 8)).walk_to("role")
    assert len(bot.fetch_rows("select * from outbox_entries where chat_id = 7")) == 2
    assert bot.find_log_lines(UNREADABLE_ENTRY_EVENT) == []
    bot.execute_sql("update outbox_entries set created_at = created_at - 61")
    assert (await phone.receive()).text == APOLOGY_TEXT
    assert "Where this comes from" in (await phone.receive()).text
    await bot.wait_for_delivery()


@ON_ALL_DEPLOYMENTS
@pytest.mark.parametrize(
    ("act", "heard"),
    [("tap", "I was away for a while"), ("stop", "Telegram could not bring you my answer")],
    ids=["a question is open", "nothing is open"],
)
async def test_what_could_not_be_said_within_an_hour_is_erased_and_the_person_hears_of_it(  # noqa: PLR0913, PLR0917 - fixtures
    emulator: TelegramEmulator,
    emulator_url: str,
    deployment: Deployment,
    phone: Phone,
    act: str,
    heard: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may carry answers. The first bot leaves it, the second can't say it either, the third finds it gone."""
    monkeypatch.setattr("bot.delivery.sender.SHUTDOWN_GRACE_SECONDS", 0.1)
    emulator.fault_injector = lambda method, _: (
        RATE_LIMITED_FOR_A_MINUTE if method == "sendMessage" and len(phone.received_ids) > 1 else None
    )
    async with running_bot(emulator, emulator_url, deployment) as bot:
        await Walker(phone).walk_to("role")
        await bot.wait_for_delivery()
        phone.tap("Somebody else") if act == "tap" else phone.type_text("/stop")
        await bot.wait_for_intake()
    [(old,)] = deployment.fetch_rows("select id from outbox_entries")
    deployment.execute_sql("update outbox_entries set created_at = created_at - 3700")
    async with running_bot(emulator, emulator_url, deployment) as bot:
        bot.allow_events(EXPIRED_ENTRY_EVENT)
        await wait_until(lambda: bot.find_log_lines(EXPIRED_ENTRY_EVENT))
        assert deployment.fetch_rows("select count(*) from outbox_entries where id = ?", old) == [(0,)]
    before = len(phone.received_ids)
    emulator.fault_injector = None
    async with running_bot(emulator, emulator_url, deployment) as bot:
        assert heard in (await phone.receive()).text
        await bot.wait_for_delivery()
    assert len(phone.received_ids) == before + 1
    assert deployment.fetch_rows("select choice from answers") == [("someone_else",)] * (act == "tap")
