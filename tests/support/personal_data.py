"""/mydata requested, and its file read."""

from bot.emulator import TelegramEmulator
from tests.support.phone import Phone, PhoneMessage
from tests.support.running_bot import RunningBot


async def request_personal_data(bot: RunningBot, phone: Phone) -> list[PhoneMessage]:
    """Types /mydata; what comes then."""
    before = len(phone.received_ids)
    phone.type_text("/mydata")
    await bot.wait_for_delivery()
    return [phone.versions[number][-1] for number in phone.received_ids[before:]]


def read_data_file(emulator: TelegramEmulator, message: PhoneMessage) -> str:
    """The text in the file of a message."""
    stored = emulator.files.by_id[message.raw["document"]["file_id"]]
    assert (stored.name, stored.media_type) == ("my-data.txt", "text/plain")
    assert stored.content.startswith("\ufeff".encode()), "else some phones read it as something else than UTF-8"
    return stored.content.decode("utf-8-sig")
