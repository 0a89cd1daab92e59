"""Registration of the webhook: at startup, again after it was removed, and removed by a bot that polls."""

import aiohttp
import pytest

from bot.emulator import BotApiError, TelegramEmulator
from tests.support.deployments import POSTGRESQL, SQLITE, WEBHOOK, Deployment
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, running_bot, wait_until
from tests.support.telegram_faults import SEND_FAILED_EVENT, EmulatorFault, fail_first_calls
from tests.support.walkers import Walker
from tests.support.webhook_client import WEBHOOK_SECRET

REJECTED_EVENT = "Telegram rejected the webhook: see WEBHOOK_URL"
CHECK_FAILED_EVENT = "checking the webhook failed"
FAULTS: dict[str, EmulatorFault] = {
    "500": BotApiError(500, "Internal Server Error"),
    "502": BotApiError(502, "Bad Gateway"),
    "429": BotApiError(429, "Too Many Requests: retry after 1", 1),
    "cut": "drop",
    "answer lost": "lose",
}
REMOVED_EVENT = "the webhook was removed: registering it again"


@pytest.fixture
def _frequent_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.intake.webhook.WEBHOOK_CHECK_INTERVAL_SECONDS", 0.05)


@pytest.mark.deployments(WEBHOOK)
async def test_the_webhook_is_registered_with_a_secret_and_the_update_kinds(
    bot: RunningBot, emulator: TelegramEmulator
) -> None:
    await wait_until(lambda: emulator.webhook)
    address, secret = bot.deployment.webhook_url, emulator.webhook["secret_token"]
    assert (emulator.webhook["url"], secret, emulator.webhook["max_connections"]) == (address, WEBHOOK_SECRET, 100)
    assert set(emulator.updates.allowed_kinds) == {"message", "edited_message", "callback_query", "my_chat_member"}


@pytest.mark.deployments(WEBHOOK)
async def test_the_webhook_stays_registered_when_the_bot_stops(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    """Telegram keeps updates until the bot is back."""
    async with running_bot(emulator, emulator_url, deployment) as bot:
        await Walker(phone).walk_to("role")
        await bot.wait_for_delivery()
    assert emulator.webhook["url"] == deployment.webhook_url
    phone.tap("Somebody else")
    async with running_bot(emulator, emulator_url, deployment):
        assert "Who do you want" in (await phone.receive()).text


@pytest.mark.deployments(WEBHOOK)
@pytest.mark.usefixtures("_frequent_checks")
@pytest.mark.parametrize("other_url", ["", "http://127.0.0.1:9/of-somebody-else"], ids=["deleted", "replaced"])
async def test_a_removed_or_replaced_webhook_is_registered_again(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone, other_url: str
) -> None:
    bot.allow_events(REMOVED_EVENT)
    await Walker(phone).walk_to("role")
    await emulator.stop_delivery()
    emulator.webhook = {"url": other_url} if other_url else {}
    await wait_until(
        lambda: bot.find_log_lines(REMOVED_EVENT) and emulator.webhook.get("url") == bot.deployment.webhook_url
    )
    await Walker(phone).walk_to("viewpoint")
    assert len(bot.find_log_lines(REMOVED_EVENT)) == 1


@pytest.mark.deployments(WEBHOOK)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_registration_is_retried_after_a_failed_call(
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
async def test_a_failed_check_does_not_register_the_webhook_again(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone, fault: EmulatorFault
) -> None:
    bot.allow_events(CHECK_FAILED_EVENT)
    await Walker(phone).walk_to("role")
    emulator.fault_injector = lambda method, _: fault if method == "getWebhookInfo" else None
    await wait_until(lambda: len(bot.find_log_lines(CHECK_FAILED_EVENT)) > 1)
    await Walker(phone).walk_to("viewpoint")
    emulator.fault_injector = None
    assert emulator.calls["setWebhook"] == 1


@pytest.mark.deployments(WEBHOOK)
@pytest.mark.usefixtures("_frequent_checks")
async def test_a_rejected_webhook_address_is_logged_with_the_reason(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment
) -> None:
    """The bot tries again and again, does not log a removed webhook, and is not ready."""
    async with running_bot(
        emulator, emulator_url, deployment, webhook_url="https://bot.example.org:444/telegram"
    ) as bot:
        bot.allow_events(REJECTED_EVENT)
        await wait_until(lambda: len(bot.find_log_lines(REJECTED_EVENT)) > 2)
        async with aiohttp.request("GET", f"{deployment.pages_url}/readyz") as answer:
            assert answer.status == 503
    assert "only on ports 80, 88, 443 or 8443" in bot.find_log_lines(REJECTED_EVENT)[0]["reason"]


@pytest.mark.deployments(SQLITE, POSTGRESQL)
async def test_a_polling_bot_removes_an_old_webhook(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    emulator.webhook = {"url": "https://example.org/old"}
    async with running_bot(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("role")
    assert emulator.webhook == {}
