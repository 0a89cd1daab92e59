"""Tells Telegram where to send updates, and looks again and again whether it still knows."""

import asyncio
from datetime import UTC, datetime

import structlog
from telegram import Bot, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot.calling import Refused, call
from bot.health import Health
from bot.intake.polling import WANTED
from bot.logs import unquoted

log = structlog.get_logger()
LOOKING = 30.0  # seconds between two looks
AT_ONCE = 100  # updates that Telegram may send at once, to all workers together: the most it allows
LATELY = 2 * LOOKING  # seconds: Telegram tries again after a minute at the latest


async def keep_registered(bot: Bot, url: str, secret: str, health: Health) -> None:
    """Registers the webhook, and again whenever it is gone. Raises `InvalidToken`; ends only by being cancelled."""
    registered = await _register(bot, url, secret)
    while True:
        try:
            info = await bot.get_webhook_info()
        except InvalidToken:
            raise
        except TelegramError as fault:
            log.warning("Telegram could not be asked about the webhook", error=type(fault).__name__)
        else:
            if info.url == url:
                _judge(info, health)
            else:
                if registered:
                    log.warning("somebody took the webhook away: it is registered again")
                registered = await _register(bot, url, secret)
        await asyncio.sleep(LOOKING)


async def _register(bot: Bot, url: str, secret: str) -> bool:
    """Whether Telegram took it."""
    try:
        await call(lambda: bot.set_webhook(url, secret_token=secret, allowed_updates=WANTED, max_connections=AT_ONCE))
    except Refused as fault:
        log.error("Telegram refused the webhook: see WEBHOOK_URL", reason=str(fault))  # noqa: TRY400 - it says why
        return False
    return True


def _judge(info: WebhookInfo, health: Health) -> None:
    """We are well unless updates wait, and Telegram could not bring one just now."""
    failed = info.last_error_date
    lately = failed is not None and (datetime.now(UTC) - failed).total_seconds() < LATELY
    if info.pending_update_count and lately:
        health.undelivered(unquoted(info.last_error_message or ""))
    else:
        health.heard()
