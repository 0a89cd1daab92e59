"""HTML as Telegram's server reads it: its tags, its error texts, its byte offsets."""

import re
from dataclasses import dataclass
from typing import NoReturn

from bot.preview.refusing import Json, bad_request, utf16_length

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
