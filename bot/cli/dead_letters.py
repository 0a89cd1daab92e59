"""What the commands on dead letters do: list them without their content, replay them, drop them."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime

from bot.cli.common import format_table
from bot.cli.doctor.telegram import TelegramUnreachableError, call_method
from bot.handlers import turn
from bot.logs import locate_error
from bot.settings import Settings
from bot.telegram.updates import parse_raw_update
from storage.conversations.dead_letters import (
    delete_dead_letter,
    find_superseded_ids,
    load_dead_letter_content,
    load_dead_letters,
)
from storage.db.database import Database
from storage.errors import StorageError

NO_DEAD_LETTERS = "There are no dead letters."
REPLAYED = "processed. The bot replies within seconds, or when it starts."


class DeadLetterNotFoundError(Exception):
    """There is no dead letter with this number."""

    def __init__(self, number: int) -> None:
        super().__init__(f"{number}: there is none of this number. `dead-letters list` shows all.")


def format_dead_letter_table(database: Database) -> Iterator[str]:
    """Yields a table of all dead letters: number, when, kind of update, error, where."""
    rows = [
        (
            str(dead_letter.id),
            dead_letter.created_at.strftime("%Y-%m-%d %H:%M"),
            dead_letter.update_kind,
            dead_letter.error_type,
            dead_letter.location,
        )
        for dead_letter in load_dead_letters(database)
    ]
    if not rows:
        yield NO_DEAD_LETTERS
        return
    yield from format_table(("number", "when (UTC)", "kind", "error", "where"), *rows)


def drop_and_report(database: Database, numbers: Iterable[int]) -> Iterator[str]:
    """Deletes them. Raises `DeadLetterNotFoundError`."""
    for number in numbers:
        if number not in _list_numbers(database):
            raise DeadLetterNotFoundError(number)
        delete_dead_letter(database, number)
        yield f"{number}: deleted."


async def replay_dead_letters(
    settings: Settings, database: Database, numbers: Sequence[int] | None
) -> list[tuple[bool, str]]:
    """Processes these again, or all. Returns whether each worked, and a sentence about it.

    Raises `TelegramUnreachableError`.
    """
    numbers = numbers or _list_numbers(database)
    if not numbers:
        return [(True, NO_DEAD_LETTERS)]
    bot_username = await _load_bot_username(settings)
    outdated_numbers = find_superseded_ids(database)  # before the first replay: each one counts as a sign of life
    return [
        _outdated_outcome(number)
        if number in outdated_numbers
        else replay_dead_letter(database, number, bot_username, settings.coordinator_ids)
        for number in numbers
    ]


def replay_dead_letter(
    database: Database, number: int, bot_username: str, coordinators: Collection[int] = ()
) -> tuple[bool, str]:
    """Processes one again and deletes it if that worked. Returns whether it did, and a sentence about it."""
    try:
        content = load_dead_letter_content(database, number)
        if content is None:
            return False, str(DeadLetterNotFoundError(number))
        sentence = _process_update(database, content, bot_username, coordinators)
    except StorageError as error:
        return False, f"{number}: kept. {error}"
    except Exception as error:  # noqa: BLE001 - whatever it is, only this update failed; its text may quote someone
        return False, f"{number}: kept, it failed again: {type(error).__name__} at {locate_error(error)}."
    delete_dead_letter(database, number)
    return True, f"{number}: {sentence}"


def _outdated_outcome(number: int) -> tuple[bool, str]:
    reason = "The person has gone on since, and it would answer something else now"
    return False, f"{number}: not processed. {reason}: `dead-letters drop {number}` deletes it."


def _process_update(database: Database, content: str, bot_username: str, coordinators: Collection[int]) -> str:
    update = parse_raw_update(json.loads(content), None, bot_username, coordinators)
    if update is None:
        return "means nothing to the bot, and is deleted."
    result = turn.take_update(database, update, datetime.now(UTC))
    return REPLAYED if result else "was processed before, and is deleted."


def _list_numbers(database: Database) -> list[int]:
    return [dead_letter.id for dead_letter in load_dead_letters(database)]


async def _load_bot_username(settings: Settings) -> str:
    """Returns the bot's username, which commands in groups contain."""
    response = await call_method(settings, "getMe")
    if not isinstance(response.result, dict):
        raise TelegramUnreachableError(
            "TELEGRAM_BOT_TOKEN: Telegram does not say whose it is: see `python -m bot doctor`."
        )
    return str(response.result["username"])
