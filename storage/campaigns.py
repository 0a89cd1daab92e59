"""Campaigns: the links that groups share. Whoever comes without a link belongs to `general`, which always exists."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, text, update

from flows.loading import DEFAULT
from storage.faults import StorageFault
from storage.ready import Ready
from storage.tables import campaigns

GENERAL = "general"
KEY_BYTES = 32

_CODE = bindparam("of_code", type_=campaigns.c.code.type)
_BY_CODE = select(campaigns).where(campaigns.c.code == _CODE)
_FIND, _LOCK = Ready(_BY_CODE), Ready(_BY_CODE.with_for_update())
_ALL = Ready(select(campaigns).order_by(campaigns.c.code))
_COUNT = Ready(
    update(campaigns)
    .where(campaigns.c.code == bindparam("of_code"))
    .values(people=campaigns.c.people + bindparam("more"))
)
_OPEN = text(
    "INSERT INTO campaigns (code, flow, about, key, closed, releases, taken_back, people)"
    " VALUES (:code, :flow, '', :key, :no, 0, 0, 0)"
    " ON CONFLICT DO NOTHING"
)


class CampaignUnknown(StorageFault):
    """There is no campaign of this code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"There is no campaign {code}: `campaign list` shows those there are.")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it stands: its flow, the key of its participations (None: destroyed), how many releases it has had,
    how many released responses were taken back, and how many people have come since the newest release; its link.
    """

    code: str
    flow: str
    key: bytes | None
    releases: int
    taken_back: int
    people: int
    closed: bool

    def shows_as(self, later: "Campaign") -> bool:
        """Whether what may be shown of it is what may be shown later: whoever takes theirs back changes nothing."""
        return (self.releases, self.flow, self.closed) == (later.releases, later.flow, later.closed)


def open_general(tx: Connection) -> None:
    """Makes the campaign of those who came without a link, unless it is there."""
    tx.execute(_OPEN, {"code": GENERAL, "flow": DEFAULT, "key": secrets.token_bytes(KEY_BYTES), "no": False})


def find_campaign(tx: Connection, code: str) -> Campaign:
    """The campaign of this code. Raises `CampaignUnknown`."""
    return _read(code, _FIND.one(tx, {"of_code": code}))


def all_campaigns(tx: Connection) -> list[Campaign]:
    """Every campaign, by its code."""
    return [_read(row.code, row) for row in _ALL.all(tx, {})]


def lock_campaign(tx: Connection, code: str) -> Campaign:
    """The campaign; nobody else adds to it or releases it until the transaction ends. Raises `CampaignUnknown`."""
    return _read(code, _LOCK.one(tx, {"of_code": code}))


def count_people(tx: Connection, code: str, more: int) -> None:
    """So many more people have taken part since the newest release; the campaign must be locked."""
    _COUNT.run(tx, {"of_code": code, "more": more})


def _read(code: str, row: Any | None) -> Campaign:
    if row is None:
        raise CampaignUnknown(code)
    return Campaign(row.code, row.flow, row.key, row.releases, row.taken_back, row.people, bool(row.closed))
