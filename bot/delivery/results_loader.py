"""Reads what campaigns may show, once a release: that may take a while, and turns must not wait for it."""

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from bot.delivery.image_worker import Newest
from bot.graphics.model import Results
from bot.graphics.report import Report
from bot.handlers.results import report_of, results_of
from flows.events.moderation import At
from storage.access import campaign_of
from storage.anonymity.comments import Looked
from storage.anonymity.gateway import opened
from storage.campaigns.coordinators import find_coordinator
from storage.campaigns.repository import find_campaign
from storage.db.database import Database

MOST = 64  # results in memory
Result = TypeVar("Result")


class Reading:
    """The results of campaigns. `size` responses at least make a release; `named` are the operator's coordinators."""

    def __init__(self, database: Database, size: int, named: Collection[int] = ()) -> None:
        self._database = database
        self._size = size
        self._named = named
        self._read: Newest[Results] = Newest(MOST)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reading")

    def stop(self) -> None:
        """Waits for what is being read."""
        self._thread.shutdown(cancel_futures=True)

    async def results(self, code: str, language: str) -> Results | None:
        """What a campaign may show now. Raises `CampaignUnknown`, `FlowUnknown`, `StorageAway`."""
        of = code, language, *await self._database.hop(_state, code)
        found = self._read.get(of)
        if found is None:
            found = await self._in_thread(partial(results_of, self._database, code, self._size, language))
            if found and found.release in of:  # else there was a release in between
                self._read.put(of, found)
        return found

    async def report(self, code: str, language: str) -> Report | None:
        """The same as a page. Comments may be approved at any time, so it is read each time. Raises as above."""
        return await self._in_thread(partial(report_of, self._database, code, self._size, language))

    async def comment(self, at: At, *, following: bool) -> Looked:
        """The comment there, or the one `following`, as it stands now. Raises as above."""
        return await self._in_thread(partial(_comment, self._database, self._size, at, following=following))

    async def is_of_desk(self, chat: int, code: str) -> bool:
        """Whether this chat coordinates the campaign, now that something of it is to be said: they may have been taken
        out since they asked. Raises `StorageAway`.
        """
        return await self._database.hop(partial(_coordinates, chat=chat, named=chat in self._named, code=code))

    async def _in_thread(self, read: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, read)


def _comment(database: Database, size: int, at: At, *, following: bool) -> Looked:
    with opened(database, at.campaign, size) as campaign:
        return campaign.next_comment(at.comment, at.state) if following else campaign.comment(at.comment)


def _coordinates(database: Database, *, chat: int, named: bool, code: str) -> bool:
    with database.transaction() as tx:
        who = find_coordinator(tx, chat, named=named)
        return who is not None and campaign_of(tx, who.organisation, code) is not None


def _state(database: Database, code: str) -> tuple[int, bool]:
    """What results change with: the newest release, and whether the campaign has closed."""
    with database.transaction() as tx:
        campaign = find_campaign(tx, code)
    return campaign.releases, campaign.closed
