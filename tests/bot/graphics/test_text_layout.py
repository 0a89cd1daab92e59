"""Fonts have all characters, texts are measured correctly, and lines break where a reader expects it."""

import subprocess
import sys
from dataclasses import replace
from importlib.resources import files
from typing import Literal

import pytest

from bot.graphics import palette
from bot.graphics import result_card as cards
from bot.graphics.elements import Box, lay_out_text
from bot.graphics.result_card import ResultCard, ResultCardLine
from bot.graphics.text_layout import (
    TextStyle,
    can_draw_text,
    line_height,
    load_font,
    measure_left_overhang,
    measure_width,
    normalize_text,
    to_drawable,
    truncate,
    truncate_to_lines,
    wrap_evenly,
)
from tests.support.card_images import ENGLISH_CARD

STYLE = TextStyle("Bold", 60)
PANGRAMS = {
    "Welsh": "Parciais fy jac codi baw hud llawn dŵr ger tŷ Mabon. ŴŵŶŷÂâÊêÎîÔôÛûÄäËëÏïÖöÜüẀẁẂẃẄẅỲỳÝýŸÿ",
    "French": "«\u202fDès Noël, où un zéphyr haï me vêt de glaçons\u202f», l'œuvre, l\u2019Æ, ç — ÀÂÇÉÈÊËÎÏÔŒÙÛ",
    "Polish": "Pchnąć w tę łódź jeża lub ośm skrzyń fig. ĄĆĘŁŃÓŚŹŻ „cytat”",
    "Vietnamese": "Ậm ừ, quả ổi, tiếng Việt, đã rõ",
    "Yoruba, with separate accents": "Ẹ́ ọ̀ ṣé",
    "Urdu": "ٹھنڈ میں، ایک قحط زدہ گاؤں سے گذرتے وقت ایک چڑچڑے، باأثر و فارغ شخص کو بعض جل پری نما اژدہے نظر آئے۔ ۴۰ ؟",
    "Arabic, with vowels": "مُحَمَّدٌ لَّٰ إِلَى آ",
    "signs": "£5 €5 50% \u2018a\u2019 “b” \u2013 — … • ± ½ © @ # & 0123456789",
}


@pytest.mark.parametrize("text", PANGRAMS.values(), ids=PANGRAMS.keys())
def test_the_fonts_have_every_character(text: str) -> None:
    assert [character for character in text if not can_draw_text(character)] == []


@pytest.mark.parametrize("text", ["日本", "😀", "Привет", "שלום", "Passes ✅"])
def test_characters_that_the_fonts_lack_are_reported(text: str) -> None:
    assert not can_draw_text(text)


UNDRAWABLE = "Not 日"
UNDRAWABLE_CARDS = {
    "title": replace(ENGLISH_CARD, title=UNDRAWABLE),
    "name": replace(ENGLISH_CARD, lines=(ResultCardLine(UNDRAWABLE, "passed", "Passes", 5, 1),)),
    "verdict": replace(ENGLISH_CARD, lines=(ResultCardLine("Coping", "passed", UNDRAWABLE, 5, 1),)),
    "result": replace(ENGLISH_CARD, result=UNDRAWABLE),
    "lowest label": replace(ENGLISH_CARD, lowest_label=UNDRAWABLE),
    "highest label": replace(ENGLISH_CARD, highest_label=UNDRAWABLE),
    "footnote": replace(ENGLISH_CARD, footnote=UNDRAWABLE),
}


@pytest.mark.parametrize("card", UNDRAWABLE_CARDS.values(), ids=UNDRAWABLE_CARDS.keys())
def test_one_missing_character_is_enough_to_refuse_a_card(card: ResultCard) -> None:
    assert cards.can_draw_result_card(ENGLISH_CARD)
    assert not cards.can_draw_result_card(card)


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_fonts_are_small_and_come_with_their_licence(weight: str) -> None:
    folder = files("bot.graphics").joinpath("fonts")
    assert len(folder.joinpath(f"NotoSans-{weight}.ttf").read_bytes()) < 150_000
    assert "SIL OPEN FONT LICENSE" in folder.joinpath("OFL.txt").read_text("utf-8")


