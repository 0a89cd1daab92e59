"""Responses that a worker of an earlier version wrote, in the clear and one by one: they are sealed like all others."""

import json

from sqlalchemy import Row, delete, select

from flows.faults import FlowUnknown
from flows.loading import load
from flows.run import Run
from storage.campaigns import GENERAL, lock_campaign
from storage.cipher import Cipher
from storage.database import Database
from storage.sealed.envelope import Part, marks_of, parts_of, put_in
from storage.sealed.tables import earlier


def seal_earlier(database: Database) -> int:
    """Seals them into the inbox of `general`. How many there were. They count as nobody's towards its next release: how
    many people sent them is not known.

    Those of a flow that this version does not know stay as they are, for one that knows it.
    """
    with database.transaction() as tx:
        flows = tx.execute(select(earlier.c.flow).distinct()).scalars()
        known = [flow for flow in flows if _is_known(flow)]
        if not known:
            return 0
        lock_campaign(tx, GENERAL)
        gone = delete(earlier).where(earlier.c.flow.in_(known)).returning(earlier)
        rows = tx.execute(gone).all()
        put_in(tx, GENERAL, [part for row in rows for part in _parts(database.cipher, row)])
    database.settle()
    database.tidy()
    return len(rows)


def _is_known(flow: str) -> bool:
    try:
        load(flow)
    except FlowUnknown:
        return False
    return True


def _parts(cipher: Cipher, row: Row[tuple[object, ...]]) -> list[Part]:
    run = Run("", row.flow, row.version, row.language)
    return parts_of(cipher, run, json.loads(row.answers), marks_of(cipher, row.receipt.hex(), row.receipt))
