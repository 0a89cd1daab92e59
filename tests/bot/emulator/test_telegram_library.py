"""python-telegram-bot understands every answer and every update of the emulator."""

from typing import Any

import aiohttp
import pytest
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, Message, Update
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter

from bot.emulator import BotApiError, TelegramEmulator
from bot.emulator.state import SAMPLE_ATTACHMENTS
from tests.support.phone import Phone
from tests.support.sample_bot import draw_picture, make_keyboard, run_sample_bot

PERSON = 3


@pytest.fixture
def phone(emulator: TelegramEmulator) -> Phone:
    phone = Phone(emulator, PERSON)
    phone.type_text("/start")
    return phone


async def test_messages_edits_and_deletions(telegram_bot: Bot, phone: Phone) -> None:
    sent = await telegram_bot.send_message(
        PERSON, "<b>Hi</b> 😀", parse_mode="HTML", reply_markup=make_keyboard([("Yes", "y")])
    )
    assert (sent.text, sent.text_html, phone.current_buttons()) == ("Hi 😀", "<b>Hi</b> 😀", ["Yes"])
    edited = await telegram_bot.edit_message_text("Bye", PERSON, sent.message_id)
    assert isinstance(edited, Message)
    assert (edited.message_id, edited.text) == (sent.message_id, "Bye")
    assert (phone.latest_bot_message.text, phone.current_buttons()) == ("Bye", [])
    assert await telegram_bot.delete_message(PERSON, sent.message_id)
    assert [message.text for message in phone.messages] == ["/start"]


