"""All that is kept about a respondent, as it is given to them: `/mydata`. Values only."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AnswerData:
    """One answer as it is kept; `value` is None for a skipped question.

    `typed`: the words as they were typed, while it is to be decided what is taken out of them. `whole`: the respondent
    chose to keep all of them.
    """

    value: str | None
    original: str = ""
    keeps_original: bool = False


@dataclass(frozen=True, slots=True)
class RunData:
    """An unfinished run: where it stands, or was left (`stopped`), the forks gone past, and the answers.

    `changing` and `again` are as in the run. `waiting` are words that wait to be kept as a comment, or to be told which
    answer they mean. `messages` are the numbers of the messages that all these words came in. `beside` is the kind of a
    yes or no that stands beside the walk.
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
    """What somebody did as a coordinator, with which campaign (none: empty), when."""

    name: str
    campaign: str
    done_at: datetime


@dataclass(frozen=True, slots=True)
class ChatData:
    """What storage keeps beside the run: `chat` is the chat's number, `took_part` the campaigns with a mark of it.

    `buttons` is the message under which the newest buttons stand, `since` when they came. `updates` are the numbers of
    the latest updates. `aside` is what was set aside, as Telegram brought it. `acts` are what somebody did as a
    coordinator: kept also of one who is none any more.
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
        """Whether anything is kept of them as a coordinator."""
        return self.is_coordinator or bool(self.coordinator_actions)


@dataclass(frozen=True, slots=True)
class PersonalData:
    """All of it: what the engine knows (`run`; None: there is none), and what storage adds (`beside`)."""

    run: RunData | None
    chat_data: ChatData

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is kept."""
        return self.run is None and not (
            self.chat_data.dead_letters or self.chat_data.joined_campaigns or self.chat_data.has_coordinator_data
        )
