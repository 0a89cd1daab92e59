"""The library that the bot is built on reads every answer and every update."""

from typing import Any

import aiohttp
import pytest
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, Update
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter

from bot.emulator import Lookalike, Refused
from bot.emulator.state import THINGS
from tests.support.phone import Phone
from tests.support.sample_bot import keyboard, picture, pretend_bot

PERSON = 3


@pytest.fixture
def phone(lookalike: Lookalike) -> Phone:
    made = Phone(lookalike, PERSON)
    made.type("/start")
    return made


async def test_messages_edits_and_deletions(bot: Bot, phone: Phone) -> None:
    sent = await bot.send_message(PERSON, "<b>Hi</b> 😀", parse_mode="HTML", reply_markup=keyboard([("Yes", "y")]))
    assert (sent.text, sent.text_html, phone.buttons()) == ("Hi 😀", "<b>Hi</b> 😀", ["Yes"])
    edited = await bot.edit_message_text("Bye", PERSON, sent.message_id)
    assert isinstance(edited, object)
    assert (phone.shown.text, phone.buttons()) == ("Bye", [])
    assert await bot.delete_message(PERSON, sent.message_id)
    assert [message.text for message in phone.messages] == ["/start"]


async def test_a_photo_is_uploaded_sent_again_by_its_id_and_fetched(bot: Bot, phone: Phone) -> None:
    sent = await bot.send_photo(PERSON, picture(), caption="<i>a</i>", parse_mode="HTML")
    again = await bot.send_photo(PERSON, sent.photo[-1].file_id, caption="b")
    assert (sent.photo[-1].width, sent.photo[-1].height, sent.caption_html) == (640, 400, "<i>a</i>")
    assert again.photo[-1].file_id == sent.photo[-1].file_id
    file = await bot.get_file(again.photo[-1].file_id)
    assert bytes(await file.download_as_bytearray()) == picture()
    await bot.edit_message_caption(PERSON, sent.message_id, caption="c")
    assert [message.text for message in phone.messages] == ["/start", "c", "b"]


async def test_a_document_keeps_its_name(bot: Bot, phone: Phone) -> None:
    sent = await bot.send_document(PERSON, b"a,b\n", filename="my answers.csv")
    assert sent.document
    assert (sent.document.file_name, sent.document.mime_type, sent.document.file_size) == (
        "my answers.csv",
        "text/csv",
        4,
    )
    assert phone.shown.kind == "document"


@pytest.mark.parametrize(
    ("content", "text"), [(b"", "File must be non-empty"), (b"no picture", "Image_process_failed")]
)
@pytest.mark.usefixtures("phone")
async def test_what_is_no_picture_is_refused(bot: Bot, content: bytes, text: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i)^{text}$"):
        await bot.send_photo(PERSON, content)


@pytest.mark.usefixtures("phone")
async def test_a_document_can_not_be_sent_as_a_photo(bot: Bot) -> None:
    sent = await bot.send_document(PERSON, b"x", filename="x.txt")
    assert sent.document
    with pytest.raises(BadRequest, match=r"(?i)can't use file of type document as photo"):
        await bot.send_photo(PERSON, sent.document.file_id)


async def test_commands_and_descriptions_are_kept_by_scope_and_language(bot: Bot, lookalike: Lookalike) -> None:
    scope = BotCommandScopeAllPrivateChats()
    await bot.set_my_commands([BotCommand("start", "Start")])
    await bot.set_my_commands([BotCommand("start", "Dechrau")], scope, "cy")
    assert [each.description for each in await bot.get_my_commands(scope, "cy")] == ["Dechrau"]
    assert [each.description for each in await bot.get_my_commands()] == ["Start"]
    assert list(await bot.get_my_commands(scope)) == []
    shown = {language: lookalike.profile.commands_for(1, language)[0]["description"] for language in ("cy", "en")}
    assert shown == {"cy": "Dechrau", "en": "Start"}
    await bot.set_my_description("About")
    await bot.set_my_description("Am", "cy")
    await bot.set_my_short_description("Short")
    await bot.set_my_name("Our bot")
    assert (await bot.get_my_description("cy")).description == "Am"
    assert (await bot.get_my_description("pl")).description == "About"
    assert (await bot.get_my_short_description()).short_description == "Short"
    assert (await bot.get_me()).first_name == "Our bot"


