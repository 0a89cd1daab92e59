"""Words that are kept, as an answer or a comment: without what could show who somebody is.

What is found in them is taken out at once. The words as they were typed wait beside (`Said.typed`), until the
respondent has decided; whatever else they do, it stays taken out.
"""

from dataclasses import replace
from types import MappingProxyType

from flows.models import Answer, Held, Run, Said
from flows.schema import STOPPED, WELCOME, Flow, length
from flows.state_machine import Walk, visible
from flows.text.redaction import scrubbed


def with_answer(flow: Flow, run: Run, question: str, answer: Answer) -> Run:
    """The run with this answer, and without the choices that it hides. Typed words are never dropped by a condition."""
    answers = dict(run.answers) | {question: answer}
    changed = replace(run, answers=MappingProxyType(answers))
    for place in flow.questions:
        if place.id in answers and not visible(place, changed):
            del answers[place.id]
    return changed


def as_kept(flow: Flow, part: Said) -> Said:
    """Typed words as they are kept until it is decided: what is found in them is taken out."""
    words = scrubbed(part.words) if flow.gives == "response" else part.words
    return part if words == part.words else Said(words, part.message, typed=part.words)


def waits(answer: Answer) -> bool:
    """Whether it is still to be decided what is taken out of this answer."""
    return any(part.typed for part in answer.said)


def undecided(run: Run) -> str | None:
    """The question of whose words it is asked now what is taken out; None while other words wait to be kept at all."""
    if run.held and run.held.said:
        return None
    return next((question for question, given in run.answers.items() if waits(given)), None)


def decided(run: Run, question: str, *, whole: bool) -> Run:
    """The run with what was found in this answer taken out for good; or, with `whole`, as it was typed."""
    given = run.answers[question]
    said = tuple(_decided(part, whole=whole) for part in given.said)
    return replace(run, answers=MappingProxyType({**run.answers, question: replace(given, said=said)}))


def gone_on(before: Run, run: Run) -> Run:
    """The run after a turn: who goes on without deciding has what was found taken out."""
    if run.place == before.place and run.place not in {STOPPED, WELCOME}:
        return run
    for question in [question for question, given in run.answers.items() if waits(given)]:
        run = decided(run, question, whole=False)
    return run


def keep_comment(walk: Walk, run: Run, held: Held) -> Run:
    """The run with the held words kept where this place's comments go."""
    comment = _comment(walk, run)
    earlier = _said(run, comment) if walk.flow.gives == "response" else ()
    kept = Answer(said=(*earlier, *(as_kept(walk.flow, part) for part in held.comment)))
    return with_answer(walk.flow, replace(run, held=None), comment, kept)


def with_comment(walk: Walk, run: Run) -> Run:
    """The run with the words on offer kept, if there are any: they show where the comments of this place are asked."""
    offer = run.held if run.held and run.held.comment else None
    return keep_comment(walk, run, offer) if offer else replace(run, held=None)


def add_words(flow: Flow, run: Run, question: str, said: Said) -> Answer:
    """The text answer with these words added; with these words in place of the earlier ones from *Change*, and where a
    group says what it is called.
    """
    instead = (run.changing and undecided(run) != question) or flow.gives == "campaign"
    kept = as_kept(flow, said)
    return Answer(said=(kept,) if instead else (*_said(run, question), kept))


def kept_length(walk: Walk, run: Run, held: Held) -> int:
    """How long the comment could be with the held words in it."""
    return longest(keep_comment(walk, run, held).answers[_comment(walk, run)])


def most_kept(walk: Walk, run: Run) -> int:
    """How long a comment may be that is kept from where the run stands."""
    return walk.flow.by_id[_comment(walk, run)].longest


def takes_comment(walk: Walk, run: Run) -> bool:
    """Whether words that answer nothing can be kept from where the run stands."""
    return walk.flow.comment_of(run.left or run.place) is not None


def longest(answer: Answer) -> int:
    """How long an answer's words can be, whatever is decided about them."""
    return length("\n".join(max(part.words, part.typed, key=length) for part in answer.said))


def _comment(walk: Walk, run: Run) -> str:
    """The question that keeps a comment from where the run stands; there is one (`takes_comment`)."""
    name = walk.flow.comment_of(run.left or run.place)
    assert name is not None
    return name


def _decided(part: Said, *, whole: bool) -> Said:
    return Said(part.typed, part.message, whole=True) if whole and part.typed else replace(part, typed="")


def _said(run: Run, question: str) -> tuple[Said, ...]:
    earlier = run.answers.get(question)
    return earlier.said if earlier else ()
