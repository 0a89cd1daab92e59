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
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Labels:
    """One language's labels, as data: what typed replies are read against.

    `choices` maps a place's id and a choice's id to a label; `ways` maps the buttons of the walk (skip, back …).
    `distress` are words that are answered at once by who to ring; fillers (*well*, *love*) say nothing by themselves.
    """

    choices: Mapping[str, Mapping[str, Label]]
    ways: Mapping[str, Label]
    distress: tuple[str, ...] = ()
    filler_before: tuple[str, ...] = ()
    filler_after: tuple[str, ...] = ()


# @@DOC How long words may be. Apart from `answers`: downloads need no spelling.
LONGEST = 700  # characters kept of one text answer; four of them and the rest of the check page fit one message


def length(words: str) -> int:
    """Characters as Telegram counts them: in UTF-16, so that most emoji are two."""
    return len(words.encode("utf-16-le", "surrogatepass")) // 2


Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=24)]
ChoiceId = Annotated[str, StringConstraints(pattern=r"^([a-z][a-z0-9_]*|0|-?[12])$", max_length=16)]

WELCOME, CHECK, SENT, STOPPED = "welcome", "check", "sent", "stopped"
RESERVED = frozenset({WELCOME, CHECK, SENT, STOPPED})


def _as_ids(value: object) -> object:
    """A flow file writes steps as whole numbers; ids are text."""
    return [str(one) if isinstance(one, int) else one for one in value] if isinstance(value, list) else value


class Frozen(BaseModel):
    """What a flow file is read into: it can't be changed, and unknown keys are faults, not typos that pass."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Condition(Frozen):
    """Holds when an earlier choice question was answered (not skipped), and its choice is allowed here."""

    question: Id
    is_: tuple[ChoiceId, ...] = Field(default=(), alias="is")
    is_not: tuple[ChoiceId, ...] = ()

    _steps = field_validator("is_", "is_not", mode="before")(_as_ids)

    def holds(self, chosen: str | None) -> bool:
        """`chosen` is the earlier question's choice id; None where it was skipped or not asked."""
        return chosen is not None and (not self.is_ or chosen in self.is_) and chosen not in self.is_not


class Choice(Frozen):
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


class Place(Frozen):
    """One stop of the walk that waits for a reply: a question (`choice`, `text`) or a fork (*send now*, or go on).

    A question that is `needed` can't be skipped. `longest`: the characters that are kept of a text answer.
    """

    id: Id
    kind: Literal["choice", "text", "fork"] = "choice"
    choices: tuple[Choice, ...] = ()
    part: Id | None = None
    comment: Id | None = None
    needed: bool = False
    longest: int = Field(default=LONGEST, ge=1, le=LONGEST)
    show_if: Condition | None = None

    @field_validator("choices", mode="before")
    @classmethod
    def _choices(cls, value: object) -> object:
        ids = _as_ids(value)
        return [{"id": one} if isinstance(one, str) else one for one in ids] if isinstance(ids, list) else ids

    @property
    def is_scale(self) -> bool:
        """Whether it is answered in steps."""
        return any(choice.score is not None for choice in self.choices)

    def choice(self, choice_id: str) -> Choice | None:
        """The choice of that id, if this question has it."""
        return next((choice for choice in self.choices if choice.id == choice_id), None)


class Flow(Frozen):
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
    places: tuple[Place, ...] = Field(min_length=1, alias="place")
    labels: Mapping[str, Labels] = Field(default_factory=dict, exclude=True)

    @cached_property
    def by_id(self) -> Mapping[str, Place]:
        return {place.id: place for place in self.places}

    @cached_property
    def questions(self) -> tuple[Place, ...]:
        """Every place that takes an answer, in order: the columns of a download."""
        return tuple(place for place in self.places if place.kind != "fork")

    @property
    def tested(self) -> tuple[Place, ...]:
        """The questions whose answers make the result of the test."""
        return self.part(self.test) if self.test else ()

    def part(self, name: str) -> tuple[Place, ...]:
        """The questions of one part, in order."""
        return tuple(place for place in self.places if place.part == name)

    def comment_of(self, place_id: str) -> str | None:
        """Where words are kept that were typed at this place and fit none of its choices. None: nowhere."""
        place = self.by_id.get(place_id)
        if place and place.kind == "text":
            return place.id
        return (place and place.comment) or self.comment

    @model_validator(mode="after")
    def _hang_together(self) -> "Flow":
        for fault in _faults(self):
            raise ValueError(fault)
        return self


def _faults(flow: Flow) -> list[str]:
    ids = [place.id for place in flow.places]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    found = [f"{name}: this id is used twice; ids are columns, give each place its own" for name in twice]
    found += [f"{name}: this id is taken by the walk itself; choose another" for name in ids if name in RESERVED]
    if flow.gives == "response" and not (flow.comment and flow.test):
        found.append("a flow that gives responses names its comment and its test; add both")
    if flow.test and flow.test not in {place.part for place in flow.places}:
        found.append(f'test = "{flow.test}": no question has that part; give it to the questions that make the result')
    for position, place in enumerate(flow.places):
        found += _place_faults(flow, place, ids[:position])
    return found + (_comment_fault(flow, "the flow", flow.comment) if flow.comment else [])


def _place_faults(flow: Flow, place: Place, earlier: list[str]) -> list[str]:
    found = []
    choices = [choice.id for choice in place.choices]
    if place.kind == "choice" and len(choices) < 2:  # noqa: PLR2004 - fewer than two choices leave nothing to choose
        found.append(f"{place.id}: a choice question needs at least two choices")
    if place.kind != "choice" and choices:
        found.append(f'{place.id}: only kind = "choice" has choices; take them out, or change the kind')
    if len(set(choices)) < len(choices):
        found.append(f"{place.id}: a choice stands there twice; each needs its own id")
    if flow.test and place.part == flow.test and not place.is_scale:
        found.append(f"{place.id}: a question of the test needs steps (2 to -2) among its choices")
    if place.kind == "fork" and place.show_if:
        found.append(f"{place.id}: a fork is always asked; take its show_if out")
    if place.needed and (place.kind == "fork" or place.show_if):
        found.append(f"{place.id}: only a question that is always asked can be needed; take one of the two out")
    if place.comment:
        found += _comment_fault(flow, place.id, place.comment)
    if place.show_if:
        found += _condition_faults(flow, place, place.show_if, earlier)
    return found


def _comment_fault(flow: Flow, whose: str, comment: str) -> list[str]:
    target = next((place for place in flow.places if place.id == comment), None)
    if target is None or target.kind != "text":
        return [f'{whose}: comment = "{comment}" is no text question; name one that is']
    return []


def _condition_faults(flow: Flow, place: Place, condition: Condition, earlier: list[str]) -> list[str]:
    if condition.question not in earlier:
        return [f"{place.id}: show_if names {condition.question}, not asked before it; move it, or name another"]
    asked = next(other for other in flow.places if other.id == condition.question)
    if asked.kind != "choice":
        return [f"{place.id}: show_if names {asked.id}, which is not a choice question"]
    named = {*condition.is_, *condition.is_not}
    unknown = sorted(named - {choice.id for choice in asked.choices})
    found = [f"{place.id}: show_if names the choice {name}, which {asked.id} does not have" for name in unknown]
    if not any(condition.holds(choice.id) for choice in asked.choices):
        found.append(f"{place.id}: its show_if never holds, so it can't be reached; loosen it")
    return found
