"""The poster on a wall and the picture in a group chat are complete, inside their margins, and can be scanned."""

from dataclasses import replace
from io import BytesIO

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageStat

from bot.graphics.drawing import draw_poster, draw_qr_code, draw_share_picture
from bot.graphics.elements import QrCode, TextLine
from bot.graphics.poster import (
    PHONE_FORMAT,
    POSTER_FORMAT,
    CampaignInvitation,
    PageFormat,
    lay_out_poster,
)
from bot.graphics.qr_code import QUIET_ZONE_MODULES, encode_modules
from bot.graphics.text_layout import normalize_text
from tests.support.graphics_samples import (
    INVITATION_LINK,
    LONG_GROUP_NAME,
    SAMPLE_INVITATION,
    URDU_NAME,
    assert_no_overlap,
    extract_pdf_text,
    load_texts,
    render_pdf_page,
    resize_in_grey,
    scan_qr_codes,
)

LONG_SUBJECT = "The Riverside and District Memory Clinic and Day Hospital for Older People, West"
DIFFICULT_INVITATIONS = {
    "ordinary": SAMPLE_INVITATION,
    "a short link": replace(SAMPLE_INVITATION, link="https://t.me/B?start=a"),
    "a long group": replace(
        SAMPLE_INVITATION, group_name=LONG_GROUP_NAME, welcome="Come as you are. " * 20, promise="Results. " * 60
    ),
    "one very long word": replace(SAMPLE_INVITATION, subject="Donaudampfschifffahrtsgesellschaftskapitän" * 2),
    "accents": replace(SAMPLE_INVITATION, subject="Clinig Tŷ’r Ŵyl", group_name="Ậm ừ Łódź Ẹ́"),
    "Urdu": replace(SAMPLE_INVITATION, subject="یادداشت کا کلینک", group_name=URDU_NAME),
    "emoji": replace(SAMPLE_INVITATION, group_name="Carers 🎉👩‍👩‍👧", subject="😀", promise="日本"),
}
WORDS = st.text(alphabet="abcWMj ŵẤệÅgjy.,()/%40-خاندےٹ🎉", max_size=300)
INVITATIONS = st.builds(
    CampaignInvitation, st.just(INVITATION_LINK), subject=WORDS, group_name=WORDS, promise=WORDS, welcome=WORDS
)


@settings(max_examples=30, deadline=None)
@given(INVITATIONS, st.sampled_from(["en", "cy", "ur"]), st.sampled_from([POSTER_FORMAT, PHONE_FORMAT]))
def test_all_texts_stay_inside_and_do_not_overlap(
    one: CampaignInvitation, language: str, page_format: PageFormat
) -> None:
    page = lay_out_poster(one, load_texts(language), page_format)
    assert (page.width, page.height) == (page_format.width, page_format.height)
    assert any(isinstance(piece, QrCode) for piece in page.elements)
    assert_no_overlap(page, page_format.margin)


@pytest.mark.parametrize("language", ["en", "cy", "ur"])
@pytest.mark.parametrize("invitation", DIFFICULT_INVITATIONS.values(), ids=DIFFICULT_INVITATIONS.keys())
def test_the_poster_can_be_scanned_as_printed_and_from_a_small_photo(
    invitation: CampaignInvitation, language: str
) -> None:
    pdf = draw_poster(invitation, load_texts(language))
    page = render_pdf_page(pdf, 150)
    assert scan_qr_codes(page) == [invitation.link]
    assert scan_qr_codes(page.resize((480, 679))) == [invitation.link]


@pytest.mark.parametrize("language", ["en", "cy", "ur"])
@pytest.mark.parametrize("invitation", DIFFICULT_INVITATIONS.values(), ids=DIFFICULT_INVITATIONS.keys())
def test_the_picture_can_be_scanned_from_a_phone_of_360_px(invitation: CampaignInvitation, language: str) -> None:
    png = draw_share_picture(invitation, load_texts(language))
    assert scan_qr_codes(resize_in_grey(png, 360)) == [invitation.link]
    assert len(png) < 300_000


def test_the_picture_is_four_by_five() -> None:
    picture = Image.open(BytesIO(draw_share_picture(SAMPLE_INVITATION)))
    assert (picture.format, picture.size) == ("PNG", (1080, 1350))


def test_the_poster_is_one_page_of_a4() -> None:
    width, height = pypdfium2.PdfDocument(draw_poster(SAMPLE_INVITATION))[0].get_size()
    assert (round(width), round(height)) == (595, 842)


