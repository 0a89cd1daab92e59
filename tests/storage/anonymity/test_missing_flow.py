"""After a flow was removed from the library, its responses can still be withdrawn and released."""

from pathlib import Path

import pytest

from flows.models import Tap
from storage.anonymity.releases import release_due_responses
from storage.campaigns.repository import GENERAL_CAMPAIGN
from storage.db.database import Database
from storage.errors import ExportError
from storage.export.writer import ExportRequest, write_export_file
from tests.support.numbered_responses import submit_numbered as send_to
from tests.support.raw_sql import create_clinic_campaign, execute_sql, fetch_rows
from tests.support.responses import (
    RELEASE_SIZE,
    fetch_released_rows,
    release_responses,
    submit_response,
    withdraw_by_receipt,
)
from tests.support.stored_chat import StoredChat


def remove_flow(database: Database) -> None:
    for table in ("campaigns", "released_responses"):
        execute_sql(database, f"update {table} set flow = 'of_last_year'")


@pytest.mark.parametrize("was_read", [True, False])
def test_a_released_response_of_a_removed_flow_can_be_withdrawn(database: Database, was_read: bool) -> None:
    release_responses(database, *range(9))
    if was_read:
        fetch_released_rows(database)
    remove_flow(database)
    [withdrawal] = StoredChat(database, 4).send_reply(Tap("", 0, "", "withdraw_yes", "receipt of 4"))
    assert withdrawal.kind == "response_withdrawn"
    assert len(fetch_rows(database, "select * from released_responses")) == 8
    assert withdraw_by_receipt(database, 4) is None


def test_an_export_of_a_removed_flow_is_refused_in_one_sentence(database: Database, tmp_path: Path) -> None:
    release_responses(database, *range(9))
    remove_flow(database)
    request = ExportRequest(GENERAL_CAMPAIGN, RELEASE_SIZE, "package", tmp_path / "x.zip")
    with pytest.raises(ExportError, match=r"^The flow of general is not in the library: nothing can be shown"):
        write_export_file(database, request, lambda download: download)
    assert not list(tmp_path.glob("*.zip"))


def test_a_removed_flow_does_not_stop_releases(database: Database) -> None:
    create_clinic_campaign(database)
    execute_sql(database, "update campaigns set flow = 'of_last_year' where code = 'general'")
    for person in range(RELEASE_SIZE):
        submit_response(database, person)
    send_to(database, *range(RELEASE_SIZE, 2 * RELEASE_SIZE), campaign="clinic")
    assert sorted(one.campaign for one in release_due_responses(database, RELEASE_SIZE)) == ["clinic", GENERAL_CAMPAIGN]
