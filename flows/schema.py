"""A flow's definition: what is asked, in which order, under which conditions. Frozen, checked, without words."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator


# @@DOC What buttons say in one language, as data: what typed replies are read against.
@dataclass(frozen=True, slots=True)
class Label:
    """What a button says, and what else a person may type for it. All in one language."""

    text: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Labels:
    """One language's labels, as data: what typed replies are read against.

    `choices` maps a place's id and a choice's id to a label; `ways` maps the buttons of the walk (skip, back …).
    `distress` are words that are answered at once by who to ring; fillers (*well*, *love*) say nothing by themselves.
    """

    choices: Mapping[str, Mapping[str, Label]]
    actions: Mapping[str, Label]
    distress_phrases: tuple[str, ...] = ()
    leading_fillers: tuple[str, ...] = ()
    trailing_fillers: tuple[str, ...] = ()


# @@DOC How long words may be. Apart from `answers`: downloads need no spelling.
MAX_TEXT_LENGTH = 700  # characters kept of one text answer; four of them and the rest of the check page fit one message


def count_utf16_units(text: str) -> int:
    """Characters as Telegram counts them: in UTF-16, so that most emoji are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=24)]
ChoiceId = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]*|0|-?[12])$", max_length=16)]

WELCOME, REVIEW, SENT, STOPPED = "welcome", "check", "sent", "stopped"
RESERVED_STEP_IDS = frozenset({WELCOME, REVIEW, SENT, STOPPED})


def _ids_from_integers(value: object) -> object:
    """A flow file writes steps as whole numbers; ids are text."""
    return [str(one) if isinstance(one, int) else one for one in value] if isinstance(value, list) else value


class FrozenModel(BaseModel):
    """What a flow file is read into: it can't be changed, and unknown keys are faults, not typos that pass."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Condition(FrozenModel):
    """Holds when an earlier choice question was answered (not skipped), and its choice is allowed here."""

    question: Id
    is_: tuple[ChoiceId, ...] = Field(default=(), alias="is")
    is_not: tuple[ChoiceId, ...] = ()

    _coerce_ids = field_validator("is_", "is_not", mode="before")(_ids_from_integers)

    def is_met(self, choice: str | None) -> bool:
        """`chosen` is the earlier question's choice id; None where it was skipped or not asked."""
        return choice is not None and (not self.is_ or choice in self.is_) and choice not in self.is_not


class Choice(FrozenModel):
    """One option of a choice question: its id is stored, its label is shown."""

    id: ChoiceId

    @property
    def score(self) -> int | None:
        """Steps of a scale, -2 to 2; None for a choice that is no step (*not sure*, a role)."""
        return int(self.id) if self.id.lstrip("-").isdigit() else None

    @property
    def key(self) -> str:
        """The choice's name in a language file: `step-2` for the step -2, else its id."""
        return self.id if self.score is None else f"step{self.id}"


class Step(FrozenModel):
    """One stop of the walk that waits for a reply: a question (`choice`, `text`) or a fork (*send now*, or go on).

    A question that is `needed` can't be skipped. `longest`: the characters that are kept of a text answer.
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
        ids = _ids_from_integers(value)
        return [{"id": one} if isinstance(one, str) else one for one in ids] if isinstance(ids, list) else ids

    @property
    def is_scale(self) -> bool:
        """Whether it is answered in steps."""
        return any(choice.score is not None for choice in self.choices)

    def find_choice(self, choice_id: str) -> Choice | None:
        """The choice of that id, if this question has it."""
        return next((choice for choice in self.choices if choice.id == choice_id), None)


class Flow(FrozenModel):
    """A questionnaire's definition, with an id and a version. `labels` maps a language code to its labels.

    `gives`: what its answers become when they are sent. Those of a campaign are a group's own words about itself:
    nothing in them is a person's, and nothing is taken out of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    id: Id
    version: int = Field(ge=1)
    language: str
    gives: Literal["response", "campaign"] = "response"
    comment: Id | None = None
    test: Id | None = None
    steps: tuple[Step, ...] = Field(min_length=1, alias="place")
    labels: Mapping[str, Labels] = Field(default_factory=dict, exclude=True)

    @cached_property
    def steps_by_id(self) -> Mapping[str, Step]:
        return {step.id: step for step in self.steps}

    @cached_property
    def questions(self) -> tuple[Step, ...]:
        """Every place that takes an answer, in order: the columns of a download."""
        return tuple(step for step in self.steps if step.kind != "fork")

    @property
    def test_questions(self) -> tuple[Step, ...]:
        """The questions whose answers make the result of the test."""
        return self.find_questions(self.test) if self.test else ()

    def find_questions(self, part: str) -> tuple[Step, ...]:
        """The questions of one part, in order."""
        return tuple(step for step in self.steps if step.part == part)

    def find_comment_question(self, step_id: str) -> str | None:
        """Where words are kept that were typed at this place and fit none of its choices. None: nowhere."""
        step = self.steps_by_id.get(step_id)
        if step and step.kind == "text":
            return step.id
        return (step and step.comment) or self.comment

    @model_validator(mode="after")
    def _check_consistency(self) -> "Flow":
        for problem in _find_problems(self):
            raise ValueError(problem)
        return self


