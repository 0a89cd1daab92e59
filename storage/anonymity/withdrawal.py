"""Taking a response back: with the receipt, and with nothing else."""

import json
from contextlib import suppress
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from flows.errors import UnknownFlowError
from flows.loader import load_walk
from storage.anonymity import participation
from storage.anonymity.k_anonymity import DisclosurePlan
from storage.anonymity.periods import load_periods
from storage.anonymity.row_decoding import RowDecoder
from storage.anonymity.schema import (
    comments,
    pending_parts,
    released_responses,
    withdrawn_responses,
)
from storage.anonymity.sealing import hash_receipt
from storage.anonymity.snapshots import load_plan
from storage.campaigns.repository import GENERAL_CAMPAIGN, Campaign, add_participants, lock_campaign
from storage.db.schema import campaigns
from storage.db.session import Session


def withdraw_response(session: Session, chat_id: int, receipt: str) -> str | None:
    """Erases the response that this receipt belongs to, with its comments, and that this chat took part.

    What it was: `waiting` or `released`. None where there is none (any more).
    """
    receipt_hash = session.cipher.hash_token(receipt)
    part_hashes = hash_receipt(session.cipher, receipt)
    code = _find_campaign_code(session, receipt_hash)
    if code is None:
        return None
    campaign = lock_campaign(session, code)  # first: else it could be written anew, or released, behind our back
    pending_rows = session.execute(delete(pending_parts).where(pending_parts.c.receipt_hash.in_(part_hashes))).rowcount
    was_released = _withdraw_released_response(session, campaign, receipt_hash)
    session.execute(delete(comments).where(comments.c.receipt_hash.in_(part_hashes)))
    if participation.forget_participation(session, campaign, chat_id) and (pending_rows or code == GENERAL_CAMPAIGN):
        add_participants(
            session, code, -1
        )  # in `general` others of this chat may wait: with its next one it is no one new
    return "waiting" if pending_rows else "released" if was_released else None


def has_response(session: Session, receipt: str) -> bool:
    """Whether the response that this receipt belongs to is there."""
    return _find_campaign_code(session, session.cipher.hash_token(receipt)) is not None


def _find_campaign_code(session: Session, receipt_hash: bytes) -> str | None:
    for table in (pending_parts, released_responses):
        code = session.execute(
            select(table.c.campaign).where(table.c.receipt_hash == receipt_hash)
        ).scalar_one_or_none()
        if code is not None:
            return str(code)
    return None


def _withdraw_released_response(session: Session, campaign: Campaign, receipt_hash: bytes) -> bool:
    """Erases a released response. Where somebody has looked since the newest release, downloads go on showing what they
    showed of it: else two of them would tell it.
    """
    row = session.execute(
        delete(released_responses)
        .where(released_responses.c.receipt_hash == receipt_hash)
        .returning(released_responses)
    ).one_or_none()
    if row is None:
        return False
    session.execute(
        update(campaigns)
        .where(campaigns.c.code == campaign.code)
        .values(withdrawn_count=campaigns.c.withdrawn_count + 1)
    )
    with suppress(UnknownFlowError):  # it left the library, and nothing is shown without it
        plan = load_plan(session, campaign)
        if plan is not None:
            _keep_displayed_row(session, campaign, plan, row)
    return True


def _keep_displayed_row(session: Session, campaign: Campaign, plan: DisclosurePlan, row: Row[tuple[Any, ...]]) -> None:
    flow, periods = load_walk(row.flow).flow, load_periods(session, campaign, row.release)
    decoder = RowDecoder(flow, periods)
    [(_, row_class, *chunks)] = decoder.decode_rows([(row.id, row.language, row.version, row.release, row.answers)])
    displayed_json = json.dumps(plan.generalised_classes.get(row_class.equivalence_class, ()))
    answers = [answer for chunk in chunks for answer in chunk.answers]
    answers_json = json.dumps(dict(zip(decoder.scale_questions, answers, strict=True)))
    withdrawn_row = {
        "campaign": campaign.code,
        "id": row.id,
        "quasi_identifiers": displayed_json,
        "answers": answers_json,
    }
    session.execute(insert(withdrawn_responses).values(withdrawn_row))
