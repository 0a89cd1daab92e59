"""What the doctor sees of Telegram: the token, the way there, the bot's rights, the clock, the webhook."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from bot.operating.findings import Finding, ago, counted, mend, note, skipped, span, well
from bot.operating.telegram import Answer, Unreachable, looks_like_token
from bot.settings import Settings

NOT_ASKED = "not looked at: Telegram must answer first."
NOT_KNOWN = "not looked at: Telegram must know the token first."
CLOCK = 30.0  # seconds
RECENT, OLD = 600.0, 86_400.0  # seconds since Telegram could not deliver
MANY = 100  # updates that wait
PRIVACY = (
    "privacy mode is off: in groups Telegram hands the bot everything anybody writes. In @BotFather: /setprivacy, this "
    "bot, Enable; then take the bot out of its groups and add it again."
)
JOINING = "the bot can't be added to groups. In @BotFather: /setjoingroups, this bot, Enable."
CAUSES = {
    "certificate": "the web server's certificate is not accepted: serve the whole chain (fullchain.pem), not expired.",
    "ssl": "the web server's certificate is not accepted: serve the whole chain (fullchain.pem), not expired.",
    "resolve": "the name in WEBHOOK_URL can't be looked up: see its DNS entry.",
    "refused": "nothing listens there: see the web server and the firewall.",
    "timed out": "nothing answers there: see the firewall.",
    "timeout": "it takes too long to answer: see the bot's log and the database.",
    "502": "the web server does not reach the bot: see that it runs, and HOST and PORT.",
    "503": "the bot can't keep updates just now: see the database, and the bot's log.",
    "404": "the web server does not pass this path on to the bot: see its configuration.",
    "403": "another bot stands behind the address, or one with another key: see SECRET_KEY.",
}


def about_token(settings: Settings, met: Answer | Unreachable) -> Finding:
    if settings.token is None:
        return mend("token", "TELEGRAM_BOT_TOKEN is not set, so `run` is the preview: @BotFather gives one.")
    if not looks_like_token(settings.token):
        return mend("token", "TELEGRAM_BOT_TOKEN is no token, which is a number, a colon and letters: copy it anew.")
    if isinstance(met, Unreachable):
        return skipped("token", NOT_ASKED)
    if not met.knows_token:
        return mend("token", "TELEGRAM_BOT_TOKEN: Telegram does not know it: copy it anew from @BotFather.")
    if not isinstance(met.result, dict):
        return mend("token", f"Telegram refuses just now ({met.code} {met.said}): look again in a minute.")
    return well("token", f"the bot is @{met.result.get('username')}, {met.result.get('first_name')}.")


def about_telegram(settings: Settings, met: Answer | Unreachable) -> Finding:
    if isinstance(met, Unreachable):
        return mend("Telegram", str(met))
    return well("Telegram", f"{urlsplit(settings.telegram_api_url).hostname} answers.")


def about_groups(met: Answer | Unreachable) -> Iterator[Finding]:
    me = known(met)
    if me is None:
        yield skipped("groups", _why_not(met))
        return
    if not me.get("can_join_groups"):
        yield note("groups", JOINING)
    if me.get("can_read_all_group_messages"):
        yield note("groups", PRIVACY)
    elif me.get("can_join_groups"):
        yield well("groups", "the bot can be added, and is told only what is meant for it.")


def about_clock(met: Answer | Unreachable) -> Finding:
    if isinstance(met, Unreachable) or met.ahead is None:
        return skipped("clock", "not looked at: only an answer of Telegram's tells the time.")
    if abs(met.ahead) <= CLOCK:
        return well("clock", "goes with Telegram's.")
    way = "ahead" if met.ahead > 0 else "behind"
    return mend("clock", f"is {span(abs(met.ahead))} {way}: turn time synchronisation on (`timedatectl set-ntp true`).")


def about_webhook(url: str | None, told: Answer | Unreachable) -> Iterator[Finding]:
    """`url` is WEBHOOK_URL. Addresses are shown without their path: it may be somebody's secret."""
    info = known(told)
    if info is None:
        yield skipped("webhook", _why_not(told))
        return
    yield _registration(url, str(info.get("url", "")))
    waiting = int(info.get("pending_update_count", 0))
    if waiting > MANY:
        yield note(
            "webhook", f"{waiting} updates wait with Telegram: see that the bot runs; after an outage it passes."
        )
    if url and info.get("last_error_date"):
        yield from _failure(ago(info["last_error_date"]), str(info.get("last_error_message", "")))


def known(answer: Answer | Unreachable) -> dict[str, Any] | None:
    """What Telegram told of us, where it knows us."""
    found = None if isinstance(answer, Unreachable) else answer.result
    return found if isinstance(found, dict) else None


def _why_not(answer: Answer | Unreachable) -> str:
    return NOT_ASKED if isinstance(answer, Unreachable) or answer.knows_token else NOT_KNOWN


def _registration(url: str | None, there: str) -> Finding:
    host = urlsplit(there).hostname
    if url is None and there:
        return mend(
            "webhook",
            f"Telegram sends the updates to {host}, though WEBHOOK_URL is not set: stop what uses this token there, or "
            "set WEBHOOK_URL. The next start of this bot fetches them itself.",
        )
    if url is None:
        return well("webhook", "none, and none is wanted: the bot asks Telegram for updates.")
    if not there:
        return mend("webhook", "Telegram knows of none: start the bot, which registers it; if it runs, see its log.")
    if there != url:
        return mend("webhook", f"Telegram knows another one, at {host}: stop what uses this token there, or restart.")
    return well("webhook", f"Telegram sends the updates to {host}.")


def _failure(since: float, words: str) -> Iterator[Finding]:
    if since > OLD:
        return
    fix = next((fix for cause, fix in CAUSES.items() if cause in words.casefold()), "see the web server and the bot.")
    text = f"{span(since)} ago Telegram could not deliver ({words}): {fix}"
    yield mend("webhook", text) if since < RECENT else note("webhook", text)


def about_waiting(many: int, oldest: float | None) -> Finding:
    """The outbox: how many wait, and since how many seconds somebody waits for the oldest."""
    if oldest is not None and oldest > RECENT / 2:
        return mend(
            "outbox", f"somebody has waited for {span(oldest)}, and {many} wait: start the bot, or see its log."
        )
    return well(
        "outbox", f"{counted(many, 'message waits', 'messages wait')} to be said." if many else "nothing waits."
    )
