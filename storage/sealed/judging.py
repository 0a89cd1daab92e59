"""What a coordinator thinks of a comment: approved for everybody, or withheld from all. It can be undone."""

from collections.abc import Sequence

from sqlalchemy import update

from storage.campaigns import find_campaign
from storage.database import Database
from storage.faults import StorageFault
from storage.sealed.tables import comments


class CommentGone(StorageFault):
    """There is no comment of this id, or no more: it may have been taken back."""

    def __init__(self, comment: str) -> None:
        super().__init__(f"{comment}: there is no such comment (any more). `comments list` shows those there are.")


def judge(database: Database, campaign: str, ids: Sequence[str], state: str) -> None:
    """Sets the state of these comments: `new`, `approved` or `withheld`. All of them, or none.

    Raises `CampaignUnknown`, `CommentGone`, `StorageAway`.
    """
    with database.transaction() as tx:
        find_campaign(tx, campaign)
        for one in ids:
            of = (comments.c.campaign == campaign, comments.c.id == one)
            if not tx.execute(update(comments).where(*of).values(state=state)).rowcount:
                raise CommentGone(one)
