"""What a turn takes and gives: the run, the replies, the turn itself. All frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from flows.campaign import CampaignInfo, ResultsInfo
from flows.events import DeletionRequested, Event
from flows.events.prompts import RunSwitchRequested
from flows.events.requests import Request
from flows.schema import WELCOME


# @@DOC A yes or no that is asked beside the walk: shall the answers be deleted, or given up for another campaign?
# @@
# @@ The run stays where it was meanwhile. While such a question stands, what is typed is for it, and answers nothing else.
# @@
@dataclass(frozen=True, slots=True)
class PendingConfirmation:
    """The question that stands, and whether it is what was said last: else a yes may be meant for something else."""

    request: DeletionRequested | RunSwitchRequested
    is_latest: bool = True


@dataclass(frozen=True, slots=True)
class AnswerText:
    """Words from one typed message. The words are empty where only a choice was read from them.

    In an answer they are as they will be kept. `typed`: as they were typed, while it is still to be decided whether
    what was taken out stays so. `whole`: the respondent chose to keep all of them.
    """

    text: str
    message_id: int | None = None
    original: str = ""
    keeps_original: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked value for one question: a choice's id, or the words said. Neither: the question was skipped.

    A question that was never asked has no Answer.
    """

    choice: str | None = None
    texts: tuple[AnswerText, ...] = ()

    @property
    def value(self) -> str | None:
        """What is kept: the choice's id, or the words, one message a line; None for a skipped question."""
        return self.choice or "\n".join(part.text for part in self.texts) or None


@dataclass(frozen=True, slots=True)
class PendingText:
    """Typed words that wait for a word from the respondent.

    With `candidates`: which of these choices did you mean? Without: shall I keep this as a comment? `before` are words
    that were on offer already when these came.
    """

    text: str
    message_id: int | None = None
    candidates: tuple[str, ...] = ()
    earlier_texts: tuple[AnswerText, ...] = ()

    @property
    def texts(self) -> tuple[AnswerText, ...]:
        """All the words that wait, one message each."""
        return (*self.earlier_texts, AnswerText(self.text, self.message_id)) if self.text else self.earlier_texts

    @property
    def comment_texts(self) -> tuple[AnswerText, ...]:
        """What stays as a comment when an answer is taken: not the words that only meant to name one."""
        return self.earlier_texts if self.candidates else self.texts

    @property
    def is_offered_as_comment(self) -> bool:
        """Whether these words are offered as a comment."""
        return bool(self.texts) and not self.candidates

    @property
    def full_text(self) -> str:
        """All the words that wait, one message a line."""
        return "\n".join(part.text for part in self.texts)

    @property
    def without_latest(self) -> "PendingText | None":
        """What was on offer before the newest message."""
        if not self.earlier_texts:
            return None
        *earlier, latest = self.earlier_texts
        return PendingText(latest.text, latest.message_id, earlier_texts=tuple(earlier))


@dataclass(frozen=True, slots=True)
class Run:
    """One respondent's way through one flow, while it is unfinished.

    `place` is the machine's state. `ask` counts the messages that asked something: only the newest one's buttons
    count. `passed` holds the forks gone past; `changing` is true between *Change* and the check page; `left` is the
    place to come back to while the run is stopped. `again`: we asked again after we were away, and nothing more was
    asked since: the asking before still counts. `seen_at` is the last sign of life, by our clock; `asked_at` is when
    the open question was said, by Telegram's, as far as that is known: it is told to a turn, and no turn changes it.
    `campaign` is whom it answers to, `link` what that campaign tells; `sent_before`: answers were sent to it from this
    chat before. `beside`: a yes or no that stands beside the walk.
    """

    id: str
    flow: str
    version: int
    language: str
    step: str = WELCOME
    prompt: int = 0
    answers: Mapping[str, Answer] = field(default_factory=lambda: MappingProxyType({}))
    passed_forks: frozenset[str] = frozenset()
    is_changing: bool = False
    resume_step: str | None = None
    pending_text: PendingText | None = None
    seen_at: datetime | None = None
    is_prompted_again: bool = False
    campaign: str = "general"
    campaign_info: CampaignInfo | None = None
    has_responded: bool = False
    prompted_at: datetime | None = None
    confirmation: PendingConfirmation | None = None

    def answer_value(self, question: str) -> str | None:
        """The choice or words given there; None where it was skipped or not asked."""
        answer = self.answers.get(question)
        return answer.value if answer else None


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap on a button that carries its run, the number of its asking, its place, what it does, and with what."""

    run: str
    prompt: int
    step: str
    action: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class TextReply:
    """Typed words, the number of their message, and when it was sent, where that is known."""

    text: str
    message_id: int | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TextEdit:
    """The respondent changed a message typed earlier."""

    text: str
    message_id: int


@dataclass(frozen=True, slots=True)
class Command:
    """A command such as /start, without its slash, and what stands after it."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class UnreadableReply:
    """Something that holds no words: a photo, a sticker, a voice note. `kind` is its name in a language file."""

    kind: str


@dataclass(frozen=True, slots=True)
class LinkFollow:
    """The link of a campaign was followed, or the button that begins there. `other` is the run that would begin.

    Without: the link leads nowhere, `fault` names the text that says why, and `led` is what is known of where it led.
    `sure`: the number of the asking that may be given up for it.
    """

    new_run: Run | None
    problem: str | None = None
    confirmed_prompt: int | None = None
    unavailable_campaign: CampaignInfo | None = None


@dataclass(frozen=True, slots=True)
class ResultsRequest:
    """The respondent wants to see what groups said: those here, which they may see. `page`: as a page to print."""

    available_results: tuple[ResultsInfo, ...]
    is_report: bool = False


Reply = Tap | TextReply | TextEdit | Command | UnreadableReply | LinkFollow | ResultsRequest


@dataclass(frozen=True, slots=True)
class Turn:
    """What follows from one reply: the new run (None: it is over, sent or deleted), and what happened in order.

    A request stands for the events that storage answers it with.
    """

    run: Run | None
    events: tuple[Event | Request, ...] = ()
