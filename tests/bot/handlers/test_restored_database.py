"""An older copy of the database was put back: who has gone on since finds a way on with whatever they press."""

import shutil
from pathlib import Path

from bot.emulator import Lookalike
from tests.support.phone import Phone
from tests.support.running_bot import Running, running
from tests.support.stored_responses import sent
from tests.support.walkers import Walker, place_of


async def walked_to(bot: Running, phone: Phone, place: str) -> None:
    await Walker(phone).to(place)
    await bot.said_all()


async def test_a_button_pressed_since_brings_back_the_open_question(
    lookalike: Lookalike, url: str, file: Path, tmp_path: Path, phone: Phone
) -> None:
    async with running(lookalike, url, file) as bot:
        await walked_to(bot, phone, "viewpoint")
    shutil.copy(file, tmp_path / "copy")
    async with running(lookalike, url, file) as bot:
        await walked_to(bot, phone, "confident")
    file.with_name("bot.db-wal").unlink(missing_ok=True)
    shutil.copy(tmp_path / "copy", file)
    async with running(lookalike, url, file) as bot:
        lost = phone.asking
        tap = phone.tap("About the same")
        again = await phone.hears()
        assert "I may be a little behind" in again.text
        assert place_of(again) == "viewpoint"
        assert not (await phone.answered(tap)).show_alert
        await bot.said_all()
        assert phone.versions[lost.id][-1].buttons == []
        assert [message.id for message in phone.messages if message.buttons] == [again.id]
        await Walker(phone).to("check")
        await Walker(phone).send()
    assert len(sent(bot.way.address)) == 1
