"""`/results`, the link to a campaign's results, and the buttons that lead there. Who may see them is known by then."""

from datetime import date

from flows.events import Event, Told
from flows.link import Link, ResultsLink, is_over
from flows.run import ResultsAsked, Run, Turn
from flows.together import ChartDrawn, GroupResultsTold, PageGiven, ResultsOffered


def tell_results(run: Run, asked: ResultsAsked, today: date) -> Turn:
    """Tells what the group said: first in pictures, then in words. The walk stays where it is."""
    return Turn(run, _events(asked, "carry_on" if run.ask else None, today))


def tell_not_yet(run: Run, link: Link, today: date) -> Turn:
    """Who is on their way sees nothing of their group's before they have sent: else it would colour their answers."""
    return Turn(run, (Told("results_after" if link.shown else _nothing(link, today), button="carry_on"),))


def _events(asked: ResultsAsked, button: str | None, today: date) -> tuple[Event, ...]:
    if not asked.links:
        return (Told("link_unknown", button=button),)
    if len(asked.links) > 1:
        return (ResultsOffered(asked.links),)
    [link] = asked.links
    if link.early:
        return (Told(_nothing(link, today), button=button),)
    if asked.page:
        return (PageGiven(link.campaign),)
    charts = (ChartDrawn(link.campaign, number) for number in range(link.charts))
    return (*charts, GroupResultsTold(link.campaign, link.key, button, link.desk))


def _nothing(link: Link | ResultsLink, today: date) -> str:
    """Why there is nothing to show. Where it is closed, those in the middle may still send; else it stays so."""
    return "results_never" if is_over(link, today) else "results_early"
