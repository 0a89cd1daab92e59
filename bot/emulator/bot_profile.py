"""How the bot presents itself: its name, descriptions and commands, by scope and language."""

import json
import re

from bot.emulator.arguments import Arguments
from bot.emulator.errors import Json, raise_bad_request, utf16_length

MAX_TEXT_LENGTHS = {"name": 64, "description": 512, "short_description": 120}
TOO_LONG_ERRORS = {
    "name": "BOT_TITLE_INVALID",
    "description": "BOT_DESCRIPTION_INVALID",
    "short_description": "BOT_SHORT_DESCRIPTION_INVALID",
}
MAX_COMMANDS, MAX_COMMAND_LENGTH, MAX_COMMAND_DESCRIPTION_LENGTH = 100, 32, 256
SCOPE_FIELDS = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}


class BotProfile:
    """The texts and commands that the bot has set. Setters raise `BotApiError` where Telegram refuses the arguments."""

    def __init__(self, name: str, username: str) -> None:
        self.default_name = name
        self.username = username
        self.texts: dict[tuple[str, str], str] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}

    def set_text(self, kind: str, args: Arguments) -> bool:
        text, language = args.get_text(kind), _read_language(args)
        if utf16_length(text) > MAX_TEXT_LENGTHS[kind]:
            raise_bad_request(TOO_LONG_ERRORS[kind])
        self.texts.pop((kind, language), None)
        if text:
            self.texts[kind, language] = text
        return True

    def find_text(self, kind: str, language: str = "") -> str:
        """The text in this language, or else the one for all languages. `kind` is a key of `MAX_TEXT_LENGTHS`."""
        fallback = self.default_name if kind == "name" else ""
        return self.texts.get((kind, language)) or self.texts.get((kind, "")) or fallback

    def set_commands(self, args: Arguments) -> bool:
        commands = args.get_json("commands") or []
        if not isinstance(commands, list):
            raise_bad_request("can't parse commands: expected an Array of BotCommand")
        if len(commands) > MAX_COMMANDS:
            raise_bad_request("BOT_COMMANDS_TOO_MUCH")
        valid_commands = [_validate_command(command) for command in commands]
        self.commands[_read_scope(args), _read_language(args)] = valid_commands
        return True

    def delete_commands(self, args: Arguments) -> bool:
        self.commands.pop((_read_scope(args), _read_language(args)), None)
        return True

    def get_commands(self, args: Arguments) -> list[Json]:
        return self.commands.get((_read_scope(args), _read_language(args)), [])

    def find_menu_commands(self, chat_id: int, language: str) -> list[Json]:
        """The commands in a person's menu: the narrowest scope that has any, the person's language first."""
        general_scope = "all_private_chats" if chat_id > 0 else "all_group_chats"
        scopes: list[Json] = [{"type": "chat", "chat_id": chat_id}, {"type": general_scope}, {"type": "default"}]
        keys = [(_encode_scope(scope), scope_language) for scope in scopes for scope_language in (language, "")]
        return next((commands for key in keys if (commands := self.commands.get(key))), [])


def _validate_command(command: object) -> Json:
    if not isinstance(command, dict):
        raise_bad_request("can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if not isinstance(command.get(name), str):
            raise_bad_request(f"can't parse BotCommand: Can't find field \"{name}\"")
    name = command["command"].strip().removeprefix("/")
    text = command["description"].strip()
    if not name:
        raise_bad_request("command must be non-empty")
    if len(name) > MAX_COMMAND_LENGTH:
        raise_bad_request(f"command length must not exceed {MAX_COMMAND_LENGTH}")
    if not text:
        raise_bad_request("command description must be non-empty")
    if utf16_length(text) > MAX_COMMAND_DESCRIPTION_LENGTH:
        raise_bad_request(f"command description length must not exceed {MAX_COMMAND_DESCRIPTION_LENGTH}")
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise_bad_request("BOT_COMMAND_INVALID")
    return {"command": name, "description": text}


def _read_language(args: Arguments) -> str:
    language = args.get_text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise_bad_request("invalid language code specified")
    return language


def _encode_scope(scope: Json) -> str:
    return json.dumps(scope, sort_keys=True)


def _read_scope(args: Arguments) -> str:
    scope = args.get_json("scope") or {"type": "default"}
    if not isinstance(scope, dict) or scope.get("type") not in SCOPE_FIELDS:
        raise_bad_request("can't parse BotCommandScope: Unsupported type specified")
    fields = SCOPE_FIELDS[scope["type"]]
    if any(name not in scope for name in fields):
        raise_bad_request("can't parse BotCommandScope: chat_id is empty")
    return _encode_scope({"type": scope["type"], **{name: int(scope[name]) for name in fields}})
