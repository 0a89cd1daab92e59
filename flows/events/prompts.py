"""What is asked, and is asked no more: the events that messages with buttons are made of."""

from dataclasses import dataclass, field
from typing import Literal

from flows.campaign import CampaignInfo


@dataclass(frozen=True, slots=True)
class StepReached:
    """The respondent stands at a place, and it asks for a reply: the welcome, a question, a fork.

    `ask` is the number its buttons carry. `answers` holds the choice of each choice question so far (its text may
    depend on them); `given` is what was answered here before. `noted` is a choice understood from typed words just
    now: (question, choice). `why` asks for the reason of the question as well. `notice` names a text to say first.
    `changing`: the respondent came from the check page and goes back there. `link`: at the welcome, and to who comes
    back, what the campaign tells. `led`: where a link would have led that leads nowhere today.
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
    """All is answered: the answers, in order, before they are sent. None stands for *skipped*. `link`: whom one
    answers to.
    """

    prompt: int
    answers: dict[str, str | None]
    understood_choice: tuple[str, str] | None = None
    notice: str | None = None
    campaign_info: CampaignInfo | None = None
    kind: Literal["review_reached"] = "review_reached"


@dataclass(frozen=True, slots=True)
class PromptClosed:
    """The message of an earlier asking is done with: it loses its buttons.

    It shows what was chosen, where it was answered by a choice or skipped (`skipped`).
    """

    prompt: int
    step: str
    choices: dict[str, str] = field(default_factory=dict)
    choice: str | None = None
    is_skipped: bool = False
    kind: Literal["prompt_closed"] = "prompt_closed"


@dataclass(frozen=True, slots=True)
class ChoiceUnclear:
    """Typed words were near to several choices, or not near enough to one: which was meant?"""

    prompt: int
    step: str
    candidates: tuple[str, ...]
    kind: Literal["choice_unclear"] = "choice_unclear"


@dataclass(frozen=True, slots=True)
class CommentOffered:
    """Typed words fit none of the choices here: shall they be kept as a comment? `notice` names a text to say first."""

    prompt: int
    step: str
    text: str
    notice: str | None = None
    kind: Literal["comment_offered"] = "comment_offered"


@dataclass(frozen=True, slots=True)
class RedactionOffered:
    """Something in typed words could show who somebody is: shall it be taken out?

    `words` are the answer that they are part of, without it. `notice` names a text to say first.
    """

    prompt: int
    step: str
    text: str
    notice: str | None = None
    kind: Literal["redaction_offered"] = "redaction_offered"


@dataclass(frozen=True, slots=True)
class RunSwitchRequested:
    """Another campaign's link was followed in the middle of a run, or a campaign is to be opened: shall the run be
    given up? `link` is the other's; None: the other opens a campaign. `about` is what the run is about, where that is
    said.
    """

    prompt: int
    about: str
    campaign_info: CampaignInfo | None
    kind: Literal["run_switch_requested"] = "run_switch_requested"
