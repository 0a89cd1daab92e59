"""Campaigns and their runs, as the engine's tests follow them."""

from flows.campaign import CampaignInfo
from flows.models import LinkFollow, Run
from tests.support.engine_chat import EngineChat

WILLOW_INFO = CampaignInfo("willow234567", "The Willow", "Leeds carers", "A page with what we heard")


WILLOW_RUN = Run("runrun09", "connection_test", 1, "en", campaign=WILLOW_INFO.code, campaign_info=WILLOW_INFO)


def follow_link(
    engine_chat: EngineChat, other: Run | None = WILLOW_RUN, *, problem: str | None = None, sure: int | None = None
) -> EngineChat:
    engine_chat.send_reply(LinkFollow(other, problem, sure))
    return engine_chat
