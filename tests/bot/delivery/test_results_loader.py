"""Results are read once as long as they stay the same, and anew when they don't."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.delivery.results_loader import Reading
from bot.handlers.results import results_of
from storage.anonymity.participation import close_campaign
from storage.campaigns.repository import GENERAL
from storage.db.database import Database, open_database
from tests.storage.anonymity.test_gateway import K, release
from tests.support.postgresql import SECRET

Reads = list[str]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_database(f"sqlite:///{tmp_path}/bot.db", SECRET)
    yield made
    made.close()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    """The campaigns that were read."""
    found: Reads = []

    def noted(database: Database, code: str, size: int, language: str) -> object:
        found.append(code)
        return results_of(database, code, size, language)

    monkeypatch.setattr("bot.delivery.results_loader.results_of", noted)
    return found


async def answers(of: Reading) -> str:
    """About how many answered, as it may be said."""
    results = await of.results(GENERAL, "en")
    return results.answers if results else ""


async def test_each_release_is_read_once_and_so_is_what_comes_when_the_campaign_closes(
    database: Database, reads: Reads
) -> None:
    of = Reading(database, K)
    assert await answers(of) == ""
    release(database, *range(60))
    assert [await answers(of), await answers(of)] == ["60", "60"]
    release(database, *range(60, 65))
    assert [await answers(of), await answers(of)] == ["60", "60"], "its period goes on"
    assert len(reads) == 3
    with database.transaction() as tx:
        close_campaign(tx, GENERAL)
    assert [await answers(of), await answers(of)] == ["65", "65"]
    assert len(reads) == 4
    of.stop()
