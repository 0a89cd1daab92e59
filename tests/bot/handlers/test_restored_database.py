"""After an older copy of the database was restored, people who went on since find their way back with any button."""

import shutil
from pathlib import Path

from bot.emulator import TelegramEmulator
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, running_bot
from tests.support.stored_responses import load_choices
from tests.support.walkers import Walker, get_step


async def walk_and_wait(bot: RunningBot, phone: Phone, place: str) -> None:
    await Walker(phone).walk_to(place)
    await bot.wait_for_delivery()


async def test_a_button_newer_than_the_database_repeats_the_stored_question(
    emulator: TelegramEmulator, emulator_url: str, database_file: Path, tmp_path: Path, phone: Phone
) -> None:
    async with running_bot(emulator, emulator_url, database_file) as bot:
        await walk_and_wait(bot, phone, "viewpoint")
    shutil.copy(database_file, tmp_path / "copy")
    async with running_bot(emulator, emulator_url, database_file) as bot:
        await walk_and_wait(bot, phone, "confident")
    database_file.with_name("bot.db-wal").unlink(missing_ok=True)
    shutil.copy(tmp_path / "copy", database_file)
    async with running_bot(emulator, emulator_url, database_file) as bot:
        lost_prompt = phone.latest_prompt
        tap = phone.tap("About the same")
        repeated = await phone.receive()
        assert "I may be a little behind" in repeated.text
        assert get_step(repeated) == "viewpoint"
        assert not (await phone.wait_for_answer(tap)).show_alert
        await bot.wait_for_delivery()
        assert phone.versions[lost_prompt.id][-1].buttons == []
        assert [message.id for message in phone.messages if message.buttons] == [repeated.id]
        await Walker(phone).walk_to("check")
        await Walker(phone).submit()
    assert len(load_choices(bot.deployment.database_url)) == 1
