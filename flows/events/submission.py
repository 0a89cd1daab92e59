"""What follows on *Send*, and on *Delete my answers*."""

from dataclasses import dataclass
from typing import Literal

from flows.campaign import CampaignInfo


@dataclass(frozen=True, slots=True)
class RunSent:
    """The answers were sent: what is sealed, and the receipt with which it can be withdrawn."""

    answers: dict[str, str | None]
    receipt: str
    kind: Literal["run_sent"] = "run_sent"


@dataclass(frozen=True, slots=True)
class CampaignPlanned:
    """The answers of a coordinator say what campaign is to be opened."""

    answers: dict[str, str | None]
    kind: Literal["campaign_planned"] = "campaign_planned"


@dataclass(frozen=True, slots=True)
class ResultCardShown:
    """The result of the test, as a picture and in words."""

    answers: dict[str, str | None]
    kind: Literal["result_card_shown"] = "result_card_shown"


@dataclass(frozen=True, slots=True)
class ResultDetailsShown:
    """After the result: what tends to help, all that was said, the receipt; `results` opens what the group said.

    `link`: the campaign's; `over`: that was closed before these answers were sent.
    """

    answers: dict[str, str | None]
    receipt: str
    results_code: str = ""
    campaign_info: CampaignInfo | None = None
    is_campaign_over: bool = False
    kind: Literal["result_details_shown"] = "result_details_shown"


@dataclass(frozen=True, slots=True)
class AlreadyResponded:
    """The answers of this chat are in the campaign already: others are not sent beside them. `results` opens what the
    group said; `underway`: something is unfinished in this chat; `unsent`: that is what was to be sent.
    """

    about: str
    results_code: str = ""
    has_unfinished_run: bool = False
    is_unsent: bool = False
    kind: Literal["already_responded"] = "already_responded"


@dataclass(frozen=True, slots=True)
class SendOutdated:
    """The *Send* button of a run that is over was tapped: those answers can be deleted with the receipt it carries.

    `found` says, once it was looked for, whether they are there; `waiting`: whether something is still to be said in
    this chat, such as their result. `opened`: a campaign was opened here just now, by the same button.
    """

    receipt: str
    is_found: bool = False
    has_pending_messages: bool = False
    has_opened_campaign: bool = False
    kind: Literal["send_outdated"] = "send_outdated"


@dataclass(frozen=True, slots=True)
class WithdrawalRequested:
    """A sent response shall be deleted; the respondent is asked whether that is so. `found`: whether it is there.

    `under` is the message whose button was tapped.
    """

    receipt: str
    is_found: bool = True
    message_id: int | None = None
    kind: Literal["withdrawal_requested"] = "withdrawal_requested"


@dataclass(frozen=True, slots=True)
class WithdrawalConfirmed:
    """A sent response is to be deleted. Once it was looked for: was it there (`found`), and `released` already?

    `under` is the message whose button began this: it leads to nothing then.
    """

    receipt: str
    is_found: bool = False
    is_released: bool = False
    message_id: int | None = None
    kind: Literal["withdrawal_confirmed"] = "withdrawal_confirmed"


SubmissionEvent = (
    RunSent
    | CampaignPlanned
    | ResultCardShown
    | ResultDetailsShown
    | AlreadyResponded
    | SendOutdated
    | WithdrawalRequested
    | WithdrawalConfirmed
)