def _find_problems(flow: Flow) -> list[str]:
    ids = [place.id for place in flow.steps]
    duplicates = sorted({name for name in ids if ids.count(name) > 1})
    problems = [f"{name}: this id is used twice; ids are columns, give each place its own" for name in duplicates]
    problems += [
        f"{name}: this id is taken by the walk itself; choose another" for name in ids if name in RESERVED_STEP_IDS
    ]
    if flow.gives == "response" and not (flow.comment and flow.test):
        problems.append("a flow that gives responses names its comment and its test; add both")
    if flow.test and flow.test not in {place.part for place in flow.steps}:
        problems.append(
            f'test = "{flow.test}": no question has that part; give it to the questions that make the result'
        )
    for position, step in enumerate(flow.steps):
        problems += _find_step_problems(flow, step, ids[:position])
    return problems + (_find_comment_problems(flow, "the flow", flow.comment) if flow.comment else [])


def _find_step_problems(flow: Flow, step: Step, earlier_ids: list[str]) -> list[str]:
    problems = []
    choice_ids = [choice.id for choice in step.choices]
    if step.kind == "choice" and len(choice_ids) < 2:  # noqa: PLR2004 - fewer than two choices leave nothing to choose
        problems.append(f"{step.id}: a choice question needs at least two choices")
    if step.kind != "choice" and choice_ids:
        problems.append(f'{step.id}: only kind = "choice" has choices; take them out, or change the kind')
    if len(set(choice_ids)) < len(choice_ids):
        problems.append(f"{step.id}: a choice stands there twice; each needs its own id")
    if flow.test and step.part == flow.test and not step.is_scale:
        problems.append(f"{step.id}: a question of the test needs steps (2 to -2) among its choices")
    if step.kind == "fork" and step.show_if:
        problems.append(f"{step.id}: a fork is always asked; take its show_if out")
    if step.needed and (step.kind == "fork" or step.show_if):
        problems.append(f"{step.id}: only a question that is always asked can be needed; take one of the two out")
    if step.comment:
        problems += _find_comment_problems(flow, step.id, step.comment)
    if step.show_if:
        problems += _find_condition_problems(flow, step, step.show_if, earlier_ids)
    return problems


def _find_comment_problems(flow: Flow, owner: str, comment: str) -> list[str]:
    target = next((step for step in flow.steps if step.id == comment), None)
    if target is None or target.kind != "text":
        return [f'{owner}: comment = "{comment}" is no text question; name one that is']
    return []


def _find_condition_problems(flow: Flow, step: Step, condition: Condition, earlier_ids: list[str]) -> list[str]:
    if condition.question not in earlier_ids:
        return [f"{step.id}: show_if names {condition.question}, not asked before it; move it, or name another"]
    source = next(other for other in flow.steps if other.id == condition.question)
    if source.kind != "choice":
        return [f"{step.id}: show_if names {source.id}, which is not a choice question"]
    referenced_ids = {*condition.is_, *condition.is_not}
    unknown_ids = sorted(referenced_ids - {choice.id for choice in source.choices})
    problems = [f"{step.id}: show_if names the choice {name}, which {source.id} does not have" for name in unknown_ids]
    if not any(condition.is_met(choice.id) for choice in source.choices):
        problems.append(f"{step.id}: its show_if never holds, so it can't be reached; loosen it")
    return problems
