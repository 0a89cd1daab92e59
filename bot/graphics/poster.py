"""The layout of a campaign's poster and of its picture for a group chat: the same texts for a wall and for a phone.

Texts are drawn as large as they fit: see `FONT_SCALES`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import NamedTuple

from bot.graphics import palette
from bot.graphics.alt_text import format_subject, is_written_right_to_left, to_drawable_name
from bot.graphics.elements import (
    A4_SIZE_PIXELS,
    Block,
    Box,
    Element,
    Layout,
    StraightLine,
    TextLine,
    apply_direction,
    centre_horizontally,
    find_bottom,
    lay_out_text,
    stack_blocks,
)
from bot.graphics.qr_code import place_qr_code
from bot.graphics.text_layout import TextStyle, to_drawable, truncate, wrap_evenly
from flows.localization import Localization

MAX_TEXT_LENGTH = 240  # characters of the promise and of the welcome; longer ones end in "…"
# Of the promise on a phone, before letters become too small to read; the message beside the picture has all of it.
MAX_PHONE_PROMISE_LENGTH = 100
MIN_READABLE_PERCENT = 75  # below it, the smallest letters are less than 12 pixels high on a phone of 360 pixels
MIN_CODE_PERCENT = 80  # the code shrinks less than the letters, because it has to be scanned


class FontScale(NamedTuple):
    """The size of all letters, and that of the largest on top of it, in percent."""

    percent: int
    heading_percent: int


# Letters shrink only if texts would not fit, the largest first, and stay readable as long as possible.
FONT_SCALES = sorted(
    (FontScale(*percents) for percents in product(range(100, 39, -5), (100, 80, 60, 50))),
    key=lambda scale: (scale.percent < MIN_READABLE_PERCENT, -2 * scale.percent - scale.heading_percent),
)


@dataclass(frozen=True, slots=True)
class CampaignInvitation:
    """The texts that invite people to a campaign: its link, the service or place that it is about, the group that asks,
    what the group promises in return, a line of welcome (may be empty), and the language.
    """

    link: str
    subject: str
    group_name: str
    promise: str
    welcome: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class PageFormat:
    """A page to draw on, in pixels: its size and margin, the largest code, and the size of letters at 100 percent."""

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


def lay_out_poster(invitation: CampaignInvitation, localization: Localization, page_format: PageFormat) -> Layout:
    """The page, with the largest letters at which all of it fits. Pure."""
    gap, available_height = page_format.body_size // 3, page_format.height - 2 * page_format.margin
    attempts = (
        _poster_blocks(variant, localization, page_format, scale)
        for variant, scale in _variants_by_preference(invitation, page_format)
    )
    blocks = next((blocks for blocks in attempts if _total_height(blocks, gap) <= available_height), [])
    spare_gap = (available_height - _total_height(blocks, gap)) // (len(blocks) - 1)
    elements = stack_blocks(blocks, page_format.margin, gap + spare_gap)
    layout = Layout(page_format.width, page_format.height, tuple(elements))
    return apply_direction(layout, is_right_to_left=is_written_right_to_left(localization))


def _variants_by_preference(
    invitation: CampaignInvitation, page_format: PageFormat
) -> Iterator[tuple[CampaignInvitation, FontScale]]:
    """A shorter promise is better than letters too small to read."""
    max_promise_length = MAX_PHONE_PROMISE_LENGTH if page_format.is_short else MAX_TEXT_LENGTH
    shortened = replace(invitation, promise=truncate(to_drawable(invitation.promise), max_promise_length))
    readable_scales = [scale for scale in FONT_SCALES if scale.percent >= MIN_READABLE_PERCENT]
    small_scales = [scale for scale in FONT_SCALES if scale.percent < MIN_READABLE_PERCENT]
    yield from product((invitation, shortened), readable_scales)
    yield from product((shortened,), small_scales)


def _total_height(blocks: Sequence[Block], gap: int) -> int:
    return find_bottom(stack_blocks(blocks, 0, gap), 0)


def _poster_blocks(
    invitation: CampaignInvitation, localization: Localization, page_format: PageFormat, scale: FontScale
) -> list[Block]:
    """The blocks that have something to show, from the top down."""
    blocks = [
        *_heading_blocks(invitation, localization, page_format, scale),
        *_instruction_blocks(invitation, localization, page_format, scale),
    ]
    return [block for block in blocks if block(0)]


def _heading_blocks(
    invitation: CampaignInvitation, localization: Localization, page_format: PageFormat, scale: FontScale
) -> list[Block]:
    """Who asks about what."""
    body_size = page_format.body_size * scale.percent // 100
    heading_scale = scale.percent * scale.heading_percent
    subject_style = TextStyle("Bold", page_format.subject_size * heading_scale // 10_000)
    lead_style = TextStyle("Bold", max(body_size, page_format.lead_size * heading_scale // 10_000))
    subject = format_subject(invitation.subject, localization)
    return [
        partial(_centred_text, _lead_text(invitation, localization), lead_style, page_format),
        partial(_centred_text, subject, subject_style, page_format),
        partial(_centred_text, localization.format_text("invite_ask"), lead_style, page_format),
    ]


def _instruction_blocks(
    invitation: CampaignInvitation, localization: Localization, page_format: PageFormat, scale: FontScale
) -> list[Block]:
    """How to take part, and what comes back."""
    body_size = page_format.body_size * scale.percent // 100
    body_style, bold_style = TextStyle("Regular", body_size), TextStyle("Bold", body_size)
    scan_key = "invite_scan_short" if page_format.is_short else "invite_scan"
    welcome = "" if page_format.is_short else truncate(to_drawable(invitation.welcome), MAX_TEXT_LENGTH)
    typing_hint = "" if page_format.is_short else localization.format_text("invite_type")
    return [
        partial(_centred_text, welcome, body_style, page_format),
        partial(_centred_text, localization.format_text("invite_facts"), body_style, page_format),
        partial(_code_elements, invitation.link, page_format, scale.percent),
        partial(_centred_text, localization.format_text(scan_key), bold_style, page_format),
        partial(_centred_text, typing_hint, body_style, page_format),
        partial(_link_lines, invitation.link, bold_style, page_format),
        partial(_promise_block, _promise_text(invitation, localization), bold_style, page_format),
    ]


def _lead_text(invitation: CampaignInvitation, localization: Localization) -> str:
    group = to_drawable_name(invitation.group_name)
    return localization.format_text("invite_lead" if group else "invite_lead_nameless", {"group": group})


def _promise_text(invitation: CampaignInvitation, localization: Localization) -> str:
    promise = truncate(to_drawable(invitation.promise), MAX_TEXT_LENGTH)
    return localization.format_text("invite_promise", {"promise": promise}) if promise else ""


def _centred_text(text: str, style: TextStyle, page_format: PageFormat, top: int) -> Sequence[TextLine]:
    left, right = page_format.margin, page_format.width - page_format.margin
    return centre_horizontally(lay_out_text(text, style, page_format.colour, Box(left, top, right, top)), left, right)


def _code_elements(link: str, page_format: PageFormat, percent: int, top: int) -> Sequence[Element]:
    max_side = page_format.max_code_width * max(percent, MIN_CODE_PERCENT) // 100
    return [place_qr_code(link, page_format.width // 2, top, max_side)]


def _link_lines(link: str, style: TextStyle, page_format: PageFormat, top: int) -> Sequence[TextLine]:
    """The link as people type it, on one line or broken before its code."""
    short_link = link.removeprefix("https://")
    available_width = page_format.width - 2 * page_format.margin
    if len(wrap_evenly(short_link, style, available_width)) == 1:
        return _centred_text(short_link, style, page_format, top)
    address, separator, code = short_link.partition("?start=")
    address_lines = _centred_text(address, style, page_format, top)
    code_top = find_bottom(address_lines, top)
    return [*address_lines, *_centred_text(separator + code, style, page_format, code_top)]


def _promise_block(text: str, style: TextStyle, page_format: PageFormat, top: int) -> Sequence[Element]:
    """The promise between two lines, so that it is noticed from afar."""
    if not text:
        return []
    rule_width, padding = style.size // 12, style.size // 3
    lines = _centred_text(text, style, page_format, top + rule_width + padding)
    left, right = page_format.margin, page_format.width - page_format.margin
    rule_tops = (top, find_bottom(lines, top) + padding)
    rules = [StraightLine(Box(left, y, right, y + rule_width), page_format.colour) for y in rule_tops]
    return [*rules, *lines]
