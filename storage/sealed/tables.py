"""The tables of what was sent. Nothing in them leads to a person; the rest of the code may not touch them.

No row has a date or a number that grows. Keys are random, and SQLite keeps these tables in the order of their keys.
"""

from typing import Any

from sqlalchemy import Column, ForeignKey, LargeBinary, Text
from sqlmodel import Field

from storage.tables import Remembered, table_of

BY_KEY: dict[str, Any] = {"sqlite_with_rowid": False}  # rows stand in the order of their random keys


def _of_campaign(*, primary_key: bool = False) -> Column[str]:
    return Column(Text, ForeignKey("campaigns.code"), primary_key=primary_key, nullable=False)


class WaitingRow(Remembered, table=True):
    """A part of a response that waits for its release: its choices (`question` is empty), or one comment.

    All rows of a campaign are written anew, in random order and with new ids, with each response that comes.
    `receipt` is a keyed hash, another one for each part: the parts are held together by the receipt alone.
    """

    __tablename__ = "waiting"
    __table_args__ = BY_KEY

    id: str = Field(primary_key=True)
    campaign: str = Field(sa_column=_of_campaign())
    question: str
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    receipt: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))


class ResponseRow(Remembered, table=True):
    """A released response, without comments: {question: choice id, or null for a skipped one}, as JSON.

    Release 0: a worker of an earlier version wrote it, comments and all; it waits to be sealed.
    """

    __tablename__ = "responses"
    __table_args__ = BY_KEY

    id: str = Field(primary_key=True)
    flow: str
    version: int
    language: str
    answers: str
    receipt: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    campaign: str = "general"
    release: int = 0


class CommentRow(Remembered, table=True):
    """A released comment, apart from the row that it came with. Its words are sealed; `state` is a coordinator's."""

    __tablename__ = "comments"
    __table_args__ = BY_KEY

    id: str = Field(primary_key=True)
    campaign: str = Field(sa_column=_of_campaign())
    release: int
    flow: str
    language: str
    question: str
    words: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    state: str = "new"
    receipt: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))


class ParticipationRow(Remembered, table=True):
    """Somebody took part in this campaign: a keyed hash of the chat, and nothing else."""

    __tablename__ = "participations"
    __table_args__ = BY_KEY

    campaign: str = Field(sa_column=_of_campaign(primary_key=True))
    mark: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))


waiting, responses, comments = table_of(WaitingRow), table_of(ResponseRow), table_of(CommentRow)
participations = table_of(ParticipationRow)
