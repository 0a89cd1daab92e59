"""The methods that write into a chat: send, edit, delete, answer a tap."""

from bot.emulator.arguments import Arguments
from bot.emulator.errors import (
    CHAT_ACTIONS,
    LONGEST_ANSWER,
    LONGEST_CAPTION,
    LONGEST_RAW_TEXT,
    LONGEST_TEXT,
    NOT_MODIFIED,
    Json,
    bad_request,
    utf16_length,
)
from bot.emulator.html import formatted
from bot.emulator.keyboards import checked_markup
from bot.emulator.people import People
from bot.emulator.state import Chat


def send_message(people: People, args: Arguments) -> Json:
    words = read_text(args, "message is too long")
    return place(people, args, words)


def send_photo(people: People, args: Arguments) -> Json:
    return send_file(people, args, "photo")


def send_document(people: People, args: Arguments) -> Json:
    return send_file(people, args, "document")


def send_file(people: People, args: Arguments, kind: str) -> Json:
    words = read_caption(args, "message caption is too long")
    people.chats.for_bot(args.get("chat_id")).check_open()
    stored = people.files.take(kind, args.file(kind))
    return place(people, args, {**stored.in_message(), **words})


def place(people: People, args: Arguments, content: Json) -> Json:
    """A new message at the bottom of the chat."""
    chat = people.chats.for_bot(args.get("chat_id"))
    markup = checked_markup(args.structure("reply_markup"))
    chat.check_open()
    chat.check_rights("photos" if "photo" in content else "documents" if "document" in content else "text messages")
    topic = args.number("message_thread_id")
    chat.check_topic(topic)
    message = {
        "message_id": next(people.message_ids),
        "from": people.bot_as_user(),
        "chat": chat.as_json(),
        "date": int(people.clock()),
        **({"message_thread_id": topic, "is_topic_message": True} if topic else {}),
        **content,
        **replied_to(chat, args),
        **({"reply_markup": markup} if markup and "inline_keyboard" in markup else {}),
    }
    return chat.put(message)


def replied_to(chat: Chat, args: Arguments) -> Json:
    given = args.structure("reply_parameters")
    if not isinstance(given, dict):
        return {}
    if "message_id" not in given:
        bad_request('can\'t find field "message_id"')
    if found := chat.messages.get(int(given["message_id"])):
        return {"reply_to_message": {name: value for name, value in found.items() if name != "reply_to_message"}}
    return {} if given.get("allow_sending_without_reply") else bad_request("message to be replied not found")


def edit_message_text(people: People, args: Arguments) -> Json:
    words = read_text(args, "MESSAGE_TOO_LONG")
    chat, old = own_message(people, args)
    if "text" not in old:
        bad_request("there is no text in the message to edit")
    return replace(people, args, chat, {**without(old, "text", "entities"), **words})


def edit_message_caption(people: People, args: Arguments) -> Json:
    words = read_caption(args, "MEDIA_CAPTION_TOO_LONG")
    chat, old = own_message(people, args)
    if "text" in old:
        bad_request("there is no caption in the message to edit")
    return replace(people, args, chat, {**without(old, "caption", "caption_entities"), **words})


def edit_message_reply_markup(people: People, args: Arguments) -> Json:
    chat, old = own_message(people, args)
    return replace(people, args, chat, old, reworded=False)


def replace(people: People, args: Arguments, chat: Chat, message: Json, *, reworded: bool = True) -> Json:
    """The message anew. Without a keyboard in the call it loses the one that it had.
    Telegram's apps show "edited" where words have changed, not where buttons have.
    """
    markup = checked_markup(args.structure("reply_markup"))
    changed = {**without(message, "reply_markup", "edit_date"), **({"reply_markup": markup} if markup else {})}
    if changed == without(chat.messages[message["message_id"]], "edit_date"):
        bad_request(NOT_MODIFIED)
    chat.check_open()
    edited = int(people.clock()) if reworded else message.get("edit_date")
    return chat.put({**changed, **({"edit_date": edited} if edited else {})})


def delete_message(people: People, args: Arguments) -> bool:
    chat = people.chats.for_bot(args.get("chat_id"))
    message = chat.messages.get(message_number(args))
    if message is None:
        bad_request("message to delete not found")
    if not chat.is_private and not message["from"]["is_bot"]:
        bad_request("message can't be deleted")
    chat.remove(message["message_id"])
    return True


def answer_callback_query(people: People, args: Arguments) -> bool:
    text = args.text("text")
    if utf16_length(text) > LONGEST_ANSWER:
        bad_request("MESSAGE_TOO_LONG")
    tap_id = args.text("callback_query_id")
    tap = people.taps_made.answer(tap_id)
    answer = {"callback_query_id": tap_id, "message_id": tap.message_id, "text": text}
    people.chats[tap.chat_id].tell("answer", {**answer, "show_alert": args.flag("show_alert")})
    return True


def send_chat_action(people: People, args: Arguments) -> bool:
    chat = people.chats.for_bot(args.get("chat_id"))
    if args.text("action") not in CHAT_ACTIONS:
        bad_request("wrong parameter action in request")
    chat.check_open()
    chat.tell("action", {"action": args.text("action")})
    return True


def own_message(people: People, args: Arguments) -> tuple[Chat, Json]:
    if args.text("inline_message_id"):
        bad_request("MESSAGE_ID_INVALID")
    chat = people.chats.for_bot(args.get("chat_id"))
    number = message_number(args)
    if number not in chat.messages:
        bad_request("message to edit not found")
    message = chat.messages[number]
    if message["from"]["id"] != people.bot_id:
        bad_request("message can't be edited")
    return chat, message


def message_number(args: Arguments) -> int:
    number = args.number("message_id")
    return number if number > 0 else bad_request("message identifier is not specified")


def read_text(args: Arguments, too_long: str) -> Json:
    text = args.text("text")
    if not text:
        bad_request("message text is empty")
    if len(text) > LONGEST_RAW_TEXT:
        bad_request("text is too long")
    parsed, entities = formatted(text, args.text("parse_mode"), given_entities(args, "entities"))
    if not parsed:
        bad_request("text must be non-empty")
    if utf16_length(parsed) > LONGEST_TEXT:
        bad_request(too_long)
    return {"text": parsed, **({"entities": entities} if entities else {})}


def read_caption(args: Arguments, too_long: str) -> Json:
    given = given_entities(args, "caption_entities")
    parsed, entities = formatted(args.text("caption"), args.text("parse_mode"), given)
    if utf16_length(parsed) > LONGEST_CAPTION:
        bad_request(too_long)
    return {
        **({"caption": parsed} if parsed else {}),
        **({"caption_entities": entities} if entities else {}),
    }


def given_entities(args: Arguments, name: str) -> list[Json] | None:
    given = args.structure(name)
    return given if isinstance(given, list) else None


def without(message: Json, *names: str) -> Json:
    return {name: value for name, value in message.items() if name not in names}
