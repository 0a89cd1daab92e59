"""What a coordinator thinks of a comment: approved for everybody, or withheld from all; which of its words are hidden.

All of it can be undone.
"""

import json
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, select, update

from storage.campaigns import find_campaign
from storage.faults import StorageFault
from storage.sealed.tables import comments


class CommentGone(StorageFault):
    """There is no comment of this id, or no more: it may have been taken back."""

    def __init__(self, comment: str) -> None:
        super().__init__(f"{comment}: there is no such comment (any more). `comments list` shows those there are.")


def judge(tx: Connection, campaign: str, ids: Sequence[str], state: str) -> int:
    """Sets the state of these comments: `new`, `approved` or `withheld`. How many had another one.

    Raises `CampaignUnknown`; `CommentGone`, where the transaction must end without the others.
    """
    find_campaign(tx, campaign)
    return sum(_judge(tx, campaign, one, state) for one in ids)


def hide_words(tx: Connection, campaign: str, comment: str, words: Collection[int]) -> None:
    """Hides the words of these numbers, beside those that are hidden already. Raises `CommentGone`."""
    _hide(tx, campaign, comment, _hidden(tx, campaign, comment) | set(words))


def show_words(tx: Connection, campaign: str, comment: str, words: Collection[int] | None = None) -> None:
    """Shows the hidden words of these numbers again; all of them, unless told. Raises `CommentGone`."""
    hidden = _hidden(tx, campaign, comment)
    _hide(tx, campaign, comment, hidden - set(hidden if words is None else words))


def _judge(tx: Connection, campaign: str, comment: str, state: str) -> bool:
    before = tx.execute(select(comments.c.state).where(*_of(campaign, comment)).with_for_update()).scalar_one_or_none()
    if before is None:
        raise CommentGone(comment)
    tx.execute(update(comments).where(*_of(campaign, comment)).values(state=state))
    return bool(before != state)


def _hidden(tx: Connection, campaign: str, comment: str) -> set[int]:
    """Of the row locked: two may hide words of it at once."""
    wanted = select(comments.c.hidden).where(*_of(campaign, comment)).with_for_update()
    found = tx.execute(wanted).scalar_one_or_none()
    if found is None:
        raise CommentGone(comment)
    return set(json.loads(found))


def _hide(tx: Connection, campaign: str, comment: str, words: Collection[int]) -> None:
    tx.execute(update(comments).where(*_of(campaign, comment)).values(hidden=json.dumps(sorted(words))))


def _of(campaign: str, comment: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return comments.c.campaign == campaign, comments.c.id == comment
