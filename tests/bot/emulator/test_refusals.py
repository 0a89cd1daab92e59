"""The emulator refuses what Telegram refuses, with the same code and the same text."""

from typing import Any

import pytest

from bot.emulator import TelegramEmulator
from tests.support.emulator_client import EmulatorClient

PERSON = 7
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as "
    "a current content and reply markup of the message"
)


@pytest.fixture
def emulator() -> TelegramEmulator:
    emulator = TelegramEmulator()
    emulator.type_text(PERSON, "/start")
    return emulator


def make_keyboard_json(**fields: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Yes", **fields}]]}


def make_entity(offset: int, length: int, kind: str = "bold") -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length}


TEXT_ERRORS = [
    ({"text": ""}, "message text is empty"),
    ({}, "message text is empty"),
    ({"text": " \n "}, "text must be non-empty"),
    ({"text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
    ({"text": "x" * 4097}, "message is too long"),
    ({"text": "😀" * 2049}, "message is too long"),
    ({"text": "x" * 32769}, "text is too long"),
    ({"text": "x", "parse_mode": "Wiki"}, "unsupported parse_mode"),
    ({"text": "*x*", "parse_mode": "MarkdownV2"}, "unsupported parse_mode (the preview reads HTML only)"),
    ({"text": "x", "entities": [make_entity(100, 1)]}, "entity begins after the end of the text at UTF-16 offset 100"),
    (
        {"text": "x", "entities": [make_entity(0, 2)]},
        "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 2",
    ),
    ({"text": "x", "entities": [make_entity(-1, 1)]}, "receive an entity with incorrect offset -1"),
    ({"text": "x", "entities": [make_entity(0, 1, "loud")]}, "can't parse MessageEntity: Unsupported type specified"),
    ({"text": "x", "reply_parameters": {"message_id": 9}}, "message to be replied not found"),
]
HTML_ERRORS = [
    ("<b>unclosed", 'Can\'t find end tag corresponding to start tag "b"'),
    ("<script>alert(1)</script>", 'Unsupported start tag "script" at byte offset 0'),
    ("é<p>x</p>", 'Unsupported start tag "p" at byte offset 2'),
    ("1 < 2 <b>x</b>", 'Unsupported start tag "" at byte offset 2'),
    ("<b><i>test</b></i>", 'Unmatched end tag at byte offset 10, expected "</i>", found "</b>"'),
    ("x</b>", "Unexpected end tag at byte offset 1"),
    ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ("x <b", "Unclosed start tag at byte offset 2"),
    ('<a href="x', "Unclosed start tag at byte offset 0"),
    ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
]
BUTTON_ERROR = "can't parse inline keyboard button: "
KEYBOARD_ERRORS = [
    ("none", "can't parse reply keyboard markup JSON object"),
    ([], "object expected as reply markup"),
    ({"inline_keyboard": "bad"}, 'field "inline_keyboard" must be of type Array'),
    ({"inline_keyboard": ["bad"]}, 'field "inline_keyboard" must be an Array of Arrays'),
    ({"inline_keyboard": [["bad"]]}, BUTTON_ERROR + "InlineKeyboardButton must be an Object"),
    ({"inline_keyboard": [[{"callback_data": "x"}]]}, BUTTON_ERROR + 'Can\'t find field "text"'),
    (make_keyboard_json(text="", callback_data="x"), "inline keyboard button text must be non-empty"),
    (make_keyboard_json(text=1, callback_data="x"), BUTTON_ERROR + 'Field "text" must be of type String'),
    (make_keyboard_json(), BUTTON_ERROR + "Text buttons are unallowed in the inline keyboard"),
    (make_keyboard_json(callback_data=""), BUTTON_ERROR + "Text buttons are unallowed in the inline keyboard"),
    (
        make_keyboard_json(callback_data="x", url="https://a.org"),
        BUTTON_ERROR + "exactly one action is allowed, found url and callback_data",
    ),
    (make_keyboard_json(callback_data="x" * 65), "BUTTON_DATA_INVALID"),
    (make_keyboard_json(callback_data="é" * 33), "BUTTON_DATA_INVALID"),
    (make_keyboard_json(url="not-a-url"), "inline keyboard button URL 'not-a-url' is invalid: Wrong HTTP URL"),
    (
        make_keyboard_json(url="ftp://example.com"),
        "inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol",
    ),
    (make_keyboard_json(url="http://"), "inline keyboard button URL 'http://' is invalid: URL host is empty"),
    (make_keyboard_json(copy_text={"text": "x" * 257}), "BUTTON_COPY_TEXT_INVALID"),
    (make_keyboard_json(pay=True), "BUTTON_TYPE_INVALID"),
    ({"inline_keyboard": [[{"text": "x", "callback_data": "x"}]] * 101}, "reply markup is too long"),
]
OTHER_ARGUMENTS = [
    ("setMyDescription", {"description": "x" * 513}, "BOT_DESCRIPTION_INVALID"),
    ("setMyShortDescription", {"short_description": "x" * 121}, "BOT_SHORT_DESCRIPTION_INVALID"),
    ("setMyName", {"name": "x" * 65}, "BOT_TITLE_INVALID"),
    ("setMyDescription", {"description": "x", "language_code": "english"}, "invalid language code specified"),
    ("setMyCommands", {"commands": [{"command": "", "description": "x"}]}, "command must be non-empty"),
    ("setMyCommands", {"commands": [{"command": "x", "description": " "}]}, "command description must be non-empty"),
    ("setMyCommands", {"commands": [{"command": "x" * 33, "description": "x"}]}, "command length must not exceed 32"),
    ("setMyCommands", {"commands": [{"command": "my-data", "description": "x"}]}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [{"command": "Help", "description": "x"}]}, "BOT_COMMAND_INVALID"),
    ("setMyCommands", {"commands": [{"command": "x", "description": "x"}] * 101}, "BOT_COMMANDS_TOO_MUCH"),
    ("setMyCommands", {"commands": [{"command": "x"}]}, "can't parse BotCommand: Can't find field \"description\""),
    ("setWebhook", {"url": "http://example.org"}, "bad webhook: An HTTPS URL must be provided for webhook"),
    ("sendChatAction", {"chat_id": PERSON, "action": "dancing"}, "wrong parameter action in request"),
    ("sendPhoto", {"chat_id": PERSON}, "there is no photo in the request"),
    ("sendPhoto", {"chat_id": PERSON, "photo": "nonsense"}, "wrong file identifier/HTTP URL specified"),
    ("sendDocument", {"chat_id": PERSON, "document": "https://a.org/x"}, "failed to get HTTP URL content"),
    ("getFile", {"file_id": "nonsense"}, "invalid file_id"),
    ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "MESSAGE_TOO_LONG"),
]


