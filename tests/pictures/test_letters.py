"""Letters: all there, measured right, folded where a reader would."""

from dataclasses import replace
from importlib.resources import files

import pytest

from bot.pictures import card as cards
from bot.pictures.card import Card, CardLine
from bot.pictures.letters import Style, can_draw, fold, tidy, width
from tests.pictures.looking import ENGLISH

STYLE = Style("Bold", 60)
PANGRAMS = {
    "Welsh": "Parciais fy jac codi baw hud llawn dŵr ger tŷ Mabon. ŴŵŶŷÂâÊêÎîÔôÛûÄäËëÏïÖöÜüẀẁẂẃẄẅỲỳÝýŸÿ",
    "French": "«\u202fDès Noël, où un zéphyr haï me vêt de glaçons\u202f», l'œuvre, l\u2019Æ, ç — ÀÂÇÉÈÊËÎÏÔŒÙÛ",
    "Polish": "Pchnąć w tę łódź jeża lub ośm skrzyń fig. ĄĆĘŁŃÓŚŹŻ „cytat”",
    "Vietnamese": "Ậm ừ, quả ổi, tiếng Việt, đã rõ",
    "Yoruba, with accents that stand alone": "Ẹ́ ọ̀ ṣé",
    "signs": "£5 €5 50% \u2018a\u2019 “b” \u2013 — … • ± ½ © @ # & 0123456789",
}


@pytest.mark.parametrize("text", PANGRAMS.values(), ids=PANGRAMS.keys())
def test_the_font_has_every_sign(text: str) -> None:
    assert [sign for sign in text if not can_draw(sign)] == []


@pytest.mark.parametrize("text", ["日本", "😀", "Привет", "مرحبا", "Passes ✅"])
def test_signs_that_the_font_lacks_are_told(text: str) -> None:
    assert not can_draw(text)


ODD = "Not 日"
ODD_CARDS = {
    "title": replace(ENGLISH, title=ODD),
    "name": replace(ENGLISH, lines=(CardLine(ODD, "passed", "Passes", 1),)),
    "words": replace(ENGLISH, lines=(CardLine("Coping", "passed", ODD, 1),)),
    "result": replace(ENGLISH, result=ODD),
    "least": replace(ENGLISH, least=ODD),
    "most": replace(ENGLISH, most=ODD),
    "foot": replace(ENGLISH, foot=ODD),
}


@pytest.mark.parametrize("card", ODD_CARDS.values(), ids=ODD_CARDS.keys())
def test_a_card_is_refused_for_a_single_sign(card: Card) -> None:
    assert cards.can_draw(ENGLISH)
    assert not cards.can_draw(card)


@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_fonts_are_small_and_come_with_their_licence(weight: str) -> None:
    folder = files("bot.pictures").joinpath("fonts")
    assert len(folder.joinpath(f"NotoSans-{weight}.ttf").read_bytes()) < 150_000
    assert "SIL OPEN FONT LICENSE" in folder.joinpath("OFL.txt").read_text("utf-8")


def test_accents_are_composed_and_invisible_signs_dropped() -> None:
    assert tidy(" w\u0302y\u200b \n\t r\u00ad ") == "ŵy r"


def test_a_text_that_fits_stays_on_one_line() -> None:
    assert fold("Being connected", STYLE, 900) == ("Being connected",)


def test_no_text_has_no_lines() -> None:
    assert fold(" \n", STYLE, 900) == ()


def test_no_word_is_left_alone_on_the_last_line() -> None:
    text = "One two three four five six"
    assert fold(text, STYLE, width(text, STYLE) - 1) == ("One two three", "four five six")


def test_a_word_wider_than_the_line_is_broken_with_a_hyphen() -> None:
    assert fold("a Donaudampfschifffahrt", STYLE, 500) == ("a", "Donaudampf-", "schifffahrt")


def test_an_accent_stays_with_its_letter_when_a_word_is_broken() -> None:
    lines = fold("e\u0323\u0301" * 30, STYLE, 300)
    assert len(lines) > 1
    assert all(line[0] == "ẹ" for line in lines)


def test_a_space_that_does_not_break_holds_words_together() -> None:
    assert fold("Bonjour à tous\u00a0!", STYLE, width("Bonjour à tous", STYLE)) == ("Bonjour", "à tous\u00a0!")
