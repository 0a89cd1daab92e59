"""Withdraws a response: with its receipt, which only the respondent's chat holds."""

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
from storage.anonymity.schema import comments, pending_parts, released_responses, withdrawn_responses
from storage.anonymity.sealing import hash_receipt
from storage.anonymity.snapshots import load_plan
from storage.campaigns.repository import GENERAL_CAMPAIGN, Campaign, add_participants, lock_campaign
from storage.db.schema import campaigns
from storage.db.session import Session


def withdraw_response(session: Session, chat_id: int, receipt: str) -> str | None:
    """Erases the response that this receipt belongs to, its comments, and the participation of this chat.

    Returns what the response was, `waiting` or `released`; None if there is none (any more).
    """
    receipt_hash = session.cipher.hash_token(receipt)
    part_hashes = hash_receipt(session.cipher, receipt)
    code = _find_campaign_code(session, receipt_hash)
    if code is None:
        return None
    campaign = lock_campaign(session, code)  # before anything else: others could rewrite or release the response
    pending_rows = session.execute(delete(pending_parts).where(pending_parts.c.receipt_hash.in_(part_hashes))).rowcount
    was_released = _withdraw_released_response(session, campaign, receipt_hash)
    session.execute(delete(comments).where(comments.c.receipt_hash.in_(part_hashes)))
    had_participated = participation.forget_participation(session, campaign, chat_id)
    # In `general`, other responses of this chat may be waiting: its next one would count the chat a second time.
    if had_participated and (pending_rows or code == GENERAL_CAMPAIGN):
        add_participants(session, code, -1)
    return "waiting" if pending_rows else "released" if was_released else None


def has_response(session: Session, receipt: str) -> bool:
    """Whether the response that this receipt belongs to is stored."""
    return _find_campaign_code(session, session.cipher.hash_token(receipt)) is not None


def _find_campaign_code(session: Session, receipt_hash: bytes) -> str | None:
    for table in (pending_parts, released_responses):
        query = select(table.c.campaign).where(table.c.receipt_hash == receipt_hash)
        code = session.execute(query).scalar_one_or_none()
        if code is not None:
            return str(code)
    return None


def _withdraw_released_response(session: Session, campaign: Campaign, receipt_hash: bytes) -> bool:
    """Erases a released response. Returns False if there is none.

    If the newest release was viewed already, downloads keep the row as it was shown: two downloads of the release would
    otherwise differ by this row (differencing attack).
    """
    is_response = released_responses.c.receipt_hash == receipt_hash
    statement = delete(released_responses).where(is_response).returning(released_responses)
    row = session.execute(statement).one_or_none()
    if row is None:
        return False
    is_campaign = campaigns.c.code == campaign.code
    session.execute(update(campaigns).where(is_campaign).values(withdrawn_count=campaigns.c.withdrawn_count + 1))
    with suppress(UnknownFlowError):  # without its flow, nothing of the campaign is shown
        plan = load_plan(session, campaign)
        if plan is not None:
            _keep_shown_row(session, campaign, plan, row)
    return True


def _keep_shown_row(session: Session, campaign: Campaign, plan: DisclosurePlan, row: Row[tuple[Any, ...]]) -> None:
    decoder = RowDecoder(load_walk(row.flow).flow, load_periods(session, campaign, row.release))
    [(_, row_class, *chunks)] = decoder.decode_rows([(row.id, row.language, row.version, row.release, row.answers)])
    answers = [answer for chunk in chunks for answer in chunk.answers]
    withdrawn_row = {
        "campaign": campaign.code,
        "id": row.id,
        "quasi_identifiers": json.dumps(plan.generalised_classes.get(row_class.equivalence_class, ())),
        "answers": json.dumps(dict(zip(decoder.scale_questions, answers, strict=True))),
    }
    session.execute(insert(withdrawn_responses).values(withdrawn_row))
