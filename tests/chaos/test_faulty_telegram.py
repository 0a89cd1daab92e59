"""Telegram is busy, broken, disconnected or slow on one call in five, and everybody finishes with their answers."""

import asyncio
from pathlib import Path

import pytest

from bot.emulator import TelegramEmulator
from tests.support.chaos_scale import CROWD_SIZE, IS_LONG_RUN, KILL_COUNT, REPLY_TIMEOUT_SECONDS, TEST_TIMEOUT_SECONDS
from tests.support.crowd import make_crowd
from tests.support.faulty_telegram import RandomFaults
from tests.support.worker_killer import WorkerKiller, choose_at_random
from tests.support.worker_processes import run_workers
from tests.support.worker_setups import (
    WorkerSetup,
    find_unexpected_log_lines,
    make_polling_workers,
    make_webhook_workers,
)

pytestmark = pytest.mark.timeout(TEST_TIMEOUT_SECONDS)
SMALL_CROWD_SIZE = 10  # as slow calls take long
EXPECTED_EVENTS = (  # logged for each failed call, which is tried again
    "a call to Telegram failed",
    "fetching updates failed",
    "checking the webhook failed",
)


@pytest.mark.parametrize("make_workers", [make_polling_workers, make_webhook_workers])
async def test_everybody_finishes_although_one_call_in_five_fails(
    make_workers: WorkerSetup, emulator: TelegramEmulator, emulator_url: str, postgresql_url: str, tmp_path: Path
) -> None:
    emulator.fault_injector = faults = RandomFaults(seed=1)
    crowd = make_crowd(emulator, CROWD_SIZE if IS_LONG_RUN else SMALL_CROWD_SIZE, REPLY_TIMEOUT_SECONDS)
    killer = WorkerKiller(
        make_workers(emulator, emulator_url, postgresql_url, tmp_path),
        postgresql_url,
        KILL_COUNT if IS_LONG_RUN else 0,
        choose_at_random,
    )
    with run_workers(*killer.workers):
        async with asyncio.TaskGroup() as group:
            group.create_task(killer.run())
            group.create_task(crowd.walk(lambda: killer.is_finished))
        await crowd.assert_finished(postgresql_url)
    lost = faults.call_counts["sendMessage", "lose"] + faults.call_counts["sendPhoto", "lose"]
    crowd.print_figures(
        kills=killer.kill_counts.total(),
        spoiled=faults.fault_counts.total() - faults.fault_counts["slow"],
        lost=lost,
    )
    assert (
        crowd.repeated_message_count <= lost + killer.chats_in_flight
    )  # sent, but the response was lost, so it is repeated
    assert find_unexpected_log_lines(killer.workers, *EXPECTED_EVENTS) == []
