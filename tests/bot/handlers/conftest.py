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
    """The code of a campaign of coordinator 7's organisation with twelve released comments."""
    code = await run_in_transaction(bot, lambda session: open_campaign(session, WILLOW_PLAN))
    await add_released_comments(bot, code, SAMPLE_COMMENTS)
    return code


@pytest.fixture
def colleague(emulator: TelegramEmulator) -> Phone:
    return Phone(emulator, COLLEAGUE_ID)
