"""A flow that left the library: whoever sent answers can take them back all the same, and nobody is kept waiting."""

from pathlib import Path

import pytest

from flows.models import Tapped
from storage.anonymity.releases import release_due
from storage.campaigns.repository import GENERAL
from storage.db.database import Database
from storage.errors import NotDownloaded
from storage.export.writer import write_download
from tests.storage.anonymity.test_gateway import K, look, release, send, take_back
from tests.storage.anonymity.test_releases import send as send_to
from tests.support.raw_sql import change, rows
from tests.support.stored_chat import Turning


def leave_the_library(database: Database) -> None:
    for table in ("campaigns", "released"):
        change(database, f"update {table} set flow = 'of_last_year'")


@pytest.mark.parametrize("looked", [True, False])
def test_a_released_response_can_be_taken_back(database: Database, looked: bool) -> None:
    release(database, *range(9))
    if looked:
        look(database)
    leave_the_library(database)
    [gone] = Turning(database, 4).do(Tapped("", 0, "", "withdraw_yes", "receipt of 4"))
    assert gone.kind == "withdrawal_confirmed"
    assert gone.found
    assert len(rows(database, "select * from released")) == 8
    assert take_back(database, 4) is None


def test_a_look_is_refused_in_one_sentence(database: Database, tmp_path: Path) -> None:
    release(database, *range(9))
    leave_the_library(database)
    with pytest.raises(NotDownloaded, match=r"^The flow of general is not here: it left the library, and"):
        write_download(database, GENERAL, K, "package", tmp_path / "x.zip", lambda download: download)
    assert not list(tmp_path.glob("*.zip"))


def test_what_waits_is_released_and_so_is_what_waits_elsewhere(database: Database) -> None:
    columns = "about, key, closed, releases, taken_back, people"
    change(database, f"insert into campaigns (code, flow, {columns}) select 'clinic', flow, {columns} from campaigns")
    change(database, "update campaigns set flow = 'of_last_year' where code = 'general'")
    for person in range(K):
        send(database, person)
    send_to(database, *range(K, 2 * K), campaign="clinic")
    assert sorted(one.campaign for one in release_due(database, K)) == ["clinic", GENERAL]
