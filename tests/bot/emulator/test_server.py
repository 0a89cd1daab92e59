"""The server listens on loopback only, names a port that is in use, and stops quickly without warnings."""

import asyncio
import gc
import time
import warnings

import aiohttp
import pytest

from bot.emulator import PortUnavailableError, TelegramEmulator, serve_emulator
from tests.support.update_queue import wait_for_poll


async def test_the_error_names_a_port_that_is_in_use() -> None:
    async with serve_emulator(TelegramEmulator()) as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(
            PortUnavailableError, match=f"port {port} on 127.0.0.1 can't be used: Address already in use"
        ):
            async with serve_emulator(TelegramEmulator(), port=port):
                pass


async def test_it_listens_on_loopback_only() -> None:
    async with serve_emulator(TelegramEmulator()) as url:
        assert url.startswith("http://127.0.0.1:")
        port = int(url.rpartition(":")[2])
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.2", port)


async def test_it_stops_at_once_with_open_polls_and_pages() -> None:
    emulator = TelegramEmulator()
    async with aiohttp.ClientSession() as session:
        with warnings.catch_warnings(record=True) as caught:
            async with serve_emulator(emulator) as url:
                poll = asyncio.create_task(session.get(f"{url}/bot{emulator.token}/getUpdates?timeout=50"))
                page = await session.get(f"{url}/chat/1/live")
                await page.content.readuntil(b"\n\n")
                await wait_for_poll(emulator)
                started_at = time.monotonic()
            duration = time.monotonic() - started_at
            assert (await (await poll).json()) == {"ok": True, "result": []}
            gc.collect()
        assert [str(warning.message) for warning in caught] == []
    assert duration < 1
    assert emulator.chats[1].listeners == set()


async def test_it_keeps_its_state_when_it_is_served_again() -> None:
    emulator = TelegramEmulator()
    emulator.type_text(1, "hello")
    for _ in range(2):
        async with serve_emulator(emulator) as url, aiohttp.ClientSession() as session:
            reply = await (await session.get(f"{url}/bot{emulator.token}/getUpdates")).json()
            assert reply["result"][0]["message"]["text"] == "hello"
