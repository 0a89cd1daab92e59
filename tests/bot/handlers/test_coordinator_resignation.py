"""A coordinator stops being one, by their own wish."""

from tests.bot.handlers.test_coordinator_menu import (
    COLLEAGUE,
    LEAVE,
    NAMED,
    OLD,
    alert_of,
    bot,
    colleague,
    does,
    invited,
    opens,
)
from tests.bot.handlers.test_personal_data import asks, read
from tests.support.phone import Phone
from tests.support.running_bot import Running

__all__ = ["bot", "colleague"]  # fixtures


async def test_who_leaves_is_asked_first_and_is_none_then(bot: Running, phone: Phone, colleague: Phone) -> None:
    code = await opens(phone)
    await does(colleague, f"/start {await invited(phone)}")
    asked = await does(colleague, LEAVE)
    assert asked.buttons == ["Yes, stop", "No, go on"]
    assert "The <Willow>" in (await does(colleague, "No, go on")).buttons
    assert bot.rows("select chat from coordinators") == [(COLLEAGUE,)]
    left = await does(colleague, LEAVE, "Yes, stop")
    assert "You are no coordinator any more." in left.text
    assert left.buttons == []
    assert bot.rows("select chat from coordinators") == []
    assert await alert_of(colleague, f".0..desk_page.{code}") == OLD
    assert bot.rows("select chat, act from audit order by id desc limit 1") == [(COLLEAGUE, "left")]
    _, file = await asks(bot, colleague)
    assert "you stopped being a coordinator" in read(phone.lookalike, file)


async def test_whom_the_operator_names_can_not_leave_here(bot: Running, phone: Phone) -> None:
    assert LEAVE not in (await does(phone, "/coordinator")).buttons
    for act in ("desk_leave", "desk_left"):
        assert await alert_of(phone, f".0..{act}.") == OLD
    assert bot.rows("select chat, act from audit") == bot.rows("select * from invitations") == []
    assert phone.chat_id == NAMED
