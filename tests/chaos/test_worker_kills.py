"""Workers are killed at random moments and restarted, and everybody finishes with the answers that they gave."""

import asyncio
from pathlib import Path

import pytest

from bot.emulator import TelegramEmulator
from tests.support.chaos_scale import CROWD_SIZE, KILL_COUNT, REPLY_TIMEOUT_SECONDS, TEST_TIMEOUT_SECONDS
from tests.support.crowd import make_crowd
from tests.support.worker_killer import WorkerKiller, choose_at_random, make_poller_chooser
from tests.support.worker_processes import WorkerProcess, make_worker_environment, run_workers
from tests.support.worker_setups import find_unexpected_log_lines, make_polling_workers, make_webhook_workers

pytestmark = pytest.mark.timeout(TEST_TIMEOUT_SECONDS)


async def walk_among_kills(emulator: TelegramEmulator, killer: WorkerKiller, address: str) -> None:
    crowd = make_crowd(emulator, CROWD_SIZE, REPLY_TIMEOUT_SECONDS)
    with run_workers(*killer.workers):
        async with asyncio.TaskGroup() as group:
            group.create_task(killer.run())
            group.create_task(crowd.walk(lambda: killer.is_finished))
        await crowd.assert_finished(address)
    crowd.print_figures(kills=killer.kill_counts.total(), **{"chats in flight": killer.chats_in_flight})
    assert crowd.repeated_message_count <= killer.chats_in_flight
    assert find_unexpected_log_lines(killer.workers) == []  # starts and takeovers log no warnings


async def test_everybody_finishes_although_the_worker_on_sqlite_is_killed(
    emulator: TelegramEmulator, emulator_url: str, sqlite_url: str, tmp_path: Path
) -> None:
    worker = WorkerProcess(tmp_path / "log", make_worker_environment(emulator_url, sqlite_url))
    await walk_among_kills(emulator, WorkerKiller([worker], sqlite_url, KILL_COUNT, choose_at_random), sqlite_url)


async def test_everybody_finishes_although_the_polling_worker_is_killed(
    emulator: TelegramEmulator, emulator_url: str, postgresql_url: str, tmp_path: Path
) -> None:
    workers = make_polling_workers(emulator, emulator_url, postgresql_url, tmp_path)
    killer = WorkerKiller(
        workers, postgresql_url, KILL_COUNT, make_poller_chooser(workers, postgresql_url), max_downtime_seconds=0.8
    )
    await walk_among_kills(emulator, killer, postgresql_url)
    takeover_count = sum(
        earlier is not later for earlier, later in zip(killer.chosen_victims, killer.chosen_victims[1:], strict=False)
    )
    assert takeover_count >= KILL_COUNT // 5


async def test_everybody_finishes_although_webhook_workers_are_killed(
    emulator: TelegramEmulator, emulator_url: str, postgresql_url: str, tmp_path: Path
) -> None:
    killer = WorkerKiller(
        make_webhook_workers(emulator, emulator_url, postgresql_url, tmp_path),
        postgresql_url,
        KILL_COUNT,
        choose_at_random,
    )
    await walk_among_kills(emulator, killer, postgresql_url)
    assert len(killer.kill_counts) == len(killer.workers)
