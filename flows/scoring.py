"""The result of the connection test, from one person's answers.

The rule is printed wherever a result is: a question passes above 0 and fails below; the service passes the test when
all its questions pass. The test itself: "The Connection Test", Shared Lives Plus blog.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flows.schema import Flow, Step


class ScoreVerdict(StrEnum):
    """What an answer, or all of them, say of the service."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "unsaid"  # about the same, not sure, skipped, not asked


@dataclass(frozen=True, slots=True)
class ScoredAnswer:
    """One question of the test: its score in steps from -2 to 2 (None: no step was chosen), and what that says."""

    question: str
    choice: str | None
    score: int | None
    verdict: ScoreVerdict


@dataclass(frozen=True, slots=True)
class ScoreSummary:
    """The scored questions in order, and what they say together."""

    answers: tuple[ScoredAnswer, ...]
    verdict: ScoreVerdict

    @property
    def failed_questions(self) -> tuple[str, ...]:
        """The questions on which the service fell short: those that failed."""
        return tuple(one.question for one in self.answers if one.verdict is ScoreVerdict.FAILED)


def score_answers(flow: Flow, answers: Mapping[str, str | None]) -> ScoreSummary:
    """`answers` maps question ids to choice ids, None for skipped; what was not asked is not there."""
    scored_answers = tuple(_score_question(question, answers.get(question.id)) for question in flow.test_questions)
    return ScoreSummary(scored_answers, _combine_verdicts([one.verdict for one in scored_answers]))


def _score_question(question: Step, choice_id: str | None) -> ScoredAnswer:
    choice = question.find_choice(choice_id) if choice_id else None
    score = choice.score if choice else None
    return ScoredAnswer(question.id, choice_id, score, _verdict_for_score(score))


def _verdict_for_score(score: int | None) -> ScoreVerdict:
    if not score:
        return ScoreVerdict.UNDECIDED
    return ScoreVerdict.PASSED if score > 0 else ScoreVerdict.FAILED


def _combine_verdicts(verdicts: list[ScoreVerdict]) -> ScoreVerdict:
    if ScoreVerdict.FAILED in verdicts:
        return ScoreVerdict.FAILED
    return ScoreVerdict.UNDECIDED if ScoreVerdict.UNDECIDED in verdicts else ScoreVerdict.PASSED
