"""A text as it stands in a chat, with its entities: given, read from HTML, or found by Telegram itself."""

import re
from dataclasses import dataclass
from typing import NoReturn

from bot.emulator.errors import Json, bad_request, utf16_length

# @@DOC HTML as Telegram's server reads it: its tags, its error texts, its byte offsets.
TAGS = {
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
_CHARACTER = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|lt|gt|amp|quot);?")
_MARK = re.compile(rf"<|{_CHARACTER.pattern}")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ATTRIBUTE = re.compile(r"""\s*([^\s=>"']+)(?:\s*(=)\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?""")


def decoded(mark: re.Match[str]) -> str:
    """The character that is meant; Telegram knows four by name and all by number."""
    name = mark[0].strip("&;").lower()
    code = ord(_NAMED[name]) if name in _NAMED else int("0" + name[1:], 0) if "x" in name else int(name[1:])
    valid = 0 < code < 0x110000 and not 0xD800 <= code < 0xE000  # noqa: PLR2004 - the bounds of Unicode
    return chr(code) if valid else mark[0]


@dataclass(slots=True)
class Opened:
    name: str
    argument: str
    offset: int
    piece: int


class Parser:
    """Reads one text the way Telegram's server does, with its error texts and byte offsets."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.pieces: list[str] = []
        self.length = 0
        self.opened: list[Opened] = []
        self.entities: list[Json] = []

    def parse(self) -> tuple[str, list[Json]]:
        at = 0
        while mark := _MARK.search(self.source, at):
            self.add(self.source[at : mark.start()])
            at = self.tag(mark.start()) if mark[0] == "<" else self.character(mark)
        self.add(self.source[at:])
        if self.opened:
            self.fail(f'Can\'t find end tag corresponding to start tag "{self.opened[-1].name}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self.pieces), self.entities

    def add(self, text: str) -> None:
        self.pieces.append(text)
        self.length += utf16_length(text)

    def character(self, mark: re.Match[str]) -> int:
        self.add(decoded(mark))
        return mark.end()

    def tag(self, begin: int) -> int:
        return self.close(begin) if self.source.startswith("</", begin) else self.open(begin)

    def open(self, begin: int) -> int:
        word = re.compile(r"[^\s>]*").match(self.source, begin + 1)
        assert word
        if word.end() == len(self.source):
            self.fail("Unclosed start tag", begin)
        name = word[0].lower()
        if name not in TAGS:
            self.fail(f'Unsupported start tag "{name}"', begin)
        argument, end = self.attributes(name, begin, word.end())
        if name == "span" and argument != "tg-spoiler":
            self.fail('Tag "span" must have class "tg-spoiler"', begin)
        self.opened.append(Opened(name, argument, self.length, len(self.pieces)))
        return end

    def attributes(self, name: str, begin: int, at: int) -> tuple[str, int]:
        argument = ""
        while (at := len(self.source) - len(self.source[at:].lstrip())) < len(self.source):
            if self.source[at] == ">":
                return argument, at + 1
            found = _ATTRIBUTE.match(self.source, at)
            if not found:
                self.fail(f'Empty attribute name in the tag "{name}"', begin)
            if not found[2] and (name, found[1]) != ("blockquote", "expandable"):
                self.fail(f'Expected equal sign in declaration of an attribute of the tag "{name}"', begin)
            argument = self.argument(name, found) or argument
            at = found.end()
        return self.fail("Unclosed start tag", begin)

    @staticmethod
    def argument(name: str, found: re.Match[str]) -> str:
        value: str = found[3] or found[4] or found[5] or ""
        wanted = {"a": "href", "span": "class", "code": "class", "blockquote": "expandable"}.get(name)
        value = _CHARACTER.sub(decoded, value)
        return (value or found[1]) if found[1].lower() == wanted else ""

    def close(self, begin: int) -> int:
        if not self.opened:
            self.fail("Unexpected end tag", begin)
        end = re.compile(r"([^\s>]*)\s*(>?)").match(self.source, begin + 2)
        assert end
        if not end[2]:
            self.fail("Unclosed end tag", begin)
        last = self.opened.pop()
        if end[1] and end[1].lower() != last.name:
            expected = f'expected "</{last.name}>", found "</{end[1].lower()}>"'
            self.fail(f"Unmatched end tag at byte offset {self.bytes_before(begin)}, {expected}")
        self.emit(last)
        return end.end()

    def emit(self, tag: Opened) -> None:
        entity: Json = {"type": TAGS[tag.name], "offset": tag.offset, "length": self.length - tag.offset}
        if tag.name == "a":
            entity["url"] = tag.argument or "".join(self.pieces[tag.piece :])
        if tag.name == "blockquote" and tag.argument:
            entity["type"] = "expandable_blockquote"
        is_link = re.match(r"(?i)(https?://|tg://|mailto:|tel:)?[^\s/]+", entity.get("url", "x"))
        if entity["length"] and is_link:
            self.entities.append(entity)

    def bytes_before(self, position: int) -> int:
        return len(self.source[:position].encode())

    def fail(self, text: str, position: int | None = None) -> NoReturn:
        where = "" if position is None else f" at byte offset {self.bytes_before(position)}"
        bad_request(f"can't parse entities: {text}{where}")


_FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/@<])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?!\w))"
    r"|(?P<url>https?://[^\s<>]*[^\s<>.,;:!?)\]'\"])"
    r"|(?P<email>[\w.+-]+@[\w-]+\.[\w.-]*\w)"
    r"|(?P<mention>(?<!\w)@[A-Za-z]\w{3,31})"
)


KNOWN = {
    *TAGS.values(),
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


def checked(entity: Json, length: int) -> Json:
    """An entity that the bot names itself must lie within the text."""
    if entity.get("type") not in KNOWN:
        bad_request("can't parse MessageEntity: Unsupported type specified")
    offset, end = int(entity["offset"]), int(entity["offset"]) + int(entity["length"])
    if offset < 0:
        bad_request(f"receive an entity with incorrect offset {offset}")
    if end < offset:
        bad_request(f"receive an entity with incorrect length {end - offset}")
    if offset > length:
        bad_request(f"entity begins after the end of the text at UTF-16 offset {offset}")
    if end > length:
        bad_request(f"entity beginning at UTF-16 offset {offset} ends after the end of the text at UTF-16 offset {end}")
    return entity


def trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Telegram strips white space from both ends of a message; the entities move with it."""
    stripped = text.strip()
    if stripped == text:
        return text, entities
    shift, length = utf16_length(text) - utf16_length(text.lstrip()), utf16_length(stripped)
    kept = []
    for entity in entities:
        start, end = max(entity["offset"] - shift, 0), min(entity["offset"] - shift + entity["length"], length)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return stripped, kept


