"""Taking a response back: with the receipt, and with nothing else."""

import json
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from flows.errors import FlowUnknown
from flows.loader import load
from storage.anonymity import participation
from storage.anonymity.k_anonymity import Plan
from storage.anonymity.periods import periods_of
from storage.anonymity.row_decoding import Parting
from storage.anonymity.schema import comments, earlier, leaving, released, waiting
from storage.anonymity.sealing import marks_of
from storage.anonymity.snapshots import frozen_plan
from storage.campaigns.repository import GENERAL, Campaign, count_people, lock_campaign
from storage.db.encryption import Cipher
from storage.db.schema import campaigns


def withdraw(tx: Connection, cipher: Cipher, chat: int, receipt: str) -> str | None:
    """Erases the response that this receipt belongs to, with its comments, and that this chat took part.

    What it was: `waiting` or `released`. None where there is none (any more).
    """
    own = cipher.mark(receipt)
    if tx.execute(delete(earlier).where(earlier.c.receipt == own)).rowcount:
        return "waiting"
    marks = [*marks_of(cipher, receipt), *marks_of(cipher, own.hex(), own)]  # the latter: see `earlier`
    code = _campaign_of(tx, own)
    if code is None:
        return None
    campaign = lock_campaign(tx, code)  # first: else it could be written anew, or released, behind our back
    waited = tx.execute(delete(waiting).where(waiting.c.receipt.in_(marks))).rowcount
    was_released = _leave(tx, campaign, own)
    tx.execute(delete(comments).where(comments.c.receipt.in_(marks)))
    if participation.forget(tx, cipher, campaign, chat) and (waited or code == GENERAL):
        count_people(tx, code, -1)  # in `general` others of this chat may wait: with its next one it is no one new
    return "waiting" if waited else "released" if was_released else None


def is_sealed(tx: Connection, cipher: Cipher, receipt: str) -> bool:
    """Whether the response that this receipt belongs to is there."""
    mark = cipher.mark(receipt)
    unsealed = select(earlier.c.id).where(earlier.c.receipt == mark)
    return _campaign_of(tx, mark) is not None or tx.execute(unsealed).one_or_none() is not None


def _campaign_of(tx: Connection, mark: bytes) -> str | None:
    for table in (waiting, released):
        found = tx.execute(select(table.c.campaign).where(table.c.receipt == mark)).scalar_one_or_none()
        if found is not None:
            return str(found)
    return None


def _leave(tx: Connection, campaign: Campaign, mark: bytes) -> bool:
    """Erases a released response. Where somebody has looked since the newest release, downloads go on showing what they
    showed of it: else two of them would tell it.
    """
    row = tx.execute(delete(released).where(released.c.receipt == mark).returning(released)).one_or_none()
    if row is None:
        return False
    tx.execute(update(campaigns).where(campaigns.c.code == campaign.code).values(taken_back=campaigns.c.taken_back + 1))
    with suppress(FlowUnknown):  # it left the library, and nothing is shown without it
        plan = frozen_plan(tx, campaign)
        if plan is not None:
            _go_on_showing(tx, campaign, plan, row)
    return True


def _go_on_showing(tx: Connection, campaign: Campaign, plan: Plan, row: Row[tuple[Any, ...]]) -> None:
    flow, periods = load(row.flow).flow, periods_of(tx, campaign, row.release)
    parting = Parting(flow, periods)
    [(_, kind, *pieces)] = parting.apart([(row.id, row.language, row.version, row.release, row.answers)])
    shown = json.dumps(plan.shown.get(kind.details, ()))
    answers = [answer for piece in pieces for answer in piece.answers]
    kept = json.dumps(dict(zip(parting.steps, answers, strict=True)))
    row_left = {"campaign": campaign.code, "id": row.id, "details": shown, "answers": kept}
    tx.execute(insert(leaving).values(row_left))
