"""The tables of what was sent. Nothing in them leads to a person; the rest of the code may not touch them.

No row has a date or a number that grows. Keys are random, and SQLite keeps these tables in the order of their keys.
"""

import secrets
import uuid
from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Text
from sqlmodel import Field

from storage.db.schema import Remembered, table_of

BY_KEY: dict[str, Any] = {"sqlite_with_rowid": False}  # rows stand in the order of their random keys


def _of_campaign(*, primary_key: bool = False) -> Column[str]:
    return Column(Text, ForeignKey("campaigns.code"), primary_key=primary_key, nullable=False)


class WaitingRow(Remembered, table=True):
    """A part of a response that waits for its release: its choices (`question` is empty), or one comment.

    Many rows of a campaign are written anew, in random order, with each response that comes.
    `receipt` is a keyed hash, another one for each part: the parts are held together by the receipt alone.
    """

    __tablename__ = "waiting"
    __table_args__ = (Index("ix_waiting_campaign_id", "campaign", "id"), BY_KEY)

    id: str = Field(primary_key=True)
    campaign: str = Field(sa_column=_of_campaign())
    question: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    receipt: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))


class ReleasedRow(Remembered, table=True):
    """A released response, without comments: {question: choice id, or null for a skipped one}, as JSON."""

    __tablename__ = "released"
    __table_args__ = BY_KEY

    campaign: str = Field(sa_column=_of_campaign(primary_key=True))
    id: str = Field(primary_key=True)
    release: int
    flow: str
    version: int
    language: str
    answers: str
    receipt: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))


class LeavingRow(Remembered, table=True):
    """What downloads go on showing of a response that was taken back, until the next release: a single row must not
    be told by its going. `details` is what is shown of what tells people apart, as a JSON list.
    """

    __tablename__ = "leaving"
    __table_args__ = BY_KEY

    campaign: str = Field(sa_column=_of_campaign(primary_key=True))
    id: str = Field(primary_key=True)
    details: str
    answers: str


class FrozenRow(Remembered, table=True):
    """How the classes of a campaign's newest release are shown, since somebody first looked. `shown` is JSON."""

    __tablename__ = "frozen"

    campaign: str = Field(sa_column=_of_campaign(primary_key=True))
    release: int
    shown: str


class ReleaseRow(Remembered, table=True):
    """A release: how many responses became visible together, and its period.

    A period is a run of releases that rows may be told apart by: it begins with release `first`, holds `so_far`
    responses up to and with this release, and is over when it holds as many as `wanted`. `total`: of all releases.
    """

    __tablename__ = "releases"

    campaign: str = Field(sa_column=_of_campaign(primary_key=True))
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    size: int
    first: int
    so_far: int
    wanted: int
    total: int


class EarlierRow(Remembered, table=True):
    """A response as an earlier version wrote it, in the clear, comments and all: it waits to be sealed."""

    __tablename__ = "responses"
    __table_args__ = BY_KEY

    id: str = Field(primary_key=True)
    flow: str
    version: int
    language: str
    answers: str
    receipt: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))


class CommentRow(Remembered, table=True):
    """A released comment, apart from the row that it came with. Its words are sealed.

    `state` is a coordinator's, and so is `hidden`: the numbers of the words that are hidden, as a JSON list.
    """

    __tablename__ = "comments"
    __table_args__ = BY_KEY

    campaign: str = Field(sa_column=_of_campaign(primary_key=True))
    id: str = Field(primary_key=True)
    release: int
    flow: str
    language: str
    question: str
    words: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str = "new"
    hidden: str = "[]"
    receipt: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))


class ParticipationRow(Remembered, table=True):
    """Somebody took part in this campaign: a keyed hash of the chat, and nothing else."""

    __tablename__ = "participations"
    __table_args__ = BY_KEY

    campaign: str = Field(sa_column=_of_campaign(primary_key=True))
    mark: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))


waiting, released, comments = table_of(WaitingRow), table_of(ReleasedRow), table_of(CommentRow)
leaving, frozen, releases = table_of(LeavingRow), table_of(FrozenRow), table_of(ReleaseRow)
participations, earlier = table_of(ParticipationRow), table_of(EarlierRow)


# @@DOC Random order and random ids, from the system's own source of chance: none of it can be worked out afterwards.
Thing = TypeVar("Thing")


def shuffled(things: Iterable[Thing]) -> list[Thing]:
    """The same things in random order."""
    found = list(things)
    secrets.SystemRandom().shuffle(found)
    return found


def random_id() -> str:
    """A version 4 UUID (RFC 9562): no time and no machine in it."""
    return uuid.uuid4().hex
