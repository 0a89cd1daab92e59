"""The text of a message and its entities: set by the bot, parsed from HTML, or detected as Telegram detects them.

The parser follows Telegram's server: the same tags, the same error texts with byte offsets. Offsets and lengths of
entities are in UTF-16 code units.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from bot.emulator.errors import Json, raise_bad_request, utf16_length

ENTITY_TYPES_BY_TAG = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
ENTITY_TYPES = {
    *ENTITY_TYPES_BY_TAG.values(),
    "expandable_blockquote",
    "text_mention",
    "custom_emoji",
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "date_time",
}
NON_NESTABLE_TYPES = {"text_link", "code", "pre", "url", "email", "mention", "bot_command"}
_CHARACTER_REFERENCE = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|lt|gt|amp|quot);?")
_MARKUP = re.compile(rf"<|{_CHARACTER_REFERENCE.pattern}")
_NAMED_CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ATTRIBUTE = re.compile(r"""\s*([^\s=>"']+)(?:\s*(=)\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?""")
_DETECTED_ENTITY = re.compile(
    r"(?P<bot_command>(?<![\w/@<])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?!\w))"
    r"|(?P<url>https?://[^\s<>]*[^\s<>.,;:!?)\]'\"])"
    r"|(?P<email>[\w.+-]+@[\w-]+\.[\w.-]*\w)"
    r"|(?P<mention>(?<!\w)@[A-Za-z]\w{3,31})"
)


def parse_text(text: str, parse_mode: str, explicit_entities: list[Json] | None = None) -> tuple[str, list[Json]]:
    """The text as the chat shows it, and its entities. Raises `BotApiError` where Telegram refuses the text.

    `explicit_entities` are those that the bot sets itself; they count only without a `parse_mode`.
    """
    if not parse_mode:
        parsed, entities = text, [_validate_entity(entity, utf16_length(text)) for entity in explicit_entities or []]
    elif parse_mode.lower() == "html":
        parsed, entities = HtmlParser(text).parse()
    elif parse_mode.lower() in {"markdown", "markdownv2"}:
        raise_bad_request("unsupported parse_mode (the preview reads HTML only)")
    else:
        raise_bad_request("unsupported parse_mode")
    parsed, entities = _strip_text(parsed, entities)
    return parsed, add_detected_entities(parsed, entities)


def add_detected_entities(text: str, entities: list[Json]) -> list[Json]:
    """Adds the commands, links, email addresses and user names that Telegram detects, except inside code and links."""
    if "/" not in text and "@" not in text:
        return entities
    occupied = [
        (entity["offset"], entity["offset"] + entity["length"])
        for entity in entities
        if entity["type"] in NON_NESTABLE_TYPES
    ]
    candidates: list[Json] = [
        {"type": match.lastgroup, "offset": utf16_length(text[: match.start()]), "length": utf16_length(match[0])}
        for match in _DETECTED_ENTITY.finditer(text)
    ]
    unmarked = [
        candidate
        for candidate in candidates
        if not any(
            start < candidate["offset"] + candidate["length"] and candidate["offset"] < end for start, end in occupied
        )
    ]
    return sorted([*entities, *unmarked], key=lambda entity: (entity["offset"], -entity["length"]))


@dataclass(slots=True)
class OpenTag:
    """A start tag without its end tag yet: `offset` in the text, `piece_index` of its first piece of text."""

    name: str
    argument: str
    offset: int
    piece_index: int


class HtmlParser:
    """Parses one text the way Telegram's server does, with its error texts and byte offsets."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.pieces: list[str] = []
        self.length = 0
        self.open_tags: list[OpenTag] = []
        self.entities: list[Json] = []

    def parse(self) -> tuple[str, list[Json]]:
        position = 0
        while match := _MARKUP.search(self.source, position):
            self.add_text(self.source[position : match.start()])
            position = self.read_tag(match.start()) if match[0] == "<" else self.read_character(match)
        self.add_text(self.source[position:])
        if self.open_tags:
            self.raise_parse_error(f'Can\'t find end tag corresponding to start tag "{self.open_tags[-1].name}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self.pieces), self.entities

    def add_text(self, text: str) -> None:
        self.pieces.append(text)
        self.length += utf16_length(text)

    def read_character(self, match: re.Match[str]) -> int:
        self.add_text(_decode_character(match))
        return match.end()

    def read_tag(self, position: int) -> int:
        return self.close_tag(position) if self.source.startswith("</", position) else self.open_tag(position)

    def open_tag(self, position: int) -> int:
        tag_name = re.compile(r"[^\s>]*").match(self.source, position + 1)
        assert tag_name
        if tag_name.end() == len(self.source):
            self.raise_parse_error("Unclosed start tag", position)
        name = tag_name[0].lower()
        if name not in ENTITY_TYPES_BY_TAG:
            self.raise_parse_error(f'Unsupported start tag "{name}"', position)
        argument, end = self.read_attributes(name, position, tag_name.end())
        if name == "span" and argument != "tg-spoiler":
            self.raise_parse_error('Tag "span" must have class "tg-spoiler"', position)
        self.open_tags.append(OpenTag(name, argument, self.length, len(self.pieces)))
        return end

    def read_attributes(self, name: str, tag_position: int, position: int) -> tuple[str, int]:
        argument = ""
        while (position := len(self.source) - len(self.source[position:].lstrip())) < len(self.source):
            if self.source[position] == ">":
                return argument, position + 1
            match = _ATTRIBUTE.match(self.source, position)
            if not match:
                self.raise_parse_error(f'Empty attribute name in the tag "{name}"', tag_position)
            if not match[2] and (name, match[1]) != ("blockquote", "expandable"):
                self.raise_parse_error(
                    f'Expected equal sign in declaration of an attribute of the tag "{name}"', tag_position
                )
            argument = self.read_argument(name, match) or argument
            position = match.end()
        return self.raise_parse_error("Unclosed start tag", tag_position)

    @staticmethod
    def read_argument(name: str, match: re.Match[str]) -> str:
        value: str = match[3] or match[4] or match[5] or ""
        argument_name = {"a": "href", "span": "class", "code": "class", "blockquote": "expandable"}.get(name)
        value = _CHARACTER_REFERENCE.sub(_decode_character, value)
        return (value or match[1]) if match[1].lower() == argument_name else ""

    def close_tag(self, position: int) -> int:
        if not self.open_tags:
            self.raise_parse_error("Unexpected end tag", position)
        match = re.compile(r"([^\s>]*)\s*(>?)").match(self.source, position + 2)
        assert match
        if not match[2]:
            self.raise_parse_error("Unclosed end tag", position)
        tag = self.open_tags.pop()
        if match[1] and match[1].lower() != tag.name:
            expected = f'expected "</{tag.name}>", found "</{match[1].lower()}>"'
            self.raise_parse_error(f"Unmatched end tag at byte offset {self.count_bytes_before(position)}, {expected}")
        self.add_entity(tag)
        return match.end()

    def add_entity(self, tag: OpenTag) -> None:
        entity: Json = {"type": ENTITY_TYPES_BY_TAG[tag.name], "offset": tag.offset, "length": self.length - tag.offset}
        if tag.name == "a":
            entity["url"] = tag.argument or "".join(self.pieces[tag.piece_index :])
        if tag.name == "blockquote" and tag.argument:
            entity["type"] = "expandable_blockquote"
        is_valid_link = re.match(r"(?i)(https?://|tg://|mailto:|tel:)?[^\s/]+", entity.get("url", "x"))
        if entity["length"] and is_valid_link:
            self.entities.append(entity)

    def count_bytes_before(self, position: int) -> int:
        return len(self.source[:position].encode())

    def raise_parse_error(self, text: str, position: int | None = None) -> NoReturn:
        where = "" if position is None else f" at byte offset {self.count_bytes_before(position)}"
        raise_bad_request(f"can't parse entities: {text}{where}")


def _decode_character(match: re.Match[str]) -> str:
    """The character that a reference stands for; Telegram knows four names and all code points."""
    name = match[0].strip("&;").lower()
    if name in _NAMED_CHARACTERS:
        return _NAMED_CHARACTERS[name]
    code = int("0" + name[1:], 0) if "x" in name else int(name[1:])
    is_valid = 0 < code < 0x110000 and not 0xD800 <= code < 0xE000  # noqa: PLR2004 - the bounds of Unicode
    return chr(code) if is_valid else match[0]


def _validate_entity(entity: Json, length: int) -> Json:
    """An entity that the bot sets itself must lie within the text. `length` is the length of the text."""
    if entity.get("type") not in ENTITY_TYPES:
        raise_bad_request("can't parse MessageEntity: Unsupported type specified")
    offset, end = int(entity["offset"]), int(entity["offset"]) + int(entity["length"])
    if offset < 0:
        raise_bad_request(f"receive an entity with incorrect offset {offset}")
    if end < offset:
        raise_bad_request(f"receive an entity with incorrect length {end - offset}")
    if offset > length:
        raise_bad_request(f"entity begins after the end of the text at UTF-16 offset {offset}")
    if end > length:
        raise_bad_request(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {end}"
        )
    return entity


def _strip_text(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Strips white space from both ends, as Telegram does, and moves the entities accordingly."""
    stripped = text.strip()
    if stripped == text:
        return text, entities
    shift, length = utf16_length(text) - utf16_length(text.lstrip()), utf16_length(stripped)
    shifted = []
    for entity in entities:
        start, end = max(entity["offset"] - shift, 0), min(entity["offset"] - shift + entity["length"], length)
        if end > start:
            shifted.append({**entity, "offset": start, "length": end - start})
    return stripped, shifted
