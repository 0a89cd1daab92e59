"""Everything that is stored about a respondent, as `/mydata` shows it to them. Values only."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AnswerData:
    """One answer; `value` is None for a skipped question.

    `original` is the text as it was typed, while the respondent has yet to decide about a redaction.
    `should_keep_original`: they chose to keep all of it.
    """

    value: str | None
    original: str = ""
    should_keep_original: bool = False


@dataclass(frozen=True, slots=True)
class RunData:
    """An unfinished run, with the fields of `Run`.

    `step` is where it is or, if `is_stopped`, where it was stopped. `message_ids` are the messages that all its text
    came in. `confirmation` is the kind of the yes-or-no question that is open beside the current step (empty: none).
    """

    step: str
    is_stopped: bool
    version: int
    campaign: str
    passed_forks: tuple[str, ...]
    answers: dict[str, AnswerData]
    is_changing: bool = False
    is_prompted_again: bool = False
    pending_text: str = ""
    message_ids: tuple[int, ...] = ()
    confirmation: str = ""


@dataclass(frozen=True, slots=True)
class CoordinatorActionData:
    """What someone did as a coordinator, and when. `campaign` is empty where none was concerned."""

    name: str
    campaign: str
    done_at: datetime


@dataclass(frozen=True, slots=True)
class ChatData:
    """What storage keeps with the chat's number, apart from the run.

    `open_message_id` is the message with the newest buttons, `opened_at` when it was delivered. `dead_letters` are the
    updates that failed, as Telegram sent them. `joined_campaigns` are those that the chat has a participation mark in.
    `coordinator_actions` are kept for former coordinators, too.
    """

    chat_id: int = 0
    open_message_id: int | None = None
    opened_at: datetime | None = None
    update_ids: tuple[int, ...] = ()
    dead_letters: tuple[str, ...] = ()
    joined_campaigns: tuple[str, ...] = ()
    is_coordinator: bool = False
    coordinator_actions: tuple[CoordinatorActionData, ...] = ()

    @property
    def has_coordinator_data(self) -> bool:
        """Whether anything is stored about them as a coordinator."""
        return self.is_coordinator or bool(self.coordinator_actions)


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What is stored about one chat. `run` is None where no run is unfinished."""

    run: RunData | None
    chat_data: ChatData

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is stored."""
        return self.run is None and not (
            self.chat_data.dead_letters or self.chat_data.joined_campaigns or self.chat_data.has_coordinator_data
        )
