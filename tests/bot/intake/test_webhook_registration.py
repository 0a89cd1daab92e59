"""Telegram is told where to send updates, and told again when it has forgotten; who polls takes that back."""

import aiohttp
import pytest

from bot.emulator import Lookalike, Refused
from tests.bot.delivery.test_telegram_outage import NOT_TAKEN, Fault, first
from tests.support.deployments import POSTGRESQL, SQLITE, WEBHOOK, Way
from tests.support.phone import Phone
from tests.support.running_bot import Running, running, until
from tests.support.walkers import Walker
from tests.support.webhook_client import RIGHT

REFUSED = "Telegram refused the webhook: see WEBHOOK_URL"
NOT_LOOKED = "Telegram could not be asked about the webhook"
FAULTS: dict[str, Fault] = {
    "500": Refused(500, "Internal Server Error"),
    "502": Refused(502, "Bad Gateway"),
    "429": Refused(429, "Too Many Requests: retry after 1", 1),
    "cut": "drop",
    "answer lost": "lose",
}
TAKEN_AWAY = "somebody took the webhook away: it is registered again"


@pytest.fixture
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.intake.webhook.LOOKING", 0.05)


@pytest.mark.ways(WEBHOOK)
async def test_it_is_registered_with_a_secret_and_the_kinds_that_are_wanted(bot: Running, lookalike: Lookalike) -> None:
    await until(lambda: lookalike.webhook)
    address, secret = bot.way.address_of_webhook, lookalike.webhook["secret_token"]
    assert (lookalike.webhook["url"], secret, lookalike.webhook["max_connections"]) == (address, RIGHT, 100)
    assert set(lookalike.updates.allowed) == {"message", "edited_message", "callback_query", "my_chat_member"}


@pytest.mark.ways(WEBHOOK)
async def test_it_stays_registered_when_the_bot_stops(lookalike: Lookalike, url: str, way: Way, phone: Phone) -> None:
    """What is sent meanwhile waits with Telegram."""
    async with running(lookalike, url, way) as bot:
        await Walker(phone).to("role")
        await bot.said_all()
    assert lookalike.webhook["url"] == way.address_of_webhook
    phone.tap("Somebody else")
    async with running(lookalike, url, way):
        assert "Who do you want" in (await phone.hears()).text


@pytest.mark.ways(WEBHOOK)
@pytest.mark.usefixtures("_looks_often")
@pytest.mark.parametrize("other", ["", "http://127.0.0.1:9/of-somebody-else"], ids=["deleted", "replaced"])
async def test_taken_away_it_is_registered_again(bot: Running, lookalike: Lookalike, phone: Phone, other: str) -> None:
    bot.allow(TAKEN_AWAY)
    await Walker(phone).to("role")
    await lookalike.stop_delivering()
    lookalike.webhook = {"url": other} if other else {}
    await until(lambda: bot.said(TAKEN_AWAY) and lookalike.webhook.get("url") == bot.way.address_of_webhook)
    await Walker(phone).to("viewpoint")
    assert len(bot.said(TAKEN_AWAY)) == 1


@pytest.mark.ways(WEBHOOK)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_it_is_registered_whatever_happens_to_the_call(
    lookalike: Lookalike, url: str, way: Way, phone: Phone, fault: Fault
) -> None:
    lookalike.fault = first([fault, fault], "setWebhook")
    async with running(lookalike, url, way) as bot:
        bot.allow(NOT_TAKEN)
        await Walker(phone).to("role")
        await until(lambda: lookalike.calls["setWebhook"] == 3)


@pytest.mark.ways(WEBHOOK)
@pytest.mark.usefixtures("_looks_often")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_look_at_it_that_fails_changes_nothing(
    bot: Running, lookalike: Lookalike, phone: Phone, fault: Fault
) -> None:
    bot.allow(NOT_LOOKED)
    await Walker(phone).to("role")
    lookalike.fault = lambda method, _: fault if method == "getWebhookInfo" else None
    await until(lambda: len(bot.said(NOT_LOOKED)) > 1)
    await Walker(phone).to("viewpoint")
    lookalike.fault = None
    assert lookalike.calls["setWebhook"] == 1


@pytest.mark.ways(WEBHOOK)
@pytest.mark.usefixtures("_looks_often")
async def test_an_address_that_telegram_refuses_is_named(lookalike: Lookalike, url: str, way: Way) -> None:
    """Again and again; nobody is said to have taken it away, and the bot is not ready."""
    async with running(lookalike, url, way, webhook_url="https://bot.example.org:444/telegram") as bot:
        bot.allow(REFUSED)
        await until(lambda: len(bot.said(REFUSED)) > 2)
        async with aiohttp.request("GET", f"{way.pages}/readyz") as answer:
            assert answer.status == 503
    assert "only on ports 80, 88, 443 or 8443" in bot.said(REFUSED)[0]["reason"]


@pytest.mark.ways(SQLITE, POSTGRESQL)
async def test_who_polls_takes_away_a_webhook_that_was_left_behind(
    lookalike: Lookalike, url: str, way: Way, phone: Phone
) -> None:
    lookalike.webhook = {"url": "https://example.org/old"}
    async with running(lookalike, url, way):
        await Walker(phone).to("role")
    assert lookalike.webhook == {}
