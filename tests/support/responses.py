"""Responses sealed, released and withdrawn without a run."""

from flows.models import Run
from storage.anonymity.gateway import ShownRow, open_release_view
from storage.anonymity.releases import release_due_responses
from storage.anonymity.sealing import seal_response
from storage.anonymity.withdrawal import withdraw_response
from storage.campaigns.repository import GENERAL_CAMPAIGN
from storage.db.database import Database

RELEASE_SIZE = 5


def submit_response(database: Database, person: int, words: str | None = None, **answers: str) -> None:
    given = {
        "role": "family_carer",
        "viewpoint": "myself",
        "informed": str(person % 3 - 1),
        "confident": str(person % 5 - 2),
    }
    given |= {"connected": str(person % 2)} | answers | ({"informed_why": words} if words else {})
    with database.transaction() as session:
        run = Run("", "connection_test", 1, "en")
        seal_response(session, run, person, given, f"receipt of {person}")


def withdraw_by_receipt(database: Database, person: int) -> str | None:
    with database.transaction() as session:
        return withdraw_response(session, person, f"receipt of {person}")


def release_responses(database: Database, *people: int, **answers: str) -> None:
    for person in people:
        submit_response(database, person, **answers)
    assert release_due_responses(database, RELEASE_SIZE)


def fetch_released_rows(database: Database) -> list[ShownRow]:
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        return list(campaign.iter_rows())
