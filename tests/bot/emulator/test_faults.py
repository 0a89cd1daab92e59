"""Faults on demand, for tests of a bot that must bear them."""

import aiohttp
import pytest

from bot.emulator import Lookalike, Refused
from tests.support.emulator_client import Api


@pytest.fixture
def lookalike() -> Lookalike:
    made = Lookalike()
    made.types(1, "/start")
    return made


async def test_a_call_can_be_refused(api: Api, lookalike: Lookalike) -> None:
    lookalike.fault = lambda method, _: (
        Refused(429, "Too Many Requests: retry after 3", 3) if method == "getMe" else None
    )
    answer = await api.answer("getMe")
    assert answer == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 3",
        "parameters": {"retry_after": 3},
    }
    assert (await api.answer("sendMessage", chat_id=1, text="x"))["ok"]
    assert lookalike.refusals == [("getMe", "Too Many Requests: retry after 3")]


@pytest.mark.parametrize(("fault", "done"), [("drop", 0), ("lose", 1)])
async def test_a_connection_can_be_cut_before_or_after(api: Api, lookalike: Lookalike, fault: str, done: int) -> None:
    lookalike.fault = lambda *_: fault
    with pytest.raises(aiohttp.ClientConnectionError):
        await api.answer("sendMessage", chat_id=1, text="x")
    assert len(lookalike.chats[1].messages) == 1 + done
    lookalike.fault = None
    assert (await api.answer("sendMessage", chat_id=1, text="x"))["ok"]


async def test_a_call_can_take_long(api: Api, lookalike: Lookalike) -> None:
    lookalike.fault = lambda *_: 5.0
    with pytest.raises(TimeoutError):
        async with api.session.post(api.address("getMe"), timeout=aiohttp.ClientTimeout(0.2)):
            pass
    lookalike.fault = lambda *_: 0.01
    assert (await api.answer("getMe"))["ok"]


async def test_any_update_can_be_pushed(api: Api, lookalike: Lookalike) -> None:
    await api.result("getUpdates", offset=-1)
    lookalike.push_raw({"message": {"text": 5}})
    assert (await api.result("getUpdates"))[-1]["message"] == {"text": 5}
