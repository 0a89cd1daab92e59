"""Runs: opened for a turn, saved with all that the turn leaves behind, in one transaction."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import BindParameter, Connection, bindparam, delete, select

from flows.callback_data import RUN_ID_LENGTH
from flows.campaign import is_over
from flows.events import DataGiven, DataTold, Event, ReplyOutdated, Told
from flows.events.coordinator import CampaignOpened
from flows.events.submission import (
    CampaignPlanned,
    ResultTold,
    RunSent,
    SendOutdated,
    WithdrawalAsked,
    WithdrawalConfirmed,
)
from flows.models import Run, Turn
from storage.access import results_for
from storage.anonymity.sealing import seal
from storage.anonymity.withdrawal import is_sealed, withdraw
from storage.campaigns.coordinators import find_coordinator, has_done_lately, note_act
from storage.campaigns.repository import GENERAL, link_of, open_campaign, plan_of
from storage.conversations import outbox
from storage.conversations.chats import kept_beside, let_go, note_update, was_taken
from storage.conversations.run_mapper import read_run, sent_before, write_run
from storage.db.database import Database
from storage.db.encryption import Cipher
from storage.db.schema import chats, runs, set_aside
from storage.db.statements import Ready
from storage.errors import RunLost, StorageUnusable

# The statements of every turn are built once: building them costs more than running them.
_CHAT: BindParameter[int] = bindparam("of_chat")
_RUN_OF = Ready(
    select(runs, chats.c.open_ask, chats.c.opened_at)
    .join(chats, chats.c.chat == runs.c.chat)
    .where(runs.c.chat == _CHAT)
)
_DROP = Ready(delete(runs).where(runs.c.chat == _CHAT))
_DROP_ASIDE = Ready(delete(set_aside).where(set_aside.c.chat == _CHAT))


@dataclass(frozen=True, slots=True)
class Came:
    """An update as storage sees it: its number, its chat, and how its sender's new run would begin.

    `update` is None where nothing came in, and the bot itself has something to say. `campaign` is empty where the run
    would open one. `named`: the operator names this chat as a coordinator's.
    """

    update: int | None
    chat: int
    flow: str
    version: int
    language: str
    tap: outbox.Tap | None = None
    campaign: str = GENERAL
    named: bool = False


def open_run(tx: Connection, cipher: Cipher, came: Came) -> Run | None:
    """The chat's run, or a new one, kept only once something was asked. None: this update was taken in before.

    The chat is this turn's until the transaction ends. Raises `RunLost` where what is kept of the run can't be read.
    """
    assert came.update is not None
    if was_taken(tx, came.chat, came.update):
        return None
    return kept_run(tx, cipher, came.chat) or begun(tx, cipher, came)


def begun(tx: Connection, cipher: Cipher, came: Came) -> Run:
    """A new run. It knows whether this chat has sent answers in its campaign before; without a link, in any."""
    of = came.campaign
    before, link = sent_before(tx, cipher, of, came.chat), link_of(tx, of)
    return Run(_new_id(), came.flow, came.version, came.language, campaign=of, link=link, sent_before=before)


def kept_run(tx: Connection, cipher: Cipher, chat: int) -> Run | None:
    """The chat's unfinished run, if there is one. Raises `RunLost` where it can't be read."""
    row = _RUN_OF.one(tx, {"of_chat": chat})
    if row is None:
        return None
    try:
        return read_run(tx, cipher, row)
    except (StorageUnusable, ValidationError) as fault:
        raise RunLost(row.flow, row.version) from fault


def in_the_middle(database: Database, since: int, until: int) -> list[int]:
    """The chats that were last heard of between these moments (seconds since 1970), with a question open."""
    wanted = select(runs.c.chat).join(chats, chats.c.chat == runs.c.chat)
    wanted = wanted.where(runs.c.seen_at.between(since, until), runs.c.left.is_(None), chats.c.blocked.is_(False))
    with database.transaction() as tx:
        return list(tx.execute(wanted.order_by(runs.c.seen_at.desc())).scalars())


def drop_run(tx: Connection, chat: int) -> None:
    """The chat's run is over, or can't go on: it is erased with its answers, and with what was set aside meanwhile."""
    if _DROP.run(tx, {"of_chat": chat}):
        _DROP_ASIDE.run(tx, {"of_chat": chat})


def save_turn(tx: Connection, cipher: Cipher, came: Came, before: Run, turn: Turn, now: datetime) -> outbox.Left | None:
    """Saves the turn: the run or its end, the update's number, and what is now to be said, which is given back.

    `now`: when it was.
    """
    if came.update is not None:
        note_update(tx, came.chat, came.update)
    events = tuple(_carry_out(tx, cipher, came, before, event, now) for event in turn.events)
    stood = None
    if turn.run and turn.run.ask:
        write_run(tx, cipher, came.chat, before, turn.run)
    else:
        drop_run(tx, came.chat)
        stood = let_go(tx, came.chat)
    if not (events or came.tap):
        return None
    here = turn.run or before
    about = here.link.about if here.link else ""
    saying = outbox.Saying(here.id, here.flow, here.language, events, came.tap, stood, about)
    return outbox.leave(tx, cipher, came.chat, saying, bulk=came.update is None)


def _carry_out(tx: Connection, cipher: Cipher, came: Came, run: Run, event: Event, now: datetime) -> Event:
    """What an event asks of storage: a response sealed, taken out, or looked for; what is kept beside the run; a
    campaign opened.
    """
    if isinstance(event, CampaignPlanned):
        return _opened(tx, came, event, now)
    if isinstance(event, RunSent):
        seal(tx, cipher, run, came.chat, event.answers, event.receipt)
    if isinstance(event, ResultTold) and run.link:
        return replace(event, results=run.link.results, link=run.link, over=is_over(run.link, now.date()))
    if isinstance(event, Told) and event.topic == "all_done":
        seen = any(not one.early for one in results_for(tx, cipher, came.chat, named=came.named))
        return replace(event, button="results" if seen else None)
    if isinstance(event, WithdrawalAsked):
        under = came.tap.message if came.tap else None
        return replace(event, found=is_sealed(tx, cipher, event.receipt), under=under)
    if isinstance(event, WithdrawalConfirmed):
        was = withdraw(tx, cipher, came.chat, event.receipt)
        return replace(event, found=was is not None, released=was == "released")
    if isinstance(event, DataTold | DataGiven):
        return replace(event, kept=replace(event.kept, beside=kept_beside(tx, cipher, came.chat, named=came.named)))
    if isinstance(event, SendOutdated):
        found, waiting = is_sealed(tx, cipher, event.receipt), outbox.is_waiting(tx, came.chat)
        return replace(event, found=found, waiting=waiting, opened=has_done_lately(tx, came.chat, "opened"))
    return event


def _opened(tx: Connection, came: Came, planned: CampaignPlanned, now: datetime) -> Event:
    """The campaign is opened, if its coordinator still is one."""
    coordinator = find_coordinator(tx, came.chat, named=came.named)
    if coordinator is None:
        return ReplyOutdated(None)
    plan = plan_of(planned.answers, coordinator.organisation, now.date())
    code = open_campaign(tx, plan)
    note_act(tx, came.chat, "opened", code)
    link = link_of(tx, code)
    assert link is not None
    return CampaignOpened(link, plan.closes_on)


def _new_id() -> str:
    return secrets.token_urlsafe(RUN_ID_LENGTH * 6 // 8)
