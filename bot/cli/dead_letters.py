"""Updates that were set aside: shown without a word of theirs, taken in again, or given up."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from bot.cli.common import lined
from bot.cli.doctor.telegram import Unreachable, ask
from bot.handlers import turn
from bot.logs import where
from bot.settings import Settings
from bot.telegram.updates import parse_update
from storage.conversations.dead_letters import all_aside, content_of, gone_on, strike_aside
from storage.db.database import Database
from storage.errors import StorageFault

NONE = "Nothing is set aside."
TAKEN_IN = "taken in. The bot says what follows within seconds, or when it starts."


class NotThere(Exception):
    """There is no update set aside under this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"{number}: there is none of this number. `set-aside list` shows all.")


def table(database: Database) -> Iterator[str]:
    """A line for each: number, when, kind, error, where."""
    rows = [
        (str(one.id), one.at.strftime("%Y-%m-%d %H:%M"), one.kind, one.error, one.place) for one in all_aside(database)
    ]
    if not rows:
        yield NONE
        return
    yield from lined(("number", "when (UTC)", "kind", "error", "where"), *rows)


def give_up(database: Database, numbers: Iterable[int]) -> Iterator[str]:
    """Erases them. Raises `NotThere`."""
    for number in numbers:
        if number not in _numbers(database):
            raise NotThere(number)
        strike_aside(database, number)
        yield f"{number}: erased."


async def replay_all(settings: Settings, database: Database, numbers: Sequence[int] | None) -> list[tuple[bool, str]]:
    """Takes these in again, or all: whether it worked, and a sentence about each. Raises `Unreachable`.

    Who has gone on is known before the first is taken in: each that is taken in counts as a sign of life.
    """
    numbers = numbers or _numbers(database)
    if not numbers:
        return [(True, NONE)]
    me = await _name(settings)
    late = gone_on(database)
    return [
        _too_late(number) if number in late else replay(database, number, me, settings.coordinator_ids)
        for number in numbers
    ]


def replay(database: Database, number: int, me: str, coordinators: Collection[int] = ()) -> tuple[bool, str]:
    """Takes one in again; it goes when that worked. Whether it did, and a sentence about it."""
    try:
        content = content_of(database, number)
        if content is None:
            return False, str(NotThere(number))
        said = _take(database, content, me, coordinators)
    except StorageFault as fault:
        return False, f"{number}: still set aside. {fault}"
    except Exception as fault:  # noqa: BLE001 - whatever it is, it is this update's; its text may quote somebody
        return False, f"{number}: still set aside, it failed again: {type(fault).__name__} at {where(fault)}."
    strike_aside(database, number)
    return True, f"{number}: {said}"


def _too_late(number: int) -> tuple[bool, str]:
    since = "The person has gone on since, and it would answer something else now"
    return False, f"{number}: not taken in. {since}: `set-aside drop {number}` erases it."


def _take(database: Database, content: str, me: str, coordinators: Collection[int]) -> str:
    incoming = parse_update(json.loads(content), None, me, coordinators)
    if incoming is None:
        return "means nothing to the bot, and is erased."
    taken = turn.take(database, incoming, datetime.now(UTC))
    return TAKEN_IN if taken else "was taken in before, and is erased."


def _numbers(database: Database) -> list[int]:
    return [one.id for one in all_aside(database)]


async def _name(settings: Settings) -> str:
    """The bot's own username: commands in groups name it."""
    answer = await ask(settings, "getMe")
    if not isinstance(answer.result, dict):
        raise Unreachable("TELEGRAM_BOT_TOKEN: Telegram does not say whose it is: see `python -m bot doctor`.")
    return str(answer.result["username"])
