"""A flow that left the library: whoever sent answers can take them back all the same, and nobody is kept waiting."""

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


def leave_the_library(database: Database) -> None:
    for table in ("campaigns", "released_responses"):
        execute_sql(database, f"update {table} set flow = 'of_last_year'")


@pytest.mark.parametrize("looked", [True, False])
def test_a_released_response_can_be_taken_back(database: Database, looked: bool) -> None:
    release_responses(database, *range(9))
    if looked:
        fetch_released_rows(database)
    leave_the_library(database)
    [gone] = StoredChat(database, 4).send_reply(Tap("", 0, "", "withdraw_yes", "receipt of 4"))
    assert gone.kind == "response_withdrawn"
    assert len(fetch_rows(database, "select * from released_responses")) == 8
    assert withdraw_by_receipt(database, 4) is None


def test_a_look_is_refused_in_one_sentence(database: Database, tmp_path: Path) -> None:
    release_responses(database, *range(9))
    leave_the_library(database)
    request = ExportRequest(GENERAL_CAMPAIGN, RELEASE_SIZE, "package", tmp_path / "x.zip")
    with pytest.raises(ExportError, match=r"^The flow of general is not in the library: nothing can be shown"):
        write_export_file(database, request, lambda download: download)
    assert not list(tmp_path.glob("*.zip"))


def test_what_waits_is_released_and_so_is_what_waits_elsewhere(database: Database) -> None:
    create_clinic_campaign(database)
    execute_sql(database, "update campaigns set flow = 'of_last_year' where code = 'general'")
    for person in range(RELEASE_SIZE):
        submit_response(database, person)
    send_to(database, *range(RELEASE_SIZE, 2 * RELEASE_SIZE), campaign="clinic")
    assert sorted(one.campaign for one in release_due_responses(database, RELEASE_SIZE)) == ["clinic", GENERAL_CAMPAIGN]
