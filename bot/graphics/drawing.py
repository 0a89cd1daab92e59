"""Everything that can be drawn, and `draw`, which draws it: one function, so that another process can run it.

The drawings are plain values that can be compared, hashed and pickled. Pillow, fpdf2 and segno are loaded when
something is drawn, and only those it needs.
"""

from dataclasses import dataclass
from typing import Literal

from bot.graphics.alt_text import format_subject, load_graphics_texts
from bot.graphics.charts import group_questions, lay_out_chart
from bot.graphics.elements import Layout
from bot.graphics.model import CampaignResults
from bot.graphics.poster import PHONE_FORMAT, POSTER_FORMAT, CampaignInvitation, lay_out_poster
from bot.graphics.qr_code import lay_out_qr_code
from bot.graphics.report import Report, lay_out_report
from bot.graphics.result_card import ResultCard, can_draw_result_card, lay_out_result_card
from flows.localization import Localization


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture of results: the group of questions with this number, from 0."""

    results: CampaignResults
    group_index: int


@dataclass(frozen=True, slots=True)
class ShareMaterial:
    """What a campaign is shared with: its picture for a group chat, its link as a QR code, or its poster."""

    invitation: CampaignInvitation
    format: Literal["picture", "code", "poster"]


Drawing = ResultCard | Chart | Report | ShareMaterial


def list_charts(results: CampaignResults) -> list[Chart]:
    """The charts of these results in order, without those that would show nothing."""
    return [
        Chart(results, index)
        for index, group in enumerate(group_questions(results))
        if any(question.display_mode != "nothing" for question in group)
    ]


def can_draw(drawing: Drawing) -> bool:
    """Whether the fonts have every character of a result card. Other drawings leave out what they lack."""
    return can_draw_result_card(drawing) if isinstance(drawing, ResultCard) else True


def draw(drawing: Drawing) -> bytes:
    """The drawing as a PNG; a report or a poster as a PDF. May be called from any thread."""
    match drawing:
        case ResultCard():
            return draw_result_card(drawing)
        case Chart():
            return draw_chart(drawing)
        case Report():
            return draw_report(drawing)
        case ShareMaterial(format="picture"):
            return draw_share_picture(drawing.invitation)
        case ShareMaterial(format="code"):
            return draw_qr_code(drawing.invitation.link)
        case ShareMaterial():
            return draw_poster(drawing.invitation)


def draw_result_card(card: ResultCard) -> bytes:
    """The card as a PNG, 1080 pixels wide and as high as its text needs (about 1,500 for three short lines).

    Takes about 25 ms of CPU (`python -m benchmarks.result_card`). Characters that `can_draw` refuses become empty
    boxes.
    """
    return _paint_png(lay_out_result_card(card))


def draw_chart(chart: Chart, localization: Localization | None = None) -> bytes:
    """The chart as a PNG, 1080 pixels wide."""
    localization = localization or load_graphics_texts(chart.results.language)
    questions = group_questions(chart.results)[chart.group_index]
    return _paint_png(lay_out_chart(chart.results, questions, localization))


def draw_report(report: Report, localization: Localization | None = None) -> bytes:
    """The report as a PDF: one page of A4, on white."""
    localization = localization or load_graphics_texts(report.results.language)
    title = localization.format_text("report_title", {"about": format_subject(report.results.subject, localization)})
    return _render_pdf(lay_out_report(report, localization), title, localization)


def draw_poster(invitation: CampaignInvitation, localization: Localization | None = None) -> bytes:
    """The poster as a PDF: one page of A4, black on white."""
    localization = localization or load_graphics_texts(invitation.language)
    title = localization.format_text("invite_title", {"about": format_subject(invitation.subject, localization)})
    return _render_pdf(lay_out_poster(invitation, localization, POSTER_FORMAT), title, localization)


def draw_share_picture(invitation: CampaignInvitation, localization: Localization | None = None) -> bytes:
    """The picture for a group chat as a PNG of 1080 by 1350 pixels, under 300 KB."""
    localization = localization or load_graphics_texts(invitation.language)
    return _paint_png(lay_out_poster(invitation, localization, PHONE_FORMAT))


def draw_qr_code(link: str) -> bytes:
    """The link as a PNG of its own, black on white, about 800 pixels wide."""
    return _paint_png(lay_out_qr_code(link))


def _paint_png(layout: Layout) -> bytes:
    from bot.graphics.png import paint_png  # noqa: PLC0415 - a bot that sends only text never loads Pillow

    return paint_png(layout)


def _render_pdf(layout: Layout, title: str, localization: Localization) -> bytes:
    from bot.graphics.pdf import render_pdf  # noqa: PLC0415 - only reports and posters load fpdf2 and fontTools

    return render_pdf(layout, title, localization.language)
