import pytest

from bot.emulator import TelegramEmulator
from storage.campaigns.repository import open_campaign
from tests.support.campaigns import run_in_transaction
from tests.support.comment_moderation import SAMPLE_COMMENTS, WILLOW_PLAN, add_released_comments
from tests.support.coordinator_chat import COLLEAGUE_ID
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot


@pytest.fixture
async def commented_campaign(bot: RunningBot) -> str:
    """The campaign of person 7's organisation, of which twelve comments can be read."""
    made = await run_in_transaction(bot, lambda session: open_campaign(session, WILLOW_PLAN))
    await add_released_comments(bot, made, SAMPLE_COMMENTS)
    return made


@pytest.fixture
def colleague(emulator: TelegramEmulator) -> Phone:
    return Phone(emulator, COLLEAGUE_ID)
