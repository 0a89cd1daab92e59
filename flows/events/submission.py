"""What follows when answers are sent, and when a sent response is deleted."""

from dataclasses import dataclass
from typing import Literal

from flows.campaign import CampaignInfo


@dataclass(frozen=True, slots=True)
class ResponseSubmitted:
    """The answers were stored as a response."""

    kind: Literal["response_submitted"] = "response_submitted"


@dataclass(frozen=True, slots=True)
class ResultCardShown:
    """The result of the test, as a picture and in words."""

    answers: dict[str, str | None]
    kind: Literal["result_card_shown"] = "result_card_shown"


@dataclass(frozen=True, slots=True)
class ResultDetailsShown:
    """After the result: what tends to help, all that was answered, the receipt, and the way to the campaign's results.

    `campaign_info` is None where the answers belong to no campaign. `is_campaign_over`: the campaign was closed before
    these answers were sent.
    """

    answers: dict[str, str | None]
    receipt: str
    campaign_info: CampaignInfo | None
    is_campaign_over: bool
    kind: Literal["result_details_shown"] = "result_details_shown"


@dataclass(frozen=True, slots=True)
class AlreadyResponded:
    """The chat has sent a response to this campaign already, and no second one is accepted.

    `results_code` opens the campaign's results (empty: there are none). `has_unfinished_run`: a run is open in this
    chat. `is_unsent`: that run is the one that was to be sent.
    """

    about: str
    results_code: str
    has_unfinished_run: bool
    is_unsent: bool
    kind: Literal["already_responded"] = "already_responded"


@dataclass(frozen=True, slots=True)
class SendRepeated:
    """*Send* was tapped again after its answers were stored: they can be deleted with `receipt`.

    `has_pending_messages`: messages for this chat, such as the result, are still in the outbox.
    """

    receipt: str
    has_pending_messages: bool
    kind: Literal["send_repeated"] = "send_repeated"


@dataclass(frozen=True, slots=True)
class SendOutdated:
    """*Send* was tapped in a run that is over, and no response has its receipt.

    `has_opened_campaign`: the same button has just opened a campaign.
    """

    has_opened_campaign: bool
    kind: Literal["send_outdated"] = "send_outdated"


@dataclass(frozen=True, slots=True)
class WithdrawalOffered:
    """The respondent is asked whether to delete a response that was sent.

    `message_id` is the message whose button was tapped.
    """

    receipt: str
    message_id: int | None
    kind: Literal["withdrawal_offered"] = "withdrawal_offered"


@dataclass(frozen=True, slots=True)
class ResponseWithdrawn:
    """A response was deleted. `is_released`: it had been released before.

    `message_id` is the message whose button began the withdrawal: that button is of no more use.
    """

    is_released: bool
    message_id: int | None
    kind: Literal["response_withdrawn"] = "response_withdrawn"


@dataclass(frozen=True, slots=True)
class ResponseNotFound:
    """No response has this receipt, so there is nothing to delete."""

    kind: Literal["response_not_found"] = "response_not_found"


SubmissionEvent = (
    ResponseSubmitted
    | ResultCardShown
    | ResultDetailsShown
    | AlreadyResponded
    | SendRepeated
    | SendOutdated
    | WithdrawalOffered
    | ResponseWithdrawn
    | ResponseNotFound
)
