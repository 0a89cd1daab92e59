"""HTML becomes text and entities, with offsets in UTF-16 units as in Telegram."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.emulator.errors import BotApiError, utf16_length
from bot.emulator.html import parse_text


def entity(kind: str, offset: int, length: int, **fields: str) -> dict[str, object]:
    return {"type": kind, "offset": offset, "length": length, **fields}


PARSED_HTML = [
    ("<b>Hi</b> <i>you</i>", "Hi you", [entity("bold", 0, 2), entity("italic", 3, 3)]),
    ("😀 <b>é</b>", "😀 é", [entity("bold", 3, 1)]),
    ("<b>a<i>b</i></b>", "ab", [entity("bold", 0, 2), entity("italic", 1, 1)]),
    ("1 &lt; 2 &amp;amp; &#128512; &nbsp;", "1 < 2 &amp; 😀 &nbsp;", []),
    ('<a href="https://a.org?x=1&amp;y=2">a</a>', "a", [entity("text_link", 0, 1, url="https://a.org?x=1&y=2")]),
    ("  <u> x</u>  ", "x", [entity("underline", 0, 1)]),
    ("<b></b>x", "x", []),
    ("<B>x</B >", "x", [entity("bold", 0, 1)]),
    ('<span class="tg-spoiler">x</span>', "x", [entity("spoiler", 0, 1)]),
    ("<blockquote expandable>x</blockquote>", "x", [entity("expandable_blockquote", 0, 1)]),
    ("say /help, or a@b.org", "say /help, or a@b.org", [entity("bot_command", 4, 5), entity("email", 14, 7)]),
    ("see https://a.org/b.", "see https://a.org/b.", [entity("url", 4, 15)]),
    ("<code>/help</code> 1/2", "/help 1/2", [entity("code", 0, 5)]),
]


@pytest.mark.parametrize(("html", "text", "entities"), PARSED_HTML)
def test_html_is_parsed_as_telegram_parses_it(html: str, text: str, entities: list[dict[str, object]]) -> None:
    assert parse_text(html, "html") == (text, entities)


def test_plain_text_is_not_changed() -> None:
    assert parse_text("1 < 2 <b>&amp;", "") == ("1 < 2 <b>&amp;", [])


@given(st.text(alphabet="<>/&;# abi=\"'\n😀x0", max_size=40))
def test_any_html_is_parsed_or_refused_and_entities_lie_inside_the_text(html: str) -> None:
    try:
        text, entities = parse_text(html, "HTML")
    except BotApiError:
        return
    for entity_json in entities:
        end = entity_json["offset"] + entity_json["length"]
        assert 0 <= entity_json["offset"] < end <= utf16_length(text)
