"""Sealing: a run's answers become a response that leads back to nobody; the receipt alone can take it out again."""

import json
import uuid
from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from flows.run import Run
from storage.cipher import Cipher
from storage.tables import responses


def seal(tx: Connection, cipher: Cipher, run: Run, answers: Mapping[str, str | None], receipt: str) -> None:
    """Writes the response. `answers` maps question ids to a choice's id or words; None: skipped; absent: not asked.

    The receipt itself is not kept, only its keyed hash. The run's own rows are erased by whoever calls this, in the
    same transaction.
    """
    row = {
        "id": uuid.uuid4().hex,
        "flow": run.flow,
        "version": run.version,
        "language": run.language,
        "answers": json.dumps(answers, ensure_ascii=False),
        "receipt": cipher.mark(receipt),
    }
    tx.execute(insert(responses).values(row))


def is_sealed(tx: Connection, cipher: Cipher, receipt: str) -> bool:
    """Whether the response that this receipt belongs to is there."""
    wanted = select(responses.c.id).where(responses.c.receipt == cipher.mark(receipt))
    return tx.execute(wanted).one_or_none() is not None


def withdraw(tx: Connection, cipher: Cipher, receipt: str) -> bool:
    """Deletes the response that this receipt belongs to. False where there is none (any more)."""
    return bool(tx.execute(delete(responses).where(responses.c.receipt == cipher.mark(receipt))).rowcount)
