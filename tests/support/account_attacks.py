"""Somebody who tries to be several people: sends, takes back, sends again."""

from collections.abc import Mapping
from itertools import count

from flows.models import Run
from storage.anonymity.sealing import seal
from storage.anonymity.withdrawal import withdraw
from storage.db.database import Database
from storage.errors import SentAlready

CLINIC = "clinic"
_RECEIPTS = count(1)


def tries(database: Database, chat: int, campaign: str, answers: Mapping[str, str | None]) -> str | None:
    """Sends these answers, past the walk. The receipt; None where they are not taken."""
    run, receipt = Run("", "connection_test", 1, "en", campaign=campaign), f"receipt {next(_RECEIPTS)}"
    try:
        with database.transaction() as tx:
            seal(tx, database.cipher, run, chat, answers, receipt)
    except SentAlready:
        return None
    return receipt


def takes_back(database: Database, chat: int, receipt: str) -> str | None:
    with database.transaction() as tx:
        return withdraw(tx, database.cipher, chat, receipt)
