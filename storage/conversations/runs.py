"""Runs: loaded for a turn, and saved with everything that follows from it, in one transaction.

A turn's requests (`flows.events.requests`) are answered here, so that the outbox holds events only.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import BindParameter, bindparam, delete, select

from flows.callback_data import RUN_ID_LENGTH
from flows.events import Event, NoticeShown, PersonalDataExported, PersonalDataShown, ReplyOutdated
from flows.events.coordinator import CampaignOpened
from flows.events.requests import (
    CampaignRequest,
    OutdatedSendRequest,
    PersonalDataRequest,
    Request,
    SubmissionRequest,
    ThanksRequest,
    WithdrawalOfferRequest,
    WithdrawalRequest,
)
from flows.events.submission import (
    ResponseNotFound,
    ResponseSubmitted,
    ResponseWithdrawn,
    SendOutdated,
    SendRepeated,
    WithdrawalOffered,
)
from flows.models import Run, Turn
from flows.personal_data import PersonalData
from storage.access import load_visible_results
from storage.anonymity.sealing import seal_response
from storage.anonymity.withdrawal import has_response, withdraw_response
from storage.campaigns.coordinators import find_coordinator, has_done_recently, record_action
from storage.campaigns.repository import GENERAL_CAMPAIGN, build_campaign_plan, find_campaign_info, open_campaign
from storage.conversations import outbox
from storage.conversations.chats import delete_idle_chat, load_chat_data, record_update
from storage.conversations.run_mapper import has_responded, read_run, write_run
from storage.db.database import Database
from storage.db.schema import chats, dead_letters, runs
from storage.db.session import Session
from storage.db.statements import PreparedStatement
from storage.errors import RunUnreadableError, StorageUnreadableError

# The statements of every turn are built once: building them costs more than running them.
_CHAT_ID_PARAM: BindParameter[int] = bindparam("of_chat")
_LOAD_RUN = PreparedStatement(
    select(runs, chats.c.open_prompt, chats.c.opened_at)
    .join(chats, chats.c.chat_id == runs.c.chat_id)
    .where(runs.c.chat_id == _CHAT_ID_PARAM)
)
_DELETE_RUN = PreparedStatement(delete(runs).where(runs.c.chat_id == _CHAT_ID_PARAM))
_DELETE_DEAD_LETTERS = PreparedStatement(delete(dead_letters).where(dead_letters.c.chat_id == _CHAT_ID_PARAM))


@dataclass(frozen=True, slots=True)
class UpdateContext:
    """An update as storage sees it: its number, its chat, and how its sender's next run would begin.

    `update_id` is None where no update came in and the bot itself has something to send. `campaign` is empty where the
    run would open one. `is_configured`: this chat is listed as a coordinator's in the settings.
    """

    update_id: int | None
    chat_id: int
    flow: str
    version: int
    language: str
    tap: outbox.TapContext | None = None
    campaign: str = GENERAL_CAMPAIGN
    is_configured: bool = False


@dataclass(frozen=True, slots=True)
class SavedTurn:
    """The events of a saved turn, its requests answered, and what was added to the outbox (None: nothing)."""

    events: tuple[Event, ...]
    stored: outbox.StoredContent | None


def start_run(session: Session, context: UpdateContext) -> Run:
    """A new run. `has_responded` is about its campaign; without a campaign link, about any campaign."""
    return Run(
        _generate_run_id(),
        context.flow,
        context.version,
        context.language,
        campaign=context.campaign,
        campaign_info=find_campaign_info(session, context.campaign),
        has_responded=has_responded(session, context.campaign, context.chat_id),
    )


def load_run(session: Session, chat_id: int) -> Run | None:
    """The chat's unfinished run, if there is one. Raises `RunUnreadableError` where it cannot be read."""
    row = _LOAD_RUN.fetch_one(session, {"of_chat": chat_id})
    if row is None:
        return None
    try:
        return read_run(session, row)
    except (StorageUnreadableError, ValidationError) as error:
        raise RunUnreadableError(row.flow, row.version) from error


def find_active_chats(database: Database, since: int, until: int) -> list[int]:
    """The chats with an open question that were last active between these times (seconds since 1970), newest first."""
    query = select(runs.c.chat_id).join(chats, chats.c.chat_id == runs.c.chat_id)
    query = query.where(
        runs.c.seen_at.between(since, until), runs.c.resume_step.is_(None), chats.c.is_blocked.is_(False)
    )
    with database.transaction() as session:
        return list(session.execute(query.order_by(runs.c.seen_at.desc())).scalars())


def delete_run(session: Session, chat_id: int) -> None:
    """Deletes the chat's run with its answers, and the dead letters that came in while it was open."""
    if _DELETE_RUN.execute(session, {"of_chat": chat_id}):
        _DELETE_DEAD_LETTERS.execute(session, {"of_chat": chat_id})


