"""Looks at everything that the bot needs, and says what is wrong and how to mend it. Changes nothing.

Telegram is not asked for updates: that would take them away from a bot that runs.
"""

import time
from collections.abc import AsyncIterator, Iterator, Sequence

from bot.cli.doctor.database import NOT_LOOKED_AT, about_database, about_temporary
from bot.cli.doctor.findings import Finding, mend, note, skipped, well
from bot.cli.doctor.telegram import (
    Answer,
    Unreachable,
    about_clock,
    about_groups,
    about_telegram,
    about_token,
    about_waiting,
    ask,
)
from bot.cli.doctor.webhook import about_call, about_pages, about_webhook
from bot.settings import Settings, Stranger
from storage.conversations.dead_letters import how_many
from storage.conversations.outbox import unsaid
from storage.db.database import NO_KEY
from storage.db.encryption import Cipher
from storage.db.readonly import looking_into
from storage.db.url import SQLITE, readable
from storage.errors import NoDatabase, StorageFault

NOTHING_YET = "nothing yet: the bot has not been started on this database."
UNSET = "not looked at: the setting must be mended first."


async def examine(
    settings: Settings, wrong: dict[str, str], strange: Sequence[Stranger] = ()
) -> AsyncIterator[Finding]:
    """One finding after another. `wrong`: a sentence for each setting that can't be used, by its name. `strange`: names
    that are no setting's.
    """
    wrong = wrong | _wrong_storage(settings)
    for finding in _about_settings(wrong, strange):
        yield finding
    met = await _asked(settings, "getMe") if "telegram_api_url" not in wrong else Unreachable(UNSET)
    yield about_token(settings, met)
    yield about_telegram(settings, met) if "telegram_api_url" not in wrong else skipped("Telegram", UNSET)
    for finding in about_groups(met):
        yield finding
    storable = not {"database_url", "secret_key"} & wrong.keys()
    for finding in about_database(settings) if storable else _unset("database", "key"):
        yield finding
    yield about_temporary()
    yield about_clock(met)
    async for finding in _webhook(settings, wrong, met):
        yield finding
    yield await about_pages(settings) if not {"host", "port"} & wrong.keys() else skipped("pages", UNSET)
    for finding in _about_work(settings) if storable else _unset("outbox", "set aside"):
        yield finding


def _about_settings(wrong: dict[str, str], strange: Sequence[Stranger]) -> Iterator[Finding]:
    for sentence in wrong.values():
        yield mend("settings", sentence)
    for one in strange:
        misspelt = one.nearest and one.in_file  # in the environment it may be another program's
        yield mend("settings", str(one)) if misspelt else note("settings", str(one))
    if not (wrong or strange):
        yield well("settings", "all can be used.")


def _unset(*subjects: str) -> list[Finding]:
    return [skipped(subject, UNSET) for subject in subjects]


def _wrong_storage(settings: Settings) -> dict[str, str]:
    """What storage has against its two settings; it alone can say."""
    try:
        url = readable(settings.database_url)
    except StorageFault as fault:
        return {"database_url": str(fault)}
    try:
        if settings.secret:
            Cipher(settings.secret)
        elif url.get_backend_name() != SQLITE:
            return {"secret_key": NO_KEY}
    except StorageFault as fault:
        return {"secret_key": str(fault)}
    return {}


async def _asked(settings: Settings, method: str) -> Answer | Unreachable:
    try:
        return await ask(settings, method)
    except Unreachable as fault:
        return fault


async def _webhook(settings: Settings, wrong: dict[str, str], met: Answer | Unreachable) -> AsyncIterator[Finding]:
    if "webhook_url" in wrong:
        yield skipped("webhook", UNSET)
        return
    known = isinstance(met, Answer) and met.knows_token
    for finding in about_webhook(settings.webhook_url, await _asked(settings, "getWebhookInfo") if known else met):
        yield finding
    if settings.webhook_url:
        yield await about_call(settings.webhook_url)


def _about_work(settings: Settings) -> Iterator[Finding]:
    """What waits to be said, and what was set aside."""
    try:
        with looking_into(settings.database_url, settings.secret) as database:
            many, since = unsaid(database)
            aside = how_many(database)
    except StorageFault as fault:
        why = NOTHING_YET if isinstance(fault, NoDatabase) else NOT_LOOKED_AT
        yield skipped("outbox", why)
        yield skipped("set aside", why)
        return
    yield about_waiting(many, time.time() - since if since else None)
    yield _about_aside(aside)


def _about_aside(many: int) -> Finding:
    if many:
        return note("set aside", f"{many} could not be taken in: `python -m bot set-aside list` says which.")
    return well("set aside", "nothing.")
