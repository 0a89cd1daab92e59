"""The API methods that change a chat: send, edit or delete a message, answer a tap, show a chat action.

Each returns the result as JSON and raises `BotApiError`, with its checks in the order of Telegram's server.
"""

from bot.emulator.arguments import Arguments
from bot.emulator.errors import (
    CHAT_ACTIONS,
    MAX_CALLBACK_ANSWER_LENGTH,
    MAX_CAPTION_LENGTH,
    MAX_RAW_TEXT_LENGTH,
    MAX_TEXT_LENGTH,
    MESSAGE_NOT_MODIFIED,
    Json,
    raise_bad_request,
    utf16_length,
)
from bot.emulator.html import parse_text
from bot.emulator.keyboards import validate_markup
from bot.emulator.people import EmulatedPeople
from bot.emulator.state import Chat


def send_message(emulator: EmulatedPeople, args: Arguments) -> Json:
    return _post_message(emulator, args, _read_text(args, "message is too long"))


def send_photo(emulator: EmulatedPeople, args: Arguments) -> Json:
    return _send_file(emulator, args, "photo")


def send_document(emulator: EmulatedPeople, args: Arguments) -> Json:
    return _send_file(emulator, args, "document")


def edit_message_text(emulator: EmulatedPeople, args: Arguments) -> Json:
    text_fields = _read_text(args, "MESSAGE_TOO_LONG")
    chat, current = _find_own_message(emulator, args)
    if "text" not in current:
        raise_bad_request("there is no text in the message to edit")
    return _replace_message(emulator, args, chat, {**_drop_fields(current, "text", "entities"), **text_fields})


def edit_message_caption(emulator: EmulatedPeople, args: Arguments) -> Json:
    caption_fields = _read_caption(args, "MEDIA_CAPTION_TOO_LONG")
    chat, current = _find_own_message(emulator, args)
    if "text" in current:
        raise_bad_request("there is no caption in the message to edit")
    return _replace_message(
        emulator, args, chat, {**_drop_fields(current, "caption", "caption_entities"), **caption_fields}
    )


def edit_message_reply_markup(emulator: EmulatedPeople, args: Arguments) -> Json:
    chat, current = _find_own_message(emulator, args)
    return _replace_message(emulator, args, chat, current, is_content_changed=False)


def delete_message(emulator: EmulatedPeople, args: Arguments) -> bool:
    chat = emulator.chats.find_for_bot(args.get("chat_id"))
    message = chat.messages.get(_read_message_id(args))
    if message is None:
        raise_bad_request("message to delete not found")
    if not chat.is_private and not message["from"]["is_bot"]:
        raise_bad_request("message can't be deleted")
    chat.remove_message(message["message_id"])
    return True


def answer_callback_query(emulator: EmulatedPeople, args: Arguments) -> bool:
    text = args.get_text("text")
    if utf16_length(text) > MAX_CALLBACK_ANSWER_LENGTH:
        raise_bad_request("MESSAGE_TOO_LONG")
    query_id = args.get_text("callback_query_id")
    query = emulator.callback_queries.answer(query_id)
    answer = {"callback_query_id": query_id, "message_id": query.message_id, "text": text}
    emulator.chats[query.chat_id].record_event("answer", {**answer, "show_alert": args.get_bool("show_alert")})
    return True


def send_chat_action(emulator: EmulatedPeople, args: Arguments) -> bool:
    chat = emulator.chats.find_for_bot(args.get("chat_id"))
    if args.get_text("action") not in CHAT_ACTIONS:
        raise_bad_request("wrong parameter action in request")
    chat.check_writable()
    chat.record_event("action", {"action": args.get_text("action")})
    return True


def _send_file(emulator: EmulatedPeople, args: Arguments, kind: str) -> Json:
    caption_fields = _read_caption(args, "message caption is too long")
    emulator.chats.find_for_bot(args.get("chat_id")).check_writable()
    stored_file = emulator.files.resolve(kind, args.get_file(kind))
    return _post_message(emulator, args, {**stored_file.as_message_part(), **caption_fields})


