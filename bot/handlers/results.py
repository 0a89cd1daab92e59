"""`/results`, the link to a campaign's results, the buttons that lead there: as a reply that names what may be seen."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from bot.graphics.charts import parts_of
from bot.graphics.model import WITHHELD, Results, Tally, tally
from bot.graphics.report import Report
from bot.render.buttons import BEFORE, PAGE
from bot.render.localization import spoken
from flows.campaign import ResultsLink
from flows.errors import FlowUnknown
from flows.loader import load, words_of
from flows.models import Commanded, Reply, ResultsAsked, Tapped
from flows.schema import Flow
from storage.access import campaign_of, results_at, results_for
from storage.anonymity.comments import APPROVED
from storage.anonymity.gateway import Opened, opened
from storage.campaigns.coordinators import find_coordinator
from storage.campaigns.repository import GENERAL, link_of
from storage.conversations.runs import Came
from storage.db.database import Database
from storage.db.encryption import Cipher

# @@DOC From the gate to what is drawn and told of a campaign's results.
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


def asked_for_results(tx: Connection, cipher: Cipher, came: Came, reply: Reply) -> Reply:
    """The reply; in its place, where it asks for results, those that this chat may see."""
    match reply:
        case Commanded("results") | Tapped(act="results", value=""):
            mine = results_for(tx, cipher, came.chat, named=came.named)
            return ResultsAsked(counted(mine)) if mine else Commanded("results")
        case Commanded("start", words) if words.casefold().startswith(BEFORE):
            found = results_at(tx, words[len(BEFORE) :])
            return ResultsAsked(counted([found])) if found else reply
        case Tapped(act="results" | "page"):
            found_here = _with_way_back(tx, came, _opened_by(tx, cipher, came, reply.value))
            return ResultsAsked(counted(found_here), page=reply.act == PAGE)
    return reply


def _opened_by(tx: Connection, cipher: Cipher, came: Came, key: str) -> list[ResultsLink]:
    """The results that a button's key opens, if it is the code of a link; else those of a campaign that one took part
    in, or coordinates. One that was guessed, or is out of somebody else's chat, opens nothing that its link would not.
    """
    found = results_at(tx, key)
    return [found] if found else [one for one in results_for(tx, cipher, came.chat, named=came.named) if one.key == key]


def _with_way_back(tx: Connection, came: Came, links: list[ResultsLink]) -> list[ResultsLink]:
    """The same; whoever coordinates a campaign comes from its page, and may want to go back there."""
    who = find_coordinator(tx, came.chat, named=came.named)
    of = [one for one in links if who and campaign_of(tx, who.organisation, one.campaign)]
    return [replace(one, desk=one in of) for one in links]


def counted(links: Iterable[ResultsLink]) -> tuple[ResultsLink, ...]:
    """The same, each with how many pictures its results may take."""
    return tuple(replace(link, charts=_charts(link)) for link in links)


def _charts(link: ResultsLink) -> int:
    try:
        return many_charts(load(link.flow).flow, link.campaign)
    except FlowUnknown:  # the words that follow say so
        return 0
