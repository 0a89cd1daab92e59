"""Old buttons, double taps, taps that come twice: one answer, and nothing said twice."""

import pytest

from bot.emulator import Lookalike
from tests.support.phone import Phone
from tests.support.running_bot import Running
from tests.support.walkers import Walker


def spoken(phone: Phone) -> list[str]:
    return [phone.versions[number][0].text for number in phone.heard]


async def test_an_old_button_is_answered_with_an_alert_that_says_where_we_are(bot: Running, phone: Phone) -> None:
    walker = Walker(phone)
    asked = await walker.to("role")
    await walker.to("informed")
    await bot.said_all()
    heard = len(phone.heard)
    answer = await phone.answered(phone.tap_on(asked, "Somebody else"))
    await bot.said_all()
    assert answer.show_alert
    assert "newest message" in answer.text
    assert len(phone.heard) == heard
    assert bot.rows("select choice from answers where question = 'role'") == [("family_carer",)]


async def test_an_old_message_that_still_has_buttons_loses_them_when_one_is_tapped(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    walker = Walker(phone)
    asked = await walker.to("role")
    await walker.to("informed")
    await bot.said_all()
    phone.chat.put(asked.raw)  # as if the edit had never come through
    await phone.answered(phone.tap_on(asked, "Somebody else"))
    await bot.said_all()
    assert phone.versions[asked.id][-1].buttons == []
    assert lookalike.refusals == []


@pytest.mark.usefixtures("bot")
async def test_a_button_from_nowhere_is_answered_too(phone: Phone, lookalike: Lookalike) -> None:
    for data in ("", "nonsense", "a.b.c.d.e", "abcdefgh.1.role.answer.neighbour", "....", "x" * 64):
        answer = await phone.answered(lookalike.taps(7, 1, data))
        assert answer.show_alert
        assert "/start" in answer.text


async def test_two_taps_at_once_are_one_answer_without_an_alert(bot: Running, phone: Phone) -> None:
    asked = await Walker(phone).to("role")
    heard = len(phone.heard)
    first, second = phone.tap("Somebody else"), phone.tap_on(asked, "Somebody else")
    answers = [await phone.answered(first), await phone.answered(second)]
    await bot.said_all()
    assert [answer.text for answer in answers] == ["", ""]
    assert len(phone.heard) == heard + 1
    assert phone.shown.buttons
    assert bot.rows("select question, choice from answers") == [("role", "someone_else")]


async def test_two_different_buttons_at_once_count_the_first(bot: Running, phone: Phone) -> None:
    asked = await Walker(phone).to("role")
    first, second = phone.tap("Somebody else"), phone.tap_on(asked, "I'm paid to help")
    assert (await phone.answered(first)).text == ""
    assert (await phone.answered(second)).show_alert
    await bot.said_all()
    assert bot.rows("select question, choice from answers") == [("role", "someone_else")]
    assert phone.shown.buttons


async def test_an_update_that_comes_again_is_taken_in_once(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    await Walker(phone).to("informed_why")
    await bot.said_all()
    lookalike.types(7, "They rang back")
    typed = lookalike.updates.waiting[-1].update
    await bot.took_in()
    lookalike.updates.push_raw(dict(typed))
    lookalike.updates.push_raw(dict(typed))
    await bot.said_all()
    assert spoken(phone)[-1].startswith("2 of 3.")
    assert len([text for text in spoken(phone) if text.startswith("2 of 3.")]) == 1
    assert bot.rows("select place from runs") == [("confident",)]


async def test_a_tap_that_the_phone_sends_again_is_taken_in_once(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    asked = await Walker(phone).to("role")
    phone.tap("Somebody else")
    tap = lookalike.updates.waiting[-1].update["callback_query"]
    await bot.said_all()
    heard = list(phone.heard)
    lookalike.updates.push("callback_query", {**tap, "id": lookalike.taps_made.make(7, asked.id)})
    await bot.said_all()
    assert phone.heard == heard
    assert phone.alerts == []
    assert phone.shown.buttons


async def test_a_whole_batch_that_comes_again_changes_nothing(
    bot: Running, phone: Phone, lookalike: Lookalike, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the commit and before the confirmation, the bot gets up to 100 updates of one chat again."""
    monkeypatch.setattr("bot.intake.rate_limit.BURST", 1000)  # what is dropped as a flood counts the second time
    await Walker(phone).to("informed_why")
    await bot.said_all()
    batch = [{"update_id": lookalike.updates.next_id + n, "message": text(phone, n)} for n in range(100)]
    outcomes = []
    for _ in range(2):
        for update in batch:
            lookalike.updates.push_raw(dict(update))
        await bot.said_all()
        outcomes.append((len(phone.heard), bot.rows("select place, ask from runs")))
    assert outcomes[0] == outcomes[1]


def text(phone: Phone, number: int) -> dict[str, object]:
    return {
        "message_id": 900_000 + number,
        "date": 1,
        "chat": phone.chat.as_json(),
        "from": phone.chat.person(),
        "text": f"words {number}",
    }
