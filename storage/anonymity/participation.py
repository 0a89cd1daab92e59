"""Who took part in a campaign, kept as keyed hashes: enough to tell somebody that they did, and no more.

In PostgreSQL each row shows the number of the transaction that wrote it, and the responses that wait show theirs: the
latest one who took part could be told from it. So as many others are written anew with each, in random order. They
are the nearest by their marks, which are random; which of them is the new one, nothing says.
"""

import secrets
from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, bindparam, delete, insert, or_, select, update

from storage.anonymity.schema import participations, shuffle
from storage.anonymity.snapshots import invalidate_plan
from storage.campaigns.repository import Campaign, lock_campaign
from storage.db.encryption import Cipher
from storage.db.schema import campaigns
from storage.db.session import Session
from storage.db.statements import PreparedStatement

LOOKUP_BATCH_SIZE = 200  # marks looked for at once: each by the index. SQLite takes 1,000 conditions
REWRITE_BATCH_SIZE = 64  # marks written at once: nobody is told from so many

_IN_CAMPAIGN = participations.c.campaign == bindparam("of_campaign")
_CHAT_HASH = participations.c.chat_hash
_FIND_BELOW = PreparedStatement(
    select(_CHAT_HASH)
    .where(_IN_CAMPAIGN, bindparam("own") > _CHAT_HASH)
    .order_by(_CHAT_HASH.desc())
    .limit(REWRITE_BATCH_SIZE - 1)
)
_FIND_ABOVE = PreparedStatement(
    select(_CHAT_HASH)
    .where(_IN_CAMPAIGN, bindparam("own") < _CHAT_HASH)
    .order_by(_CHAT_HASH)
    .limit(REWRITE_BATCH_SIZE - 1)
)
_FIND_OWN = PreparedStatement(select(_CHAT_HASH).where(_IN_CAMPAIGN, bindparam("own") == _CHAT_HASH))
_INSERT_HASHES = PreparedStatement(insert(participations), *participations.c.keys())
_DELETE_RANGE = PreparedStatement(
    delete(participations).where(_IN_CAMPAIGN, _CHAT_HASH.between(bindparam("first"), bindparam("last")))
)


def has_participated(session: Session, campaign: Campaign, chat_id: int) -> bool:
    """Whether this chat has sent answers in the campaign, and not taken them back."""
    chat_hash = _hash_chat(session.cipher, campaign, chat_id)
    return (
        bool(chat_hash) and _FIND_OWN.fetch_one(session, {"of_campaign": campaign.code, "own": chat_hash}) is not None
    )


def list_participated_campaigns(session: Session, campaigns: Iterable[Campaign], chat_id: int) -> list[str]:
    """The codes of those of these campaigns in which this chat has taken part, looked up at once."""
    campaigns = list(campaigns)
    if len(campaigns) == 1:
        return [one.code for one in campaigns if has_participated(session, one, chat_id)]
    codes_and_hashes = [
        (campaign.code, chat_hash)
        for campaign in campaigns
        if (chat_hash := _hash_chat(session.cipher, campaign, chat_id))
    ]
    codes: list[str] = []
    for start in range(0, len(codes_and_hashes), LOOKUP_BATCH_SIZE):
        conditions = [_match_participation(*one) for one in codes_and_hashes[start : start + LOOKUP_BATCH_SIZE]]
        codes += session.execute(select(participations.c.campaign).where(or_(*conditions))).scalars()
    return sorted(codes)


def record_participation(session: Session, campaign: Campaign, chat_id: int) -> bool:
    """Notes that this chat took part. Its cost does not grow with how many did. Whether it is new here."""
    chat_hash = _hash_chat(session.cipher, campaign, chat_id)
    if chat_hash is None:
        return True
    is_new = not has_participated(session, campaign, chat_id)
    chat_hashes = {chat_hash, *_find_nearest_hashes(session, campaign.code, chat_hash)}
    _DELETE_RANGE.execute(
        session, {"of_campaign": campaign.code, "first": min(chat_hashes), "last": max(chat_hashes)}
    )  # none in between
    _INSERT_HASHES.execute_many(
        session, [{"campaign": campaign.code, "chat_hash": each_hash} for each_hash in shuffle(chat_hashes)]
    )
    return is_new


def forget_participation(session: Session, campaign: Campaign, chat_id: int) -> bool:
    """The answers were taken back: this chat has not taken part. Whether it had."""
    had_participated = has_participated(session, campaign, chat_id)
    chat_hash = _hash_chat(session.cipher, campaign, chat_id)
    if chat_hash is not None:
        _DELETE_RANGE.execute(session, {"of_campaign": campaign.code, "first": chat_hash, "last": chat_hash})
    return had_participated


def close_campaign(session: Session, code: str) -> bool:
    """Nobody can begin any more, nor can anybody find out who took part: the key is destroyed, and so are the marks.

    Who is in the middle can still send. False: it was closed already. Raises `CampaignUnknown`.
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


def _find_nearest_hashes(session: Session, code: str, chat_hash: bytes) -> list[bytes]:
    """The nearest marks on both sides; how many on which side is left to chance, so that none stands in the middle.

    What one side lacks is taken from the other: all of them, where there are no more.
    """
    values, wanted_hashes = {"of_campaign": code, "own": chat_hash}, REWRITE_BATCH_SIZE - 1
    lower_hashes, higher_hashes = (
        [row.chat_hash for row in query.fetch_all(session, values)] for query in (_FIND_BELOW, _FIND_ABOVE)
    )
    lower_count = max(min(secrets.randbelow(REWRITE_BATCH_SIZE), len(lower_hashes)), wanted_hashes - len(higher_hashes))
    return [*lower_hashes[:lower_count], *higher_hashes[: wanted_hashes - lower_count]]
