"""*Open the campaign*, tapped twice: it is open once, and the second tap says so."""

from tests.bot.handlers.test_coordinator_menu import bot, codes, does
from tests.support.phone import Phone
from tests.support.running_bot import Running
from tests.support.walkers import press

__all__ = ["bot"]  # a fixture


async def test_a_second_tap_says_that_it_is_open(bot: Running, phone: Phone) -> None:
    await does(
        phone, "/coordinator", "Open a campaign", "Let's start", "Oak", "Elm", "A page", "Skip", "Skip", "8 weeks"
    )
    check = phone.asking
    first, second = (press(phone, check, "Open the campaign") for _ in range(2))
    await bot.said_all()
    assert not (await phone.answered(first)).text
    assert (await phone.answered(second)).text == "That is done already: your campaign is open."
    assert len(codes(bot)) == 1
