"""The tables of responses, and randomness for them. No other package may use these tables.

Nothing in them leads to a person: no row has a time or a number that grows. Keys are random, and SQLite stores these
tables in the order of their keys.
"""

import secrets
import uuid
from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Text
from sqlmodel import Field

from storage.db.schema import BaseRow, get_table

Item = TypeVar("Item")
WITHOUT_ROWID: dict[str, Any] = {"sqlite_with_rowid": False}  # a rowid would grow with each row


def _campaign_column(*, primary_key: bool = False) -> Column[str]:
    return Column(Text, ForeignKey("campaigns.code"), primary_key=primary_key, nullable=False)


def _bytes_column(*, is_unique: bool = False) -> Column[bytes]:
    return Column(LargeBinary, nullable=False, unique=is_unique)


class PendingPartRow(BaseRow, table=True):
    """A sealed part of a response that waits for its release: its choices (`question` is empty) or one comment.

    Many rows of a campaign are rewritten in random order with each response that is added. `receipt_hash` is keyed and
    differs from part to part: only the receipt connects the parts of a response.
    """

    __tablename__ = "pending_parts"
    __table_args__ = (Index("ix_pending_parts_campaign_id", "campaign", "id"), WITHOUT_ROWID)

    id: str = Field(primary_key=True)
    campaign: str = Field(sa_column=_campaign_column())
    question: str
    content: bytes = Field(sa_column=_bytes_column())
    receipt_hash: bytes = Field(sa_column=_bytes_column(is_unique=True))


class ReleasedResponseRow(BaseRow, table=True):
    """A released response without comments. `answers` is JSON: {question: choice id, or null if skipped}."""

    __tablename__ = "released_responses"
    __table_args__ = WITHOUT_ROWID

    campaign: str = Field(sa_column=_campaign_column(primary_key=True))
    id: str = Field(primary_key=True)
    release: int
    flow: str
    version: int
    language: str
    answers: str
    receipt_hash: bytes = Field(sa_column=_bytes_column(is_unique=True))


class WithdrawnResponseRow(BaseRow, table=True):
    """What downloads still show of a withdrawn response, until the next release: its disappearance would reveal it.

    `quasi_identifiers` is the equivalence class as it is shown, as a JSON list; it is empty if the row was not shown.
    """

    __tablename__ = "withdrawn_responses"
    __table_args__ = WITHOUT_ROWID

    campaign: str = Field(sa_column=_campaign_column(primary_key=True))
    id: str = Field(primary_key=True)
    quasi_identifiers: str
    answers: str


class DisclosurePlanRow(BaseRow, table=True):
    """The disclosure plan of a campaign's newest release that was viewed. `plan` is JSON (see `snapshots`)."""

    __tablename__ = "disclosure_plans"

    campaign: str = Field(sa_column=_campaign_column(primary_key=True))
    release: int
    plan: str


class ReleaseRow(BaseRow, table=True):
    """A release, how many responses became visible with it, and its period (see `periods`).

    The period begins with the release `period_start`. It has `period_response_count` responses up to and including this
    release, and is complete at `period_target`. `total_response_count` counts all releases up to this one.
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
    """A released comment, without a connection to its response. `text` is sealed.

    Moderation sets `state`, and `redacted_words`: the numbers of the redacted words, as a JSON list.
    """

    __tablename__ = "comments"
    __table_args__ = WITHOUT_ROWID

    campaign: str = Field(sa_column=_campaign_column(primary_key=True))
    id: str = Field(primary_key=True)
    release: int
    flow: str
    language: str
    question: str
    text: bytes = Field(sa_column=_bytes_column())
    state: str = "new"
    redacted_words: str = "[]"
    receipt_hash: bytes = Field(sa_column=_bytes_column(is_unique=True))


class ParticipationRow(BaseRow, table=True):
    """A chat took part in a campaign: a keyed hash of the chat, and nothing else."""

    __tablename__ = "participations"
    __table_args__ = WITHOUT_ROWID

    campaign: str = Field(sa_column=_campaign_column(primary_key=True))
    chat_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))


pending_parts = get_table(PendingPartRow)
released_responses = get_table(ReleasedResponseRow)
comments = get_table(CommentRow)
withdrawn_responses = get_table(WithdrawnResponseRow)
disclosure_plans = get_table(DisclosurePlanRow)
releases = get_table(ReleaseRow)
participations = get_table(ParticipationRow)


# Both use the operating system's random source, so that no order and no id can be reconstructed afterwards.


def shuffle(items: Iterable[Item]) -> list[Item]:
    """Returns the items in random order."""
    shuffled_items = list(items)
    secrets.SystemRandom().shuffle(shuffled_items)
    return shuffled_items


def generate_random_id() -> str:
    """Returns a version 4 UUID (RFC 9562) in hexadecimal: it holds neither a time nor a machine."""
    return uuid.uuid4().hex
