"""All that is kept about a respondent, as it is given to them: `/mydata`. Values only."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """One answer as it is kept; `value` is None for a skipped question.

    `typed`: the words as they were typed, while it is to be decided what is taken out of them. `whole`: the respondent
    chose to keep all of them.
    """

    value: str | None
    typed: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class KeptRun:
    """An unfinished run: where it stands, or was left (`stopped`), the forks gone past, and the answers.

    `changing` and `again` are as in the run. `waiting` are words that wait to be kept as a comment, or to be told which
    answer they mean. `messages` are the numbers of the messages that all these words came in. `beside` is the kind of a
    yes or no that stands beside the walk.
    """

    place: str
    stopped: bool
    version: int
    campaign: str
    passed: tuple[str, ...]
    answers: dict[str, KeptAnswer]
    changing: bool = False
    again: bool = False
    waiting: str = ""
    messages: tuple[int, ...] = ()
    beside: str = ""


@dataclass(frozen=True, slots=True)
class KeptAct:
    """What somebody did as a coordinator, with which campaign (none: empty), when."""

    name: str
    campaign: str
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptBeside:
    """What storage keeps beside the run: `chat` is the chat's number, `took_part` the campaigns with a mark of it.

    `buttons` is the message under which the newest buttons stand, `since` when they came. `updates` are the numbers of
    the latest updates. `aside` is what was set aside, as Telegram brought it. `acts` are what somebody did as a
    coordinator: kept also of one who is none any more.
    """

    chat: int = 0
    buttons: int | None = None
    since: datetime | None = None
    updates: tuple[int, ...] = ()
    aside: tuple[str, ...] = ()
    took_part: tuple[str, ...] = ()
    coordinator: bool = False
    acts: tuple[KeptAct, ...] = ()

    @property
    def of_coordinator(self) -> bool:
        """Whether anything is kept of them as a coordinator."""
        return self.coordinator or bool(self.acts)


@dataclass(frozen=True, slots=True)
class Kept:
    """All of it: what the engine knows (`run`; None: there is none), and what storage adds (`beside`)."""

    run: KeptRun | None = None
    beside: KeptBeside = field(default_factory=KeptBeside)

    @property
    def nothing(self) -> bool:
        """Whether nothing at all is kept."""
        return self.run is None and not (self.beside.aside or self.beside.took_part or self.beside.of_coordinator)
