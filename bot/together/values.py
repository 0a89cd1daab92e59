"""From the gate to what is drawn and told of a campaign's results."""

from collections.abc import Mapping

from bot.pictures.chart import parts_of
from bot.pictures.report import Report
from bot.pictures.tallies import WITHHELD, Results, Tally, tally
from bot.words import spoken
from flows.definition import Flow
from flows.loading import words_of
from storage.campaigns import GENERAL
from storage.database import Database
from storage.links import link_of
from storage.sealed.gate import Opened, opened
from storage.sealed.shown import APPROVED

Shown = Mapping[str, Mapping[str, str]]


def results_of(database: Database, code: str, size: int, language: str) -> Results | None:
    """What may be shown of a campaign, in this language. None: nothing is released yet.

    `size` responses at least make a release. Raises `CampaignUnknown`, `FlowUnknown`, `StorageAway`.
    """
    about, asker = _about(database, code, language)
    with opened(database, code, size) as campaign:
        return _results(campaign, about, asker, language) if campaign.release else None


def report_of(database: Database, code: str, size: int, language: str) -> Report | None:
    """The same as a page for a meeting, with the comments that a coordinator approved. Raises as above."""
    about, asker = _about(database, code, language)
    with opened(database, code, size) as campaign:
        if not campaign.release:
            return None
        comments = tuple(said.words for said in campaign.comments(APPROVED))
        return Report(_results(campaign, about, asker, language), comments, least=campaign.k)


def many_charts(flow: Flow, code: str) -> int:
    """How many pictures a campaign's results may take."""
    return len(parts_of(Results("", "", 0, WITHHELD, _tallies(flow, code, flow.language, {}))))


def _about(database: Database, code: str, language: str) -> tuple[str, str]:
    """What the campaign is about, and who asks. In `general`, people thought of a service of their own each."""
    if code == GENERAL:
        words = spoken(language)
        return words.text("general_about"), words.text("general_asker")
    with database.transaction() as tx:
        link = link_of(tx, code)
    return (link.about, link.asker) if link else ("", "")


def _results(campaign: Opened, about: str, asker: str, language: str) -> Results:
    shown: dict[str, dict[str, str]] = {}
    for one in campaign.counts():
        shown.setdefault(one.question, {})[one.answer] = one.shown
    questions = _tallies(campaign.flow, campaign.code, language, shown)
    return Results(about, asker, campaign.release, _answers(questions), questions, language)


def _tallies(flow: Flow, code: str, language: str, shown: Shown) -> tuple[Tally, ...]:
    """The questions with steps. Of `general` no verdict is said: it would be one of many services."""
    words = words_of(flow.id, language)
    return tuple(
        tally(words.text(f"{one.id}.name"), shown.get(one.id, {}), in_test=one.part == flow.test and code != GENERAL)
        for one in flow.questions
        if one.is_scale
    )


def _answers(questions: tuple[Tally, ...]) -> str:
    """About how many answered: the most that may be said of a question."""
    return max((one.total for one in questions if one.total != WITHHELD), key=int, default=WITHHELD)
