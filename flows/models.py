"""The values of a turn: the run, the replies, the turn itself. All of them are frozen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from flows.campaign import CampaignInfo, ResultsInfo
from flows.events import DeletionRequested, Event
from flows.events.prompts import RunSwitchRequested
from flows.events.requests import Request
from flows.schema import WELCOME


@dataclass(frozen=True, slots=True)
class PendingConfirmation:
    """A yes-or-no question beside the current step: delete the answers, or give them up for another campaign?

    The run stays at its step meanwhile, and typed text answers this question only. `is_latest`: nothing was sent since
    it was asked; otherwise a typed yes may be meant for something else.
    """

    request: DeletionRequested | RunSwitchRequested
    is_latest: bool = True


@dataclass(frozen=True, slots=True)
class AnswerText:
    """The part of an answer that came from one typed message.

    `text` is what is kept; it is empty where the message only named a choice. `original` is the text as it was typed,
    while the respondent has yet to decide about a redaction. `should_keep_original`: they chose to keep all of it.
    """

    text: str
    message_id: int | None = None
    original: str = ""
    should_keep_original: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question: a choice's id, or typed text. Without either, the question was skipped.

    A question that was never asked has no `Answer`.
    """

    choice: str | None = None
    texts: tuple[AnswerText, ...] = ()

    @property
    def value(self) -> str | None:
        """The choice's id, or the text with one message on each line; None where the question was skipped."""
        return self.choice or "\n".join(part.text for part in self.texts) or None


@dataclass(frozen=True, slots=True)
class PendingText:
    """Typed text that waits for the respondent's decision.

    With `candidates`, they are asked which of these choices they meant; without, whether to keep the text as a comment.
    `earlier_texts` were on offer as a comment when this text came.
    """

    text: str
    message_id: int | None = None
    candidates: tuple[str, ...] = ()
    earlier_texts: tuple[AnswerText, ...] = ()

    @property
    def texts(self) -> tuple[AnswerText, ...]:
        """Everything that waits, one message each, oldest first."""
        return (*self.earlier_texts, AnswerText(self.text, self.message_id)) if self.text else self.earlier_texts

    @property
    def comment_texts(self) -> tuple[AnswerText, ...]:
        """What becomes a comment when the question is answered: not the text that only meant to name a choice."""
        return self.earlier_texts if self.candidates else self.texts

    @property
    def is_offered_as_comment(self) -> bool:
        """Whether the respondent is asked to keep this text as a comment."""
        return bool(self.texts) and not self.candidates

    @property
    def full_text(self) -> str:
        """Everything that waits, one message on each line."""
        return "\n".join(part.text for part in self.texts)

    @property
    def without_latest(self) -> "PendingText | None":
        """What was on offer before the newest message; None if there was nothing."""
        if not self.earlier_texts:
            return None
        *earlier, latest = self.earlier_texts
        return PendingText(latest.text, latest.message_id, earlier_texts=tuple(earlier))


@dataclass(frozen=True, slots=True)
class Run:
    """One respondent's unfinished way through a flow.

    - `step` is the state of the flow's machine. `resume_step` is the step to return to while the run is stopped.
    - `prompt` numbers the messages that asked something: only the buttons of the newest one count.
    - `passed_forks` are the forks gone past. `is_changing`: between *Change* and the review page.
    - `seen_at` is the time of the latest reply, by the bot's clock. `prompted_at` is when the open prompt was
      delivered, by Telegram's clock; storage sets it where it is known, and turns leave it alone.
    - `is_prompted_again`: the open prompt repeats one from before a downtime, whose buttons still count.
    - `campaign_info` is what the campaign's link says. `has_responded`: this chat has sent a response to it before.
    - `confirmation` is a yes-or-no question that is open beside the current step.
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
        """The choice or text given as the answer; None where the question was skipped or not asked."""
        answer = self.answers.get(question)
        return answer.value if answer else None


@dataclass(frozen=True, slots=True)
class Tap:
    """A tap on a button, which carries its run, the number of its prompt, its step, its action and a value."""

    run: str
    prompt: int
    step: str
    action: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class TextReply:
    """A typed message, and when it was sent, where that is known."""

    text: str
    message_id: int | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TextEdit:
    """An earlier message was edited."""

    text: str
    message_id: int


@dataclass(frozen=True, slots=True)
class Command:
    """A command such as /start, without its slash, and what follows it."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class UnreadableReply:
    """A message without text: a photo, a sticker, a voice note. `kind` is its name in a language file."""

    kind: str


@dataclass(frozen=True, slots=True)
class LinkFollow:
    """A campaign's link was followed, or the button that begins its run was tapped. `new_run` is the run that would
    begin.

    Without it, the link cannot be used: `problem` is the text that says why, `unavailable_campaign` the campaign, where
    it is known. `confirmed_prompt` is the prompt whose run may be given up for the new one.
    """

    new_run: Run | None
    problem: str | None = None
    confirmed_prompt: int | None = None
    unavailable_campaign: CampaignInfo | None = None


@dataclass(frozen=True, slots=True)
class ResultsRequest:
    """The respondent wants to see results. `available_results` are those that they asked for and may see.

    `is_report`: as a page to print.
    """

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
