"""Who took part in a campaign, stored as keyed hashes of chats: enough to tell a chat that it did, and no more.

PostgreSQL shows the number of the transaction that wrote a row (`xmin`), for hashes and for waiting responses alike: it
would link the latest participant to the latest response. Each new hash is therefore written together with many existing
ones, in random order. Those are its nearest neighbours by hash, which is random; nothing marks the new one among them.
"""

import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, bindparam, delete, insert, or_, select, update

from storage.anonymity.schema import participations, shuffle
from storage.anonymity.snapshots import invalidate_plan
from storage.campaigns.repository import Campaign, lock_campaign
from storage.db.encryption import Cipher
from storage.db.schema import campaigns
from storage.db.session import Session
from storage.db.statements import PreparedStatement

LOOKUP_BATCH_SIZE = 200  # hashes in one query, each found by the index; SQLite takes 1,000 conditions
REWRITE_BATCH_SIZE = 64  # hashes that are written together

_IN_CAMPAIGN = participations.c.campaign == bindparam("campaign_code")
_CHAT_HASH = participations.c.chat_hash
_FIND_LOWER = PreparedStatement(
    select(_CHAT_HASH)
    .where(_IN_CAMPAIGN, bindparam("own_hash") > _CHAT_HASH)
    .order_by(_CHAT_HASH.desc())
    .limit(REWRITE_BATCH_SIZE - 1)
)
_FIND_HIGHER = PreparedStatement(
    select(_CHAT_HASH)
    .where(_IN_CAMPAIGN, bindparam("own_hash") < _CHAT_HASH)
    .order_by(_CHAT_HASH)
    .limit(REWRITE_BATCH_SIZE - 1)
)
_FIND_OWN = PreparedStatement(select(_CHAT_HASH).where(_IN_CAMPAIGN, bindparam("own_hash") == _CHAT_HASH))
_INSERT_HASHES = PreparedStatement(insert(participations), *participations.c.keys())
_DELETE_RANGE = PreparedStatement(
    delete(participations).where(_IN_CAMPAIGN, _CHAT_HASH.between(bindparam("first"), bindparam("last")))
)


def has_participated(session: Session, campaign: Campaign, chat_id: int) -> bool:
    """Whether this chat has submitted a response to the campaign and not withdrawn it."""
    chat_hash = _hash_chat(session.cipher, campaign, chat_id)
    if not chat_hash:
        return False
    return _FIND_OWN.fetch_one(session, {"campaign_code": campaign.code, "own_hash": chat_hash}) is not None


def list_participated_campaigns(session: Session, campaigns: Iterable[Campaign], chat_id: int) -> list[str]:
    """Returns the codes of those of `campaigns` in which this chat has taken part."""
    campaigns = list(campaigns)
    if len(campaigns) == 1:
        return [campaign.code for campaign in campaigns if has_participated(session, campaign, chat_id)]
    hashes = ((campaign.code, _hash_chat(session.cipher, campaign, chat_id)) for campaign in campaigns)
    codes_and_hashes = [(code, chat_hash) for code, chat_hash in hashes if chat_hash]
    codes: list[str] = []
    for start in range(0, len(codes_and_hashes), LOOKUP_BATCH_SIZE):
        batch = codes_and_hashes[start : start + LOOKUP_BATCH_SIZE]
        conditions = [_match_participation(code, chat_hash) for code, chat_hash in batch]
        codes += session.execute(select(participations.c.campaign).where(or_(*conditions))).scalars()
    return sorted(codes)


def record_participation(session: Session, campaign: Campaign, chat_id: int) -> bool:
    """Records that this chat took part; the cost does not grow with the number of participants.

    Returns whether it had not taken part before. The campaign must be locked.
    """
    chat_hash = _hash_chat(session.cipher, campaign, chat_id)
    if chat_hash is None:
        return True
    is_new = not has_participated(session, campaign, chat_id)
    chat_hashes = {chat_hash, *_find_nearest_hashes(session, campaign.code, chat_hash)}
    # The range holds these hashes and no others.
    _delete_hashes(session, campaign.code, min(chat_hashes), max(chat_hashes))
    rows = [{"campaign": campaign.code, "chat_hash": one} for one in shuffle(chat_hashes)]
    _INSERT_HASHES.execute_many(session, rows)
    return is_new


def forget_participation(session: Session, campaign: Campaign, chat_id: int) -> bool:
    """Forgets that this chat took part, after its response was withdrawn. Returns whether it had."""
    had_participated = has_participated(session, campaign, chat_id)
    chat_hash = _hash_chat(session.cipher, campaign, chat_id)
    if chat_hash is not None:
        _delete_hashes(session, campaign.code, chat_hash, chat_hash)
    return had_participated


def close_campaign(session: Session, code: str) -> bool:
    """Closes a campaign: no new run can begin, and its key and hashes are destroyed, so no one can find participants.

    Runs that have begun can still be submitted. Returns False if it was closed already. Raises `UnknownCampaignError`.
    """
    campaign = lock_campaign(session, code)
    if campaign.is_closed:
        return False
    invalidate_plan(session, campaign)
    session.execute(update(campaigns).where(campaigns.c.code == code).values(is_closed=True, participation_key=None))
    session.execute(delete(participations).where(participations.c.campaign == code))
    return True


def _match_participation(code: str, chat_hash: bytes) -> ColumnElement[bool]:
    return and_(participations.c.campaign == code, participations.c.chat_hash == chat_hash)


def _hash_chat(cipher: Cipher, campaign: Campaign, chat_id: int) -> bytes | None:
    return cipher.hash_participation(campaign.participation_key, chat_id) if campaign.participation_key else None


def _delete_hashes(session: Session, code: str, first: bytes, last: bytes) -> None:
    _DELETE_RANGE.execute(session, {"campaign_code": code, "first": first, "last": last})


def _find_nearest_hashes(session: Session, code: str, chat_hash: bytes) -> Sequence[bytes]:
    """Returns the nearest hashes on both sides; where one side has too few, more of the other.

    How many are taken from which side is random: otherwise the new hash would always be in the middle.
    """
    values, wanted = {"campaign_code": code, "own_hash": chat_hash}, REWRITE_BATCH_SIZE - 1
    lower = [row.chat_hash for row in _FIND_LOWER.fetch_all(session, values)]
    higher = [row.chat_hash for row in _FIND_HIGHER.fetch_all(session, values)]
    lower_count = max(min(secrets.randbelow(REWRITE_BATCH_SIZE), len(lower)), wanted - len(higher))
    return [*lower[:lower_count], *higher[: wanted - lower_count]]
