"""Responses whose answers are numbers, so that each is known again."""

from flows.models import Run
from storage.anonymity.sealing import seal_response
from storage.campaigns.repository import GENERAL_CAMPAIGN
from storage.db.database import Database


def submit_numbered(database: Database, *people: int, campaign: str = GENERAL_CAMPAIGN, receipt: str = "") -> None:
    """Each sends one response that can be told from all others, with one comment."""
    for person in people:
        run = Run("", "connection_test", 1, "en", campaign=campaign)
        answers = {
            "role": "family_carer",
            "informed": None,
            "informed_why": f"words of {person}",
            "confident": f"{person}",
        }
        with database.transaction() as session:
            seal_response(session, run, person, answers, receipt or f"receipt of {person}")