@pytest.mark.parametrize(("args", "text"), TEXT_ERRORS)
async def test_invalid_texts_are_refused(emulator_client: EmulatorClient, args: dict[str, Any], text: str) -> None:
    assert await emulator_client.call_for_refusal("sendMessage", chat_id=PERSON, **args) == (
        400,
        f"Bad Request: {text}",
    )


@pytest.mark.parametrize(("html", "text"), HTML_ERRORS)
async def test_broken_html_is_refused(emulator_client: EmulatorClient, html: str, text: str) -> None:
    refusal = await emulator_client.call_for_refusal("sendMessage", chat_id=PERSON, text=html, parse_mode="HTML")
    assert refusal == (400, f"Bad Request: can't parse entities: {text}")


@pytest.mark.parametrize(("markup", "text"), KEYBOARD_ERRORS)
async def test_invalid_keyboards_are_refused(emulator_client: EmulatorClient, markup: object, text: str) -> None:
    refusal = await emulator_client.call_for_refusal("sendMessage", chat_id=PERSON, text="x", reply_markup=markup)
    assert refusal == (400, f"Bad Request: {text}")


@pytest.mark.parametrize(("method", "args", "text"), OTHER_ARGUMENTS)
async def test_other_invalid_arguments_are_refused(
    emulator_client: EmulatorClient, method: str, args: dict[str, Any], text: str
) -> None:
    assert await emulator_client.call_for_refusal(method, **args) == (400, f"Bad Request: {text}")


async def test_an_unknown_chat_is_refused(emulator_client: EmulatorClient) -> None:
    for chat_id, text in (
        ("", "chat_id is empty"),
        (0, "chat not found"),
        (8, "chat not found"),
        ("x", "chat not found"),
    ):
        refusal = await emulator_client.call_for_refusal("sendMessage", chat_id=chat_id, text="x")
        assert refusal == (400, f"Bad Request: {text}")


