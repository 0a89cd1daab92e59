"""Telegram is busy, broken, cut off or slow one call in five: everybody finishes with what they tapped."""

import asyncio
from pathlib import Path

import pytest

from bot.emulator import Lookalike
from tests.support.chaos_scale import KILLS, LONG, PATIENCE, PEOPLE, SECONDS
from tests.support.crowd import crowd
from tests.support.faulty_telegram import Misbehaving
from tests.support.worker_killer import Killer, anybody
from tests.support.worker_processes import working
from tests.support.worker_setups import Way, complaints, polling, webhook

pytestmark = pytest.mark.timeout(SECONDS)
FEW = 10  # waiting for a Telegram that is slow takes long, whoever waits
EXPECTED = (  # what the bot says of a Telegram that is away: it goes on trying
    "Telegram did not take a message",
    "Telegram could not be asked for updates",
    "Telegram could not be asked about the webhook",
)


@pytest.mark.parametrize("way", [polling, webhook])
async def test_everybody_finishes_though_telegram_spoils_one_call_in_five(
    way: Way, lookalike: Lookalike, url: str, on_server: str, tmp_path: Path
) -> None:
    lookalike.fault = spoiling = Misbehaving(seed=1)
    people = crowd(lookalike, PEOPLE if LONG else FEW, PATIENCE)
    killer = Killer(way(lookalike, url, on_server, tmp_path), on_server, KILLS if LONG else 0, anybody)
    with working(*killer.workers):
        async with asyncio.TaskGroup() as group:
            group.create_task(killer.spree())
            group.create_task(people.walk(lambda: killer.over))
        await people.finished(on_server)
    lost = spoiling.calls["sendMessage", "lose"] + spoiling.calls["sendPhoto", "lose"]
    people.tell(kills=killer.killed.total(), spoiled=spoiling.done.total() - spoiling.done["slow"], lost=lost)
    assert people.repeated <= lost + killer.in_flight  # done, but its answer was cut: it is said again
    assert complaints(killer.workers, *EXPECTED) == []
