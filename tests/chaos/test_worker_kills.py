"""Killed at any moment and started again: everybody finishes with what they tapped, and taps it once."""

import asyncio
from pathlib import Path

import pytest

from bot.emulator import Lookalike
from tests.support.chaos_scale import KILLS, PATIENCE, PEOPLE, SECONDS
from tests.support.crowd import crowd
from tests.support.worker_killer import Killer, anybody, poller
from tests.support.worker_processes import Worker, settings_for, working
from tests.support.worker_setups import complaints, polling, webhook

pytestmark = pytest.mark.timeout(SECONDS)


async def walk_among_kills(lookalike: Lookalike, killer: Killer, address: str) -> None:
    people = crowd(lookalike, PEOPLE, PATIENCE)
    with working(*killer.workers):
        async with asyncio.TaskGroup() as group:
            group.create_task(killer.spree())
            group.create_task(people.walk(lambda: killer.over))
        await people.finished(address)
    people.tell(kills=killer.killed.total(), **{"chats in flight": killer.in_flight})
    assert people.repeated <= killer.in_flight
    assert complaints(killer.workers) == []  # a start is quiet, and so is a takeover


async def test_one_worker_on_a_file_may_be_killed_at_any_moment(
    lookalike: Lookalike, url: str, on_file: str, tmp_path: Path
) -> None:
    worker = Worker(tmp_path / "log", settings_for(url, on_file))
    await walk_among_kills(lookalike, Killer([worker], on_file, KILLS, anybody), on_file)


async def test_whoever_asks_for_updates_may_be_killed_and_the_one_that_stands_by_goes_on(
    lookalike: Lookalike, url: str, on_server: str, tmp_path: Path
) -> None:
    workers = polling(lookalike, url, on_server, tmp_path)
    killer = Killer(workers, on_server, KILLS, poller(workers, on_server), down=0.8)
    await walk_among_kills(lookalike, killer, on_server)
    took_over = sum(earlier is not later for earlier, later in zip(killer.chosen, killer.chosen[1:], strict=False))
    assert took_over >= KILLS // 5


async def test_any_of_three_workers_behind_a_webhook_may_be_killed(
    lookalike: Lookalike, url: str, on_server: str, tmp_path: Path
) -> None:
    killer = Killer(webhook(lookalike, url, on_server, tmp_path), on_server, KILLS, anybody)
    await walk_among_kills(lookalike, killer, on_server)
    assert len(killer.killed) == len(killer.workers)
