"""Who has sent can always delete: the receipt stands somewhere in the chat, whatever became of the result."""

import pytest

from bot.emulator import BotApiError, TelegramEmulator
from tests.support.dead_letter_log import ON_ALL_DEPLOYMENTS
from tests.support.deployments import SQLITE, Deployment
from tests.support.file_bytes import read_all_bytes
from tests.support.phone import Phone, PhoneMessage
from tests.support.receipt_texts import DELETE_LABEL
from tests.support.running_bot import RunningBot, running_bot, wait_until
from tests.support.stored_responses import load_choices
from tests.support.undeliverable_log import EXPIRED_ENTRY_EVENT, RATE_LIMITED_BRIEFLY, RATE_LIMITED_FOR_A_MINUTE
from tests.support.walkers import SEND_LABEL, Walker, tap_last_button


def stands(phone: Phone, message: PhoneMessage) -> list[str]:
    """The buttons that a message has now."""
    return phone.versions[message.id][-1].buttons


async def delete(phone: Phone, message: PhoneMessage) -> str:
    """Presses *Delete my answers* there, and yes. What is heard then."""
    phone.tap_in(message, DELETE_LABEL)
    await phone.receive()
    phone.tap("Yes, delete what I sent")
    return (await phone.receive()).text


async def test_send_stands_until_the_last_of_the_result_was_said(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    check = await Walker(phone).walk_to("check")
    await bot.wait_for_delivery()
    stood: list[bool] = []

    def note(method: str, _: dict[str, object]) -> None:
        if method in {"sendMessage", "sendPhoto"}:
            stood.append(SEND_LABEL in stands(phone, check))

    emulator.fault_injector = note
    await Walker(phone).submit()
    await bot.wait_for_delivery()
    assert stood == [True, True, True], "the thanks, the picture, the summary"
    assert stands(phone, check) == []


async def test_send_stays_where_telegram_does_not_take_the_summary(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events("Telegram rejected a call")
    check = await Walker(phone).walk_to("check")
    refuse = BotApiError(400, "Bad Request: something of next year")
    emulator.fault_injector = lambda _, args: refuse if "How this is counted" in str(args.get("text")) else None
    tap_last_button(phone, check, SEND_LABEL)
    await bot.wait_for_delivery()
    assert SEND_LABEL in stands(phone, check)
    emulator.fault_injector = None
    tap_last_button(phone, check, SEND_LABEL)
    await phone.wait_until(lambda: DELETE_LABEL in phone.current_buttons())
    assert "are deleted" in await delete(phone, phone.latest_prompt)


async def test_send_pressed_twice_while_the_result_is_coming_says_nothing_more(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    check = await Walker(phone).walk_to("check")
    heard = len(phone.received_ids)
    emulator.fault_injector = lambda method, _: (
        RATE_LIMITED_BRIEFLY if method == "sendPhoto" and not emulator.refusals else None
    )
    tap_last_button(phone, check, SEND_LABEL)
    await wait_until(lambda: emulator.refusals)
    second = tap_last_button(phone, check, SEND_LABEL)
    await bot.wait_for_intake()
    assert SEND_LABEL in stands(phone, check)
    answer = await phone.wait_for_answer(second)
    assert (answer.show_alert, "Nothing was sent twice" in answer.text) == (True, True)
    await bot.wait_for_delivery()
    assert len(phone.received_ids) == heard + 3
    assert stands(phone, check) == []
    assert stands(phone, phone.latest_bot_message) == [DELETE_LABEL]
    assert len(load_choices(bot.deployment.database_url)) == 1


async def test_an_old_send_button_offers_to_delete_what_was_sent_with_it(bot: RunningBot, phone: Phone) -> None:
    check = await Walker(phone).walk_to("check")
    await Walker(phone).submit()
    await bot.wait_for_delivery()
    tap_last_button(phone, check, SEND_LABEL)
    offered = await phone.receive()
    assert "Nothing was sent twice" in offered.text
    assert offered.buttons == [DELETE_LABEL]
    assert len(load_choices(bot.deployment.database_url)) == 1
    assert "are deleted" in await delete(phone, offered)
    assert len(load_choices(bot.deployment.database_url)) == 0
    await bot.wait_for_delivery()
    assert stands(phone, offered) == [], "it leads to nothing now"


async def test_the_button_goes_once_the_answers_are_deleted_and_not_before(bot: RunningBot, phone: Phone) -> None:
    await Walker(phone).walk_to("check")
    summary = await Walker(phone).submit()
    phone.tap(DELETE_LABEL)
    await phone.receive()
    await bot.wait_for_delivery()
    assert stands(phone, summary) == [DELETE_LABEL]
    phone.tap("No, keep them")
    await phone.receive()
    await bot.wait_for_delivery()
    assert stands(phone, summary) == [DELETE_LABEL]
    assert "are deleted" in await delete(phone, summary)
    await bot.wait_for_delivery()
    assert stands(phone, summary) == []
    assert phone.versions[summary.id][-1].text == summary.text


async def test_the_button_stays_where_nothing_was_found_to_delete(bot: RunningBot, phone: Phone) -> None:
    """Perhaps an older database was restored for a while: the receipt stands nowhere else."""
    await Walker(phone).walk_to("check")
    summary = await Walker(phone).submit()
    phone.tap(DELETE_LABEL)
    await phone.receive()
    bot.execute_sql("delete from pending_parts")
    answer = await phone.wait_for_answer(phone.tap("Yes, delete what I sent"))
    await bot.wait_for_delivery()
    assert "are not here any more" in answer.text
    assert stands(phone, summary) == [DELETE_LABEL]


async def test_an_old_send_button_of_answers_that_are_gone_says_only_that_it_is_old(
    bot: RunningBot, phone: Phone
) -> None:
    check = await Walker(phone).walk_to("check")
    phone.type_text("/delete")
    await phone.receive()
    phone.tap("Yes, delete them")
    await phone.receive()
    heard = len(phone.received_ids)
    answer = await phone.wait_for_answer(tap_last_button(phone, check, SEND_LABEL))
    assert (answer.show_alert, answer.text) == (
        True,
        "That button is from an earlier time. Nothing was sent just now.",
    )
    await bot.wait_for_delivery()
    assert len(phone.received_ids) == heard
    assert len(load_choices(bot.deployment.database_url)) == 0


@ON_ALL_DEPLOYMENTS
async def test_a_result_erased_unsaid_is_told_of_and_the_send_button_can_delete_its_answers(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of a result that is overdue is said: else it would come, and then that it could not come.

    Who pressed twice meanwhile keeps the button all the same.
    """
    monkeypatch.setattr("bot.delivery.sender.SHUTDOWN_GRACE_SECONDS", 0.1)
    async with running_bot(emulator, emulator_url, deployment) as bot:
        check = await Walker(phone).walk_to("check")
        await bot.wait_for_delivery()
        emulator.fault_injector = lambda method, _: RATE_LIMITED_FOR_A_MINUTE if method == "sendMessage" else None
        tap_last_button(phone, check, SEND_LABEL)
        tap_last_button(phone, check, SEND_LABEL)
        await bot.wait_for_intake()
    deployment.execute_sql(
        "update outbox_entries set created_at = created_at - 3700 where id = (select min(id) from outbox_entries)"
    )
    emulator.fault_injector = None
    phone.skip_received()
    async with running_bot(emulator, emulator_url, deployment) as bot:
        bot.allow_events(EXPIRED_ENTRY_EVENT)
        told = await phone.receive()
        await bot.wait_for_delivery()
        assert phone.latest_bot_message.id == told.id, "one message"
        assert "could not bring you all of your result" in told.text
        assert f"press {SEND_LABEL} above" in told.text
        assert SEND_LABEL in stands(phone, check)
        tap_last_button(phone, check, SEND_LABEL)
        offered = await phone.receive()
        assert "are deleted" in await delete(phone, offered)
        assert stands(phone, check) == []
    assert load_choices(deployment.database_url) == []


@pytest.mark.deployments(SQLITE)
async def test_once_the_result_was_said_nothing_in_the_files_stands_beside_the_chat(
    bot: RunningBot, emulator: TelegramEmulator
) -> None:
    """The result waited there, locked, with the chat's number before it: as SQLite writes it, in six bytes."""
    chat = 5_123_456_789
    phone = Phone(emulator, chat)
    walker = Walker(phone)
    await walker.walk_to("check")
    assert chat.to_bytes(6, "big") in read_all_bytes(bot.deployment.database_file)
    await walker.submit()
    await wait_until(lambda: chat.to_bytes(6, "big") not in read_all_bytes(bot.deployment.database_file))
