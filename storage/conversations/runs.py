"""Runs: opened for a turn, saved with all that the turn leaves behind, in one transaction."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import BindParameter, bindparam, delete, select

from flows.callback_data import RUN_ID_LENGTH
from flows.campaign import is_campaign_over
from flows.events import Event, NoticeShown, PersonalDataExported, PersonalDataShown, ReplyOutdated
from flows.events.coordinator import CampaignOpened
from flows.events.submission import (
    CampaignPlanned,
    ResultDetailsShown,
    RunSent,
    SendOutdated,
    WithdrawalConfirmed,
    WithdrawalRequested,
)
from flows.models import Run, Turn
from storage.access import load_visible_results
from storage.anonymity.sealing import seal_response
from storage.anonymity.withdrawal import has_response, withdraw_response
from storage.campaigns.coordinators import find_coordinator, has_done_recently, record_action
from storage.campaigns.repository import GENERAL_CAMPAIGN, build_campaign_plan, find_campaign_info, open_campaign
from storage.conversations import outbox
from storage.conversations.chats import delete_idle_chat, is_update_processed, load_chat_data, record_update
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
    """An update as storage sees it: its number, its chat, and how its sender's new run would begin.

    `update` is None where nothing came in, and the bot itself has something to say. `campaign` is empty where the run
    would open one. `named`: the operator names this chat as a coordinator's.
    """

    update_id: int | None
    chat_id: int
    flow: str
    version: int
    language: str
    tap: outbox.TapContext | None = None
    campaign: str = GENERAL_CAMPAIGN
    is_configured: bool = False


def load_or_start_run(session: Session, context: UpdateContext) -> Run | None:
    """The chat's run, or a new one, kept only once something was asked. None: this update was taken in before.

    The chat is this turn's until the transaction ends. Raises `RunLost` where what is kept of the run can't be read.
    """
    assert context.update_id is not None
    if is_update_processed(session, context.chat_id, context.update_id):
        return None
    return load_run(session, context.chat_id) or start_run(session, context)


def start_run(session: Session, context: UpdateContext) -> Run:
    """A new run. It knows whether this chat has sent answers in its campaign before; without a link, in any."""
    campaign = context.campaign
    responded_before, campaign_info = (
        has_responded(session, campaign, context.chat_id),
        find_campaign_info(session, campaign),
    )
    return Run(
        _generate_run_id(),
        context.flow,
        context.version,
        context.language,
        campaign=campaign,
        campaign_info=campaign_info,
        has_responded=responded_before,
    )


def load_run(session: Session, chat_id: int) -> Run | None:
    """The chat's unfinished run, if there is one. Raises `RunLost` where it can't be read."""
    row = _LOAD_RUN.fetch_one(session, {"of_chat": chat_id})
    if row is None:
        return None
    try:
        return read_run(session, row)
    except (StorageUnreadableError, ValidationError) as error:
        raise RunUnreadableError(row.flow, row.version) from error


def find_active_chats(database: Database, since: int, until: int) -> list[int]:
    """The chats that were last heard of between these moments (seconds since 1970), with a question open."""
    query = select(runs.c.chat_id).join(chats, chats.c.chat_id == runs.c.chat_id)
    query = query.where(
        runs.c.seen_at.between(since, until), runs.c.resume_step.is_(None), chats.c.is_blocked.is_(False)
    )
    with database.transaction() as session:
        return list(session.execute(query.order_by(runs.c.seen_at.desc())).scalars())


def delete_run(session: Session, chat_id: int) -> None:
    """The chat's run is over, or can't go on: it is erased with its answers, and with what was set aside meanwhile."""
    if _DELETE_RUN.execute(session, {"of_chat": chat_id}):
        _DELETE_DEAD_LETTERS.execute(session, {"of_chat": chat_id})


def save_turn(
    session: Session, context: UpdateContext, old_run: Run, turn: Turn, now: datetime
) -> outbox.StoredContent | None:
    """Saves the turn: the run or its end, the update's number, and what is now to be said, which is given back.

    `now`: when it was.
    """
    if context.update_id is not None:
        record_update(session, context.chat_id, context.update_id)
    events = tuple(_apply_event(session, context, old_run, event, now) for event in turn.events)
    last_prompt = None
    if turn.run and turn.run.prompt:
        write_run(session, context.chat_id, old_run, turn.run)
    else:
        delete_run(session, context.chat_id)
        last_prompt = delete_idle_chat(session, context.chat_id)
    if not (events or context.tap):
        return None
    current_run = turn.run or old_run
    about = current_run.campaign_info.about if current_run.campaign_info else ""
    content = outbox.OutboxContent(
        current_run.id, current_run.flow, current_run.language, events, context.tap, last_prompt, about
    )
    return outbox.add_entry(session, context.chat_id, content, is_broadcast=context.update_id is None)


def _apply_event(session: Session, context: UpdateContext, run: Run, event: Event, now: datetime) -> Event:
    """What an event asks of storage: a response sealed, taken out, or looked for; what is kept beside the run; a
    campaign opened.
    """
    if isinstance(event, CampaignPlanned):
        return _open_planned_campaign(session, context, event, now)
    if isinstance(event, RunSent):
        seal_response(session, run, context.chat_id, event.answers, event.receipt)
    if isinstance(event, ResultDetailsShown) and run.campaign_info:
        return replace(
            event,
            results_code=run.campaign_info.results_code,
            campaign_info=run.campaign_info,
            is_campaign_over=is_campaign_over(run.campaign_info, now.date()),
        )
    if isinstance(event, NoticeShown) and event.topic == "all_done":
        has_results = any(
            not info.is_unreleased
            for info in load_visible_results(session, context.chat_id, is_configured=context.is_configured)
        )
        return replace(event, button="results" if has_results else None)
    if isinstance(event, WithdrawalRequested):
        message_id = context.tap.message_id if context.tap else None
        return replace(event, is_found=has_response(session, event.receipt), message_id=message_id)
    if isinstance(event, WithdrawalConfirmed):
        withdrawn = withdraw_response(session, context.chat_id, event.receipt)
        return replace(event, is_found=withdrawn is not None, is_released=withdrawn == "released")
    if isinstance(event, PersonalDataShown | PersonalDataExported):
        return replace(
            event,
            personal_data=replace(
                event.personal_data,
                chat_data=load_chat_data(session, context.chat_id, is_configured=context.is_configured),
            ),
        )
    if isinstance(event, SendOutdated):
        is_found, is_waiting = has_response(session, event.receipt), outbox.has_entries(session, context.chat_id)
        return replace(
            event,
            is_found=is_found,
            has_pending_messages=is_waiting,
            has_opened_campaign=has_done_recently(session, context.chat_id, "opened"),
        )
    return event


def _open_planned_campaign(session: Session, context: UpdateContext, planned: CampaignPlanned, now: datetime) -> Event:
    """The campaign is opened, if its coordinator still is one."""
    coordinator = find_coordinator(session, context.chat_id, is_configured=context.is_configured)
    if coordinator is None:
        return ReplyOutdated(None)
    plan = build_campaign_plan(planned.answers, coordinator.organisation, now.date())
    code = open_campaign(session, plan)
    record_action(session, context.chat_id, "opened", code)
    campaign_info = find_campaign_info(session, code)
    assert campaign_info is not None
    return CampaignOpened(campaign_info, plan.closes_on)


def _generate_run_id() -> str:
    return secrets.token_urlsafe(RUN_ID_LENGTH * 6 // 8)
