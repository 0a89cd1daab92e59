"""What a turn asks of storage: each request is answered by the events that are delivered in its place.

The engine cannot look anything up, so it emits a request where the next event depends on stored data. Requests never
reach the outbox: `storage.conversations.runs` answers all of them in the turn's transaction.
"""

from dataclasses import dataclass
from datetime import datetime

from flows.personal_data import RunData


@dataclass(frozen=True, slots=True)
class SubmissionRequest:
    """Store these answers as a response that `receipt` can withdraw. Answered by `ResponseSubmitted`."""

    answers: dict[str, str | None]
    receipt: str


@dataclass(frozen=True, slots=True)
class CampaignRequest:
    """Open the campaign that these answers describe. Answered by `CampaignOpened`, or by `ReplyOutdated` where the
    chat is no longer a coordinator's.
    """

    answers: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class ThanksRequest:
    """Reply to a message that arrived after the answers were sent. Answered by `NoticeShown`, with a button to the
    results where the chat may see any.
    """


@dataclass(frozen=True, slots=True)
class OutdatedSendRequest:
    """Find out what became of a *Send* button whose run is over. Answered by `SendRepeated` or `SendOutdated`."""

    receipt: str


@dataclass(frozen=True, slots=True)
class WithdrawalOfferRequest:
    """Ask whether to delete a response, if it exists. Answered by `WithdrawalOffered` or `ResponseNotFound`."""

    receipt: str


@dataclass(frozen=True, slots=True)
class WithdrawalRequest:
    """Delete a response. Answered by `ResponseWithdrawn` or `ResponseNotFound`.

    `message_id` is the message whose button began the withdrawal.
    """

    receipt: str
    message_id: int | None


@dataclass(frozen=True, slots=True)
class PersonalDataRequest:
    """Show and export everything stored about the respondent: `run`, and what storage keeps with the chat. Answered by
    `PersonalDataShown` and `PersonalDataExported`.

    `answers` are those of the review page. `run` is None where no run is unfinished.
    """

    answers: dict[str, str | None]
    run: RunData | None
    requested_at: datetime


Request = (
    SubmissionRequest
    | CampaignRequest
    | ThanksRequest
    | OutdatedSendRequest
    | WithdrawalOfferRequest
    | WithdrawalRequest
    | PersonalDataRequest
)
