"""A campaign's poster, and its picture for a group chat: the same words, once for a wall and once for a phone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import product

import segno

from bot.graphics import palette
from bot.graphics.alt_text import is_from_right, named, wording_of
from bot.graphics.elements import Block, Box, Code, Page, Piece, Rule, Text, bottom, faced, middled, stack, text_block
from bot.graphics.pdf import A4, print_page
from bot.graphics.png import paint
from bot.graphics.text_layout import Style, drawable, fold, shortened
from flows.localization import Wording

# @@DOC A link as a QR code.
QUIET = 4  # modules of white around it: the standard asks for four
_MODULE = 16  # pixels; a chat shows it sharp, and printed 10 cm wide it still is


def draw_code(link: str) -> bytes:
    """The link as a PNG of its own, black on white, about 800 pixels wide."""
    modules = modules_of(link)
    side = len(modules) * _MODULE
    return paint(Page(side, side, (Code(Box(0, 0, side, side), modules),)))


@lru_cache(maxsize=64)
def modules_of(link: str) -> tuple[tuple[bool, ...], ...]:
    """The rows of dark modules, with the quiet zone. A quarter may be lost (level Q): posters get torn and wet."""
    code = segno.make_qr(link, error="q", boost_error=False)
    return tuple(tuple(bool(module) for module in row) for row in code.matrix_iter(border=QUIET))


def placed_code(link: str, middle: int, top: int, side: int) -> Code:
    """The code around a middle, at most `side` wide: as wide as a whole number of pixels a module allows."""
    modules = modules_of(link)
    size = side // len(modules) * len(modules)
    return Code(Box(middle - size // 2, top, middle - size // 2 + size, top + size), modules)


LONGEST = 240  # signs of the promise and of the welcome; longer ones end in "…"
SHORTER = 100  # the same of the promise on a phone, before letters get too small to read: the message has all of it
# How large all letters are, and the largest once more, in percent: they shrink only where words would not fit, and the
# largest first. Under `READ` percent the smallest letters of the picture are less than 12 pixels on a phone of 360.
READ = 75
PERCENT = sorted(
    product(range(100, 39, -5), (100, 80, 60, 50)), key=lambda sizes: (sizes[0] < READ, -2 * sizes[0] - sizes[1])
)


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a campaign asks people to: its link; the service or place it is about; the group that asks; what the group
    promises in return; a line of welcome, or none; the language.
    """

    link: str
    about: str
    group: str
    promise: str
    welcome: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A size to draw for, in pixels: the sheet, its margin, how wide the code may be, and the letters."""

    width: int
    height: int
    margin: int
    code: int
    about: int
    lead: int
    words: int
    ink: str
    short: bool  # leaves out what only a wall needs


POSTER = Sheet(*A4, margin=180, code=1250, about=250, lead=104, words=92, ink=palette.BLACK, short=False)
PHONE = Sheet(1080, 1350, margin=64, code=430, about=104, lead=56, words=48, ink=palette.INK, short=True)


def draw_poster(invitation: Invitation, words: Wording | None = None) -> bytes:
    """The poster as a PDF: one page of A4, black on white."""
    words = words or wording_of(invitation.language)
    page = arrange(invitation, words, POSTER)
    title = words.text("invite_title", {"about": _about(invitation, words)})
    return print_page(page, title, words.language)


def draw_sharing(invitation: Invitation, words: Wording | None = None) -> bytes:
    """The picture for a group chat as a PNG of 1080 by 1350 pixels, under 300 KB."""
    return paint(arrange(invitation, words or wording_of(invitation.language), PHONE))


def arrange(invitation: Invitation, words: Wording, sheet: Sheet) -> Page:
    """Where everything goes, in the largest letters with which all of it fits. Pure."""
    gap, room = sheet.words // 3, sheet.height - 2 * sheet.margin
    shorter = replace(invitation, promise=shortened(drawable(invitation.promise), SHORTER if sheet.short else LONGEST))
    tried = (
        _blocks(one, words, sheet, percent, large)
        for read, one in ((True, invitation), (True, shorter), (False, shorter))
        for percent, large in PERCENT
        if (percent >= READ) is read
    )
    blocks = next((blocks for blocks in tried if _height(blocks, gap) <= room), [])
    spare = (room - _height(blocks, gap)) // (len(blocks) - 1)
    pieces = stack(blocks, sheet.margin, gap + spare)
    return faced(Page(sheet.width, sheet.height, tuple(pieces)), from_right=is_from_right(words))


def _height(blocks: Sequence[Block], gap: int) -> int:
    return bottom(stack(blocks, 0, gap), 0)


def _blocks(invitation: Invitation, words: Wording, sheet: Sheet, percent: int, large: int) -> list[Block]:
    plain, strong = (Style(weight, sheet.words * percent // 100) for weight in ("Regular", "Bold"))
    about = Style("Bold", sheet.about * percent * large // 10_000)
    lead = Style("Bold", max(strong.size, sheet.lead * percent * large // 10_000))
    promise = shortened(drawable(invitation.promise), LONGEST)
    parts: list[Block] = [
        partial(_text, _lead(invitation, words), lead, sheet),
        partial(_text, _about(invitation, words), about, sheet),
        partial(_text, words.text("invite_ask"), lead, sheet),
        partial(_text, shortened(drawable(invitation.welcome), LONGEST), plain, sheet),
        partial(_text, words.text("invite_facts"), plain, sheet),
        partial(_code, invitation.link, sheet, percent),
        partial(_text, words.text("invite_scan_short" if sheet.short else "invite_scan"), strong, sheet),
        partial(_text, words.text("invite_type"), plain, sheet),
        partial(_link, invitation.link, strong, sheet),
        partial(_promise, words.text("invite_promise", {"promise": promise}) if promise else "", strong, sheet),
    ]
    wall_only = (3, 7)
    return [part for at, part in enumerate(parts) if not (sheet.short and at in wall_only) and part(0)]


def _lead(invitation: Invitation, words: Wording) -> str:
    group = named(invitation.group)
    return words.text("invite_lead", {"group": group}) if group else words.text("invite_lead_nameless")


def _about(invitation: Invitation, words: Wording) -> str:
    return named(invitation.about) or words.text("about_nameless")


def _text(words: str, style: Style, sheet: Sheet, top: int) -> Sequence[Text]:
    left, right = sheet.margin, sheet.width - sheet.margin
    return middled(text_block(words, style, sheet.ink, Box(left, top, right, top)), left, right)


def _code(link: str, sheet: Sheet, percent: int, top: int) -> Sequence[Piece]:
    return [placed_code(link, sheet.width // 2, top, sheet.code * max(percent, 80) // 100)]


def _link(link: str, style: Style, sheet: Sheet, top: int) -> Sequence[Text]:
    """As somebody would type it: on one line, or broken before the code."""
    typed = link.removeprefix("https://")
    room = sheet.width - 2 * sheet.margin
    whole = len(fold(typed, style, room)) == 1
    address, mark, code = typed.partition("?start=")
    first = _text(typed if whole else address, style, sheet, top)
    return first if whole else [*first, *_text(mark + code, style, sheet, bottom(first, top))]


def _promise(words: str, style: Style, sheet: Sheet, top: int) -> Sequence[Piece]:
    """Between two lines, so that it is seen from the door."""
    if not words:
        return []
    thick, space = style.size // 12, style.size // 3
    lines = _text(words, style, sheet, top + thick + space)
    below = bottom(lines, top) + space
    edges = (Box(sheet.margin, at, sheet.width - sheet.margin, at + thick) for at in (top, below))
    return [*(Rule(edge, sheet.ink) for edge in edges), *lines]
