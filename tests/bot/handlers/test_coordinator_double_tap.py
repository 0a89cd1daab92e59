"""*Open the campaign*, tapped twice, opens one campaign; the second tap says so."""

import pytest

from tests.support.coordinator_chat import COORDINATOR_ID, fetch_campaign_codes, perform
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot
from tests.support.walkers import tap_last_button


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    return frozenset({COORDINATOR_ID})


async def test_a_second_tap_on_open_opens_no_second_campaign(bot: RunningBot, phone: Phone) -> None:
    await perform(
        phone, "/coordinator", "Open a campaign", "Let's start", "Oak", "Elm", "A page", "Skip", "Skip", "8 weeks"
    )
    review = phone.latest_prompt
    first, second = (tap_last_button(phone, review, "Open the campaign") for _ in range(2))
    await bot.wait_for_delivery()
    assert not (await phone.wait_for_answer(first)).text
    assert (await phone.wait_for_answer(second)).text == "That is done already: your campaign is open."
    assert len(fetch_campaign_codes(bot)) == 1
