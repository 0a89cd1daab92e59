"""A campaign's poster, and its picture for a group chat: the same words, once for a wall and once for a phone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import product

import segno

from bot.graphics import palette
from bot.graphics.alt_text import is_written_right_to_left, load_graphics_texts, to_drawable_name
from bot.graphics.elements import (
    Block,
    Box,
    Element,
    Layout,
    QrCode,
    StraightLine,
    TextLine,
    apply_direction,
    centre_horizontally,
    find_bottom,
    lay_out_text,
    stack_blocks,
)
from bot.graphics.pdf import A4_SIZE_PIXELS, render_pdf
from bot.graphics.png import paint_png
from bot.graphics.text_layout import TextStyle, to_drawable, truncate, wrap_evenly
from flows.localization import Localization

# @@DOC A link as a QR code.
QUIET_ZONE_MODULES = 4  # modules of white around it: the standard asks for four
_MODULE_PIXELS = 16  # pixels; a chat shows it sharp, and printed 10 cm wide it still is


def draw_qr_code(link: str) -> bytes:
    """The link as a PNG of its own, black on white, about 800 pixels wide."""
    modules = encode_modules(link)
    side = len(modules) * _MODULE_PIXELS
    return paint_png(Layout(side, side, (QrCode(Box(0, 0, side, side), modules),)))


@lru_cache(maxsize=64)
def encode_modules(link: str) -> tuple[tuple[bool, ...], ...]:
    """The rows of dark modules, with the quiet zone. A quarter may be lost (level Q): posters get torn and wet."""
    code = segno.make_qr(link, error="q", boost_error=False)
    return tuple(tuple(bool(module) for module in row) for row in code.matrix_iter(border=QUIET_ZONE_MODULES))


def place_qr_code(link: str, centre_x: int, top: int, max_side: int) -> QrCode:
    """The code around a middle, at most `side` wide: as wide as a whole number of pixels a module allows."""
    modules = encode_modules(link)
    size = max_side // len(modules) * len(modules)
    return QrCode(Box(centre_x - size // 2, top, centre_x - size // 2 + size, top + size), modules)


MAX_TEXT_LENGTH = 240  # signs of the promise and of the welcome; longer ones end in "…"
MAX_PHONE_PROMISE_LENGTH = (
    100  # the same of the promise on a phone, before letters get too small to read: the message has all of it
)
# How large all letters are, and the largest once more, in percent: they shrink only where words would not fit, and the
# largest first. Under `READ` percent the smallest letters of the picture are less than 12 pixels on a phone of 360.
MIN_READABLE_PERCENT = 75
FONT_SIZE_PERCENTS = sorted(
    product(range(100, 39, -5), (100, 80, 60, 50)),
    key=lambda sizes: (sizes[0] < MIN_READABLE_PERCENT, -2 * sizes[0] - sizes[1]),
)


@dataclass(frozen=True, slots=True)
class CampaignInvitation:
    """What a campaign asks people to: its link; the service or place it is about; the group that asks; what the group
    promises in return; a line of welcome, or none; the language.
    """

    link: str
    subject: str
    group_name: str
    promise: str
    welcome: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class PageFormat:
    """A size to draw for, in pixels: the sheet, its margin, how wide the code may be, and the letters."""

    width: int
    height: int
    margin: int
    max_code_width: int
    subject_size: int
    lead_size: int
    body_size: int
    colour: str
    is_short: bool  # leaves out what only a wall needs


POSTER_FORMAT = PageFormat(
    *A4_SIZE_PIXELS,
    margin=180,
    max_code_width=1250,
    subject_size=250,
    lead_size=104,
    body_size=92,
    colour=palette.BLACK,
    is_short=False,
)
PHONE_FORMAT = PageFormat(
    1080,
    1350,
    margin=64,
    max_code_width=430,
    subject_size=104,
    lead_size=56,
    body_size=48,
    colour=palette.TEXT_COLOUR,
    is_short=True,
)


def draw_poster(invitation: CampaignInvitation, localization: Localization | None = None) -> bytes:
    """The poster as a PDF: one page of A4, black on white."""
    localization = localization or load_graphics_texts(invitation.language)
    page = lay_out_poster(invitation, localization, POSTER_FORMAT)
    title = localization.format_text("invite_title", {"about": _subject_text(invitation, localization)})
    return render_pdf(page, title, localization.language)


def draw_share_picture(invitation: CampaignInvitation, localization: Localization | None = None) -> bytes:
    """The picture for a group chat as a PNG of 1080 by 1350 pixels, under 300 KB."""
    return paint_png(lay_out_poster(invitation, localization or load_graphics_texts(invitation.language), PHONE_FORMAT))


def lay_out_poster(invitation: CampaignInvitation, localization: Localization, page_format: PageFormat) -> Layout:
    """Where everything goes, in the largest letters with which all of it fits. Pure."""
    gap, available_height = page_format.body_size // 3, page_format.height - 2 * page_format.margin
    shortened_invitation = replace(
        invitation,
        promise=truncate(
            to_drawable(invitation.promise), MAX_PHONE_PROMISE_LENGTH if page_format.is_short else MAX_TEXT_LENGTH
        ),
    )
    attempts = (
        _poster_blocks(variant, localization, page_format, percent, subject_percent)
        for is_readable, variant in ((True, invitation), (True, shortened_invitation), (False, shortened_invitation))
        for percent, subject_percent in FONT_SIZE_PERCENTS
        if (percent >= MIN_READABLE_PERCENT) is is_readable
    )
    blocks = next((blocks for blocks in attempts if _total_height(blocks, gap) <= available_height), [])
    spare_gap = (available_height - _total_height(blocks, gap)) // (len(blocks) - 1)
    elements = stack_blocks(blocks, page_format.margin, gap + spare_gap)
    return apply_direction(
        Layout(page_format.width, page_format.height, tuple(elements)),
        is_right_to_left=is_written_right_to_left(localization),
    )


def _total_height(blocks: Sequence[Block], gap: int) -> int:
    return find_bottom(stack_blocks(blocks, 0, gap), 0)


def _poster_blocks(
    invitation: CampaignInvitation,
    localization: Localization,
    page_format: PageFormat,
    percent: int,
    subject_percent: int,
) -> list[Block]:
    body_style, bold_style = (
        TextStyle(weight, page_format.body_size * percent // 100) for weight in ("Regular", "Bold")
    )
    subject_style = TextStyle("Bold", page_format.subject_size * percent * subject_percent // 10_000)
    lead_style = TextStyle("Bold", max(bold_style.size, page_format.lead_size * percent * subject_percent // 10_000))
    promise = truncate(to_drawable(invitation.promise), MAX_TEXT_LENGTH)
    blocks: list[Block] = [
        partial(_centred_text, _lead_text(invitation, localization), lead_style, page_format),
        partial(_centred_text, _subject_text(invitation, localization), subject_style, page_format),
        partial(_centred_text, localization.format_text("invite_ask"), lead_style, page_format),
        partial(_centred_text, truncate(to_drawable(invitation.welcome), MAX_TEXT_LENGTH), body_style, page_format),
        partial(_centred_text, localization.format_text("invite_facts"), body_style, page_format),
        partial(_code_elements, invitation.link, page_format, percent),
        partial(
            _centred_text,
            localization.format_text("invite_scan_short" if page_format.is_short else "invite_scan"),
            bold_style,
            page_format,
        ),
        partial(_centred_text, localization.format_text("invite_type"), body_style, page_format),
        partial(_link_lines, invitation.link, bold_style, page_format),
        partial(
            _promise_block,
            localization.format_text("invite_promise", {"promise": promise}) if promise else "",
            bold_style,
            page_format,
        ),
    ]
    poster_only_indexes = (3, 7)
    return [
        block
        for index, block in enumerate(blocks)
        if not (page_format.is_short and index in poster_only_indexes) and block(0)
    ]


def _lead_text(invitation: CampaignInvitation, localization: Localization) -> str:
    group = to_drawable_name(invitation.group_name)
    return (
        localization.format_text("invite_lead", {"group": group})
        if group
        else localization.format_text("invite_lead_nameless")
    )


def _subject_text(invitation: CampaignInvitation, localization: Localization) -> str:
    return to_drawable_name(invitation.subject) or localization.format_text("about_nameless")


def _centred_text(text: str, style: TextStyle, page_format: PageFormat, top: int) -> Sequence[TextLine]:
    left, right = page_format.margin, page_format.width - page_format.margin
    return centre_horizontally(lay_out_text(text, style, page_format.colour, Box(left, top, right, top)), left, right)


def _code_elements(link: str, page_format: PageFormat, percent: int, top: int) -> Sequence[Element]:
    return [place_qr_code(link, page_format.width // 2, top, page_format.max_code_width * max(percent, 80) // 100)]


def _link_lines(link: str, style: TextStyle, page_format: PageFormat, top: int) -> Sequence[TextLine]:
    """As somebody would type it: on one line, or broken before the code."""
    short_link = link.removeprefix("https://")
    available_width = page_format.width - 2 * page_format.margin
    fits_one_line = len(wrap_evenly(short_link, style, available_width)) == 1
    address, separator, code = short_link.partition("?start=")
    address_lines = _centred_text(short_link if fits_one_line else address, style, page_format, top)
    return (
        address_lines
        if fits_one_line
        else [*address_lines, *_centred_text(separator + code, style, page_format, find_bottom(address_lines, top))]
    )


def _promise_block(text: str, style: TextStyle, page_format: PageFormat, top: int) -> Sequence[Element]:
    """Between two lines, so that it is seen from the door."""
    if not text:
        return []
    rule_width, padding = style.size // 12, style.size // 3
    lines = _centred_text(text, style, page_format, top + rule_width + padding)
    bottom_rule_top = find_bottom(lines, top) + padding
    edges = (
        Box(page_format.margin, rule_top, page_format.width - page_format.margin, rule_top + rule_width)
        for rule_top in (top, bottom_rule_top)
    )
    return [*(StraightLine(edge, page_format.colour) for edge in edges), *lines]
