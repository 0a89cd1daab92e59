"""`/mydata`: all that is kept about the respondent is told, and given as a file."""

from datetime import datetime

from flows.definition import STOPPED
from flows.events import DataGiven, DataTold
from flows.keeping import waits, with_comment
from flows.kept import Kept, KeptAnswer, KeptRun
from flows.machine import Walk
from flows.moves import all_answers
from flows.run import Answer, Run, Turn


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
