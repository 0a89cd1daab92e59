"""The page's own routes: what is told as it happens, what is caught up on, and who is let in."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from bot.emulator import TelegramEmulator
from tests.support.emulator_client import EmulatorClient


class Stream:
    """Server-sent events, one after the other."""

    def __init__(self, reply: aiohttp.ClientResponse) -> None:
        self.reply = reply

    async def next(self, *kinds: str) -> dict[str, Any]:
        """The next event, of one of these kinds if any are named."""
        async with asyncio.timeout(60):
            while True:
                lines = (await self.reply.content.readuntil(b"\n\n")).decode().strip().split("\n")
                event = dict(line.split(": ", 1) for line in lines)
                if "event" in event and (not kinds or event["event"] in kinds):
                    return {**event, "data": json.loads(event["data"])}

    async def texts(self, count: int) -> list[str]:
        return [(await self.next("message"))["data"]["text"] for _ in range(count)]


@asynccontextmanager
async def live(
    api: EmulatorClient, chat_id: int, *, after: str = "0", seen: str | None = None
) -> AsyncIterator[Stream]:
    headers = {"Last-Event-ID": seen} if seen else {}
    async with api.session.get(f"{api.url}/chat/{chat_id}/live?after={after}", headers=headers) as reply:
        assert reply.content_type == "text/event-stream"
        yield Stream(reply)


async def test_what_happens_is_told_at_once(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    async with live(emulator_client, 1) as stream:
        assert (await stream.next())["data"] == {"bot": "away"}
        emulator.type_text(1, "one")
        event = await stream.next()
        assert (event["event"], event["data"]["text"], event["id"]) == ("message", "one", f"{emulator.epoch}-1")
        tap = emulator.tap_button(1, 1, "x")
        await emulator_client.call_for_result(
            "answerCallbackQuery", callback_query_id=tap, text="Read this", show_alert=True
        )
        answer = (await stream.next("answer"))["data"]
        assert (answer["text"], answer["show_alert"], answer["callback_query_id"]) == ("Read this", True, tap)


async def test_after_a_drop_the_rest_is_told_and_nothing_twice(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    emulator.type_text(1, "one")
    async with live(emulator_client, 1) as stream:
        seen = (await stream.next("message"))["id"]
    emulator.type_text(1, "two")
    emulator.type_text(1, "three")
    async with live(emulator_client, 1, seen=seen) as stream:
        assert await stream.texts(2) == ["two", "three"]
        emulator.type_text(1, "four")
        assert await stream.texts(1) == ["four"]


@pytest.mark.parametrize("seen", ["another-1", "{}-99", "another-0"])
async def test_who_remembers_another_past_is_told_to_begin_anew(
    emulator_client: EmulatorClient, emulator: TelegramEmulator, seen: str
) -> None:
    async with live(emulator_client, 1, seen=seen.format(emulator.epoch)) as stream:
        assert (await stream.next())["event"] == "reload"


async def test_the_chat_as_it_stands_now(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    emulator.type_text(1, "one")
    emulator.type_text(1, "two")
    sent = await emulator_client.call_for_result("sendMessage", chat_id=1, text="three")
    await emulator_client.call_for_result("editMessageText", chat_id=1, message_id=sent["message_id"], text="four")
    await emulator_client.call_for_result("setMyDescription", description="About")
    now = json.loads((await emulator_client.fetch_page("/chat/1")).text)
    assert [message["text"] for message in now["messages"]] == ["one", "two", "four"]
    assert (now["number"], now["description"], now["bot"], now["blocked"]) == (5, "About", "away", False)


async def test_the_page_says_whether_a_bot_is_there(emulator_client: EmulatorClient) -> None:
    async with live(emulator_client, 1) as stream:
        assert (await stream.next("bot"))["data"]["bot"] == "away"
        await emulator_client.call_for_result("getUpdates")
        assert (await stream.next("bot"))["data"]["bot"] == "here"
        await emulator_client.call_for_result("setWebhook", url="https://example.org/x")
        assert (await stream.next("bot"))["data"]["bot"] == "webhook"


async def test_what_the_page_does_reaches_the_bot(emulator_client: EmulatorClient) -> None:
    async def does(deed: str, **given: object) -> int:
        return (await emulator_client.fetch_page(f"/chat/2/{deed}", "POST", json=given)).status

    done = [
        await does("type", text="hello"),
        await does("tap", message_id=1, data="x"),
        await does("send", kind="voice"),
        await does("language", language="cy"),
        await does("block"),
        await does("unblock"),
    ]
    assert done == [200] * 6
    assert [await does("fly"), await does("type"), await does("edit", message_id=1, text="x")] == [404, 400, 400]
    assert len(await emulator_client.call_for_result("getUpdates")) == 5


async def test_only_pages_of_this_machine_are_let_in(emulator_client: EmulatorClient) -> None:
    async def status(method: str, path: str, **headers: str) -> int:
        return (await emulator_client.fetch_page(path, method, headers=headers, json={"text": "x"})).status

    own = emulator_client.url.removeprefix("http://")
    assert await status("GET", "/", Host="evil.example:80") == 403
    assert await status("GET", "/chat/1", Host="127.0.0.1.evil.example") == 403
    assert await status("GET", "/", Host=own.replace("127.0.0.1", "localhost")) == 200
    assert await status("POST", "/chat/1/type", Origin="http://evil.example") == 403
    assert await status("POST", "/chat/1/type", Origin="null") == 403
    assert await status("POST", f"/bot{emulator_client.token}/getMe", Origin="http://evil.example") == 403
    assert await status("POST", "/chat/1/type", Origin=emulator_client.url) == 200
    assert await status("POST", "/chat/1/type") == 200
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert await status("GET", f"/bot{emulator_client.token}/getMe", **elsewhere) == 403
    assert await status("GET", "/chat/1", **elsewhere) == 403
    assert await status("GET", "/", **elsewhere) == 200


async def test_scripts_come_from_the_page_itself_only(emulator_client: EmulatorClient) -> None:
    for path in ("/", "/page/chat.js", "/page/phone.css", "/page/icon.svg"):
        reply = await emulator_client.fetch_page(path)
        assert reply.status == 200
        policy = reply.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
    page = (await emulator_client.fetch_page("/")).text
    assert "<script>" not in page
    assert "style=" not in page
    for path in ("/page/..%2fpage.py", "/page/nothing.js", "/page/.secret", "/sent/nothing"):
        assert (await emulator_client.fetch_page(path)).status == 404


async def test_a_sent_file_never_becomes_a_page_here(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    emulator.type_text(1, "/start")
    form = aiohttp.FormData({"chat_id": "1"})
    form.add_field("document", b"<script>alert(1)</script>", filename='x".html', content_type="text/html")
    sent = json.loads(
        (await emulator_client.fetch_page(f"/bot{emulator_client.token}/sendDocument", "POST", data=form)).text
    )
    reply = await emulator_client.fetch_page(f"/sent/{sent['result']['document']['file_id']}")
    assert reply.headers["Content-Disposition"].startswith("attachment")
    assert reply.headers["Content-Type"] == "application/octet-stream"