async def test_invalid_edits_and_deletions_are_refused(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    typed = emulator.type_text(PERSON, "mine")["message_id"]
    sent = (
        await emulator_client.call_for_result(
            "sendMessage", chat_id=PERSON, text="x", reply_markup=make_keyboard_json(callback_data="x")
        )
    )["message_id"]
    cases = [
        ("editMessageText", {"message_id": typed, "text": "y"}, "message can't be edited"),
        ("editMessageText", {"message_id": sent + 9, "text": "y"}, "message to edit not found"),
        ("editMessageText", {"text": "y"}, "message identifier is not specified"),
        ("editMessageText", {"message_id": sent, "text": "y" * 4097}, "MESSAGE_TOO_LONG"),
        ("editMessageCaption", {"message_id": sent, "caption": "y"}, "there is no caption in the message to edit"),
        ("editMessageCaption", {"message_id": sent, "caption": "y" * 1025}, "MEDIA_CAPTION_TOO_LONG"),
        ("deleteMessage", {"message_id": sent + 9}, "message to delete not found"),
    ]
    for method, args, text in cases:
        assert await emulator_client.call_for_refusal(method, chat_id=PERSON, **args) == (
            400,
            f"Bad Request: {text}",
        ), method


async def test_an_edit_without_a_change_is_refused(emulator_client: EmulatorClient) -> None:
    same: dict[str, Any] = {"chat_id": PERSON, "reply_markup": make_keyboard_json(callback_data="x")}
    sent = await emulator_client.call_for_result("sendMessage", text="<b>x</b> ", parse_mode="HTML", **same)
    same["message_id"] = sent["message_id"]
    assert await emulator_client.call_for_refusal("editMessageText", text="<b>x</b>", parse_mode="HTML", **same) == (
        400,
        NOT_MODIFIED,
    )
    assert await emulator_client.call_for_refusal("editMessageReplyMarkup", **same) == (400, NOT_MODIFIED)
    assert (await emulator_client.call_for_result("editMessageText", text="x", **same))["text"] == "x"
    assert await emulator_client.call_for_refusal("editMessageText", text="x", **same) == (400, NOT_MODIFIED)


async def test_a_tap_is_answered_once_and_not_after_150_seconds(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    first, second = (emulator.tap_button(PERSON, 1, "x") for _ in range(2))
    assert await emulator_client.call_for_result("answerCallbackQuery", callback_query_id=first) is True
    assert await emulator_client.call_for_refusal("answerCallbackQuery", callback_query_id=first) == (400, TOO_OLD)
    assert await emulator_client.call_for_refusal("answerCallbackQuery", callback_query_id="77") == (400, TOO_OLD)
    now = emulator.clock()
    emulator.callback_queries.clock = lambda: now + 151
    assert await emulator_client.call_for_refusal("answerCallbackQuery", callback_query_id=second) == (400, TOO_OLD)


async def test_the_bot_cannot_write_to_a_person_who_has_blocked_it(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    sent = await emulator_client.call_for_result("sendMessage", chat_id=PERSON, text="x")
    emulator.block_bot(PERSON)
    blocked = (403, "Forbidden: bot was blocked by the user")
    assert await emulator_client.call_for_refusal("sendMessage", chat_id=PERSON, text="x") == blocked
    assert await emulator_client.call_for_refusal("sendChatAction", chat_id=PERSON, action="typing") == blocked
    edit = {"chat_id": PERSON, "message_id": sent["message_id"], "text": "y"}
    assert await emulator_client.call_for_refusal("editMessageText", **edit) == blocked
    emulator.unblock_bot(PERSON)
    assert (await emulator_client.call_for_result("sendMessage", chat_id=PERSON, text="x"))["text"] == "x"


async def test_the_bot_cannot_write_to_a_group_that_it_has_left(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    emulator.add_bot_to_group(-5, user_id=PERSON)
    assert await emulator_client.call_for_result("leaveChat", chat_id=-5) is True
    not_a_member = (403, "Forbidden: bot is not a member of the group chat")
    assert await emulator_client.call_for_refusal("sendMessage", chat_id=-5, text="x") == not_a_member
    emulator.add_bot_to_group(-5, user_id=PERSON)
    emulator.remove_bot_from_group(-5, user_id=PERSON)
    kicked = (403, "Forbidden: bot was kicked from the group chat")
    assert await emulator_client.call_for_refusal("sendMessage", chat_id=-5, text="x") == kicked


async def test_unknown_methods_and_tokens_are_refused(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    assert await emulator_client.call_for_refusal("sendHope") == (404, "Not Found")
    emulator_client.token = "1000001:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    assert await emulator_client.call_for_refusal("getMe") == (401, "Unauthorized")
    emulator_client.token = "nonsense"
    assert await emulator_client.call_for_refusal("getMe") == (404, "Not Found")
    assert emulator.calls == {"sendHope": 1}
    assert emulator.refusals == [("sendHope", "Not Found")]
