"""Whatever can be drawn, by one function: so that a process of its own can draw it."""

from dataclasses import dataclass
from typing import Literal

from bot.graphics import result_card
from bot.graphics.charts import draw_chart, group_questions
from bot.graphics.model import CampaignResults
from bot.graphics.poster import CampaignInvitation, draw_poster, draw_qr_code, draw_share_picture
from bot.graphics.report import Report, draw_report
from bot.graphics.result_card import ResultCard, draw_result_card


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture of results: the part of the questions with this number, from 0 on."""

    results: CampaignResults
    group_index: int


@dataclass(frozen=True, slots=True)
class ShareMaterial:
    """What a campaign is shared with: its picture for a group chat, its link as a QR code, or its poster."""

    invitation: CampaignInvitation
    format: Literal["picture", "code", "poster"]


Drawing = ResultCard | Chart | Report | ShareMaterial


def draw(drawing: Drawing) -> bytes:
    """A PNG; of a report or a poster, a PDF."""
    match drawing:
        case ResultCard():
            return draw_result_card(drawing)
        case Chart():
            return draw_chart(drawing.results, group_questions(drawing.results)[drawing.group_index])
        case Report():
            return draw_report(drawing)
        case ShareMaterial():
            return _draw_share_material(drawing)


def can_draw(drawing: Drawing) -> bool:
    """Whether our fonts have every sign of a card. All else leaves out what can't be drawn."""
    return result_card.can_draw_result_card(drawing) if isinstance(drawing, ResultCard) else True


def _draw_share_material(material: ShareMaterial) -> bytes:
    if material.format == "code":
        return draw_qr_code(material.invitation.link)
    return draw_poster(material.invitation) if material.format == "poster" else draw_share_picture(material.invitation)


def list_charts(results: CampaignResults) -> list[Chart]:
    """The pictures that show these results, in order; none of questions of which nothing is shown."""
    numbered_groups = enumerate(group_questions(results))
    return [
        Chart(results, number)
        for number, group in numbered_groups
        if any(question.display_mode != "nothing" for question in group)
    ]
