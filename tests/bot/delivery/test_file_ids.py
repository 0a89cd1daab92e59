"""Pictures that Telegram has stored are sent by their file id; charts also after a restart."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.delivery.file_ids import FileIds, compute_digest
from bot.emulator import BotApiError, TelegramEmulator
from bot.emulator.emulator import InjectedFault
from bot.graphics.drawing import list_charts
from storage.db.database import open_database
from tests.support.deployments import POSTGRESQL, SQLITE, Deployment
from tests.support.graphics_samples import NUMERIC_RESULTS
from tests.support.phone import Phone
from tests.support.raw_sql import fetch_rows
from tests.support.running_bot import RunningBot, running_bot
from tests.support.walkers import Walker

ON_BOTH_DATABASES = pytest.mark.deployments(SQLITE, POSTGRESQL, reason="is about the database")
FORGOTTEN_FILE = BotApiError(400, "Bad Request: wrong file identifier/HTTP URL specified")


async def submit_default_answers(bot: RunningBot, emulator: TelegramEmulator, chat_id: int) -> None:
    """Submits the same answers for any person, and waits for the picture of the result."""
    walker = Walker(Phone(emulator, chat_id))
    await walker.walk_to("check")
    await walker.submit()
    await bot.wait_for_delivery()


@contextmanager
def record_photos(emulator: TelegramEmulator, *, is_forgotten: bool = False) -> Iterator[list[str]]:
    """How each picture is sent: `id`, or `upload`. `is_forgotten`: Telegram rejects all file ids."""
    photos: list[str] = []

    def record(method: str, arguments: dict[str, object]) -> InjectedFault:
        if method != "sendPhoto":
            return None
        photos.append("id" if isinstance(arguments["photo"], str) else "upload")
        return FORGOTTEN_FILE if is_forgotten and photos[-1] == "id" else None

    emulator.fault_injector = record
    yield photos
    emulator.fault_injector = None


async def test_after_a_restart_a_chart_is_known_by_its_file_id(database_file: Path) -> None:
    database = open_database(f"sqlite:///{database_file}")
    chart, other_chart, *_ = list_charts(NUMERIC_RESULTS)
    file_ids = FileIds(database)
    file_ids.remember(chart, "id of the chart")
    assert fetch_rows(database, "select * from telegram_files") == [], "nothing is written when a picture is sent"
    await file_ids.save()
    restarted = FileIds(database)
    assert (await restarted.find(chart), await restarted.find(other_chart)) == ("id of the chart", None)
    await restarted.forget(chart)
    assert await FileIds(database).find(chart) is None
    database.close()


@ON_BOTH_DATABASES
async def test_file_ids_of_result_cards_are_never_stored(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment
) -> None:
    """A file id contains the second in which the card was first sent."""
    async with running_bot(emulator, emulator_url, deployment) as bot:
        with record_photos(emulator) as photos:
            await submit_default_answers(bot, emulator, 7)
            await submit_default_answers(bot, emulator, 8)
        assert photos == ["upload", "id"], "while the bot runs, equal cards are uploaded once"
    assert deployment.fetch_rows("select * from telegram_files") == []
    async with running_bot(emulator, emulator_url, deployment) as bot:
        with record_photos(emulator) as photos:
            await submit_default_answers(bot, emulator, 9)
        assert photos == ["upload"]


async def test_a_rejected_file_id_is_replaced(bot: RunningBot, emulator: TelegramEmulator) -> None:
    await submit_default_answers(bot, emulator, 7)
    with record_photos(emulator, is_forgotten=True) as photos:
        await submit_default_answers(bot, emulator, 8)
    assert photos == ["id", "upload"]
    with record_photos(emulator) as photos:
        await submit_default_answers(bot, emulator, 9)
    assert photos == ["id"]


async def test_a_chat_that_forbids_pictures_does_not_discard_the_file_id(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone
) -> None:
    bot.allow_events("a drawing could not be sent; its text is sent instead")
    await submit_default_answers(bot, emulator, 8)
    walker = Walker(phone)
    await walker.walk_to("check")
    forbidden = BotApiError(400, "Bad Request: not enough rights to send photos to the chat")
    emulator.fault_injector = lambda method, _: forbidden if method == "sendPhoto" else None
    await walker.submit()
    await bot.wait_for_delivery()
    with record_photos(emulator) as photos:
        await submit_default_answers(bot, emulator, 9)
    assert photos == ["id"]


def test_equal_drawings_share_a_digest_and_others_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, *_ = list_charts(NUMERIC_RESULTS)
    digest = compute_digest(first)
    assert compute_digest(list_charts(NUMERIC_RESULTS)[0]) == digest
    assert compute_digest(second) != digest
    monkeypatch.setattr("bot.delivery.file_ids._compute_graphics_digest", lambda: b"another font")
    assert compute_digest(first) != digest