LINKING = {"text_link", "code", "pre", "url", "email", "mention", "bot_command"}


def with_found(text: str, entities: list[Json]) -> list[Json]:
    """Commands, links and names that Telegram finds by itself, where nothing else was marked."""
    if "/" not in text and "@" not in text:
        return entities
    taken = [
        (entity["offset"], entity["offset"] + entity["length"]) for entity in entities if entity["type"] in LINKING
    ]
    found: list[Json] = [
        {"type": hit.lastgroup, "offset": utf16_length(text[: hit.start()]), "length": utf16_length(hit[0])}
        for hit in _FOUND.finditer(text)
    ]
    free = [e for e in found if not any(a < e["offset"] + e["length"] and e["offset"] < b for a, b in taken)]
    return sorted([*entities, *free], key=lambda entity: (entity["offset"], -entity["length"]))


def formatted(text: str, parse_mode: str, given: list[Json] | None = None) -> tuple[str, list[Json]]:
    """The text as it stands in the chat, and its entities."""
    if not parse_mode:
        parsed, entities = text, [checked(each, utf16_length(text)) for each in given or []]
    elif parse_mode.lower() == "html":
        parsed, entities = Parser(text).parse()
    elif parse_mode.lower() in {"markdown", "markdownv2"}:
        bad_request("unsupported parse_mode (the preview reads HTML only)")
    else:
        bad_request("unsupported parse_mode")
    parsed, entities = trimmed(parsed, entities)
    return parsed, with_found(parsed, entities)
