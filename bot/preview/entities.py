"""A text as it stands in a chat, with its entities: given, read from HTML, or found by Telegram itself."""

import re

from bot.preview.html import TAGS, Parser
from bot.preview.refusing import Json, bad_request, utf16_length

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
