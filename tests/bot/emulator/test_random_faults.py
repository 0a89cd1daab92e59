"""The Telegram of long runs spoils as much as it says."""

import asyncio
from collections.abc import Callable

import aiohttp
import pytest

from bot.emulator import BotApiError, TelegramEmulator
from tests.support.emulator_client import EmulatorClient
from tests.support.faulty_telegram import EmulatorFault, RandomFaults

CALLS = 20_000


def test_the_shares_are_as_asked() -> None:
    misbehaving = RandomFaults(seed=1)
    for _ in range(CALLS):
        misbehaving("sendMessage", {})
    shares = {deed: count / CALLS for deed, count in misbehaving.fault_counts.items()}
    asked = {"busy": 0.10, "broken": 0.05, "drop": 0.025, "lose": 0.025, "slow": 0.80}
    assert shares == pytest.approx(asked, rel=0.1)
    assert misbehaving.call_counts.total() == CALLS


def test_each_fault_is_what_it_is_counted_as() -> None:
    fits: dict[str, Callable[[EmulatorFault], bool]] = {
        "busy": lambda fault: isinstance(fault, BotApiError) and (fault.code, fault.retry_after) == (429, 1),
        "broken": lambda fault: (
            isinstance(fault, BotApiError) and fault.code in {500, 502} and fault.retry_after is None
        ),
        "drop": lambda fault: fault == "drop",
        "lose": lambda fault: fault == "lose",
        "slow": lambda fault: isinstance(fault, float) and 0.02 <= fault <= 0.5,
    }
    misbehaving = RandomFaults(seed=2)
    for number in range(1000):
        fault = misbehaving(str(number), {})
        assert [fits[deed](fault) for method, deed in misbehaving.call_counts if method == str(number)] == [True]
    assert misbehaving.fault_counts.keys() == fits.keys()


def test_the_same_seed_spoils_alike_and_another_one_does_not() -> None:
    def deeds(seed: int) -> list[tuple[str, str]]:
        misbehaving = RandomFaults(seed)
        for number in range(200):
            misbehaving(str(number), {})
        return list(misbehaving.call_counts)

    assert deeds(3) == deeds(3) != deeds(4)


async def test_the_look_alike_bears_it(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    misbehaving = emulator.fault_injector = RandomFaults(seed=5)
    emulator.type_text(1, "/start")
    calls = [emulator_client.call("sendMessage", chat_id=1, text="x") for _ in range(60)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    heard = [answer for answer in answers if isinstance(answer, dict) and answer["ok"]]
    lost = [answer for answer in answers if isinstance(answer, aiohttp.ClientConnectionError)]
    done = misbehaving.fault_counts
    assert (len(heard), len(lost)) == (done["slow"], done["drop"] + done["lose"])
    assert len(emulator.chats[1].messages) == 1 + done["slow"] + done["lose"]
