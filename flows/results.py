"""`/results`, the link to a campaign's results, and the buttons that lead there. Who may see them is known by then."""

from flows.events import Event, Told
from flows.run import ResultsAsked, Run, Turn
from flows.together import ChartDrawn, GroupResultsTold, PageGiven, ResultsOffered


def tell_results(run: Run, asked: ResultsAsked) -> Turn:
    """Tells what the group said: first in pictures, then in words. The walk stays where it is."""
    return Turn(run, _events(asked, "carry_on" if run.ask else None))


def _events(asked: ResultsAsked, button: str | None) -> tuple[Event, ...]:
    if not asked.links:
        return (Told("link_unknown", button=button),)
    if len(asked.links) > 1:
        return (ResultsOffered(asked.links),)
    [link] = asked.links
    if link.early:
        return (Told("results_early", button=button),)
    if asked.page:
        return (PageGiven(link.campaign),)
    charts = (ChartDrawn(link.campaign, number) for number in range(link.charts))
    return (*charts, GroupResultsTold(link.campaign, link.key, button, link.desk))
