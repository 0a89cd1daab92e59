"""Loads the results of campaigns for delivery, in a thread of its own: turns do not wait for it.

The counts of a release never change, so they are loaded once per release.
"""

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from cachetools import LRUCache

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

MAX_CACHED_RESULTS = 64

Result = TypeVar("Result")
CacheKey = tuple[str, str, int, bool]  # campaign code, language, release number, whether the campaign is closed


class ResultsLoader:
    """Loads results, reports and comments as they may be shown now.

    `release_size` is the smallest number of responses shown together; `configured_coordinators` are the chats that the
    operator has listed. All methods raise `StorageUnavailableError`; those that load also raise `UnknownCampaignError`
    and `UnknownFlowError`.
    """

    def __init__(self, database: Database, release_size: int, configured_coordinators: Collection[int] = ()) -> None:
        self._database = database
        self._release_size = release_size
        self._configured_coordinators = configured_coordinators
        self._cache: LRUCache[CacheKey, CampaignResults] = LRUCache(MAX_CACHED_RESULTS)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")

    def stop(self) -> None:
        """Waits for what is being loaded."""
        self._thread.shutdown(cancel_futures=True)

    async def load_results(self, campaign_code: str, language: str) -> CampaignResults | None:
        """Returns the counts of a campaign; None before its first release."""
        release_number, is_closed = await self._database.run_in_thread(_load_release_state, campaign_code)
        cache_key = campaign_code, language, release_number, is_closed
        results = self._cache.get(cache_key)
        if results is None:
            results = await self._run_in_thread(
                partial(load_results, self._database, campaign_code, self._release_size, language)
            )
            if results and results.release == release_number:  # else there was a release in between
                self._cache[cache_key] = results
        return results

    async def load_report(self, campaign_code: str, language: str) -> Report | None:
        """Returns the counts with approved comments, which may change at any time; None before the first release."""
        return await self._run_in_thread(
            partial(load_report, self._database, campaign_code, self._release_size, language)
        )

    async def load_comment(self, position: CommentPosition, *, should_load_next: bool) -> ModerationView:
        """Returns the comment at a position, or the one after it, as it is now."""
        return await self._run_in_thread(
            partial(_load_comment, self._database, self._release_size, position, should_load_next=should_load_next)
        )

    async def is_coordinator_of(self, chat_id: int, campaign_code: str) -> bool:
        """Whether the chat coordinates the campaign now: it may have been removed since it asked."""
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
    with open_release_view(database, position.campaign, release_size) as release_view:
        if should_load_next:
            return release_view.find_next_comment(position.comment_id, position.state)
        return release_view.find_comment(position.comment_id)


def _is_coordinator_of(database: Database, *, chat_id: int, is_configured: bool, campaign_code: str) -> bool:
    with database.transaction() as session:
        coordinator = find_coordinator(session, chat_id, is_configured=is_configured)
        if coordinator is None:
            return False
        return find_organisation_campaign(session, coordinator.organisation, campaign_code) is not None


def _load_release_state(database: Database, campaign_code: str) -> tuple[int, bool]:
    """The number of the newest release, and whether the campaign is closed: counts change with nothing else."""
    with database.transaction() as session:
        campaign = find_campaign(session, campaign_code)
    return campaign.release_count, campaign.is_closed
