"""Whatever can be drawn, by one function: so that a process of its own can draw it."""

from dataclasses import dataclass
from typing import Literal

from bot.graphics import result_card
from bot.graphics.charts import draw_chart, parts_of
from bot.graphics.model import Results
from bot.graphics.poster import Invitation, draw_code, draw_poster, draw_sharing
from bot.graphics.report import Report, draw_report
from bot.graphics.result_card import Card, draw_card


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture of results: the part of the questions with this number, from 0 on."""

    results: Results
    part: int


@dataclass(frozen=True, slots=True)
class Shared:
    """What a campaign is shared with: its picture for a group chat, its link as a QR code, or its poster."""

    invitation: Invitation
    shape: Literal["picture", "code", "poster"]


Drawing = Card | Chart | Report | Shared


def draw(drawing: Drawing) -> bytes:
    """A PNG; of a report or a poster, a PDF."""
    match drawing:
        case Card():
            return draw_card(drawing)
        case Chart():
            return draw_chart(drawing.results, parts_of(drawing.results)[drawing.part])
        case Report():
            return draw_report(drawing)
        case Shared():
            return _draw_shared(drawing)


def can_draw(drawing: Drawing) -> bool:
    """Whether our fonts have every sign of a card. All else leaves out what can't be drawn."""
    return result_card.can_draw(drawing) if isinstance(drawing, Card) else True


def _draw_shared(shared: Shared) -> bytes:
    if shared.shape == "code":
        return draw_code(shared.invitation.link)
    return draw_poster(shared.invitation) if shared.shape == "poster" else draw_sharing(shared.invitation)


def charts_of(results: Results) -> list[Chart]:
    """The pictures that show these results, in order; none of questions of which nothing is shown."""
    parts = enumerate(parts_of(results))
    return [Chart(results, number) for number, part in parts if any(one.shown != "nothing" for one in part)]
