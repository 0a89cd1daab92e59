"""A flow's definition: its steps, their order and their conditions. Frozen and checked; its texts are kept apart.

`flows.loader` reads it from `flow.toml`. Problems are written for the flow's author: what is wrong, and the fix.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from flows.scale import USUAL_POINT_COUNT, find_scale_problem, list_points, make_point_id, strip_point_count

MAX_TEXT_LENGTH = 700  # UTF-16 units of one text answer: four of them and the rest of the review page fit one message
MIN_CHOICES = 2
WELCOME, REVIEW, SENT, STOPPED = "welcome", "check", "sent", "stopped"
RESERVED_STEP_IDS = frozenset({WELCOME, REVIEW, SENT, STOPPED})

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=24)]
ChoiceCode = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]*|0|-?[1-9][0-9]*)$", max_length=16)]


@dataclass(frozen=True, slots=True)
class Label:
    """A button's text in one language, and what else a person may type for it."""

    text: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Labels:
    """One language's labels, which typed text is matched with.

    `choices` is {step id: {choice id: label}}. `actions` has the buttons of the steps (skip, back, …).
    `distress_phrases` are answered with the helplines. Fillers (*well*, *love*) say nothing by themselves.
    """

    choices: Mapping[str, Mapping[str, Label]]
    actions: Mapping[str, Label]
    distress_phrases: tuple[str, ...] = ()
    leading_fillers: tuple[str, ...] = ()
    trailing_fillers: tuple[str, ...] = ()


class FrozenModel(BaseModel):
    """A part of a flow file. Unknown keys are errors, so that no typo passes."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, ignored_types=(cached_property,))


def _codes_from_integers(value: object) -> object:
    """The list with its integers as text: a flow file writes the points of a scale as integers, and codes are text."""
    return [str(item) if isinstance(item, int) else item for item in value] if isinstance(value, list) else value


class Condition(FrozenModel):
    """Met if an earlier choice question was answered, not skipped, with a choice that is allowed here."""

    question: Id
    is_: tuple[ChoiceCode, ...] = Field(default=(), alias="is")
    is_not: tuple[ChoiceCode, ...] = ()

    _coerce_codes = field_validator("is_", "is_not", mode="before")(_codes_from_integers)

    def is_met(self, choice: str | None) -> bool:
        """`choice` is the answer to the earlier question; None where it was skipped or not asked."""
        code = strip_point_count(choice) if choice is not None else None
        return code is not None and (not self.is_ or code in self.is_) and code not in self.is_not


class Choice(FrozenModel):
    """One option of a choice question. Flow files, charts and exports name it by its code; its label is shown.

    `point_count` is how many points the scale of its question has; 0 for a question without a scale.
    """

    code: ChoiceCode
    point_count: int = 0

    @cached_property  # it is compared at each tap
    def id(self) -> str:
        """What is stored for it."""
        return self.code if self.point is None else make_point_id(self.point, self.point_count)

    @property
    def point(self) -> int | None:
        """The point of the scale; None for other choices (*not sure*, a role)."""
        return int(self.code) if _is_point(self.code) else None

    @property
    def key(self) -> str:
        """The choice's name in a language file: `point-2` for the point -2, else its code."""
        return self.code if self.point is None else f"point{self.code}"


class Step(FrozenModel):
    """One stop of the flow, which waits for a reply: a question (`choice`, `text`) or a fork (send now, or go on).

    A `needed` question cannot be skipped. `longest` is the length limit of a text answer in UTF-16 units.
    """

    id: Id
    kind: Literal["choice", "text", "fork"] = "choice"
    choices: tuple[Choice, ...] = ()
    part: Id | None = None
    comment: Id | None = None
    needed: bool = False
    longest: int = Field(default=MAX_TEXT_LENGTH, ge=1, le=MAX_TEXT_LENGTH)
    show_if: Condition | None = None

    @field_validator("choices", mode="before")
    @classmethod
    def _coerce_choices(cls, value: object) -> object:
        codes = _codes_from_integers(value)
        if not isinstance(codes, list):
            return codes
        count = sum(isinstance(code, str) and _is_point(code) for code in codes)
        return [{"code": code, "point_count": count} if isinstance(code, str) else code for code in codes]

    @property
    def points(self) -> tuple[int, ...]:
        """The points of its scale, as the flow file lists them; empty for a question without a scale."""
        return tuple(choice.point for choice in self.choices if choice.point is not None)

    @property
    def is_scale(self) -> bool:
        """Whether it is answered on a scale."""
        return bool(self.points)

    def find_choice(self, choice_id: str) -> Choice | None:
        """The choice with this id, if the question has it."""
        return next((choice for choice in self.choices if choice.id == choice_id), None)


