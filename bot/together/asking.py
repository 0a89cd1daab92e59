"""`/results`, the link to a campaign's results, the buttons that lead there: as a reply that names what may be seen."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from bot.together.values import many_charts
from flows.faults import FlowUnknown
from flows.link import ResultsLink
from flows.loading import load
from flows.run import Commanded, Reply, ResultsAsked, Tapped
from storage.cipher import Cipher
from storage.coordinators import find_coordinator
from storage.listing import campaign_of
from storage.results import results_at, results_for
from storage.runs import Came

BEFORE = "r-"  # what a results link says before its code; no campaign's code has a dash
PAGE, SHOW = "page", "results"  # acts of buttons


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