async def test_refusals_arrive_as_the_librarys_own_errors(
    bot: Bot, lookalike: Lookalike, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # else the library warns of its next version
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(99, "x")
    phone.block()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(PERSON, "x")
    lookalike.fault = lambda *_: Refused(429, "Too Many Requests: retry after 5", retry_after=5)
    with pytest.raises(RetryAfter):
        await bot.send_message(PERSON, "x")
    lookalike.fault = None
    await bot.set_webhook("https://example.org/x")
    with pytest.raises(Conflict):
        await bot.get_updates()


async def test_a_wrong_token_is_told(url: str) -> None:
    stranger = Bot("1:AAAA", base_url=f"{url}/bot")
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    await stranger.shutdown()


async def test_every_update_is_read(bot: Bot, lookalike: Lookalike, phone: Phone) -> None:
    for kind in THINGS:
        phone.send(kind)
    phone.edit(phone.type("one"), "two")
    phone.tap_data(await shown(bot, phone), {"text": "Yes", "callback_data": "y"})
    lookalike.taps(PERSON, 1, "of a message that is gone")
    phone.block()
    phone.unblock()
    lookalike.adds_to_group(-5, by=PERSON)
    lookalike.adds_to_group(-1_000_000_000_005, by=PERSON)
    lookalike.types(-5, "/start@connection_test_bot", by=PERSON)
    updates: tuple[Update, ...] = await bot.get_updates(allowed_updates=Update.ALL_TYPES)
    assert len(updates) == 1 + len(THINGS) + 2 + 2 + 2 + 4 + 1
    assert all(update.effective_user and update.effective_chat for update in updates)
    last = updates[-1].message
    assert last
    assert list(last.parse_entities(["bot_command"]).values()) == ["/start@connection_test_bot"]
    assert (await bot.get_chat(-5)).title == "A group"


async def shown(bot: Bot, phone: Phone) -> Any:
    await bot.send_message(PERSON, "x", reply_markup=keyboard([("Yes", "y")]))
    return phone.asking


async def test_a_whole_application_polls_answers_and_stops(lookalike: Lookalike, url: str) -> None:
    phone = Phone(lookalike, PERSON, language="cy")
    async with pretend_bot(lookalike, url):
        phone.type("/start")
        assert (await phone.hears()).text.startswith("Hello.")
        tap = phone.tap("Let's start")
        assert not (await phone.answered(tap)).text
        question = await phone.hears()
        assert question.buttons[:2] == ["Much better", "A bit better"]
        await phone.answered(phone.tap("Why ask?"))
        phone.tap("A bit better")
        assert (await phone.hears()).text.startswith("What made the difference?")
        await phone.until(lambda: not phone.buttons())
        await phone.answered(phone.tap_on(question, "Much better"))
        await phone.hears()
        phone.send("voice")
        assert "Could you type it?" in (await phone.hears()).text
    assert phone.alerts == ["Nobody can find out what you said, not even us."]
    assert phone.toasts == ["Saved", "Saved"]
    assert "✓ Much better" in phone.transcript()
    assert lookalike.refusals == []


async def test_arguments_are_taken_as_json_as_a_form_and_from_the_address(lookalike: Lookalike, url: str) -> None:
    lookalike.types(PERSON, "/start")
    address = f"{url}/bot{lookalike.token}/SENDMESSAGE"
    markup = '{"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}'
    form = {"chat_id": str(PERSON), "text": "é + &", "reply_markup": markup}
    async with aiohttp.ClientSession() as session:
        multipart = aiohttp.MultipartWriter("form-data")
        for name, value in form.items():
            multipart.append(value).set_content_disposition("form-data", name=name)
        replies = [
            await session.post(address, json=form),
            await session.post(address, data=form),
            await session.post(address, data=multipart),
            await session.get(address, params=form),
        ]
        for reply in replies:
            result = (await reply.json())["result"]
            assert (result["text"], result["reply_markup"]["inline_keyboard"][0][0]["text"]) == ("é + &", "Yes")
