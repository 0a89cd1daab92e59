"""Which comments are given out: those of a question come in blocks, each of at least *k* that are new.

A single new comment in a download would tell when it was written; whoever knows who answered lately could guess whose
it is.
"""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, and_, false, func, or_, select

from storage.campaigns import Campaign
from storage.sealed.periods import over_up_to
from storage.sealed.tables import comments


def given_up_to(tx: Connection, campaign: Campaign, before: Mapping[str, int], k: int) -> dict[str, int]:
    """Up to which release the comments on each question are given out: {question: release}.

    `before` is how it was settled for an earlier release. It moves on once at least `k` came since, with periods that
    are over.
    """
    until = over_up_to(tx, campaign)
    of = comments.c.campaign == campaign.code, comments.c.release <= until
    counted = select(comments.c.question, comments.c.release, func.count()).where(*of)
    fresh = Counter[str]()
    for question, release, many in tx.execute(counted.group_by(comments.c.question, comments.c.release)):
        fresh[question] += many if release > before.get(question, 0) else 0
    return dict(before) | {question: until for question, many in fresh.items() if many >= k}


def is_given_out(code: str, up_to: Mapping[str, int]) -> ColumnElement[bool]:
    """Holds for the comments of this campaign that are given out."""
    blocks = [and_(comments.c.question == one, comments.c.release <= release) for one, release in up_to.items()]
    return and_(comments.c.campaign == code, or_(false(), *blocks))