class Flow(FrozenModel):
    """A questionnaire. `labels` is {language code: labels}.

    `gives` is what the answers become when they are sent. The answers of a flow that gives a campaign are a group's
    wording about itself: they say nothing about a person, and nothing in them is redacted.
    """

    id: Id
    version: int = Field(ge=1)
    language: str
    gives: Literal["response", "campaign"] = "response"
    comment: Id | None = None
    test: Id | None = None
    steps: tuple[Step, ...] = Field(min_length=1, alias="step")
    labels: Mapping[str, Labels] = Field(default_factory=dict, exclude=True)

    @cached_property
    def steps_by_id(self) -> Mapping[str, Step]:
        return {step.id: step for step in self.steps}

    @cached_property
    def questions(self) -> tuple[Step, ...]:
        """The steps that take an answer, in order: the columns of an export."""
        return tuple(step for step in self.steps if step.kind != "fork")

    @property
    def test_questions(self) -> tuple[Step, ...]:
        """The questions whose answers make the result of the test."""
        return self.find_questions(self.test) if self.test else ()

    def find_questions(self, part: str) -> tuple[Step, ...]:
        """The questions of one part, in order."""
        return tuple(step for step in self.steps if step.part == part)

    def find_comment_question(self, step_id: str) -> str | None:
        """The question that keeps text typed at this step which fits none of its choices. None: the flow keeps none."""
        step = self.steps_by_id.get(step_id)
        if step and step.kind == "text":
            return step.id
        return (step and step.comment) or self.comment

    @model_validator(mode="after")
    def _check_consistency(self) -> "Flow":
        for problem in _find_problems(self):
            raise ValueError(problem)
        return self


def _is_point(code: str) -> bool:
    return code.lstrip("-").isdigit()


def count_utf16_units(text: str) -> int:
    """The length of a text as Telegram counts it: in UTF-16 units, so that most emoji are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _find_problems(flow: Flow) -> Iterator[str]:
    ids = [step.id for step in flow.steps]
    for step_id in sorted({step_id for step_id in ids if ids.count(step_id) > 1}):
        yield f"{step_id}: two steps have this id; give each step its own"
    for step_id in ids:
        if step_id in RESERVED_STEP_IDS:
            yield f"{step_id}: this id is reserved; choose another"
    if flow.gives == "response" and not (flow.comment and flow.test):
        yield 'a flow with gives = "response" needs comment and test; add both'
    if flow.test and flow.test not in {step.part for step in flow.steps}:
        yield (
            f'test = "{flow.test}": no question has part = "{flow.test}"; add it to the questions that make the result'
        )
    for position, step in enumerate(flow.steps):
        yield from _find_step_problems(flow, step, ids[:position])
    if flow.comment:
        yield from _find_comment_problems(flow, "the flow", flow.comment)


def _find_step_problems(flow: Flow, step: Step, earlier_ids: list[str]) -> Iterator[str]:
    yield from _find_choice_problems(flow, step)
    if step.kind == "fork" and step.show_if:
        yield f"{step.id}: a fork is always asked; remove its show_if"
    if step.needed and (step.kind == "fork" or step.show_if):
        yield f"{step.id}: only a question that is always asked can be needed; remove needed, or its show_if"
    if step.comment:
        yield from _find_comment_problems(flow, step.id, step.comment)
    if step.show_if:
        yield from _find_condition_problems(flow, step, step.show_if, earlier_ids)


def _find_choice_problems(flow: Flow, step: Step) -> Iterator[str]:
    codes = [choice.code for choice in step.choices]
    if step.kind == "choice" and len(codes) < MIN_CHOICES:
        yield f'{step.id}: a choice question needs at least two choices; add some, or use kind = "text"'
    if step.kind != "choice" and codes:
        yield f'{step.id}: only kind = "choice" can have choices; remove them, or change the kind'
    if len(set(codes)) < len(codes):
        yield f"{step.id}: a choice is listed twice; remove one of the two"
    if flow.test and step.part == flow.test and not step.is_scale:
        points = ", ".join(map(str, list_points(USUAL_POINT_COUNT)))
        yield f"{step.id}: a question of the test needs a scale; add its points to the choices, such as {points}"
    scale_problem = find_scale_problem(step.points, [code for code in codes if not _is_point(code)])
    if step.is_scale and scale_problem:
        yield f"{step.id}: {scale_problem}"


def _find_comment_problems(flow: Flow, owner: str, comment: str) -> Iterator[str]:
    target = next((step for step in flow.steps if step.id == comment), None)
    if target is None or target.kind != "text":
        yield f'{owner}: comment = "{comment}" is not a text question; name one that is'


def _find_condition_problems(flow: Flow, step: Step, condition: Condition, earlier_ids: list[str]) -> Iterator[str]:
    if condition.question not in earlier_ids:
        yield (
            f"{step.id}: show_if names {condition.question}, which is not asked before it;"
            " move one of the two, or name another question"
        )
        return
    source = next(other for other in flow.steps if other.id == condition.question)
    if source.kind != "choice":
        yield f"{step.id}: show_if names {source.id}, which is not a choice question; name one that is"
        return
    codes = [choice.code for choice in source.choices]
    for unknown_code in sorted({*condition.is_, *condition.is_not} - {*codes}):
        yield (
            f"{step.id}: show_if names the choice {unknown_code}, which {source.id} does not have;"
            f" choose from {', '.join(codes)}"
        )
    if not any(condition.is_met(code) for code in codes):
        yield f"{step.id}: its show_if can never be met, so it is never asked; allow at least one choice"
