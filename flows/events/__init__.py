"""The facts of a turn, in the past tense. What is said to the respondent is made from these and nothing else.

They are written down before they are said (the outbox), so every one of them can be read back from JSON.
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
    """A question was answered, or skipped (None). Nothing is said of it: the next place is."""

    question: str
    value: str | None
    kind: Literal["answer_saved"] = "answer_saved"


@dataclass(frozen=True, slots=True)
class AnswerChanged:
    """An edited message changed the answer of its question. `button` names a way on, where nothing is asked anew."""

    question: str
    value: str
    button: str | None = "carry_on"
    kind: Literal["answer_changed"] = "answer_changed"


@dataclass(frozen=True, slots=True)
class ReplyOutdated:
    """The tap was on a button that no longer counts. `at` is where the respondent stands now; None: nowhere.

    `answered`: it was a button of another question, which was answered or skipped.
    """

    current_step: str | None
    is_answered: bool = False
    kind: Literal["reply_outdated"] = "reply_outdated"


@dataclass(frozen=True, slots=True)
class ReplyRepeated:
    """The same tap came again, and is answered already. Nothing is said."""

    kind: Literal["reply_repeated"] = "reply_repeated"


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """Something was told that asks for no answer: the text `topic`. `button` names a way on from it. `number` is how
    many characters there are, `most` how many there may be.
    """

    topic: str
    button: str | None = None
    length: int = 0
    max_length: int = MAX_TEXT_LENGTH
    kind: Literal["notice_shown"] = "notice_shown"


@dataclass(frozen=True, slots=True)
class DeletionRequested:
    """The respondent wants the answers deleted, and is asked whether that is so. A yes counts until more is asked."""

    prompt: int
    kind: Literal["deletion_requested"] = "deletion_requested"


@dataclass(frozen=True, slots=True)
class PersonalDataShown:
    """What is kept about this respondent, readably. `answers` are those of the check page."""

    answers: dict[str, str | None]
    personal_data: PersonalData
    kind: Literal["personal_data_shown"] = "personal_data_shown"


@dataclass(frozen=True, slots=True)
class PersonalDataExported:
    """All that is kept about this respondent at that moment, as a file."""

    personal_data: PersonalData
    exported_at: datetime
    kind: Literal["personal_data_exported"] = "personal_data_exported"


@dataclass(frozen=True, slots=True)
class RunDeleted:
    """The run and its answers are gone."""

    kind: Literal["run_deleted"] = "run_deleted"


@dataclass(frozen=True, slots=True)
class RunStopped:
    """The respondent stopped for now; the place is kept."""

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
