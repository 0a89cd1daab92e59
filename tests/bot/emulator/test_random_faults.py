"""The random faults of long runs have the stated shares, are counted correctly and depend on the seed alone."""

import asyncio
from collections.abc import Callable

import aiohttp
import pytest

from bot.emulator import BotApiError, TelegramEmulator
from tests.support.emulator_client import EmulatorClient
from tests.support.faulty_telegram import EmulatorFault, RandomFaults

CALL_COUNT = 20_000


def test_faults_have_the_stated_shares() -> None:
    faults = RandomFaults(seed=1)
    for _ in range(CALL_COUNT):
        faults("sendMessage", {})
    shares = {kind: count / CALL_COUNT for kind, count in faults.fault_counts.items()}
    expected = {"busy": 0.10, "broken": 0.05, "drop": 0.025, "lose": 0.025, "slow": 0.80}
    assert shares == pytest.approx(expected, rel=0.1)
    assert faults.call_counts.total() == CALL_COUNT


def test_each_fault_is_what_it_is_counted_as() -> None:
    matches: dict[str, Callable[[EmulatorFault], bool]] = {
        "busy": lambda fault: isinstance(fault, BotApiError) and (fault.code, fault.retry_after) == (429, 1),
        "broken": lambda fault: (
            isinstance(fault, BotApiError) and fault.code in {500, 502} and fault.retry_after is None
        ),
        "drop": lambda fault: fault == "drop",
        "lose": lambda fault: fault == "lose",
        "slow": lambda fault: isinstance(fault, float) and 0.02 <= fault <= 0.5,
    }
    faults = RandomFaults(seed=2)
    for number in range(1000):
        fault = faults(str(number), {})
        assert [matches[kind](fault) for method, kind in faults.call_counts if method == str(number)] == [True]
    assert faults.fault_counts.keys() == matches.keys()


def test_the_same_seed_gives_the_same_faults_and_another_seed_others() -> None:
    def choose_faults(seed: int) -> list[tuple[str, str]]:
        faults = RandomFaults(seed)
        for number in range(200):
            faults(str(number), {})
        return list(faults.call_counts)

    assert choose_faults(3) == choose_faults(3) != choose_faults(4)


async def test_the_emulator_carries_out_the_faults(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    faults = emulator.fault_injector = RandomFaults(seed=5)
    emulator.type_text(1, "/start")
    calls = [emulator_client.call("sendMessage", chat_id=1, text="x") for _ in range(60)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    received = [answer for answer in answers if isinstance(answer, dict) and answer["ok"]]
    lost = [answer for answer in answers if isinstance(answer, aiohttp.ClientConnectionError)]
    counts = faults.fault_counts
    assert (len(received), len(lost)) == (counts["slow"], counts["drop"] + counts["lose"])
    assert len(emulator.chats[1].messages) == 1 + counts["slow"] + counts["lose"]
