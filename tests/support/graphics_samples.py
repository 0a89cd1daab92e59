"""What tests draw: invitations and results, in three languages; and how they look at what is printed."""

from importlib.resources import files
from io import BytesIO
from itertools import combinations
from pathlib import Path

import pypdfium2
import zxingcpp
from PIL import Image

from bot.graphics.elements import Bar, Box, Code, Mark, Page, Text
from bot.graphics.model import Results, Tally
from bot.graphics.poster import Invitation
from flows.localization import Wording
from tests.support.card_images import overlap, within

CODE = "aZ09_-Kx" * 8
LINK = f"https://t.me/ConnectionTestBot?start={CODE}"
INVITATION = Invitation(LINK, "the memory clinic", "Riverside Carers", "the group’s results, here, by 1 March")
GROUP_80 = "The Riverside and District Association of Family Carers and Their Friends, Leeds"
URDU = "خاندانی دیکھ بھال گروپ 40% (لندن)"

NUMBERS = Results(
    about="the memory clinic",
    group="Riverside Carers",
    release=2,
    answers="55",
    questions=(
        Tally("Knowing what goes on", True, "55", ("*", "*", "10", "25", "15")),
        Tally("Coping", True, "55", ("15", "20", "10", "*", "*")),
        Tally("Being connected", True, "55", ("10", "10", "15", "10", "10"), "*", "20"),
        Tally("Kinds of support", False, "45", ("*", "10", "*", "10", "20"), "10"),
        Tally("Decided together", False, "*", ("*", "*", "*", "*", "*")),
    ),
)
IN_WORDS = Results(
    about="the memory clinic",
    group="Riverside Carers",
    release=1,
    answers="*",
    questions=(
        Tally("Knowing what goes on", True, "*", ("some", "some", "some", "some", "most"), "some", "some"),
        Tally("Coping", True, "*", ("about_half", "about_half", "some", "some", "some"), "some", "some"),
        Tally("Being connected", True, "*", ("some", "some", "some", "some", "some"), "some", "some"),
    ),
)


def wording(language: str) -> Wording:
    """English; Welsh and Urdu from the test's own files, in English where they have no text."""
    english = files("bot.graphics") / "wording" / "en.ftl"
    own = Path(__file__).parent / "wording" / f"{language}.ftl"
    return Wording(language, [("en", english)] if language == "en" else [(language, own), ("en", english)])


def printed(pdf: bytes, dots: int = 100) -> Image.Image:
    """The only page of a PDF in grey, at so many dots to the inch."""
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    image: Image.Image = document[0].render(scale=dots / 72).to_pil().convert("L")
    return image


def text_of(pdf: bytes) -> str:
    """The words of a PDF, as another program reads them, without spaces."""
    page = pypdfium2.PdfDocument(pdf)[0]
    return "".join(str(page.get_textpage().get_text_bounded()).split())


def scanned(image: Image.Image) -> list[str]:
    """The links that a phone's camera would find."""
    return [found.text for found in zxingcpp.read_barcodes(image)]


def at_width(png: bytes, width: int) -> Image.Image:
    """A picture in grey, as wide as a phone shows it."""
    image = Image.open(BytesIO(png)).convert("L")
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


def assert_room(page: Page, margin: int) -> None:
    """Everything is inside the margin, and nothing that says something touches another."""
    inside = Box(margin, margin, page.width - margin, page.height - margin)
    assert all(within(piece.box, inside) for piece in page.pieces)
    things = [piece for piece in page.pieces if isinstance(piece, Text | Mark | Bar | Code)]
    for first, second in combinations(things, 2):
        assert not overlap(first.box, second.box), (first, second)
