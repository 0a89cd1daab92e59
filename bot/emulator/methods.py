"""Every method of the Bot API that the look-alike answers at once, by its name in small letters."""

from collections.abc import Callable

from bot.emulator import message_methods
from bot.emulator.arguments import Arguments
from bot.emulator.errors import Json, bad_request
from bot.emulator.people import People

Method = Callable[[People, Arguments], object]


def get_me(people: People, _: Arguments) -> Json:
    return {
        **people.bot_as_user(),
        "can_join_groups": True,
        "can_read_all_group_messages": not people.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def get_chat(people: People, args: Arguments) -> Json:
    chat = people.chats.for_bot(args.get("chat_id"))
    if chat.gone:
        chat.check_open()
    return {
        **chat.as_json(),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(GIFTS, False),
    }


GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


def leave_chat(people: People, args: Arguments) -> bool:
    chat = people.chats.for_bot(args.get("chat_id"))
    if chat.is_private:
        bad_request("chat member status can't be changed in private chats")
    chat.check_open()
    chat.gone = f"bot is not a member of the {chat.kind} chat"
    people.tell_membership(chat, people.bot_id, "member", "left")
    return True


def get_file(people: People, args: Arguments) -> Json:
    return people.files.find(args.get("file_id")).as_json()


def log_out(_people: People, _args: Arguments) -> bool:
    return True


def set_text(kind: str) -> Method:
    def set_it(people: People, args: Arguments) -> bool:
        done = people.profile.set_text(kind, args)
        people.tell_everyone()
        return done

    return set_it


def get_text(kind: str) -> Method:
    def get_it(people: People, args: Arguments) -> Json:
        return {kind: people.profile.text(kind, args.text("language_code"))}

    return get_it


def set_my_commands(people: People, args: Arguments) -> bool:
    done = people.profile.set_commands(args)
    people.tell_everyone()
    return done


def delete_my_commands(people: People, args: Arguments) -> bool:
    done = people.profile.delete_commands(args)
    people.tell_everyone()
    return done


def get_my_commands(people: People, args: Arguments) -> list[Json]:
    return people.profile.get_commands(args)


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
    "setmydescription": set_text("description"),
    "getmydescription": get_text("description"),
    "setmyshortdescription": set_text("short_description"),
    "getmyshortdescription": get_text("short_description"),
    "setmyname": set_text("name"),
    "getmyname": get_text("name"),
    "logout": log_out,
    "close": log_out,
}
