"""What tests draw: invitations and results, in three languages; and how they look at what is printed."""

from importlib.resources import files
from io import BytesIO
from itertools import combinations
from pathlib import Path

import pypdfium2
import zxingcpp
from PIL import Image

from bot.graphics.charts import group_questions
from bot.graphics.drawing import Chart, draw_chart
from bot.graphics.elements import BarSegment, Box, Layout, QrCode, TextLine, VerdictMark
from bot.graphics.model import CampaignResults, QuestionTally
from bot.graphics.poster import CampaignInvitation
from flows.localization import Localization
from tests.support.card_images import is_overlapping, is_within

LINK_CODE = "aZ09_-Kx" * 8
INVITATION_LINK = f"https://t.me/ConnectionTestBot?start={LINK_CODE}"
SAMPLE_INVITATION = CampaignInvitation(
    INVITATION_LINK, "the memory clinic", "Riverside Carers", "the group’s results, here, by 1 March"
)
LONG_GROUP_NAME = "The Riverside and District Association of Family Carers and Their Friends, Leeds"
URDU_NAME = "خاندانی دیکھ بھال گروپ 40% (لندن)"

NUMERIC_RESULTS = CampaignResults(
    subject="the memory clinic",
    group_name="Riverside Carers",
    release=2,
    answer_count="55",
    questions=(
        QuestionTally("Knowing what goes on", True, "55", ("*", "*", "10", "25", "15")),
        QuestionTally("Coping", True, "55", ("15", "20", "10", "*", "*")),
        QuestionTally("Being connected", True, "55", ("10", "10", "15", "10", "10"), "*", "20"),
        QuestionTally("Kinds of support", False, "45", ("*", "10", "*", "10", "20"), "10"),
        QuestionTally("Decided together", False, "*", ("*", "*", "*", "*", "*")),
    ),
)
WORDED_RESULTS = CampaignResults(
    subject="the memory clinic",
    group_name="Riverside Carers",
    release=1,
    answer_count="*",
    questions=(
        QuestionTally("Knowing what goes on", True, "*", ("some", "some", "some", "some", "most"), "some", "some"),
        QuestionTally("Coping", True, "*", ("about_half", "about_half", "some", "some", "some"), "some", "some"),
        QuestionTally("Being connected", True, "*", ("some", "some", "some", "some", "some"), "some", "some"),
    ),
)


def draw_charts(results: CampaignResults) -> list[bytes]:
    """All pictures of these results."""
    return [draw_chart(Chart(results, index)) for index in range(len(group_questions(results)))]


def load_texts(language: str) -> Localization:
    """English; Welsh and Urdu from the test's own files, in English where they have no text."""
    english = files("bot.graphics") / "wording" / "en.ftl"
    own = Path(__file__).parent / "wording" / f"{language}.ftl"
    return Localization(language, [("en", english)] if language == "en" else [(language, own), ("en", english)])


def render_pdf_page(pdf: bytes, dots_per_inch: int = 100) -> Image.Image:
    """The only page of a PDF in grey, at so many dots to the inch."""
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    image: Image.Image = document[0].render(scale=dots_per_inch / 72).to_pil().convert("L")
    return image


def extract_pdf_text(pdf: bytes) -> str:
    """The words of a PDF, as another program reads them, without spaces."""
    page = pypdfium2.PdfDocument(pdf)[0]
    return "".join(str(page.get_textpage().get_text_bounded()).split())


def scan_qr_codes(image: Image.Image) -> list[str]:
    """The links that a phone's camera would find."""
    return [found.text for found in zxingcpp.read_barcodes(image)]


def resize_in_grey(png: bytes, width: int) -> Image.Image:
    """A picture in grey, as wide as a phone shows it."""
    image = Image.open(BytesIO(png)).convert("L")
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


def assert_no_overlap(page: Layout, margin: int) -> None:
    """Everything is inside the margin, and nothing that says something touches another."""
    inside = Box(margin, margin, page.width - margin, page.height - margin)
    assert all(is_within(piece.box, inside) for piece in page.elements)
    visible_pieces = [
        piece for piece in page.elements if isinstance(piece, TextLine | VerdictMark | BarSegment | QrCode)
    ]
    for first, second in combinations(visible_pieces, 2):
        assert not is_overlapping(first.box, second.box), (first, second)