def test_the_texts_of_the_poster_can_be_copied() -> None:
    text = extract_pdf_text(draw_poster(SAMPLE_INVITATION))
    parts = (
        SAMPLE_INVITATION.subject,
        SAMPLE_INVITATION.group_name,
        SAMPLE_INVITATION.promise,
        "Three minutes",
        "No name needed",
    )
    for part in (*parts, INVITATION_LINK.removeprefix("https://")):
        assert "".join(part.split()) in text


@pytest.mark.parametrize("page_format", [POSTER_FORMAT, PHONE_FORMAT], ids=["poster", "phone"])
def test_a_link_never_gets_a_hyphen_or_a_space(page_format: PageFormat) -> None:
    lines = [
        piece.text
        for piece in lay_out_poster(SAMPLE_INVITATION, load_texts("en"), page_format).elements
        if isinstance(piece, TextLine)
    ]
    assert INVITATION_LINK.removeprefix("https://") in "".join(lines)


@pytest.mark.parametrize("draw", [draw_poster, draw_share_picture])
@pytest.mark.parametrize(
    "invitation", [DIFFICULT_INVITATIONS["ordinary"], DIFFICULT_INVITATIONS["Urdu"]], ids=["English", "Urdu"]
)
def test_the_same_invitation_gives_the_same_bytes(draw: type, invitation: CampaignInvitation) -> None:
    assert draw(invitation) == draw(replace(invitation))


def test_the_poster_has_bare_edges_and_little_ink() -> None:
    page = render_pdf_page(draw_poster(SAMPLE_INVITATION))
    edge = 100 * 12 // 25  # 12 mm: what home printers leave out
    box = page.point(lambda value: 255 * (value < 250)).getbbox()
    assert box is not None
    assert min(box[0], box[1], page.width - box[2], page.height - box[3]) >= edge
    assert ImageStat.Stat(page).mean[0] > 0.88 * 255


def test_characters_that_the_fonts_lack_are_left_out() -> None:
    page = lay_out_poster(DIFFICULT_INVITATIONS["emoji"], load_texts("en"), POSTER_FORMAT)
    text = " ".join(piece.text for piece in page.elements if isinstance(piece, TextLine))
    assert "Carers would like to hear about this service" in normalize_text(text)
    assert "What comes back" not in text


def test_an_ordinary_poster_can_be_read_from_two_metres() -> None:
    about = max(
        p.style.size
        for p in lay_out_poster(SAMPLE_INVITATION, load_texts("en"), POSTER_FORMAT).elements
        if isinstance(p, TextLine)
    )
    assert about / 300 * 72 >= 40  # points


@pytest.mark.parametrize("language", ["en", "cy", "ur"])
@pytest.mark.parametrize("promise", [SAMPLE_INVITATION.promise, "We read all of it. " * 10 + "And more."])
@pytest.mark.parametrize("about", ["the memory clinic", LONG_SUBJECT])
@pytest.mark.parametrize("group", ["Riverside Carers", LONG_GROUP_NAME, URDU_NAME])
def test_letters_of_the_picture_are_12_px_on_a_phone_of_360_px(
    group: str, about: str, promise: str, language: str
) -> None:
    """The subject shrinks before the other texts do."""
    link = "https://t.me/ConnectionTestBot?start=riverside-memory-7"
    one = replace(SAMPLE_INVITATION, link=link, group_name=group, subject=about, promise=promise)
    page = lay_out_poster(one, load_texts(language), PHONE_FORMAT)
    assert min(piece.style.size for piece in page.elements if isinstance(piece, TextLine)) * 360 / 1080 >= 12


def test_the_code_on_its_own_can_be_scanned_and_has_a_quiet_zone() -> None:
    png = draw_qr_code(INVITATION_LINK)
    assert scan_qr_codes(resize_in_grey(png, 360)) == [INVITATION_LINK]
    rows = encode_modules(INVITATION_LINK)
    quiet = (
        *rows[:QUIET_ZONE_MODULES],
        *rows[-QUIET_ZONE_MODULES:],
        *(row[:QUIET_ZONE_MODULES] + row[-QUIET_ZONE_MODULES:] for row in rows),
    )
    assert not any(dark for row in quiet for dark in row)


def test_the_code_can_be_scanned_with_a_corner_torn_off() -> None:
    picture = Image.open(BytesIO(draw_qr_code(INVITATION_LINK))).convert("L")
    side = picture.width
    picture.paste(255, (side * 58 // 100, side * 58 // 100, side, side))
    assert scan_qr_codes(picture) == [INVITATION_LINK]
