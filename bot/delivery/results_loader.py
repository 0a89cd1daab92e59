"""Reads what campaigns may show, once a release: that may take a while, and turns must not wait for it."""

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from bot.delivery.image_worker import BoundedCache
from bot.graphics.model import CampaignResults
from bot.graphics.report import Report
from bot.handlers.results import load_report, load_results
from flows.events.moderation import CommentPosition
from storage.access import find_organisation_campaign
from storage.anonymity.comments import ModerationView
from storage.anonymity.gateway import open_release_view
from storage.campaigns.coordinators import find_coordinator
from storage.campaigns.repository import find_campaign
from storage.db.database import Database

MAX_CACHED_RESULTS = 64  # results in memory
Result = TypeVar("Result")


class ResultsLoader:
    """The results of campaigns. `size` responses at least make a release; `named` are the operator's coordinators."""

    def __init__(self, database: Database, release_size: int, configured_coordinators: Collection[int] = ()) -> None:
        self._database = database
        self._release_size = release_size
        self._configured_coordinators = configured_coordinators
        self._cache: BoundedCache[CampaignResults] = BoundedCache(MAX_CACHED_RESULTS)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")

    def stop(self) -> None:
        """Waits for what is being read."""
        self._thread.shutdown(cancel_futures=True)

    async def load_results(self, campaign_code: str, language: str) -> CampaignResults | None:
        """What a campaign may show now. Raises `CampaignUnknown`, `FlowUnknown`, `StorageAway`."""
        cache_key = campaign_code, language, *await self._database.run_in_thread(_load_release_state, campaign_code)
        results = self._cache.get(cache_key)
        if results is None:
            results = await self._run_in_thread(
                partial(load_results, self._database, campaign_code, self._release_size, language)
            )
            if results and results.release in cache_key:  # else there was a release in between
                self._cache.put(cache_key, results)
        return results

    async def load_report(self, campaign_code: str, language: str) -> Report | None:
        """The same as a page. Comments may be approved at any time, so it is read each time. Raises as above."""
        return await self._run_in_thread(
            partial(load_report, self._database, campaign_code, self._release_size, language)
        )

    async def load_comment(self, position: CommentPosition, *, should_load_next: bool) -> ModerationView:
        """The comment there, or the one `following`, as it stands now. Raises as above."""
        return await self._run_in_thread(
            partial(_load_comment, self._database, self._release_size, position, should_load_next=should_load_next)
        )

    async def is_coordinator_of(self, chat_id: int, campaign_code: str) -> bool:
        """Whether this chat coordinates the campaign, now that something of it is to be said: they may have been taken
        out since they asked. Raises `StorageAway`.
        """
        return await self._database.run_in_thread(
            partial(
                _is_coordinator_of,
                chat_id=chat_id,
                is_configured=chat_id in self._configured_coordinators,
                campaign_code=campaign_code,
            )
        )

    async def _run_in_thread(self, load: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, load)


def _load_comment(
    database: Database, release_size: int, position: CommentPosition, *, should_load_next: bool
) -> ModerationView:
    with open_release_view(database, position.campaign, release_size) as campaign:
        return (
            campaign.find_next_comment(position.comment_id, position.state)
            if should_load_next
            else campaign.find_comment(position.comment_id)
        )


def _is_coordinator_of(database: Database, *, chat_id: int, is_configured: bool, campaign_code: str) -> bool:
    with database.transaction() as session:
        coordinator = find_coordinator(session, chat_id, is_configured=is_configured)
        return (
            coordinator is not None
            and find_organisation_campaign(session, coordinator.organisation, campaign_code) is not None
        )


def _load_release_state(database: Database, campaign_code: str) -> tuple[int, bool]:
    """What results change with: the newest release, and whether the campaign has closed."""
    with database.transaction() as session:
        campaign = find_campaign(session, campaign_code)
    return campaign.release_count, campaign.is_closed
