"""The tables of those who gather answers: organisations, their coordinators, what these did; groups; where people stop.

Nothing here is about anybody who answers: `stops` are counts, and a coordinator's chat is theirs as a coordinator.
"""

from typing import ClassVar

from sqlalchemy import BigInteger, Column, ForeignKey, LargeBinary, Text
from sqlmodel import Field

from storage.tables import ROW_NUMBER, Remembered, table_of


class OrganisationRow(Remembered, table=True):
    """Whoever opens campaigns together: a charity, a council, a group."""

    __tablename__ = "organisations"

    id: str = Field(primary_key=True)
    name: str


class CoordinatorRow(Remembered, table=True):
    """Somebody who opens campaigns for an organisation, and downloads what was answered."""

    __tablename__ = "coordinators"

    chat: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    organisation: str = Field(sa_column=Column(Text, ForeignKey("organisations.id"), nullable=False))


class InvitationRow(Remembered, table=True):
    """A link with which one person becomes a coordinator, once, until it expires. `mark` is a keyed hash of it."""

    __tablename__ = "invitations"

    mark: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    organisation: str = Field(sa_column=Column(Text, ForeignKey("organisations.id"), nullable=False))
    expires_at: int = Field(sa_column=Column(BigInteger, nullable=False))


class AuditRow(Remembered, table=True):
    """What a coordinator did: who (their chat; 0: the command line), what, with which campaign, when. No answers."""

    __tablename__ = "audit"
    __table_args__: ClassVar = {"sqlite_autoincrement": True}

    id: int | None = Field(default=None, sa_column=Column(ROW_NUMBER, primary_key=True))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    chat: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    act: str
    campaign: str = ""


class StopRow(Remembered, table=True):
    """How many unfinished runs of a campaign ended at a place, by time; and, with a dash before the place, how many
    stopped there in all as of the newest release.
    """

    __tablename__ = "stops"

    campaign: str = Field(sa_column=Column(Text, ForeignKey("campaigns.code"), primary_key=True))
    place: str = Field(primary_key=True)
    many: int = 0


class GroupRow(Remembered, table=True):
    """A group that the bot is in, and the campaign whose link it gives there (`general`: none). `told`: which results
    were told there last; `told_at`: when.
    """

    __tablename__ = "groups"

    chat: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    campaign: str = Field(sa_column=Column(Text, ForeignKey("campaigns.code"), nullable=False))
    told: str = ""
    told_at: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))


organisations, coordinators = table_of(OrganisationRow), table_of(CoordinatorRow)
invitations, audit = table_of(InvitationRow), table_of(AuditRow)
stops, groups = table_of(StopRow), table_of(GroupRow)
