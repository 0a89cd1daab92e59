"""The poster on a wall, and the picture in a group chat: all of it there, inside, and scanned."""

from dataclasses import replace
from io import BytesIO

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageStat

from bot.graphics.elements import Code, Text
from bot.graphics.poster import (
    PHONE,
    POSTER,
    QUIET,
    Invitation,
    Sheet,
    arrange,
    draw_code,
    draw_poster,
    draw_sharing,
    modules_of,
)
from bot.graphics.text_layout import tidy
from tests.support.graphics_samples import (
    GROUP_80,
    INVITATION,
    LINK,
    URDU,
    assert_room,
    at_width,
    printed,
    scanned,
    text_of,
    wording,
)

ABOUT_80 = "The Riverside and District Memory Clinic and Day Hospital for Older People, West"
HARD = {
    "ordinary": INVITATION,
    "a short link": replace(INVITATION, link="https://t.me/B?start=a"),
    "a long group": replace(INVITATION, group=GROUP_80, welcome="Come as you are. " * 20, promise="Results. " * 60),
    "one very long word": replace(INVITATION, about="Donaudampfschifffahrtsgesellschaftskapitän" * 2),
    "accents": replace(INVITATION, about="Clinig Tŷ’r Ŵyl", group="Ậm ừ Łódź Ẹ́"),
    "Urdu": replace(INVITATION, about="یادداشت کا کلینک", group=URDU),
    "emoji": replace(INVITATION, group="Carers 🎉👩‍👩‍👧", about="😀", promise="日本"),
}
WORDS = st.text(alphabet="abcWMj ŵẤệÅgjy.,()/%40-خاندےٹ🎉", max_size=300)
ANY = st.builds(Invitation, st.just(LINK), about=WORDS, group=WORDS, promise=WORDS, welcome=WORDS)


@settings(max_examples=30, deadline=None)
@given(ANY, st.sampled_from(["en", "cy", "ur"]), st.sampled_from([POSTER, PHONE]))
def test_whatever_is_written_stays_inside_and_touches_nothing(one: Invitation, language: str, sheet: Sheet) -> None:
    page = arrange(one, wording(language), sheet)
    assert (page.width, page.height) == (sheet.width, sheet.height)
    assert any(isinstance(piece, Code) for piece in page.pieces)
    assert_room(page, sheet.margin)


@pytest.mark.parametrize("language", ["en", "cy", "ur"])
@pytest.mark.parametrize("invitation", HARD.values(), ids=HARD.keys())
def test_the_poster_is_scanned_as_printed_and_from_a_small_photo(invitation: Invitation, language: str) -> None:
    pdf = draw_poster(invitation, wording(language))
    page = printed(pdf, 150)
    assert scanned(page) == [invitation.link]
    assert scanned(page.resize((480, 679))) == [invitation.link]


@pytest.mark.parametrize("language", ["en", "cy", "ur"])
@pytest.mark.parametrize("invitation", HARD.values(), ids=HARD.keys())
def test_the_picture_is_scanned_from_a_phone_of_360_px(invitation: Invitation, language: str) -> None:
    png = draw_sharing(invitation, wording(language))
    assert scanned(at_width(png, 360)) == [invitation.link]
    assert len(png) < 300_000


def test_the_picture_is_four_by_five() -> None:
    picture = Image.open(BytesIO(draw_sharing(INVITATION)))
    assert (picture.format, picture.size) == ("PNG", (1080, 1350))


def test_the_poster_is_one_page_of_a4() -> None:
    width, height = pypdfium2.PdfDocument(draw_poster(INVITATION))[0].get_size()
    assert (round(width), round(height)) == (595, 842)


def test_the_poster_says_it_all_in_words_that_can_be_copied() -> None:
    said = text_of(draw_poster(INVITATION))
    parts = (INVITATION.about, INVITATION.group, INVITATION.promise, "Three minutes", "No name needed")
    for part in (*parts, LINK.removeprefix("https://")):
        assert "".join(part.split()) in said


@pytest.mark.parametrize("sheet", [POSTER, PHONE], ids=["poster", "phone"])
def test_a_link_is_never_given_a_hyphen_or_a_space(sheet: Sheet) -> None:
    lines = [piece.line for piece in arrange(INVITATION, wording("en"), sheet).pieces if isinstance(piece, Text)]
    assert LINK.removeprefix("https://") in "".join(lines)


@pytest.mark.parametrize("draw", [draw_poster, draw_sharing])
@pytest.mark.parametrize("invitation", [HARD["ordinary"], HARD["Urdu"]], ids=["English", "Urdu"])
def test_the_same_invitation_gives_the_same_bytes(draw: type, invitation: Invitation) -> None:
    assert draw(invitation) == draw(replace(invitation))


def test_the_poster_has_bare_edges_and_little_ink() -> None:
    page = printed(draw_poster(INVITATION))
    edge = 100 * 12 // 25  # 12 mm: what home printers leave out
    box = page.point(lambda value: 255 * (value < 250)).getbbox()
    assert box is not None
    assert min(box[0], box[1], page.width - box[2], page.height - box[3]) >= edge
    assert ImageStat.Stat(page).mean[0] > 0.88 * 255


def test_letters_that_no_font_has_are_left_out_kindly() -> None:
    page = arrange(HARD["emoji"], wording("en"), POSTER)
    said = " ".join(piece.line for piece in page.pieces if isinstance(piece, Text))
    assert "Carers would like to hear about this service" in tidy(said)
    assert "What comes back" not in said


def test_an_ordinary_poster_is_read_from_two_metres() -> None:
    about = max(p.style.size for p in arrange(INVITATION, wording("en"), POSTER).pieces if isinstance(p, Text))
    assert about / 300 * 72 >= 40  # points


@pytest.mark.parametrize("language", ["en", "cy", "ur"])
@pytest.mark.parametrize("promise", [INVITATION.promise, "We read all of it. " * 10 + "And more."])
@pytest.mark.parametrize("about", ["the memory clinic", ABOUT_80])
@pytest.mark.parametrize("group", ["Riverside Carers", GROUP_80, URDU])
def test_letters_of_the_picture_are_12_px_on_a_phone_of_360_px(
    group: str, about: str, promise: str, language: str
) -> None:
    """The name shrinks before the words do."""
    link = "https://t.me/ConnectionTestBot?start=riverside-memory-7"
    one = replace(INVITATION, link=link, group=group, about=about, promise=promise)
    page = arrange(one, wording(language), PHONE)
    assert min(piece.style.size for piece in page.pieces if isinstance(piece, Text)) * 360 / 1080 >= 12


def test_the_code_by_itself_is_scanned_and_has_its_quiet_zone() -> None:
    png = draw_code(LINK)
    assert scanned(at_width(png, 360)) == [LINK]
    rows = modules_of(LINK)
    quiet = (*rows[:QUIET], *rows[-QUIET:], *(row[:QUIET] + row[-QUIET:] for row in rows))
    assert not any(dark for row in quiet for dark in row)


def test_the_code_is_scanned_with_a_corner_torn_off() -> None:
    picture = Image.open(BytesIO(draw_code(LINK))).convert("L")
    side = picture.width
    picture.paste(255, (side * 58 // 100, side * 58 // 100, side, side))
    assert scanned(picture) == [LINK]
