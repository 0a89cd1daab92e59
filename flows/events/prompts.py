"""Prompts: messages with buttons that wait for a reply, and the moment when they stop waiting.

`prompt` numbers a run's prompts; its buttons carry it. `notice` names a text to show first.
"""

from dataclasses import dataclass, field
from typing import Literal

from flows.campaign import CampaignInfo


@dataclass(frozen=True, slots=True)
class StepReached:
    """The run is at a step that asks for a reply: the welcome, a question or a fork.

    `choices` are the choices made so far: {question id: choice id}; the step's text may depend on them.
    `previous_answer` is the answer given here before. `understood_choice` is what typed text was just understood as:
    (question id, choice id). `should_explain` adds why the question is asked. `is_changing`: the respondent came from
    the review page and returns there. `campaign_info` is set at the welcome, and for a respondent who comes back.
    `unavailable_campaign` is the campaign of a link that cannot be used today.
    """

    prompt: int
    step: str
    choices: dict[str, str] = field(default_factory=dict)
    previous_answer: str | None = None
    understood_choice: tuple[str, str] | None = None
    should_explain: bool = False
    notice: str | None = None
    is_changing: bool = False
    campaign_info: CampaignInfo | None = None
    unavailable_campaign: CampaignInfo | None = None
    kind: Literal["step_reached"] = "step_reached"


@dataclass(frozen=True, slots=True)
class ReviewReached:
    """Everything is answered: the answers in the flow's order (None: skipped), to check before they are sent."""

    prompt: int
    answers: dict[str, str | None]
    understood_choice: tuple[str, str] | None = None
    notice: str | None = None
    campaign_info: CampaignInfo | None = None
    kind: Literal["review_reached"] = "review_reached"


@dataclass(frozen=True, slots=True)
class PromptClosed:
    """An earlier prompt loses its buttons. It shows what was chosen, or that it was skipped."""

    prompt: int
    step: str
    choices: dict[str, str] = field(default_factory=dict)
    choice: str | None = None
    is_skipped: bool = False
    kind: Literal["prompt_closed"] = "prompt_closed"


@dataclass(frozen=True, slots=True)
class ChoiceUnclear:
    """Typed text was near to several choices, or not near enough to one: the respondent was asked which they meant."""

    prompt: int
    step: str
    candidates: tuple[str, ...]
    kind: Literal["choice_unclear"] = "choice_unclear"


@dataclass(frozen=True, slots=True)
class CommentOffered:
    """Typed text fits none of the choices: the respondent was asked whether to keep it as a comment."""

    prompt: int
    step: str
    text: str
    notice: str | None = None
    kind: Literal["comment_offered"] = "comment_offered"


@dataclass(frozen=True, slots=True)
class RedactionOffered:
    """Typed text has something in it that could identify someone: the respondent was asked whether to redact it.

    `text` is the whole answer, redacted.
    """

    prompt: int
    step: str
    text: str
    notice: str | None = None
    kind: Literal["redaction_offered"] = "redaction_offered"


@dataclass(frozen=True, slots=True)
class RunSwitchRequested:
    """The respondent was asked whether to give up the run for another campaign, or to open a campaign.

    `about` is what the run is about, where that is known. `campaign_info` is the other campaign; None: one is to be
    opened.
    """

    prompt: int
    about: str
    campaign_info: CampaignInfo | None
    kind: Literal["run_switch_requested"] = "run_switch_requested"
