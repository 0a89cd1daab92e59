"""Who has sent can always delete: the receipt stands somewhere in the chat, whatever became of the result."""

import pytest

from bot.emulator import Lookalike, Refused
from tests.bot.delivery.test_undeliverable_entries import BUSY, ERASED, PATIENCE
from tests.bot.intake.test_dead_letters import EVERYWHERE
from tests.storage.db.test_erasure import every_byte
from tests.support.deployments import SQLITE, Way
from tests.support.phone import Message, Phone
from tests.support.running_bot import Running, running, until
from tests.support.stored_responses import sent
from tests.support.walkers import SEND, Walker, press

DELETE = "Delete my answers"


def stands(phone: Phone, message: Message) -> list[str]:
    """The buttons that a message has now."""
    return phone.versions[message.id][-1].buttons


async def delete(phone: Phone, message: Message) -> str:
    """Presses *Delete my answers* there, and yes. What is heard then."""
    phone.tap_on(message, DELETE)
    await phone.hears()
    phone.tap("Yes, delete what I sent")
    return (await phone.hears()).text


async def test_send_stands_until_the_last_of_the_result_was_said(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    check = await Walker(phone).to("check")
    await bot.said_all()
    stood: list[bool] = []

    def note(method: str, _: dict[str, object]) -> None:
        if method in {"sendMessage", "sendPhoto"}:
            stood.append(SEND in stands(phone, check))

    lookalike.fault = note
    await Walker(phone).send()
    await bot.said_all()
    assert stood == [True, True, True], "the thanks, the picture, the summary"
    assert stands(phone, check) == []


async def test_send_stays_where_telegram_does_not_take_the_summary(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow("Telegram refused a call for good")
    check = await Walker(phone).to("check")
    refuse = Refused(400, "Bad Request: something of next year")
    lookalike.fault = lambda _, args: refuse if "How this is counted" in str(args.get("text")) else None
    press(phone, check, SEND)
    await bot.said_all()
    assert SEND in stands(phone, check)
    lookalike.fault = None
    press(phone, check, SEND)
    await phone.until(lambda: DELETE in phone.buttons())
    assert "are deleted" in await delete(phone, phone.asking)


async def test_send_pressed_twice_while_the_result_is_coming_says_nothing_more(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    check = await Walker(phone).to("check")
    heard = len(phone.heard)
    lookalike.fault = lambda method, _: BUSY if method == "sendPhoto" and not lookalike.refusals else None
    press(phone, check, SEND)
    await until(lambda: lookalike.refusals)
    second = press(phone, check, SEND)
    await bot.took_in()
    assert SEND in stands(phone, check)
    answer = await phone.answered(second)
    assert (answer.show_alert, "Nothing was sent twice" in answer.text) == (True, True)
    await bot.said_all()
    assert len(phone.heard) == heard + 3
    assert stands(phone, check) == []
    assert stands(phone, phone.shown) == [DELETE]
    assert len(sent(bot.way.address)) == 1


async def test_an_old_send_button_offers_to_delete_what_was_sent_with_it(bot: Running, phone: Phone) -> None:
    check = await Walker(phone).to("check")
    await Walker(phone).send()
    await bot.said_all()
    press(phone, check, SEND)
    offered = await phone.hears()
    assert "Nothing was sent twice" in offered.text
    assert offered.buttons == [DELETE]
    assert len(sent(bot.way.address)) == 1
    assert "are deleted" in await delete(phone, offered)
    assert len(sent(bot.way.address)) == 0
    await bot.said_all()
    assert stands(phone, offered) == [], "it leads to nothing now"


async def test_the_button_goes_once_the_answers_are_deleted_and_not_before(bot: Running, phone: Phone) -> None:
    await Walker(phone).to("check")
    summary = await Walker(phone).send()
    phone.tap(DELETE)
    await phone.hears()
    await bot.said_all()
    assert stands(phone, summary) == [DELETE]
    phone.tap("No, keep them")
    await phone.hears()
    await bot.said_all()
    assert stands(phone, summary) == [DELETE]
    assert "are deleted" in await delete(phone, summary)
    await bot.said_all()
    assert stands(phone, summary) == []
    assert phone.versions[summary.id][-1].text == summary.text


async def test_the_button_stays_where_nothing_was_found_to_delete(bot: Running, phone: Phone) -> None:
    """Perhaps an older database was restored for a while: the receipt stands nowhere else."""
    await Walker(phone).to("check")
    summary = await Walker(phone).send()
    phone.tap(DELETE)
    await phone.hears()
    bot.change("delete from waiting")
    answer = await phone.answered(phone.tap("Yes, delete what I sent"))
    await bot.said_all()
    assert "are not here any more" in answer.text
    assert stands(phone, summary) == [DELETE]


async def test_an_old_send_button_of_answers_that_are_gone_says_only_that_it_is_old(bot: Running, phone: Phone) -> None:
    check = await Walker(phone).to("check")
    phone.type("/delete")
    await phone.hears()
    phone.tap("Yes, delete them")
    await phone.hears()
    heard = len(phone.heard)
    answer = await phone.answered(press(phone, check, SEND))
    assert (answer.show_alert, answer.text) == (
        True,
        "That button is from an earlier time. Nothing was sent just now.",
    )
    await bot.said_all()
    assert len(phone.heard) == heard
    assert len(sent(bot.way.address)) == 0


@EVERYWHERE
async def test_a_result_erased_unsaid_is_told_of_and_the_send_button_can_delete_its_answers(
    lookalike: Lookalike, url: str, way: Way, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of a result that is overdue is said: else it would come, and then that it could not come.

    Who pressed twice meanwhile keeps the button all the same.
    """
    monkeypatch.setattr("bot.delivery.sender.PATIENCE", 0.1)
    async with running(lookalike, url, way) as bot:
        check = await Walker(phone).to("check")
        await bot.said_all()
        lookalike.fault = lambda method, _: PATIENCE if method == "sendMessage" else None
        press(phone, check, SEND)
        press(phone, check, SEND)
        await bot.took_in()
    way.change("update outbox set left_at = left_at - 3700 where id = (select min(id) from outbox)")
    lookalike.fault = None
    phone.act()
    async with running(lookalike, url, way) as bot:
        bot.allow(ERASED)
        told = await phone.hears()
        await bot.said_all()
        assert phone.shown.id == told.id, "one message"
        assert "could not bring you all of your result" in told.text
        assert f"press {SEND} above" in told.text
        assert SEND in stands(phone, check)
        press(phone, check, SEND)
        offered = await phone.hears()
        assert "are deleted" in await delete(phone, offered)
        assert stands(phone, check) == []
    assert sent(way.address) == []


@pytest.mark.ways(SQLITE)
async def test_once_the_result_was_said_nothing_in_the_files_stands_beside_the_chat(
    bot: Running, lookalike: Lookalike
) -> None:
    """The result waited there, locked, with the chat's number before it: as SQLite writes it, in six bytes."""
    chat = 5_123_456_789
    phone = Phone(lookalike, chat)
    walker = Walker(phone)
    await walker.to("check")
    assert chat.to_bytes(6, "big") in every_byte(bot.way.file)
    await walker.send()
    await until(lambda: chat.to_bytes(6, "big") not in every_byte(bot.way.file))