def _post_message(emulator: EmulatedPeople, args: Arguments, content: Json) -> Json:
    """Adds a message at the end of the chat; `content` holds the fields of its text, photo or document."""
    chat = emulator.chats.find_for_bot(args.get("chat_id"))
    markup = validate_markup(args.get_json("reply_markup"))
    chat.check_writable()
    chat.check_rights(_name_content(content))
    topic_id = args.get_int("message_thread_id")
    chat.check_topic(topic_id)
    message = {
        "message_id": next(emulator.message_ids),
        "from": emulator.bot_user_json(),
        "chat": chat.as_json(),
        "date": int(emulator.clock()),
        **({"message_thread_id": topic_id, "is_topic_message": True} if topic_id else {}),
        **content,
        **_read_reply(chat, args),
        **({"reply_markup": markup} if markup and "inline_keyboard" in markup else {}),
    }
    return chat.put_message(message)


def _name_content(content: Json) -> str:
    """What the message contains, in the words of Telegram's errors about missing rights."""
    if "photo" in content:
        return "photos"
    return "documents" if "document" in content else "text messages"


def _read_reply(chat: Chat, args: Arguments) -> Json:
    reply_parameters = args.get_json("reply_parameters")
    if not isinstance(reply_parameters, dict):
        return {}
    if "message_id" not in reply_parameters:
        raise_bad_request('can\'t find field "message_id"')
    if replied_message := chat.messages.get(int(reply_parameters["message_id"])):
        return {"reply_to_message": _drop_fields(replied_message, "reply_to_message")}
    if not reply_parameters.get("allow_sending_without_reply"):
        raise_bad_request("message to be replied not found")
    return {}


def _replace_message(
    emulator: EmulatedPeople, args: Arguments, chat: Chat, message: Json, *, is_content_changed: bool = True
) -> Json:
    """Replaces the message. It loses its keyboard unless the call sets one."""
    markup = validate_markup(args.get_json("reply_markup"))
    changed = {**_drop_fields(message, "reply_markup", "edit_date"), **({"reply_markup": markup} if markup else {})}
    if changed == _drop_fields(chat.messages[message["message_id"]], "edit_date"):
        raise_bad_request(MESSAGE_NOT_MODIFIED)
    chat.check_writable()
    # Telegram's apps show "edited" only if the content has changed, not if the buttons have.
    edit_date = int(emulator.clock()) if is_content_changed else message.get("edit_date")
    return chat.put_message({**changed, **({"edit_date": edit_date} if edit_date else {})})


def _find_own_message(emulator: EmulatedPeople, args: Arguments) -> tuple[Chat, Json]:
    if args.get_text("inline_message_id"):
        raise_bad_request("MESSAGE_ID_INVALID")
    chat = emulator.chats.find_for_bot(args.get("chat_id"))
    message_id = _read_message_id(args)
    if message_id not in chat.messages:
        raise_bad_request("message to edit not found")
    message = chat.messages[message_id]
    if message["from"]["id"] != emulator.bot_id:
        raise_bad_request("message can't be edited")
    return chat, message


def _read_message_id(args: Arguments) -> int:
    message_id = args.get_int("message_id")
    if message_id <= 0:
        raise_bad_request("message identifier is not specified")
    return message_id


def _read_text(args: Arguments, too_long_error: str) -> Json:
    text = args.get_text("text")
    if not text:
        raise_bad_request("message text is empty")
    if len(text) > MAX_RAW_TEXT_LENGTH:
        raise_bad_request("text is too long")
    parsed, entities = parse_text(text, args.get_text("parse_mode"), _read_entities(args, "entities"))
    if not parsed:
        raise_bad_request("text must be non-empty")
    if utf16_length(parsed) > MAX_TEXT_LENGTH:
        raise_bad_request(too_long_error)
    return {"text": parsed, **({"entities": entities} if entities else {})}


def _read_caption(args: Arguments, too_long_error: str) -> Json:
    explicit_entities = _read_entities(args, "caption_entities")
    parsed, entities = parse_text(args.get_text("caption"), args.get_text("parse_mode"), explicit_entities)
    if utf16_length(parsed) > MAX_CAPTION_LENGTH:
        raise_bad_request(too_long_error)
    return {
        **({"caption": parsed} if parsed else {}),
        **({"caption_entities": entities} if entities else {}),
    }


def _read_entities(args: Arguments, name: str) -> list[Json] | None:
    entities = args.get_json(name)
    return entities if isinstance(entities, list) else None


def _drop_fields(message: Json, *names: str) -> Json:
    return {name: value for name, value in message.items() if name not in names}