async def test_a_photo_is_uploaded_sent_again_by_its_id_and_downloaded(telegram_bot: Bot, phone: Phone) -> None:
    sent = await telegram_bot.send_photo(PERSON, draw_picture(), caption="<i>a</i>", parse_mode="HTML")
    again = await telegram_bot.send_photo(PERSON, sent.photo[-1].file_id, caption="b")
    assert (sent.photo[-1].width, sent.photo[-1].height, sent.caption_html) == (640, 400, "<i>a</i>")
    assert again.photo[-1].file_id == sent.photo[-1].file_id
    file = await telegram_bot.get_file(again.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == draw_picture()
    await telegram_bot.edit_message_caption(PERSON, sent.message_id, caption="c")
    assert [message.text for message in phone.messages] == ["/start", "c", "b"]


async def test_a_document_keeps_its_name(telegram_bot: Bot, phone: Phone) -> None:
    sent = await telegram_bot.send_document(PERSON, b"a,b\n", filename="my answers.csv")
    assert sent.document
    assert (sent.document.file_name, sent.document.mime_type, sent.document.file_size) == (
        "my answers.csv",
        "text/csv",
        4,
    )
    assert phone.latest_bot_message.kind == "document"


@pytest.mark.parametrize(
    ("content", "text"), [(b"", "File must be non-empty"), (b"no picture", "Image_process_failed")]
)
@pytest.mark.usefixtures("phone")
async def test_a_photo_that_is_not_an_image_is_refused(telegram_bot: Bot, content: bytes, text: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i)^{text}$"):
        await telegram_bot.send_photo(PERSON, content)


@pytest.mark.usefixtures("phone")
async def test_a_document_cannot_be_sent_as_a_photo(telegram_bot: Bot) -> None:
    sent = await telegram_bot.send_document(PERSON, b"x", filename="x.txt")
    assert sent.document
    with pytest.raises(BadRequest, match=r"(?i)can't use file of type document as photo"):
        await telegram_bot.send_photo(PERSON, sent.document.file_id)


async def test_commands_and_descriptions_are_stored_by_scope_and_language(
    telegram_bot: Bot, emulator: TelegramEmulator
) -> None:
    scope = BotCommandScopeAllPrivateChats()
    await telegram_bot.set_my_commands([BotCommand("start", "Start")])
    await telegram_bot.set_my_commands([BotCommand("start", "Dechrau")], scope, "cy")
    assert [command.description for command in await telegram_bot.get_my_commands(scope, "cy")] == ["Dechrau"]
    assert [command.description for command in await telegram_bot.get_my_commands()] == ["Start"]
    assert list(await telegram_bot.get_my_commands(scope)) == []
    menu_texts = {
        language: emulator.profile.find_menu_commands(1, language)[0]["description"] for language in ("cy", "en")
    }
    assert menu_texts == {"cy": "Dechrau", "en": "Start"}
    await telegram_bot.set_my_description("About")
    await telegram_bot.set_my_description("Am", "cy")
    await telegram_bot.set_my_short_description("Short")
    await telegram_bot.set_my_name("Our bot")
    assert (await telegram_bot.get_my_description("cy")).description == "Am"
    assert (await telegram_bot.get_my_description("pl")).description == "About"
    assert (await telegram_bot.get_my_short_description()).short_description == "Short"
    assert (await telegram_bot.get_me()).first_name == "Our bot"


async def test_refusals_become_the_errors_of_the_library(
    telegram_bot: Bot, emulator: TelegramEmulator, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # otherwise the library warns about its next version
    with pytest.raises(BadRequest, match="Chat not found"):
        await telegram_bot.send_message(99, "x")
    phone.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await telegram_bot.send_message(PERSON, "x")
    emulator.fault_injector = lambda *_: BotApiError(429, "Too Many Requests: retry after 5", retry_after=5)
    with pytest.raises(RetryAfter):
        await telegram_bot.send_message(PERSON, "x")
    emulator.fault_injector = None
    await telegram_bot.set_webhook("https://example.org/x")
    with pytest.raises(Conflict):
        await telegram_bot.get_updates()


async def test_a_wrong_token_is_refused(emulator_url: str) -> None:
    bot = Bot("1:AAAA", base_url=f"{emulator_url}/bot")
    with pytest.raises(InvalidToken):
        await bot.initialize()
    await bot.shutdown()


async def test_every_kind_of_update_is_parsed(telegram_bot: Bot, emulator: TelegramEmulator, phone: Phone) -> None:
    for kind in SAMPLE_ATTACHMENTS:
        phone.send_media(kind)
    phone.edit(phone.type_text("one"), "two")
    phone.tap_button(await send_button(telegram_bot, phone), {"text": "Yes", "callback_data": "y"})
    emulator.tap_button(PERSON, 1, "of a deleted message")
    phone.block()
    phone.unblock()
    emulator.add_bot_to_group(-5, user_id=PERSON)
    emulator.add_bot_to_group(-1_000_000_000_005, user_id=PERSON)
    emulator.type_text(-5, "/start@connection_test_bot", user_id=PERSON)
    updates: tuple[Update, ...] = await telegram_bot.get_updates(allowed_updates=Update.ALL_TYPES)
    assert len(updates) == 1 + len(SAMPLE_ATTACHMENTS) + 2 + 2 + 2 + 4 + 1
    assert all(update.effective_user and update.effective_chat for update in updates)
    last = updates[-1].message
    assert last
    assert list(last.parse_entities(["bot_command"]).values()) == ["/start@connection_test_bot"]
    assert (await telegram_bot.get_chat(-5)).title == "A group"


async def send_button(bot: Bot, phone: Phone) -> Any:
    await bot.send_message(PERSON, "x", reply_markup=make_keyboard([("Yes", "y")]))
    return phone.latest_prompt


async def test_an_application_polls_answers_and_stops(emulator: TelegramEmulator, emulator_url: str) -> None:
    phone = Phone(emulator, PERSON, language="cy")
    async with run_sample_bot(emulator, emulator_url):
        phone.type_text("/start")
        assert (await phone.receive()).text.startswith("Hello.")
        tap = phone.tap("Let's start")
        assert not (await phone.wait_for_answer(tap)).text
        question = await phone.receive()
        assert question.buttons[:2] == ["Much better", "A bit better"]
        await phone.wait_for_answer(phone.tap("Why ask?"))
        phone.tap("A bit better")
        assert (await phone.receive()).text.startswith("What made the difference?")
        await phone.wait_until(lambda: not phone.current_buttons())
        await phone.wait_for_answer(phone.tap_in(question, "Much better"))
        await phone.receive()
        phone.send_media("voice")
        assert "Could you type it?" in (await phone.receive()).text
    assert phone.alerts == ["Nobody can find out what you said, not even us."]
    assert phone.toasts == ["Saved", "Saved"]
    assert "✓ Much better" in phone.format_transcript()
    assert emulator.refusals == []


async def test_arguments_come_as_json_as_a_form_or_in_the_query_string(
    emulator: TelegramEmulator, emulator_url: str
) -> None:
    emulator.type_text(PERSON, "/start")
    url = f"{emulator_url}/bot{emulator.token}/SENDMESSAGE"
    markup = '{"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}'
    form = {"chat_id": str(PERSON), "text": "é + &", "reply_markup": markup}
    async with aiohttp.ClientSession() as session:
        multipart = aiohttp.MultipartWriter("form-data")
        for name, value in form.items():
            multipart.append(value).set_content_disposition("form-data", name=name)
        responses = [
            await session.post(url, json=form),
            await session.post(url, data=form),
            await session.post(url, data=multipart),
            await session.get(url, params=form),
        ]
        for response in responses:
            result = (await response.json())["result"]
            assert (result["text"], result["reply_markup"]["inline_keyboard"][0][0]["text"]) == ("é + &", "Yes")
