"""Faults that tests of the bot can inject into API calls."""

import aiohttp
import pytest

from bot.emulator import BotApiError, TelegramEmulator
from tests.support.emulator_client import EmulatorClient


@pytest.fixture
def emulator() -> TelegramEmulator:
    emulator = TelegramEmulator()
    emulator.type_text(1, "/start")
    return emulator


async def test_a_call_can_be_refused(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    emulator.fault_injector = lambda method, _: (
        BotApiError(429, "Too Many Requests: retry after 3", 3) if method == "getMe" else None
    )
    answer = await emulator_client.call("getMe")
    assert answer == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 3",
        "parameters": {"retry_after": 3},
    }
    assert (await emulator_client.call("sendMessage", chat_id=1, text="x"))["ok"]
    assert emulator.refusals == [("getMe", "Too Many Requests: retry after 3")]


@pytest.mark.parametrize(("fault", "message_count"), [("drop", 0), ("lose", 1)])
async def test_a_connection_can_be_cut_before_or_after_a_call(
    emulator_client: EmulatorClient, emulator: TelegramEmulator, fault: str, message_count: int
) -> None:
    emulator.fault_injector = lambda *_: fault
    with pytest.raises(aiohttp.ClientConnectionError):
        await emulator_client.call("sendMessage", chat_id=1, text="x")
    assert len(emulator.chats[1].messages) == 1 + message_count
    emulator.fault_injector = None
    assert (await emulator_client.call("sendMessage", chat_id=1, text="x"))["ok"]


async def test_a_call_can_be_delayed(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    emulator.fault_injector = lambda *_: 5.0
    with pytest.raises(TimeoutError):
        async with emulator_client.session.post(emulator_client.build_url("getMe"), timeout=aiohttp.ClientTimeout(0.2)):
            pass
    emulator.fault_injector = lambda *_: 0.01
    assert (await emulator_client.call("getMe"))["ok"]


async def test_any_update_can_be_pushed(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    await emulator_client.call_for_result("getUpdates", offset=-1)
    emulator.push_raw({"message": {"text": 5}})
    assert (await emulator_client.call_for_result("getUpdates"))[-1]["message"] == {"text": 5}
