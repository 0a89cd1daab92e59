"""Whatever is submitted and withdrawn, one account counts as one person towards the size of a release."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.anonymity.releases import release_due_responses
from storage.campaigns.repository import GENERAL_CAMPAIGN
from storage.db.database import Database
from tests.support.account_attacks import CLINIC_CODE, try_to_submit, withdraw_by_receipt
from tests.support.raw_sql import create_clinic_campaign, execute_sql

ANSWERS = {"role": "family_carer"}
ATTACKERS = {0, 1}
ACTION = st.sampled_from(["send"] * 4 + ["back"] * 3 + ["release"])
LONG = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)


def action_lists(people: int) -> st.SearchStrategy[list[tuple[str, int, int]]]:
    """(action, chat, index of one of its receipts) for so many people."""
    return st.lists(st.tuples(ACTION, st.integers(0, people - 1), st.integers(0, 3)), max_size=60)


class Inbox:
    """A model of the pending responses, with the sender of each receipt."""

    def __init__(self, database: Database, campaign: str, size: int, together: set[int]) -> None:
        self.database, self.campaign, self.size, self.together = database, campaign, size, together
        self.all: dict[str, int] = {}
        self.waits: dict[str, int] = {}

    def act(self, act: str, chat_id: int, which: int) -> list[int] | None:
        """Performs an action; returns the sender of each response in a release, if one was made."""
        theirs = [one for one, of in self.all.items() if of == chat_id or {of, chat_id} <= self.together]
        if act == "release":
            of = list(self.waits.values())
            made = release_due_responses(self.database, self.size)
            self.waits = {} if made else self.waits
            return of if made else None
        if act == "send" and (receipt := try_to_submit(self.database, chat_id, self.campaign, ANSWERS)):
            self.all[receipt] = self.waits[receipt] = chat_id
        elif act == "back" and theirs:
            gone = theirs[which % len(theirs)]
            assert withdraw_by_receipt(self.database, chat_id, gone)
            del self.all[gone]
            self.waits.pop(gone, None)
        return None


@LONG
@given(st.sampled_from([CLINIC_CODE, GENERAL_CAMPAIGN]), action_lists(3))
def test_each_release_has_enough_people(
    sqlite_database: Database, campaign: str, actions: list[tuple[str, int, int]]
) -> None:
    reset(sqlite_database)
    inbox = Inbox(sqlite_database, campaign, 2, set())
    for act in [*[("send", chat, 0) for chat in (0, 0, 1, 1, 2)], ("release", 0, 0)]:
        inbox.act(*act)
    for act in actions:
        of = inbox.act(*act)
        assert of is None or len(set(of)) >= 2
        if campaign == CLINIC_CODE:
            assert len(set(inbox.waits.values())) == len(inbox.waits), "one response per chat"
            assert of or act[0] != "release" or len(inbox.waits) < 2, "a release is made as soon as possible"


@LONG
@given(st.sampled_from([CLINIC_CODE, GENERAL_CAMPAIGN]), action_lists(6))
def test_two_accounts_with_shared_receipts_count_as_at_most_two_people(
    sqlite_database: Database, campaign: str, actions: list[tuple[str, int, int]]
) -> None:
    reset(sqlite_database)
    inbox = Inbox(sqlite_database, campaign, 3, ATTACKERS)
    for act in actions:
        of = inbox.act(*act)
        assert of is None or len(set(of) - ATTACKERS) >= 3 - len(ATTACKERS)
        if campaign == CLINIC_CODE:
            assert len([one for one in inbox.waits.values() if one in ATTACKERS]) <= len(ATTACKERS)


def reset(database: Database) -> None:
    for table in (
        "pending_parts",
        "released_responses",
        "releases",
        "comments",
        "participations",
        "withdrawn_responses",
        "disclosure_plans",
    ):
        execute_sql(database, f"delete from {table}")
    execute_sql(database, "delete from campaigns where code = ?", CLINIC_CODE)
    execute_sql(database, "update campaigns set new_participants = 0, release_count = 0")
    create_clinic_campaign(database)
