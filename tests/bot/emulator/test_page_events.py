"""The routes of the page: live events, catching up after a drop, actions, and protection from other sites."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from bot.emulator import TelegramEmulator
from tests.support.emulator_client import EmulatorClient


class EventStream:
    """Server-sent events, one after another."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def next_event(self, *kinds: str) -> dict[str, Any]:
        """The next event of one of these kinds; of any kind without an argument."""
        async with asyncio.timeout(60):
            while True:
                lines = (await self.response.content.readuntil(b"\n\n")).decode().strip().split("\n")
                event = dict(line.split(": ", 1) for line in lines)
                if "event" in event and (not kinds or event["event"] in kinds):
                    return {**event, "data": json.loads(event["data"])}

    async def next_texts(self, count: int) -> list[str]:
        return [(await self.next_event("message"))["data"]["text"] for _ in range(count)]


@asynccontextmanager
async def open_stream(
    client: EmulatorClient, chat_id: int, *, after: str = "0", last_event_id: str | None = None
) -> AsyncIterator[EventStream]:
    headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
    async with client.session.get(f"{client.url}/chat/{chat_id}/live?after={after}", headers=headers) as response:
        assert response.content_type == "text/event-stream"
        yield EventStream(response)


async def test_events_are_sent_at_once(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    async with open_stream(emulator_client, 1) as stream:
        assert (await stream.next_event())["data"] == {"bot": "away"}
        emulator.type_text(1, "one")
        event = await stream.next_event()
        assert (event["event"], event["data"]["text"], event["id"]) == ("message", "one", f"{emulator.epoch}-1")
        tap = emulator.tap_button(1, 1, "x")
        await emulator_client.call_for_result(
            "answerCallbackQuery", callback_query_id=tap, text="Read this", show_alert=True
        )
        answer = (await stream.next_event("answer"))["data"]
        assert (answer["text"], answer["show_alert"], answer["callback_query_id"]) == ("Read this", True, tap)


async def test_after_a_drop_each_missed_event_is_sent_once(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    emulator.type_text(1, "one")
    async with open_stream(emulator_client, 1) as stream:
        last_event_id = (await stream.next_event("message"))["id"]
    emulator.type_text(1, "two")
    emulator.type_text(1, "three")
    async with open_stream(emulator_client, 1, last_event_id=last_event_id) as stream:
        assert await stream.next_texts(2) == ["two", "three"]
        emulator.type_text(1, "four")
        assert await stream.next_texts(1) == ["four"]


@pytest.mark.parametrize("last_event_id", ["another-1", "{}-99", "another-0"])
async def test_a_page_of_an_earlier_emulator_is_told_to_reload(
    emulator_client: EmulatorClient, emulator: TelegramEmulator, last_event_id: str
) -> None:
    async with open_stream(emulator_client, 1, last_event_id=last_event_id.format(emulator.epoch)) as stream:
        assert (await stream.next_event())["event"] == "reload"


async def test_the_current_state_of_a_chat(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    emulator.type_text(1, "one")
    emulator.type_text(1, "two")
    sent = await emulator_client.call_for_result("sendMessage", chat_id=1, text="three")
    await emulator_client.call_for_result("editMessageText", chat_id=1, message_id=sent["message_id"], text="four")
    await emulator_client.call_for_result("setMyDescription", description="About")
    chat = json.loads((await emulator_client.fetch_page("/chat/1")).text)
    assert [message["text"] for message in chat["messages"]] == ["one", "two", "four"]
    assert (chat["number"], chat["description"], chat["bot"], chat["blocked"]) == (5, "About", "away", False)


async def test_the_page_shows_whether_a_bot_is_connected(emulator_client: EmulatorClient) -> None:
    async with open_stream(emulator_client, 1) as stream:
        assert (await stream.next_event("bot"))["data"]["bot"] == "away"
        await emulator_client.call_for_result("getUpdates")
        assert (await stream.next_event("bot"))["data"]["bot"] == "here"
        await emulator_client.call_for_result("setWebhook", url="https://example.org/x")
        assert (await stream.next_event("bot"))["data"]["bot"] == "webhook"


async def test_actions_of_the_page_reach_the_bot(emulator_client: EmulatorClient) -> None:
    async def perform(action: str, **body: object) -> int:
        return (await emulator_client.fetch_page(f"/chat/2/{action}", "POST", json=body)).status

    statuses = [
        await perform("type", text="hello"),
        await perform("tap", message_id=1, data="x"),
        await perform("send", kind="voice"),
        await perform("language", language="cy"),
        await perform("block"),
        await perform("unblock"),
    ]
    assert statuses == [200] * 6
    assert [await perform("fly"), await perform("type"), await perform("edit", message_id=1, text="x")] == [
        404,
        400,
        400,
    ]
    assert len(await emulator_client.call_for_result("getUpdates")) == 5


async def test_requests_from_other_sites_are_rejected(emulator_client: EmulatorClient) -> None:
    async def status(method: str, path: str, **headers: str) -> int:
        return (await emulator_client.fetch_page(path, method, headers=headers, json={"text": "x"})).status

    own_host = emulator_client.url.removeprefix("http://")
    assert await status("GET", "/", Host="evil.example:80") == 403
    assert await status("GET", "/chat/1", Host="127.0.0.1.evil.example") == 403
    assert await status("GET", "/", Host=own_host.replace("127.0.0.1", "localhost")) == 200
    assert await status("POST", "/chat/1/type", Origin="http://evil.example") == 403
    assert await status("POST", "/chat/1/type", Origin="null") == 403
    assert await status("POST", f"/bot{emulator_client.token}/getMe", Origin="http://evil.example") == 403
    assert await status("POST", "/chat/1/type", Origin=emulator_client.url) == 200
    assert await status("POST", "/chat/1/type") == 200
    cross_site = {"Sec-Fetch-Site": "cross-site"}
    assert await status("GET", f"/bot{emulator_client.token}/getMe", **cross_site) == 403
    assert await status("GET", "/chat/1", **cross_site) == 403
    assert await status("GET", "/", **cross_site) == 200


async def test_only_the_pages_own_scripts_may_run(emulator_client: EmulatorClient) -> None:
    for path in ("/", "/page/chat.js", "/page/phone.css", "/page/icon.svg"):
        response = await emulator_client.fetch_page(path)
        assert response.status == 200
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
    page = (await emulator_client.fetch_page("/")).text
    assert "<script>" not in page
    assert "style=" not in page
    for path in ("/page/..%2fpage.py", "/page/nothing.js", "/page/.secret", "/sent/nothing"):
        assert (await emulator_client.fetch_page(path)).status == 404


async def test_a_sent_file_never_opens_as_a_page(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    emulator.type_text(1, "/start")
    form = aiohttp.FormData({"chat_id": "1"})
    form.add_field("document", b"<script>alert(1)</script>", filename='x".html', content_type="text/html")
    sent = json.loads(
        (await emulator_client.fetch_page(f"/bot{emulator_client.token}/sendDocument", "POST", data=form)).text
    )
    response = await emulator_client.fetch_page(f"/sent/{sent['result']['document']['file_id']}")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Type"] == "application/octet-stream"
