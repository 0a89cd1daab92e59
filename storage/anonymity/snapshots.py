"""What a release shows is settled when somebody first looks, and stays so until the next: the same for everybody."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from flows.loader import load
from storage.anonymity.comments import given_up_to
from storage.anonymity.k_anonymity import Class, Plan, Tally, plan
from storage.anonymity.periods import over_up_to, periods_of
from storage.anonymity.row_decoding import Apart, Parting, Put, Tallying, detail_names
from storage.anonymity.schema import frozen, leaving, released
from storage.campaigns.repository import Campaign, find_campaign, lock_campaign
from storage.db.database import Database
from storage.db.statements import in_blocks

NEVER = -1  # no release has this number

Tallies = dict[Class, Tally]


def frozen_plan(tx: Connection, campaign: Campaign) -> Plan | None:
    """How the newest release is shown. None: nobody has looked since it was made, or not with this version of its flow.

    Raises `FlowUnknown` where the campaign's flow left the library.
    """
    kept = _read(tx, campaign, frozen.c.release == campaign.releases)
    return _plan(kept) if kept and kept["names"] == _names(campaign) else None


def _read(tx: Connection, campaign: Campaign, *of: ColumnElement[bool]) -> dict[str, Any] | None:
    """What was settled last, where that holds."""
    found = tx.execute(select(frozen.c.shown).where(frozen.c.campaign == campaign.code, *of)).scalar_one_or_none()
    kept: dict[str, Any] = json.loads(found) if found else {}
    return kept if "names" in kept else None


def _plan(kept: dict[str, Any]) -> Plan:
    shown = {tuple(one): tuple(shown) for one, shown in kept["shown"]}
    hidden = {tuple(one): {of: Counter(many) for of, many in told.items()} for one, told in kept["hidden"]}
    return Plan(shown, hidden, kept["k"], kept["spoken"], frozenset(kept["gone"]))


def _before(tx: Connection, campaign: Campaign) -> Plan | None:
    """How an earlier release was shown. Where other details told people apart then, only periods are known of it."""
    kept = _read(tx, campaign)
    if kept is None or kept["names"] == _names(campaign):
        return _plan(kept) if kept else None
    was = _plan(kept)
    hidden: dict[Class, dict[str, Counter[str]]] = {}
    for one, told in was.hidden.items():
        hidden.setdefault((one[-1],), {}).update({question: Counter() for question in told})
    return replace(was, shown={(one[-1],): (one[-1],) for one in was.shown}, hidden=hidden)


def _names(campaign: Campaign) -> list[str]:
    return list(detail_names(load(campaign.flow).flow))


def freeze(database: Database, code: str, k: int) -> tuple[Campaign, Tallies] | None:
    """Settles how the newest release is shown. Gives what was counted for it, with the campaign as it then was; None
    where it is settled.

    The rows are read in a snapshot, which keeps nobody from sending. Where somebody took a response back meanwhile,
    they are read again. Raises `CampaignUnknown`, and `FlowUnknown` where the campaign's flow left the library.
    """
    while True:
        with database.snapshot() as tx:
            seen = find_campaign(tx, code)
            if frozen_plan(tx, seen) is not None:
                return None
            tallies = _tallies(tx, seen)
            shown = _planned(tx, seen, k, tallies)
        if _settle(database, seen, shown):
            return seen, tallies


def thaw(tx: Connection, campaign: Campaign) -> None:
    """There is a newer release: what people took back goes from downloads too.

    How the earlier one was shown stays until somebody looks: nothing is shown then that it hid.
    """
    tx.execute(delete(leaving).where(leaving.c.campaign == campaign.code))


def settle_anew(tx: Connection, campaign: Campaign) -> None:
    """The campaign closes, and with it a period that is not over: its rows are shown from the next look on."""
    if over_up_to(tx, campaign) < campaign.releases:
        thaw(tx, campaign)
        tx.execute(update(frozen).where(frozen.c.campaign == campaign.code).values(release=NEVER))


def parting_of(tx: Connection, campaign: Campaign, shown: Plan | None = None, put: Put = tuple) -> Parting:
    """What takes the campaign's released rows apart. `shown`: as they are shown. `put`: how codes are wanted."""
    return Parting(load(campaign.flow).flow, periods_of(tx, campaign), shown, put)


def rows_of(tx: Connection, campaign: Campaign, parting: Parting) -> Iterator[list[Apart]]:
    """The released rows, in the random order of their ids, a few in memory at a time."""
    of = released.c
    wanted = select(of.id, of.language, of.version, of.release, of.answers)
    wanted = wanted.where(of.campaign == campaign.code, of.flow == campaign.flow).order_by(of.campaign, of.id)
    yield from map(parting.apart, in_blocks(tx, wanted))


def leaving_of(tx: Connection, campaign: Campaign, parting: Parting) -> Iterator[Apart]:
    """What is still shown of responses that were taken back since somebody looked, by id."""
    for row in tx.execute(select(leaving).where(leaving.c.campaign == campaign.code).order_by(leaving.c.id)):
        details = tuple(json.loads(row.details))
        if details:  # else it never was shown
            yield parting.seen_as(row.id, details, json.loads(row.answers))


def _planned(tx: Connection, campaign: Campaign, k: int, tallies: Tallies) -> Plan:
    before = _before(tx, campaign)
    spoken = given_up_to(tx, campaign, before.spoken if before else {}, k)
    return replace(plan(tallies, k, before), spoken=spoken)


def _tallies(tx: Connection, campaign: Campaign) -> Tallies:
    parting = parting_of(tx, campaign)
    found = Tallying(parting.steps, parting.packing)
    for rows in rows_of(tx, campaign, parting):
        found.add(rows)
    return found.tallies()


def _settle(database: Database, seen: Campaign, shown: Plan) -> bool:
    """False: the campaign has moved on since it was seen."""
    lists = {"shown": list(shown.shown.items()), "hidden": list(shown.hidden.items()), "gone": sorted(shown.gone)}
    kept = json.dumps({**lists, "k": shown.k, "spoken": shown.spoken, "names": _names(seen)})
    with database.transaction() as tx:
        now = lock_campaign(tx, seen.code)
        if _state(now) != _state(seen) or frozen_plan(tx, now) is not None:
            return _state(now) == _state(seen)
        tx.execute(delete(frozen).where(frozen.c.campaign == seen.code))
        tx.execute(insert(frozen).values(campaign=seen.code, release=seen.releases, shown=kept))
    return True


def _state(campaign: Campaign) -> tuple[object, ...]:
    """What a look depends on. Not on who sends meanwhile: else it would not end while people do."""
    return campaign.releases, campaign.taken_back, campaign.flow, campaign.closed
