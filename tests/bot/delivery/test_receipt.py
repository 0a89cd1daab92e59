"""A person can always delete submitted answers: a button with the receipt stays in the chat if the result is lost."""

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


def buttons_of(phone: Phone, message: PhoneMessage) -> list[str]:
    """The buttons that a message has now."""
    return phone.versions[message.id][-1].buttons


async def delete(phone: Phone, message: PhoneMessage) -> str:
    """Taps *Delete my answers* on this message, confirms, and returns the reply."""
    phone.tap_in(message, DELETE_LABEL)
    await phone.receive()
    phone.tap("Yes, delete what I sent")
    return (await phone.receive()).text


async def test_the_send_button_stays_until_the_whole_result_was_sent(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    review = await Walker(phone).walk_to("check")
    await bot.wait_for_delivery()
    had_send_button: list[bool] = []

    def record(method: str, _: dict[str, object]) -> None:
        if method in {"sendMessage", "sendPhoto"}:
            had_send_button.append(SEND_LABEL in buttons_of(phone, review))

    emulator.fault_injector = record
    await Walker(phone).submit()
    await bot.wait_for_delivery()
    assert had_send_button == [True, True, True], "thanks, picture and summary"
    assert buttons_of(phone, review) == []


async def test_the_send_button_stays_if_telegram_rejects_the_summary(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events("Telegram rejected a call")
    review = await Walker(phone).walk_to("check")
    rejection = BotApiError(400, "Bad Request: something of next year")
    emulator.fault_injector = lambda _, args: rejection if "How this is counted" in str(args.get("text")) else None
    tap_last_button(phone, review, SEND_LABEL)
    await bot.wait_for_delivery()
    assert SEND_LABEL in buttons_of(phone, review)
    emulator.fault_injector = None
    tap_last_button(phone, review, SEND_LABEL)
    await phone.wait_until(lambda: DELETE_LABEL in phone.current_buttons())
    assert "are deleted" in await delete(phone, phone.latest_prompt)


async def test_a_second_tap_on_send_during_delivery_submits_nothing_more(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    review = await Walker(phone).walk_to("check")
    message_count = len(phone.received_ids)
    emulator.fault_injector = lambda method, _: (
        RATE_LIMITED_BRIEFLY if method == "sendPhoto" and not emulator.refusals else None
    )
    tap_last_button(phone, review, SEND_LABEL)
    await wait_until(lambda: emulator.refusals)
    second = tap_last_button(phone, review, SEND_LABEL)
    await bot.wait_for_intake()
    assert SEND_LABEL in buttons_of(phone, review)
    answer = await phone.wait_for_answer(second)
    assert (answer.show_alert, "Nothing was sent twice" in answer.text) == (True, True)
    await bot.wait_for_delivery()
    assert len(phone.received_ids) == message_count + 3
    assert buttons_of(phone, review) == []
    assert buttons_of(phone, phone.latest_bot_message) == [DELETE_LABEL]
    assert len(load_choices(bot.deployment.database_url)) == 1


async def test_an_old_send_button_offers_to_delete_its_submitted_answers(bot: RunningBot, phone: Phone) -> None:
    review = await Walker(phone).walk_to("check")
    await Walker(phone).submit()
    await bot.wait_for_delivery()
    tap_last_button(phone, review, SEND_LABEL)
    offered = await phone.receive()
    assert "Nothing was sent twice" in offered.text
    assert offered.buttons == [DELETE_LABEL]
    assert len(load_choices(bot.deployment.database_url)) == 1
    assert "are deleted" in await delete(phone, offered)
    assert len(load_choices(bot.deployment.database_url)) == 0
    await bot.wait_for_delivery()
    assert buttons_of(phone, offered) == [], "there is nothing left to delete"


async def test_the_delete_button_is_removed_only_after_the_deletion(bot: RunningBot, phone: Phone) -> None:
    await Walker(phone).walk_to("check")
    summary = await Walker(phone).submit()
    phone.tap(DELETE_LABEL)
    await phone.receive()
    await bot.wait_for_delivery()
    assert buttons_of(phone, summary) == [DELETE_LABEL]
    phone.tap("No, keep them")
    await phone.receive()
    await bot.wait_for_delivery()
    assert buttons_of(phone, summary) == [DELETE_LABEL]
    assert "are deleted" in await delete(phone, summary)
    await bot.wait_for_delivery()
    assert buttons_of(phone, summary) == []
    assert phone.versions[summary.id][-1].text == summary.text


async def test_the_delete_button_stays_if_the_answers_were_not_found(bot: RunningBot, phone: Phone) -> None:
    """An older database may have been restored for a while, and no other copy of the receipt exists."""
    await Walker(phone).walk_to("check")
    summary = await Walker(phone).submit()
    phone.tap(DELETE_LABEL)
    await phone.receive()
    bot.execute_sql("delete from pending_parts")
    answer = await phone.wait_for_answer(phone.tap("Yes, delete what I sent"))
    await bot.wait_for_delivery()
    assert "are not here any more" in answer.text
    assert buttons_of(phone, summary) == [DELETE_LABEL]


async def test_a_send_button_of_deleted_answers_only_says_that_it_is_outdated(bot: RunningBot, phone: Phone) -> None:
    review = await Walker(phone).walk_to("check")
    phone.type_text("/delete")
    await phone.receive()
    phone.tap("Yes, delete them")
    await phone.receive()
    message_count = len(phone.received_ids)
    answer = await phone.wait_for_answer(tap_last_button(phone, review, SEND_LABEL))
    assert (answer.show_alert, answer.text) == (
        True,
        "That button is from an earlier time. Nothing was sent just now.",
    )
    await bot.wait_for_delivery()
    assert len(phone.received_ids) == message_count
    assert len(load_choices(bot.deployment.database_url)) == 0


@ON_ALL_DEPLOYMENTS
async def test_an_expired_result_is_reported_and_its_answers_can_be_deleted(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All entries of an expired result are erased together. The second tap does not remove the button."""
    monkeypatch.setattr("bot.delivery.sender.SHUTDOWN_GRACE_SECONDS", 0.1)
    async with running_bot(emulator, emulator_url, deployment) as bot:
        review = await Walker(phone).walk_to("check")
        await bot.wait_for_delivery()
        emulator.fault_injector = lambda method, _: RATE_LIMITED_FOR_A_MINUTE if method == "sendMessage" else None
        tap_last_button(phone, review, SEND_LABEL)
        tap_last_button(phone, review, SEND_LABEL)
        await bot.wait_for_intake()
    deployment.execute_sql(
        "update outbox_entries set created_at = created_at - 3700 where id = (select min(id) from outbox_entries)"
    )
    emulator.fault_injector = None
    phone.skip_received()
    async with running_bot(emulator, emulator_url, deployment) as bot:
        bot.allow_events(EXPIRED_ENTRY_EVENT)
        apology = await phone.receive()
        await bot.wait_for_delivery()
        assert phone.latest_bot_message.id == apology.id, "one message"
        assert "could not bring you all of your result" in apology.text
        assert f"press {SEND_LABEL} above" in apology.text
        assert SEND_LABEL in buttons_of(phone, review)
        tap_last_button(phone, review, SEND_LABEL)
        offered = await phone.receive()
        assert "are deleted" in await delete(phone, offered)
        assert buttons_of(phone, review) == []
    assert load_choices(deployment.database_url) == []


@pytest.mark.deployments(SQLITE)
async def test_after_delivery_the_database_files_do_not_contain_the_chat_id(
    bot: RunningBot, emulator: TelegramEmulator
) -> None:
    """The outbox held the encrypted result after the chat's number, which SQLite writes in six bytes."""
    chat = 5_123_456_789
    phone = Phone(emulator, chat)
    walker = Walker(phone)
    await walker.walk_to("check")
    assert chat.to_bytes(6, "big") in read_all_bytes(bot.deployment.database_file)
    await walker.submit()
    await wait_until(lambda: chat.to_bytes(6, "big") not in read_all_bytes(bot.deployment.database_file))
