"""Outbox entries that cannot be sent do not block later ones and are not kept for ever."""

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


async def leave_unsent_prompt(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    """Leaves the prompt for the viewpoint in the outbox, as Telegram limits the rate."""
    await Walker(phone).walk_to("role")
    await bot.wait_for_delivery()
    emulator.fault_injector = lambda method, _: RATE_LIMITED_BRIEFLY if method == "sendMessage" else None
    phone.tap("Somebody else")
    await wait_until(lambda: emulator.refusals)


@ON_ALL_DEPLOYMENTS
async def test_an_unreadable_entry_does_not_block_the_chat(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events(UNREADABLE_ENTRY_EVENT)
    await leave_unsent_prompt(bot, phone, emulator)
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
async def test_an_unreadable_entry_is_left_for_a_newer_version_for_a_minute(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    """After a minute, the entry is deleted and the person gets an apology."""
    bot.allow_events(UNREADABLE_ENTRY_EVENT)
    await leave_unsent_prompt(bot, phone, emulator)
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
    ("action", "expected_text"),
    [("tap", "I was away for a while"), ("stop", "Telegram could not bring you my answer")],
    ids=["a question is open", "nothing is open"],
)
async def test_an_entry_unsent_for_an_hour_is_deleted_and_the_person_informed(  # noqa: PLR0913, PLR0917 - fixtures
    emulator: TelegramEmulator,
    emulator_url: str,
    deployment: Deployment,
    phone: Phone,
    action: str,
    expected_text: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The entry may contain answers. The first bot leaves it, the second cannot send it and deletes it, the third
    repeats the prompt or apologises.
    """
    monkeypatch.setattr("bot.delivery.sender.SHUTDOWN_GRACE_SECONDS", 0.1)
    emulator.fault_injector = lambda method, _: (
        RATE_LIMITED_FOR_A_MINUTE if method == "sendMessage" and len(phone.received_ids) > 1 else None
    )
    async with running_bot(emulator, emulator_url, deployment) as bot:
        await Walker(phone).walk_to("role")
        await bot.wait_for_delivery()
        phone.tap("Somebody else") if action == "tap" else phone.type_text("/stop")
        await bot.wait_for_intake()
    [(entry_id,)] = deployment.fetch_rows("select id from outbox_entries")
    deployment.execute_sql("update outbox_entries set created_at = created_at - 3700")
    async with running_bot(emulator, emulator_url, deployment) as bot:
        bot.allow_events(EXPIRED_ENTRY_EVENT)
        await wait_until(lambda: bot.find_log_lines(EXPIRED_ENTRY_EVENT))
        assert deployment.fetch_rows("select count(*) from outbox_entries where id = ?", entry_id) == [(0,)]
    before = len(phone.received_ids)
    emulator.fault_injector = None
    async with running_bot(emulator, emulator_url, deployment) as bot:
        assert expected_text in (await phone.receive()).text
        await bot.wait_for_delivery()
    assert len(phone.received_ids) == before + 1
    assert deployment.fetch_rows("select choice from answers") == [("someone_else",)] * (action == "tap")
