"""`/mydata`: all that is kept about the respondent is told, and given as a file."""

from datetime import date, datetime

from flows.campaign import Link, ResultsLink, is_over
from flows.engine.comments import waits, with_comment
from flows.engine.steps import all_answers
from flows.events import DataGiven, DataTold, Event, Told
from flows.events.results import ChartDrawn, GroupResultsTold, PageGiven, ResultsOffered
from flows.models import Answer, ResultsAsked, Run, Turn
from flows.personal_data import Kept, KeptAnswer, KeptRun
from flows.schema import STOPPED
from flows.state_machine import Walk


def tell_data(walk: Walk, run: Run, now: datetime) -> Turn:
    """Tells what is kept, and gives the same, and the rest, as a file. What storage keeps beside is added there."""
    kept = Kept(_kept_run(walk, run) if run.ask else None)
    answers = all_answers(walk.flow, with_comment(walk, run))
    return Turn(run, (DataTold(answers, kept), DataGiven(kept, now)))


def _kept_run(walk: Walk, run: Run) -> KeptRun:
    given = {place.id: run.answers[place.id] for place in walk.flow.questions if place.id in run.answers}
    return KeptRun(
        place=run.left or run.place,
        stopped=run.place == STOPPED,
        version=run.version,
        campaign=run.campaign,
        passed=tuple(place.id for place in walk.flow.places if place.id in run.passed),
        answers={question: _kept_answer(answer) for question, answer in given.items()},
        changing=run.changing,
        again=run.again,
        waiting=run.held.text if run.held else "",
        messages=_messages(run),
        beside=run.beside.asked.kind if run.beside else "",
    )


def _kept_answer(given: Answer) -> KeptAnswer:
    typed = "\n".join(part.typed or part.words for part in given.said) if waits(given) else ""
    return KeptAnswer(given.value, typed, any(part.whole for part in given.said))


def _messages(run: Run) -> tuple[int, ...]:
    said = [part.message for given in run.answers.values() for part in given.said]
    held = [run.held.message, *(part.message for part in run.held.before)] if run.held else []
    return tuple(sorted({number for number in (*said, *held) if number is not None}))


# @@DOC `/results`, the link to a campaign's results, and the buttons that lead there. Who may see them is known by then.
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
