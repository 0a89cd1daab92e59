"""The tables of what was sent. Nothing in them leads to a person; the rest of the code may not touch them.

No row has a date or a number that grows. Keys are random, and SQLite keeps these tables in the order of their keys.
"""

import secrets
import uuid
from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Text
from sqlmodel import Field

from storage.db.schema import BaseRow, get_table

WITHOUT_ROWID: dict[str, Any] = {"sqlite_with_rowid": False}  # rows stand in the order of their random keys


def _campaign_column(*, primary_key: bool = False) -> Column[str]:
    return Column(Text, ForeignKey("campaigns.code"), primary_key=primary_key, nullable=False)


class PendingPartRow(BaseRow, table=True):
    """A part of a response that waits for its release: its choices (`question` is empty), or one comment.

    Many rows of a campaign are written anew, in random order, with each response that comes.
    `receipt` is a keyed hash, another one for each part: the parts are held together by the receipt alone.
    """

    __tablename__ = "pending_parts"
    __table_args__ = (Index("ix_pending_parts_campaign_id", "campaign", "id"), WITHOUT_ROWID)

    id: str = Field(primary_key=True)
    campaign: str = Field(sa_column=_campaign_column())
    question: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    receipt_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))


class ReleasedResponseRow(BaseRow, table=True):
    """A released response, without comments: {question: choice id, or null for a skipped one}, as JSON."""

    __tablename__ = "released_responses"
    __table_args__ = WITHOUT_ROWID

    campaign: str = Field(sa_column=_campaign_column(primary_key=True))
    id: str = Field(primary_key=True)
    release: int
    flow: str
    version: int
    language: str
    answers: str
    receipt_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))


class WithdrawnResponseRow(BaseRow, table=True):
    """What downloads go on showing of a response that was taken back, until the next release: a single row must not
    be told by its going. `details` is what is shown of what tells people apart, as a JSON list.
    """

    __tablename__ = "withdrawn_responses"
    __table_args__ = WITHOUT_ROWID

    campaign: str = Field(sa_column=_campaign_column(primary_key=True))
    id: str = Field(primary_key=True)
    quasi_identifiers: str
    answers: str


class DisclosurePlanRow(BaseRow, table=True):
    """How the classes of a campaign's newest release are shown, since somebody first looked. `shown` is JSON."""

    __tablename__ = "disclosure_plans"

    campaign: str = Field(sa_column=_campaign_column(primary_key=True))
    release: int
    plan: str


class ReleaseRow(BaseRow, table=True):
    """A release: how many responses became visible together, and its period.

    A period is a run of releases that rows may be told apart by: it begins with release `first`, holds `so_far`
    responses up to and with this release, and is over when it holds as many as `wanted`. `total`: of all releases.
    """

    __tablename__ = "releases"

    campaign: str = Field(sa_column=_campaign_column(primary_key=True))
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    response_count: int
    period_start: int
    period_response_count: int
    period_target: int
    total_response_count: int


class CommentRow(BaseRow, table=True):
    """A released comment, apart from the row that it came with. Its words are sealed.

    `state` is a coordinator's, and so is `hidden`: the numbers of the words that are hidden, as a JSON list.
    """

    __tablename__ = "comments"
    __table_args__ = WITHOUT_ROWID

    campaign: str = Field(sa_column=_campaign_column(primary_key=True))
    id: str = Field(primary_key=True)
    release: int
    flow: str
    language: str
    question: str
    text: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str = "new"
    redacted_words: str = "[]"
    receipt_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))


class ParticipationRow(BaseRow, table=True):
    """Somebody took part in this campaign: a keyed hash of the chat, and nothing else."""

    __tablename__ = "participations"
    __table_args__ = WITHOUT_ROWID

    campaign: str = Field(sa_column=_campaign_column(primary_key=True))
    chat_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))


pending_parts, released_responses, comments = (
    get_table(PendingPartRow),
    get_table(ReleasedResponseRow),
    get_table(CommentRow),
)
withdrawn_responses, disclosure_plans, releases = (
    get_table(WithdrawnResponseRow),
    get_table(DisclosurePlanRow),
    get_table(ReleaseRow),
)
participations = get_table(ParticipationRow)


# @@DOC Random order and random ids, from the system's own source of chance: none of it can be worked out afterwards.
Item = TypeVar("Item")


def shuffle(items: Iterable[Item]) -> list[Item]:
    """The same things in random order."""
    shuffled_items = list(items)
    secrets.SystemRandom().shuffle(shuffled_items)
    return shuffled_items


def generate_random_id() -> str:
    """A version 4 UUID (RFC 9562): no time and no machine in it."""
    return uuid.uuid4().hex
