"""Telegram is busy, broken, cut off or slow one call in five: everybody finishes with what they tapped."""

import asyncio
from pathlib import Path

import pytest

from bot.emulator import TelegramEmulator
from tests.support.chaos_scale import CROWD_SIZE, IS_LONG_RUN, KILL_COUNT, PATIENCE_SECONDS, TEST_TIMEOUT_SECONDS
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
FEW = 10  # waiting for a Telegram that is slow takes long, whoever waits
EXPECTED = (  # what the bot says of a Telegram that is away: it goes on trying
    "a call to Telegram failed",
    "fetching updates failed",
    "checking the webhook failed",
)


@pytest.mark.parametrize("way", [make_polling_workers, make_webhook_workers])
async def test_everybody_finishes_though_telegram_spoils_one_call_in_five(
    way: WorkerSetup, emulator: TelegramEmulator, emulator_url: str, postgresql_url: str, tmp_path: Path
) -> None:
    emulator.fault_injector = spoiling = RandomFaults(seed=1)
    people = make_crowd(emulator, CROWD_SIZE if IS_LONG_RUN else FEW, PATIENCE_SECONDS)
    killer = WorkerKiller(
        way(emulator, emulator_url, postgresql_url, tmp_path),
        postgresql_url,
        KILL_COUNT if IS_LONG_RUN else 0,
        choose_at_random,
    )
    with run_workers(*killer.workers):
        async with asyncio.TaskGroup() as group:
            group.create_task(killer.run())
            group.create_task(people.walk(lambda: killer.is_finished))
        await people.assert_finished(postgresql_url)
    lost = spoiling.call_counts["sendMessage", "lose"] + spoiling.call_counts["sendPhoto", "lose"]
    people.print_figures(
        kills=killer.kill_counts.total(),
        spoiled=spoiling.fault_counts.total() - spoiling.fault_counts["slow"],
        lost=lost,
    )
    assert (
        people.repeated_message_count <= lost + killer.chats_in_flight
    )  # done, but its answer was cut: it is said again
    assert find_unexpected_log_lines(killer.workers, *EXPECTED) == []
