"""The result of the connection test, from one person's answers.

The rule is printed wherever a result is: a question passes above 0 and fails below; the service passes the test when
all its questions pass. The test itself: "The Connection Test", Shared Lives Plus blog.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flows.schema import Flow, Place


class Verdict(StrEnum):
    """What an answer, or all of them, say of the service."""

    PASSED = "passed"
    FAILED = "failed"
    UNSAID = "unsaid"  # about the same, not sure, skipped, not asked


@dataclass(frozen=True, slots=True)
class Scored:
    """One question of the test: its score in steps from -2 to 2 (None: no step was chosen), and what that says."""

    question: str
    choice: str | None
    score: int | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Summary:
    """The scored questions in order, and what they say together."""

    scored: tuple[Scored, ...]
    verdict: Verdict

    @property
    def short_of(self) -> tuple[str, ...]:
        """The questions on which the service fell short: those that failed."""
        return tuple(one.question for one in self.scored if one.verdict is Verdict.FAILED)


def summarise(flow: Flow, answers: Mapping[str, str | None]) -> Summary:
    """`answers` maps question ids to choice ids, None for skipped; what was not asked is not there."""
    scored = tuple(_scored(question, answers.get(question.id)) for question in flow.tested)
    return Summary(scored, _together([one.verdict for one in scored]))


def _scored(question: Place, choice_id: str | None) -> Scored:
    choice = question.choice(choice_id) if choice_id else None
    score = choice.score if choice else None
    return Scored(question.id, choice_id, score, _verdict(score))


def _verdict(score: int | None) -> Verdict:
    if not score:
        return Verdict.UNSAID
    return Verdict.PASSED if score > 0 else Verdict.FAILED


def _together(verdicts: list[Verdict]) -> Verdict:
    if Verdict.FAILED in verdicts:
        return Verdict.FAILED
    return Verdict.UNSAID if Verdict.UNSAID in verdicts else Verdict.PASSED
