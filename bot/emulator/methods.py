"""The API methods that the emulator answers at once: a table of functions by method name in lower case.

A method takes the emulator and the call's arguments, returns the result as JSON, and raises `BotApiError`.
`bot/emulator/emulator.py` carries out the others: those for updates and webhooks.
"""

from collections.abc import Callable

from bot.emulator import message_methods
from bot.emulator.arguments import Arguments
from bot.emulator.errors import Json, raise_bad_request
from bot.emulator.people import EmulatedPeople

GIFT_TYPES = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")

Method = Callable[[EmulatedPeople, Arguments], object]


def get_me(emulator: EmulatedPeople, _: Arguments) -> Json:
    return {
        **emulator.bot_user_json(),
        "can_join_groups": True,
        "can_read_all_group_messages": not emulator.has_privacy_mode,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def get_chat(emulator: EmulatedPeople, args: Arguments) -> Json:
    chat = emulator.chats.find_for_bot(args.get("chat_id"))
    if chat.closed_reason:
        chat.check_writable()
    return {
        **chat.as_json(),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(GIFT_TYPES, False),
    }


def leave_chat(emulator: EmulatedPeople, args: Arguments) -> bool:
    chat = emulator.chats.find_for_bot(args.get("chat_id"))
    if chat.is_private:
        raise_bad_request("chat member status can't be changed in private chats")
    chat.check_writable()
    chat.closed_reason = f"bot is not a member of the {chat.kind} chat"
    emulator.push_membership(chat, emulator.bot_id, "member", "left")
    return True


def get_file(emulator: EmulatedPeople, args: Arguments) -> Json:
    return emulator.files.find(args.get("file_id")).as_json()


def log_out(_emulator: EmulatedPeople, _args: Arguments) -> bool:
    return True


def make_text_setter(kind: str) -> Method:
    def set_profile_text(emulator: EmulatedPeople, args: Arguments) -> bool:
        result = emulator.profile.set_text(kind, args)
        emulator.notify_profile_change()
        return result

    return set_profile_text


def make_text_getter(kind: str) -> Method:
    def get_profile_text(emulator: EmulatedPeople, args: Arguments) -> Json:
        return {kind: emulator.profile.find_text(kind, args.get_text("language_code"))}

    return get_profile_text


def set_my_commands(emulator: EmulatedPeople, args: Arguments) -> bool:
    result = emulator.profile.set_commands(args)
    emulator.notify_profile_change()
    return result


def delete_my_commands(emulator: EmulatedPeople, args: Arguments) -> bool:
    result = emulator.profile.delete_commands(args)
    emulator.notify_profile_change()
    return result


def get_my_commands(emulator: EmulatedPeople, args: Arguments) -> list[Json]:
    return emulator.profile.get_commands(args)


METHODS: dict[str, Method] = {
    "getme": get_me,
    "sendmessage": message_methods.send_message,
    "sendphoto": message_methods.send_photo,
    "senddocument": message_methods.send_document,
    "editmessagetext": message_methods.edit_message_text,
    "editmessagecaption": message_methods.edit_message_caption,
    "editmessagereplymarkup": message_methods.edit_message_reply_markup,
    "deletemessage": message_methods.delete_message,
    "answercallbackquery": message_methods.answer_callback_query,
    "sendchataction": message_methods.send_chat_action,
    "getfile": get_file,
    "getchat": get_chat,
    "leavechat": leave_chat,
    "setmycommands": set_my_commands,
    "getmycommands": get_my_commands,
    "deletemycommands": delete_my_commands,
    "setmydescription": make_text_setter("description"),
    "getmydescription": make_text_getter("description"),
    "setmyshortdescription": make_text_setter("short_description"),
    "getmyshortdescription": make_text_getter("short_description"),
    "setmyname": make_text_setter("name"),
    "getmyname": make_text_getter("name"),
    "logout": log_out,
    "close": log_out,
}
