"""setWebhook, deleteWebhook, getWebhookInfo: what Telegram takes, what it refuses, what it tells."""

import asyncio
from typing import Any

import pytest
from telegram import Bot

from bot.emulator import Lookalike
from bot.emulator.updates import USUAL
from tests.bot.emulator.test_updates import until_polling
from tests.support.emulator_client import Api
from tests.support.webhook_receiver import Hook, quiet

FAR = "https://example.org/hook"
HTTPS = "bad webhook: An HTTPS URL must be provided for webhook"
PORTS = "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
INVALID = "invalid webhook URL specified"
REFUSED = [
    ({"url": "http://example.org"}, HTTPS),
    ({"url": "http://127.evil.example/"}, HTTPS),
    ({"url": "http://localhost.evil.example/"}, HTTPS),
    ({"url": "https://example.org:8000/"}, PORTS),
    ({"url": "ftp://example.org"}, INVALID),
    ({"url": "https://"}, INVALID),
    ({"url": "https://example.org:port"}, INVALID),
    ({"url": FAR, "secret_token": "x" * 257}, "secret token is too long"),
    ({"url": FAR, "secret_token": "no spaces"}, "secret token contains unallowed characters"),
    ({"url": FAR, "secret_token": "ŵ"}, "secret token contains unallowed characters"),
    ({"url": FAR, "secret_token": "x\n"}, "secret token contains unallowed characters"),
]
NOTHING = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}


@pytest.mark.parametrize(("args", "text"), REFUSED)
async def test_webhooks_that_it_does_not_take(api: Api, args: dict[str, Any], text: str) -> None:
    assert await api.refusal("setWebhook", **args) == (400, f"Bad Request: {text}")


@pytest.mark.parametrize("port", [80, 88, 443, 8443])
async def test_https_is_taken_on_four_ports(api: Api, port: int) -> None:
    assert await api.result("setWebhook", url=f"https://example.org:{port}/", secret_token="x" * 256) is True


async def test_a_setting_that_is_refused_leaves_no_webhook(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    lookalike.setting_pause = 0
    await api.result("setWebhook", url=hook.url)
    await api.refusal("setWebhook", url=hook.url, secret_token="!")
    assert await api.result("getWebhookInfo") == NOTHING
    assert await api.result("getUpdates") == []


async def test_what_is_told_of_a_webhook(api: Api, lookalike: Lookalike) -> None:
    assert await api.result("getWebhookInfo") == NOTHING
    kinds = ["callback_query", "message"]
    more = {"max_connections": 7, "allowed_updates": kinds, "secret_token": "told-to-nobody"}
    await api.result("setWebhook", url=FAR, **more)
    set_up = {**NOTHING, "url": FAR, "max_connections": 7, "allowed_updates": kinds[::-1]}
    assert await api.result("getWebhookInfo") == set_up
    lookalike.types(1, "hello")
    await quiet(api)
    told = await api.result("getWebhookInfo")
    assert told.pop("last_error_date") == pytest.approx(lookalike.clock(), abs=60)
    assert told == {
        **set_up,
        "pending_update_count": 1,
        "last_error_message": "Failed to resolve host: Name or service not known",
    }


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (1, 1), (100, 100), (101, 100), (None, 40)])
async def test_there_are_1_to_100_connections(api: Api, asked: int | None, given: int) -> None:
    await api.result("setWebhook", url=FAR, **({} if asked is None else {"max_connections": asked}))
    assert (await api.result("getWebhookInfo"))["max_connections"] == given


@pytest.mark.parametrize(("method", "args"), [("setWebhook", {"url": ""}), ("setWebhook", {}), ("deleteWebhook", {})])
async def test_a_webhook_is_removed_with_all_that_was_told_of_it(api: Api, method: str, args: dict[str, str]) -> None:
    await api.result("setWebhook", url=FAR, secret_token="secret")
    assert await api.result(method, **args) is True
    assert await api.result("getWebhookInfo") == NOTHING
    assert await api.result(method, **args) is True


async def test_a_second_setting_within_a_second_is_refused(api: Api) -> None:
    await api.result("setWebhook", url=FAR)
    answer = await api.answer("setWebhook", url=FAR)
    assert (answer["error_code"], answer["parameters"]) == (429, {"retry_after": 1})
    await api.result("deleteWebhook")


async def test_the_same_webhook_again_leaves_deliveries_under_way_alone(
    api: Api, hook: Hook, lookalike: Lookalike
) -> None:
    lookalike.setting_pause, hook.reply = 0, None
    lookalike.types(1, "hello")
    await api.result("setWebhook", url=hook.url)
    arrival = await hook.next()
    await api.result("setWebhook", url=hook.url, allowed_updates=["callback_query"])
    assert (await api.result("getWebhookInfo"))["allowed_updates"] == ["callback_query"]
    arrival.answer()
    await lookalike.delivered()
    assert hook.arrived.empty()


async def test_another_webhook_takes_over_what_was_not_acknowledged(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    lookalike.setting_pause, hook.reply = 0, None
    lookalike.types(1, "hello")
    await api.result("setWebhook", url=f"{hook.url}/old")
    old = await hook.next()
    await api.result("setWebhook", url=f"{hook.url}/new")
    new = await hook.next()
    assert [each.request.url.path for each in (old, new)] == ["/old", "/new"]
    assert old.update == new.update


@pytest.mark.parametrize("method", ["setWebhook", "deleteWebhook"])
async def test_what_waits_can_be_dropped(api: Api, hook: Hook, lookalike: Lookalike, method: str) -> None:
    lookalike.types(1, "hello")
    await api.result(method, url=hook.url, drop_pending_updates=True)
    await quiet(api)
    assert hook.arrived.empty()
    assert (await api.result("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_poll_that_waits_is_ended_by_a_webhook(api: Api, lookalike: Lookalike) -> None:
    poll = asyncio.create_task(api.refusal("getUpdates", timeout=30))
    await until_polling(lookalike)
    await api.result("setWebhook", url=FAR)
    assert await poll == (409, "Conflict: terminated by setWebhook request")


async def test_kinds_that_the_webhook_does_not_ask_for_do_not_come(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    await api.result("setWebhook", url=hook.url, allowed_updates=["callback_query"])
    lookalike.types(1, "not wanted")
    lookalike.taps(1, 1, "wanted")
    await lookalike.delivered()
    assert [list(update) for update in hook.taken] == [["update_id", "callback_query"]]


@pytest.mark.parametrize("kinds", [[], ["nonsense"], list(USUAL)])
async def test_no_kind_that_is_known_means_the_usual_kinds_which_are_not_told(
    api: Api, lookalike: Lookalike, kinds: list[str]
) -> None:
    await api.result("getUpdates", allowed_updates=["callback_query"])
    await api.result("setWebhook", url=FAR, allowed_updates=kinds)
    assert "allowed_updates" not in await api.result("getWebhookInfo")
    lookalike.types(1, "hello")
    assert (await api.result("getWebhookInfo"))["pending_update_count"] == 1


async def test_the_library_sets_a_webhook_and_reads_what_is_told(bot: Bot, hook: Hook, lookalike: Lookalike) -> None:
    assert await bot.set_webhook(hook.url, secret_token="s3cret", max_connections=3, allowed_updates=["message"])
    lookalike.types(1, "hello")
    arrival = await hook.next()
    assert arrival.request.headers["X-Telegram-Bot-Api-Secret-Token"] == "s3cret"
    told = await bot.get_webhook_info()
    assert (told.url, told.max_connections, told.allowed_updates) == (hook.url, 3, ("message",))
    assert await bot.delete_webhook(drop_pending_updates=True)
