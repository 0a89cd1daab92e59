"""The facts of a turn, in the past tense: the messages to the respondent are rendered from these and nothing else.

They are stored in the outbox until they are delivered, so each of them can be read back from JSON. An event is
complete: what storage must look up first is a request (`flows.events.requests`).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Discriminator

from flows.events import coordinator, moderation, results, submission
from flows.events.prompts import (
    ChoiceUnclear,
    CommentOffered,
    PromptClosed,
    RedactionOffered,
    ReviewReached,
    RunSwitchRequested,
    StepReached,
)
from flows.personal_data import PersonalData
from flows.schema import MAX_TEXT_LENGTH


@dataclass(frozen=True, slots=True)
class AnswerSaved:
    """A question was answered, or skipped (None). No message follows from it: the next prompt does."""

    question: str
    value: str | None
    kind: Literal["answer_saved"] = "answer_saved"


@dataclass(frozen=True, slots=True)
class AnswerChanged:
    """An edited message changed an answer. `button` names a way on, where no prompt follows."""

    question: str
    value: str
    button: str | None = "carry_on"
    kind: Literal["answer_changed"] = "answer_changed"


@dataclass(frozen=True, slots=True)
class ReplyOutdated:
    """The button that was tapped no longer counts. `current_step` is None where no run is unfinished.

    `is_answered`: it belonged to another question, which has been answered or skipped.
    """

    current_step: str | None
    is_answered: bool = False
    kind: Literal["reply_outdated"] = "reply_outdated"


@dataclass(frozen=True, slots=True)
class ReplyRepeated:
    """The same tap came again after it was handled. No message follows."""

    kind: Literal["reply_repeated"] = "reply_repeated"


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """The text `topic` was shown, which asks nothing. `button` names a way on.

    `length` and `max_length` are for the text that says how long an answer may be, in UTF-16 units.
    """

    topic: str
    button: str | None = None
    length: int = 0
    max_length: int = MAX_TEXT_LENGTH
    kind: Literal["notice_shown"] = "notice_shown"


@dataclass(frozen=True, slots=True)
class DeletionRequested:
    """The respondent was asked whether to delete the answers. A yes counts as long as `prompt` is the newest one."""

    prompt: int
    kind: Literal["deletion_requested"] = "deletion_requested"


@dataclass(frozen=True, slots=True)
class PersonalDataShown:
    """What is stored about the respondent, as a message. `answers` are those of the review page."""

    answers: dict[str, str | None]
    personal_data: PersonalData
    kind: Literal["personal_data_shown"] = "personal_data_shown"


@dataclass(frozen=True, slots=True)
class PersonalDataExported:
    """Everything that is stored about the respondent at `exported_at`, as a file."""

    personal_data: PersonalData
    exported_at: datetime
    kind: Literal["personal_data_exported"] = "personal_data_exported"


@dataclass(frozen=True, slots=True)
class RunDeleted:
    """The run and its answers were deleted."""

    kind: Literal["run_deleted"] = "run_deleted"


@dataclass(frozen=True, slots=True)
class RunStopped:
    """The respondent stopped for now; the run remembers the step."""

    kind: Literal["run_stopped"] = "run_stopped"


AnyEvent = (
    StepReached
    | ReviewReached
    | PromptClosed
    | AnswerSaved
    | AnswerChanged
    | ChoiceUnclear
    | CommentOffered
    | RedactionOffered
    | ReplyOutdated
    | ReplyRepeated
    | NoticeShown
    | DeletionRequested
    | RunSwitchRequested
    | PersonalDataShown
    | PersonalDataExported
    | RunDeleted
    | RunStopped
    | submission.SubmissionEvent
    | coordinator.CoordinatorEvent
    | coordinator.SharingEvent
    | moderation.ModerationEvent
    | results.ResultsEvent
    | results.GroupEvent
)

Event = Annotated[AnyEvent, Discriminator("kind")]
