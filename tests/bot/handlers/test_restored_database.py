"""An older copy of the database was put back: who has gone on since finds a way on with whatever they press."""

import shutil
from pathlib import Path

from bot.emulator import TelegramEmulator
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, running_bot
from tests.support.stored_responses import load_choices
from tests.support.walkers import Walker, get_step


async def walked_to(bot: RunningBot, phone: Phone, place: str) -> None:
    await Walker(phone).walk_to(place)
    await bot.wait_for_delivery()


async def test_a_button_pressed_since_brings_back_the_open_question(
    emulator: TelegramEmulator, emulator_url: str, database_file: Path, tmp_path: Path, phone: Phone
) -> None:
    async with running_bot(emulator, emulator_url, database_file) as bot:
        await walked_to(bot, phone, "viewpoint")
    shutil.copy(database_file, tmp_path / "copy")
    async with running_bot(emulator, emulator_url, database_file) as bot:
        await walked_to(bot, phone, "confident")
    database_file.with_name("bot.db-wal").unlink(missing_ok=True)
    shutil.copy(tmp_path / "copy", database_file)
    async with running_bot(emulator, emulator_url, database_file) as bot:
        lost = phone.latest_prompt
        tap = phone.tap("About the same")
        again = await phone.receive()
        assert "I may be a little behind" in again.text
        assert get_step(again) == "viewpoint"
        assert not (await phone.wait_for_answer(tap)).show_alert
        await bot.wait_for_delivery()
        assert phone.versions[lost.id][-1].buttons == []
        assert [message.id for message in phone.messages if message.buttons] == [again.id]
        await Walker(phone).walk_to("check")
        await Walker(phone).submit()
    assert len(load_choices(bot.deployment.database_url)) == 1
