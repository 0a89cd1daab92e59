"""The result of the connection test, from one respondent's answers.

The rule is printed with every result: a question passes above 0 and fails below 0; the service passes the test when all
questions pass. Source: "The Connection Test", Shared Lives Plus blog.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flows.schema import Flow, Step


class ScoreVerdict(StrEnum):
    """What one answer, or all of them, say about the service."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"  # *about the same*, *not sure*, skipped or not asked


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """One question of the test: how many points its scale has, and the one that was chosen; None if none was."""

    question: str
    choice: str | None
    point_count: int
    point: int | None
    verdict: ScoreVerdict


@dataclass(frozen=True, slots=True)
class ScoreSummary:
    """The questions of the test in the flow's order, and the verdict on all of them."""

    answers: tuple[ScoredAnswer, ...]
    verdict: ScoreVerdict

    @property
    def failed_questions(self) -> tuple[str, ...]:
        """The questions on which the service fell short."""
        return tuple(answer.question for answer in self.answers if answer.verdict is ScoreVerdict.FAILED)


def score_answers(flow: Flow, answers: Mapping[str, str | None]) -> ScoreSummary:
    """The result of these answers: {question id: choice id}. None: skipped; a question not asked is missing."""
    scored_answers = tuple(_score_question(question, answers.get(question.id)) for question in flow.test_questions)
    return ScoreSummary(scored_answers, _combine_verdicts([answer.verdict for answer in scored_answers]))


def _score_question(question: Step, choice_id: str | None) -> ScoredAnswer:
    choice = question.find_choice(choice_id) if choice_id else None
    point = choice.point if choice else None
    return ScoredAnswer(question.id, choice_id, len(question.points), point, _verdict_for_point(point))


def _verdict_for_point(point: int | None) -> ScoreVerdict:
    if not point:
        return ScoreVerdict.UNDECIDED
    return ScoreVerdict.PASSED if point > 0 else ScoreVerdict.FAILED


def _combine_verdicts(verdicts: list[ScoreVerdict]) -> ScoreVerdict:
    if ScoreVerdict.FAILED in verdicts:
        return ScoreVerdict.FAILED
    return ScoreVerdict.UNDECIDED if ScoreVerdict.UNDECIDED in verdicts else ScoreVerdict.PASSED
