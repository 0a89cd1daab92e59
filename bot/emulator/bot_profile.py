"""What the bot has told Telegram about itself: names, descriptions and commands, by scope and language."""

import json
import re

from bot.emulator.arguments import Arguments
from bot.emulator.errors import Json, bad_request, utf16_length

LONGEST = {"name": 64, "description": 512, "short_description": 120}
TOO_LONG = {
    "name": "BOT_TITLE_INVALID",
    "description": "BOT_DESCRIPTION_INVALID",
    "short_description": "BOT_SHORT_DESCRIPTION_INVALID",
}
MOST_COMMANDS, LONGEST_COMMAND, LONGEST_COMMAND_TEXT = 100, 32, 256
SCOPES = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}


class Profile:
    def __init__(self, name: str, username: str) -> None:
        self.default_name = name
        self.username = username
        self.texts: dict[tuple[str, str], str] = {}
        self.commands: dict[tuple[str, str], list[Json]] = {}

    def set_text(self, kind: str, args: Arguments) -> bool:
        text, language = args.text(kind), checked_language(args)
        if utf16_length(text) > LONGEST[kind]:
            bad_request(TOO_LONG[kind])
        self.texts.pop((kind, language), None)
        if text:
            self.texts[kind, language] = text
        return True

    def text(self, kind: str, language: str = "") -> str:
        """In this language; else in the one for everybody."""
        fallback = self.default_name if kind == "name" else ""
        return self.texts.get((kind, language)) or self.texts.get((kind, "")) or fallback

    def set_commands(self, args: Arguments) -> bool:
        commands = args.structure("commands") or []
        if not isinstance(commands, list):
            bad_request("can't parse commands: expected an Array of BotCommand")
        if len(commands) > MOST_COMMANDS:
            bad_request("BOT_COMMANDS_TOO_MUCH")
        checked = [checked_command(command) for command in commands]
        self.commands[scope_key(args), checked_language(args)] = checked
        return True

    def delete_commands(self, args: Arguments) -> bool:
        self.commands.pop((scope_key(args), checked_language(args)), None)
        return True

    def get_commands(self, args: Arguments) -> list[Json]:
        return self.commands.get((scope_key(args), checked_language(args)), [])

    def commands_for(self, chat_id: int, language: str) -> list[Json]:
        """What a person's menu shows: the nearest scope first, and in each the own language first."""
        everyone = "all_private_chats" if chat_id > 0 else "all_group_chats"
        scopes: list[Json] = [{"type": "chat", "chat_id": chat_id}, {"type": everyone}, {"type": "default"}]
        keys = [(as_key(scope), lang) for scope in scopes for lang in (language, "")]
        return next((found for key in keys if (found := self.commands.get(key))), [])


def checked_command(command: object) -> Json:
    if not isinstance(command, dict):
        bad_request("can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if not isinstance(command.get(name), str):
            bad_request(f"can't parse BotCommand: Can't find field \"{name}\"")
    name, text = command["command"].strip().removeprefix("/"), command["description"].strip()
    if not name:
        bad_request("command must be non-empty")
    if len(name) > LONGEST_COMMAND:
        bad_request(f"command length must not exceed {LONGEST_COMMAND}")
    if not text:
        bad_request("command description must be non-empty")
    if utf16_length(text) > LONGEST_COMMAND_TEXT:
        bad_request(f"command description length must not exceed {LONGEST_COMMAND_TEXT}")
    if not re.fullmatch(r"[a-z0-9_]+", name):
        bad_request("BOT_COMMAND_INVALID")
    return {"command": name, "description": text}


def checked_language(args: Arguments) -> str:
    language = args.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        bad_request("invalid language code specified")
    return language


def as_key(scope: Json) -> str:
    return json.dumps(scope, sort_keys=True)


def scope_key(args: Arguments) -> str:
    scope = args.structure("scope") or {"type": "default"}
    if not isinstance(scope, dict) or scope.get("type") not in SCOPES:
        bad_request("can't parse BotCommandScope: Unsupported type specified")
    fields = SCOPES[scope["type"]]
    if any(name not in scope for name in fields):
        bad_request("can't parse BotCommandScope: chat_id is empty")
    return as_key({"type": scope["type"], **{name: int(scope[name]) for name in fields}})