def test_accents_are_composed_and_invisible_characters_removed() -> None:
    assert normalize_text(" w\u0302y\u200b \n\t r\u00ad ") == "ŵy r"


def test_a_text_that_fits_stays_on_one_line() -> None:
    assert wrap_evenly("Being connected", STYLE, 900) == ("Being connected",)


def test_an_empty_text_has_no_lines() -> None:
    assert wrap_evenly(" \n", STYLE, 900) == ()


def test_a_letter_with_left_overhang_starts_inside_the_box_of_its_text() -> None:
    assert measure_left_overhang("jj", STYLE) > 0
    [line] = lay_out_text("jj", STYLE, palette.BLACK, Box(100, 0, 900, 0))
    assert (line.box.left, line.box.right) == (100, 100 + measure_width("jj", STYLE))


def test_no_word_is_left_alone_on_the_last_line() -> None:
    text = "One two three four five six"
    assert wrap_evenly(text, STYLE, measure_width(text, STYLE) - 1) == ("One two three", "four five six")


def test_a_word_wider_than_the_line_is_broken_with_a_hyphen() -> None:
    assert wrap_evenly("a Donaudampfschifffahrt", STYLE, 500) == ("a", "Donaudampf-", "schifffahrt")


def test_an_accent_stays_with_its_letter_when_a_word_is_broken() -> None:
    lines = wrap_evenly("e\u0323\u0301" * 30, STYLE, 300)
    assert len(lines) > 1
    assert all(line[0] == "ẹ" for line in lines)


def test_a_non_breaking_space_keeps_words_together() -> None:
    assert wrap_evenly("Bonjour à tous\u00a0!", STYLE, measure_width("Bonjour à tous", STYLE)) == (
        "Bonjour",
        "à tous\u00a0!",
    )


def test_a_link_is_broken_without_a_hyphen() -> None:
    link = "t.me/ConnectionTestBot?start=abcdefghijklmnop"
    lines = wrap_evenly(link, STYLE, 700)
    assert len(lines) > 1
    assert "".join(lines) == link


def test_an_urdu_word_is_broken_without_a_hyphen() -> None:
    assert "-" not in "".join(wrap_evenly("خاندان" * 12, STYLE, 500))


@pytest.mark.parametrize(
    ("text", "drawable"),
    [
        ("Carers 🎉", "Carers"),
        ("👩\u200d👩\u200d👧", ""),
        ("日本", ""),
        ("𝐂arers ①", "Carers 1"),
        ("Family – ❤️ – group", "Family – – group"),
        ("می\u200cشود", "می\u200cشود"),
    ],
)
def test_characters_that_the_fonts_lack_are_left_out(text: str, drawable: str) -> None:
    assert to_drawable(text) == drawable


def test_arabic_letters_are_left_out_if_they_would_not_be_joined() -> None:
    """Pillow joins them only if the machine has FriBiDi; here it reports that there is none."""
    program = (
        "from PIL import features; features.check_feature = lambda _: False\n"
        "from bot.graphics.text_layout import to_drawable; print(ascii(to_drawable('Carers خاندان')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "'Carers'"


@pytest.mark.parametrize("text", ["آپ ٹڈڑ گۓئؤ جچحعغۃے", "مُحَمَّدٌ لَّٰ إِلَى"])
@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_arabic_letters_have_room_between_lines(text: str, weight: Literal["Regular", "Bold"]) -> None:
    style = TextStyle(weight, 100)
    _, top, _, bottom = load_font(style).getbbox(text)
    spare = line_height(style, text) - line_height(style)
    assert top >= -spare / 2
    assert bottom <= line_height(style) + spare / 2


def test_a_text_is_shortened_at_a_space() -> None:
    assert truncate("One two three", 13) == "One two three"
    assert truncate("One two three", 10) == "One two…"
    assert truncate("Onetwothree", 6) == "Onetw…"


def test_a_text_is_cut_to_a_number_of_lines() -> None:
    text = "They rang back when they said they would."
    short = truncate_to_lines(text, STYLE, 400, 2)
    assert short.endswith("…")
    assert len(wrap_evenly(short, STYLE, 400)) == 2
    assert truncate_to_lines(text, STYLE, 2000, 2) == text
