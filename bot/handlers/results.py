"""The results of a campaign, from the gateway's counts to what `bot.graphics` draws and `bot.render` describes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.graphics.charts import group_questions
from bot.graphics.model import CampaignResults, QuestionTally, build_tally
from bot.graphics.report import Report
from bot.render.localization import load_bot_texts
from flows.campaign import ResultsInfo
from flows.disclosure_control import SUPPRESSED
from flows.errors import UnknownFlowError
from flows.loader import load_localization, load_walk
from flows.schema import Flow
from storage.anonymity.comments import COMMENT_APPROVED
from storage.anonymity.gateway import ReleaseView, open_release_view
from storage.campaigns.repository import GENERAL_CAMPAIGN, find_campaign_info
from storage.db.database import Database

ShownCounts = Mapping[str, Mapping[str, str]]  # what is shown for each question and answer


def load_results(database: Database, campaign_code: str, release_size: int, language: str) -> CampaignResults | None:
    """What may be shown of a campaign, in this language. None: nothing is released yet.

    At least `release_size` responses make a release. Raises `UnknownCampaignError`, `UnknownFlowError` and
    `StorageUnavailableError`.
    """
    about, asker = _find_subject_and_asker(database, campaign_code, language)
    with open_release_view(database, campaign_code, release_size) as campaign:
        return _make_results(campaign, about, asker, language) if campaign.release else None


def load_report(database: Database, campaign_code: str, release_size: int, language: str) -> Report | None:
    """The results as a page for a meeting, with the approved comments. Raises as `load_results` does."""
    about, asker = _find_subject_and_asker(database, campaign_code, language)
    with open_release_view(database, campaign_code, release_size) as campaign:
        if not campaign.release:
            return None
        comments = tuple(comment.text for comment in campaign.iter_comments(COMMENT_APPROVED))
        return Report(_make_results(campaign, about, asker, language), comments, release_size=campaign.k)


def count_charts(flow: Flow, campaign_code: str) -> int:
    """How many charts a campaign's results may take."""
    return len(
        group_questions(CampaignResults("", "", 0, SUPPRESSED, _make_tallies(flow, campaign_code, flow.language, {})))
    )


def _find_subject_and_asker(database: Database, campaign_code: str, language: str) -> tuple[str, str]:
    """What the campaign is about, and who asks. In `general`, each person had their own service in mind."""
    if campaign_code == GENERAL_CAMPAIGN:
        texts = load_bot_texts(language)
        return texts.format_text("general_about"), texts.format_text("general_asker")
    with database.transaction() as session:
        campaign_info = find_campaign_info(session, campaign_code)
    return (campaign_info.about, campaign_info.asker) if campaign_info else ("", "")


def _make_results(campaign: ReleaseView, about: str, asker: str, language: str) -> CampaignResults:
    shown: dict[str, dict[str, str]] = {}
    for count in campaign.count_answers():
        shown.setdefault(count.question, {})[count.answer] = count.display_value
    questions = _make_tallies(campaign.flow, campaign.code, language, shown)
    return CampaignResults(about, asker, campaign.release, _highest_total(questions), questions, language)


def _make_tallies(flow: Flow, campaign_code: str, language: str, shown: ShownCounts) -> tuple[QuestionTally, ...]:
    """The questions on a scale. In `general` none counts for the test: its result would cover many services."""
    texts = load_localization(flow.id, language)
    return tuple(
        build_tally(
            texts.format_text(f"{question.id}.name"),
            len(question.points),
            shown.get(question.id, {}),
            is_in_test=question.part == flow.test and campaign_code != GENERAL_CAMPAIGN,
        )
        for question in flow.questions
        if question.is_scale
    )


def _highest_total(questions: tuple[QuestionTally, ...]) -> str:
    """How many people answered, about: the highest total that a question may show."""
    return max((question.total for question in questions if question.total != SUPPRESSED), key=int, default=SUPPRESSED)


def add_chart_counts(results_infos: Iterable[ResultsInfo]) -> tuple[ResultsInfo, ...]:
    """The same, each with the number of charts that its results may take."""
    return tuple(
        replace(results_info, chart_count=_count_charts_or_none(results_info)) for results_info in results_infos
    )


def _count_charts_or_none(results_info: ResultsInfo) -> int:
    try:
        return count_charts(load_walk(results_info.flow).flow, results_info.campaign)
    except UnknownFlowError:  # the text that follows the charts says so
        return 0
