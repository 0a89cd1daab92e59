"""Somebody who tries to be several people: sends, takes back, sends again."""

from collections.abc import Mapping
from itertools import count

from flows.models import Run
from storage.anonymity.sealing import seal_response
from storage.anonymity.withdrawal import withdraw_response
from storage.db.database import Database
from storage.errors import AlreadySubmittedError

CLINIC_CODE = "clinic"
_RECEIPT_NUMBERS = count(1)


def try_to_submit(database: Database, chat_id: int, campaign: str, answers: Mapping[str, str | None]) -> str | None:
    """Sends these answers, past the run. The receipt; None where they are not taken."""
    run, receipt = Run("", "connection_test", 1, "en", campaign=campaign), f"receipt {next(_RECEIPT_NUMBERS)}"
    try:
        with database.transaction() as session:
            seal_response(session, run, chat_id, answers, receipt)
    except AlreadySubmittedError:
        return None
    return receipt


def withdraw_by_receipt(database: Database, chat_id: int, receipt: str) -> str | None:
    with database.transaction() as session:
        return withdraw_response(session, chat_id, receipt)
