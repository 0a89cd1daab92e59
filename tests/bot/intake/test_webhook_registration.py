"""Telegram is told where to send updates, and told again when it has forgotten; who polls takes that back."""

import aiohttp
import pytest

from bot.emulator import BotApiError, TelegramEmulator
from tests.support.deployments import POSTGRESQL, SQLITE, WEBHOOK, Deployment
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, running_bot, wait_until
from tests.support.telegram_faults import SEND_FAILED_EVENT, EmulatorFault, fail_first_calls
from tests.support.walkers import Walker
from tests.support.webhook_client import WEBHOOK_SECRET

REFUSED = "Telegram rejected the webhook: see WEBHOOK_URL"
NOT_LOOKED = "checking the webhook failed"
FAULTS: dict[str, EmulatorFault] = {
    "500": BotApiError(500, "Internal Server Error"),
    "502": BotApiError(502, "Bad Gateway"),
    "429": BotApiError(429, "Too Many Requests: retry after 1", 1),
    "cut": "drop",
    "answer lost": "lose",
}
TAKEN_AWAY = "the webhook was removed: registering it again"


@pytest.fixture
def _frequent_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.intake.webhook.WEBHOOK_CHECK_INTERVAL_SECONDS", 0.05)


@pytest.mark.deployments(WEBHOOK)
async def test_it_is_registered_with_a_secret_and_the_kinds_that_are_wanted(
    bot: RunningBot, emulator: TelegramEmulator
) -> None:
    await wait_until(lambda: emulator.webhook)
    address, secret = bot.deployment.webhook_url, emulator.webhook["secret_token"]
    assert (emulator.webhook["url"], secret, emulator.webhook["max_connections"]) == (address, WEBHOOK_SECRET, 100)
    assert set(emulator.updates.allowed_kinds) == {"message", "edited_message", "callback_query", "my_chat_member"}


@pytest.mark.deployments(WEBHOOK)
async def test_it_stays_registered_when_the_bot_stops(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    """What is sent meanwhile waits with Telegram."""
    async with running_bot(emulator, emulator_url, deployment) as bot:
        await Walker(phone).walk_to("role")
        await bot.wait_for_delivery()
    assert emulator.webhook["url"] == deployment.webhook_url
    phone.tap("Somebody else")
    async with running_bot(emulator, emulator_url, deployment):
        assert "Who do you want" in (await phone.receive()).text


@pytest.mark.deployments(WEBHOOK)
@pytest.mark.usefixtures("_frequent_checks")
@pytest.mark.parametrize("other", ["", "http://127.0.0.1:9/of-somebody-else"], ids=["deleted", "replaced"])
async def test_taken_away_it_is_registered_again(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone, other: str
) -> None:
    bot.allow_events(TAKEN_AWAY)
    await Walker(phone).walk_to("role")
    await emulator.stop_delivery()
    emulator.webhook = {"url": other} if other else {}
    await wait_until(
        lambda: bot.find_log_lines(TAKEN_AWAY) and emulator.webhook.get("url") == bot.deployment.webhook_url
    )
    await Walker(phone).walk_to("viewpoint")
    assert len(bot.find_log_lines(TAKEN_AWAY)) == 1


@pytest.mark.deployments(WEBHOOK)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_it_is_registered_whatever_happens_to_the_call(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone, fault: EmulatorFault
) -> None:
    emulator.fault_injector = fail_first_calls([fault, fault], "setWebhook")
    async with running_bot(emulator, emulator_url, deployment) as bot:
        bot.allow_events(SEND_FAILED_EVENT)
        await Walker(phone).walk_to("role")
        await wait_until(lambda: emulator.calls["setWebhook"] == 3)


@pytest.mark.deployments(WEBHOOK)
@pytest.mark.usefixtures("_frequent_checks")
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_look_at_it_that_fails_changes_nothing(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone, fault: EmulatorFault
) -> None:
    bot.allow_events(NOT_LOOKED)
    await Walker(phone).walk_to("role")
    emulator.fault_injector = lambda method, _: fault if method == "getWebhookInfo" else None
    await wait_until(lambda: len(bot.find_log_lines(NOT_LOOKED)) > 1)
    await Walker(phone).walk_to("viewpoint")
    emulator.fault_injector = None
    assert emulator.calls["setWebhook"] == 1


@pytest.mark.deployments(WEBHOOK)
@pytest.mark.usefixtures("_frequent_checks")
async def test_an_address_that_telegram_refuses_is_named(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment
) -> None:
    """Again and again; nobody is said to have taken it away, and the bot is not ready."""
    async with running_bot(
        emulator, emulator_url, deployment, webhook_url="https://bot.example.org:444/telegram"
    ) as bot:
        bot.allow_events(REFUSED)
        await wait_until(lambda: len(bot.find_log_lines(REFUSED)) > 2)
        async with aiohttp.request("GET", f"{deployment.pages_url}/readyz") as answer:
            assert answer.status == 503
    assert "only on ports 80, 88, 443 or 8443" in bot.find_log_lines(REFUSED)[0]["reason"]


@pytest.mark.deployments(SQLITE, POSTGRESQL)
async def test_who_polls_takes_away_a_webhook_that_was_left_behind(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    emulator.webhook = {"url": "https://example.org/old"}
    async with running_bot(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("role")
    assert emulator.webhook == {}