def save_turn(session: Session, context: UpdateContext, old_run: Run, turn: Turn, now: datetime) -> SavedTurn:
    """Saves a turn taken at `now`: the update's number, the run or its end, and the events to deliver.

    `old_run` is the run before the turn.
    """
    if context.update_id is not None:
        record_update(session, context.chat_id, context.update_id)
    events = _answer_requests(session, context, old_run, turn, now)
    last_prompt = None
    if turn.run and turn.run.prompt:
        write_run(session, context.chat_id, old_run, turn.run)
    else:
        delete_run(session, context.chat_id)
        last_prompt = delete_idle_chat(session, context.chat_id)
    if not (events or context.tap):
        return SavedTurn(events, None)
    current_run = turn.run or old_run
    about = current_run.campaign_info.about if current_run.campaign_info else ""
    content = outbox.OutboxContent(
        current_run.id, current_run.flow, current_run.language, events, context.tap, last_prompt, about
    )
    return SavedTurn(
        events, outbox.add_entry(session, context.chat_id, content, is_broadcast=context.update_id is None)
    )


def _answer_requests(
    session: Session, context: UpdateContext, run: Run, turn: Turn, now: datetime
) -> tuple[Event, ...]:
    """The turn's events in order, with the answers of its requests in their places."""
    events: list[Event] = []
    for item in turn.events:
        if isinstance(item, Request):
            events += _answer_request(session, context, run, item, now)
        else:
            events.append(item)
    return tuple(events)


def _answer_request(
    session: Session, context: UpdateContext, run: Run, request: Request, now: datetime
) -> tuple[Event, ...]:
    """The events that are delivered in place of this request."""
    match request:
        case SubmissionRequest():
            return _store_response(session, context, run, request)
        case CampaignRequest():
            return _open_campaign(session, context, request, now)
        case ThanksRequest():
            return _build_all_done_notice(session, context)
        case OutdatedSendRequest():
            return _find_sent_response(session, context, request)
        case WithdrawalOfferRequest():
            return _offer_withdrawal(session, context, request)
        case WithdrawalRequest():
            return _withdraw(session, context, request)
        case PersonalDataRequest():
            return _collect_personal_data(session, context, request)


def _store_response(
    session: Session, context: UpdateContext, run: Run, request: SubmissionRequest
) -> tuple[Event, ...]:
    seal_response(session, run, context.chat_id, request.answers, request.receipt)
    return (ResponseSubmitted(),)


def _open_campaign(
    session: Session, context: UpdateContext, request: CampaignRequest, now: datetime
) -> tuple[Event, ...]:
    coordinator = find_coordinator(session, context.chat_id, is_configured=context.is_configured)
    if coordinator is None:  # removed since this run began
        return (ReplyOutdated(None),)
    plan = build_campaign_plan(request.answers, coordinator.organisation, now.date())
    code = open_campaign(session, plan)
    record_action(session, context.chat_id, "opened", code)
    campaign_info = find_campaign_info(session, code)
    assert campaign_info is not None
    return (CampaignOpened(campaign_info, plan.closes_on),)


def _build_all_done_notice(session: Session, context: UpdateContext) -> tuple[Event, ...]:
    visible_results = load_visible_results(session, context.chat_id, is_configured=context.is_configured)
    has_results = any(not results_info.is_unreleased for results_info in visible_results)
    return (NoticeShown("all_done", button="results" if has_results else None),)


def _find_sent_response(session: Session, context: UpdateContext, request: OutdatedSendRequest) -> tuple[Event, ...]:
    if has_response(session, request.receipt):
        return (SendRepeated(request.receipt, outbox.has_entries(session, context.chat_id)),)
    return (SendOutdated(has_done_recently(session, context.chat_id, "opened")),)


def _offer_withdrawal(session: Session, context: UpdateContext, request: WithdrawalOfferRequest) -> tuple[Event, ...]:
    if not has_response(session, request.receipt):
        return (ResponseNotFound(),)
    return (WithdrawalOffered(request.receipt, context.tap.message_id if context.tap else None),)


def _withdraw(session: Session, context: UpdateContext, request: WithdrawalRequest) -> tuple[Event, ...]:
    state = withdraw_response(session, context.chat_id, request.receipt)
    if state is None:
        return (ResponseNotFound(),)
    return (ResponseWithdrawn(state == "released", request.message_id),)


def _collect_personal_data(session: Session, context: UpdateContext, request: PersonalDataRequest) -> tuple[Event, ...]:
    chat_data = load_chat_data(session, context.chat_id, is_configured=context.is_configured)
    personal_data = PersonalData(request.run, chat_data)
    # Two events: a file that cannot be sent does not take the message with it.
    return (
        PersonalDataShown(request.answers, personal_data),
        PersonalDataExported(personal_data, request.requested_at),
    )


def _generate_run_id() -> str:
    return secrets.token_urlsafe(RUN_ID_LENGTH * 6 // 8)
