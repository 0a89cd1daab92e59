"""What the doctor sees of Telegram: the token, the way there, its rights, the clock; and what waits to be said."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from bot.operating.findings import Finding, counted, mend, note, skipped, span, well
from bot.operating.telegram import Answer, Unreachable
from bot.settings import MALFORMED, Settings, looks_like_token

NOT_ASKED = "not looked at: Telegram must answer first."
NOT_KNOWN = "not looked at: Telegram must know the token first."
CLOCK = 30.0  # seconds
RECENT = 600.0  # seconds
PRIVACY = (
    "privacy mode is off: in groups Telegram hands the bot everything anybody writes. In @BotFather: /setprivacy, this "
    "bot, Enable; then take the bot out of its groups and add it again."
)
JOINING = "the bot can't be added to groups. In @BotFather: /setjoingroups, this bot, Enable."


def about_token(settings: Settings, met: Answer | Unreachable) -> Finding:
    if settings.token is None:
        return mend("token", "TELEGRAM_BOT_TOKEN is not set, so `run` is the preview: @BotFather gives one.")
    if not looks_like_token(settings.token):
        return mend("token", MALFORMED)
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
        yield skipped("groups", why_not(met))
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


def known(answer: Answer | Unreachable) -> dict[str, Any] | None:
    """What Telegram told of us, where it knows us."""
    found = None if isinstance(answer, Unreachable) else answer.result
    return found if isinstance(found, dict) else None


def why_not(answer: Answer | Unreachable) -> str:
    """Why something that only Telegram knows was not looked at."""
    return NOT_ASKED if isinstance(answer, Unreachable) or answer.knows_token else NOT_KNOWN


def about_waiting(many: int, oldest: float | None) -> Finding:
    """The outbox: how many wait, and since how many seconds somebody waits for the oldest."""
    if oldest is not None and oldest > RECENT / 2:
        return mend(
            "outbox", f"somebody has waited for {span(oldest)}, and {many} wait: start the bot, or see its log."
        )
    return well(
        "outbox", f"{counted(many, 'message waits', 'messages wait')} to be said." if many else "nothing waits."
    )
