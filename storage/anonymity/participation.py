"""Who took part in a campaign, kept as keyed hashes: enough to tell somebody that they did, and no more.

In PostgreSQL each row shows the number of the transaction that wrote it, and the responses that wait show theirs: the
latest one who took part could be told from it. So as many others are written anew with each, in random order. They
are the nearest by their marks, which are random; which of them is the new one, nothing says.
"""

import secrets
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, insert, or_, select, update

from storage.anonymity.schema import participations, shuffled
from storage.anonymity.snapshots import settle_anew
from storage.campaigns.repository import Campaign, lock_campaign
from storage.db.encryption import Cipher
from storage.db.schema import campaigns
from storage.db.statements import Ready

AT_ONCE = 200  # marks looked for at once: each by the index. SQLite takes 1,000 conditions
TOGETHER = 64  # marks written at once: nobody is told from so many

_OF = participations.c.campaign == bindparam("of_campaign")
_MARK = participations.c.mark
_BELOW = Ready(select(_MARK).where(_OF, bindparam("own") > _MARK).order_by(_MARK.desc()).limit(TOGETHER - 1))
_ABOVE = Ready(select(_MARK).where(_OF, bindparam("own") < _MARK).order_by(_MARK).limit(TOGETHER - 1))
_OWN = Ready(select(_MARK).where(_OF, bindparam("own") == _MARK))
_PUT = Ready(insert(participations), *participations.c.keys())
_ERASE = Ready(delete(participations).where(_OF, _MARK.between(bindparam("first"), bindparam("last"))))


def took_part(tx: Connection, cipher: Cipher, campaign: Campaign, chat: int) -> bool:
    """Whether this chat has sent answers in the campaign, and not taken them back."""
    own = _mark(cipher, campaign, chat)
    return bool(own) and _OWN.one(tx, {"of_campaign": campaign.code, "own": own}) is not None


def all_taken_part(tx: Connection, cipher: Cipher, campaigns: Iterable[Campaign], chat: int) -> list[str]:
    """The codes of those of these campaigns in which this chat has taken part, looked up at once."""
    campaigns = list(campaigns)
    if len(campaigns) == 1:
        return [one.code for one in campaigns if took_part(tx, cipher, one, chat)]
    marks = [(one.code, own) for one in campaigns if (own := _mark(cipher, one, chat))]
    found: list[str] = []
    for begin in range(0, len(marks), AT_ONCE):
        any_of = [_is_mark(*one) for one in marks[begin : begin + AT_ONCE]]
        found += tx.execute(select(participations.c.campaign).where(or_(*any_of))).scalars()
    return sorted(found)


def note(tx: Connection, cipher: Cipher, campaign: Campaign, chat: int) -> bool:
    """Notes that this chat took part. Its cost does not grow with how many did. Whether it is new here."""
    own = _mark(cipher, campaign, chat)
    if own is None:
        return True
    new = not took_part(tx, cipher, campaign, chat)
    marks = {own, *_near(tx, campaign.code, own)}
    _ERASE.run(tx, {"of_campaign": campaign.code, "first": min(marks), "last": max(marks)})  # none in between
    _PUT.each(tx, [{"campaign": campaign.code, "mark": mark} for mark in shuffled(marks)])
    return new


def forget(tx: Connection, cipher: Cipher, campaign: Campaign, chat: int) -> bool:
    """The answers were taken back: this chat has not taken part. Whether it had."""
    had = took_part(tx, cipher, campaign, chat)
    own = _mark(cipher, campaign, chat)
    if own is not None:
        _ERASE.run(tx, {"of_campaign": campaign.code, "first": own, "last": own})
    return had


def close_campaign(tx: Connection, code: str) -> bool:
    """Nobody can begin any more, nor can anybody find out who took part: the key is destroyed, and so are the marks.

    Who is in the middle can still send. False: it was closed already. Raises `CampaignUnknown`.
    """
    campaign = lock_campaign(tx, code)
    if campaign.closed:
        return False
    settle_anew(tx, campaign)
    tx.execute(update(campaigns).where(campaigns.c.code == code).values(closed=True, key=None))
    tx.execute(delete(participations).where(participations.c.campaign == code))
    return True


def _is_mark(code: str, mark: bytes) -> ColumnElement[bool]:
    return and_(participations.c.campaign == code, participations.c.mark == mark)


def _mark(cipher: Cipher, campaign: Campaign, chat: int) -> bytes | None:
    return cipher.participation(campaign.key, chat) if campaign.key else None


def _near(tx: Connection, code: str, own: bytes) -> list[bytes]:
    """The nearest marks on both sides; how many on which side is left to chance, so that none stands in the middle.

    What one side lacks is taken from the other: all of them, where there are no more.
    """
    of, others = {"of_campaign": code, "own": own}, TOGETHER - 1
    less, more = ([row.mark for row in side.all(tx, of)] for side in (_BELOW, _ABOVE))
    below = max(min(secrets.randbelow(TOGETHER), len(less)), others - len(more))
    return [*less[:below], *more[: others - below]]
