"""Results are read once as long as they stay the same, and anew when they don't."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.delivery.results_loader import ResultsLoader
from bot.handlers.results import load_results
from storage.anonymity.participation import close_campaign
from storage.campaigns.repository import GENERAL_CAMPAIGN
from storage.db.database import Database, open_database
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.responses import RELEASE_SIZE, release_responses

Reads = list[str]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_database(f"sqlite:///{tmp_path}/bot.db", TEST_SECRET_KEY)
    yield made
    made.close()


@pytest.fixture
def loaded_campaigns(monkeypatch: pytest.MonkeyPatch) -> Reads:
    """The campaigns that were read."""
    found: Reads = []

    def noted(database: Database, code: str, size: int, language: str) -> object:
        found.append(code)
        return load_results(database, code, size, language)

    monkeypatch.setattr("bot.delivery.results_loader.load_results", noted)
    return found


async def answers(of: ResultsLoader) -> str:
    """About how many answered, as it may be said."""
    results = await of.load_results(GENERAL_CAMPAIGN, "en")
    return results.answer_count if results else ""


async def test_each_release_is_read_once_and_so_is_what_comes_when_the_campaign_closes(
    database: Database, loaded_campaigns: Reads
) -> None:
    of = ResultsLoader(database, RELEASE_SIZE)
    assert await answers(of) == ""
    release_responses(database, *range(60))
    assert [await answers(of), await answers(of)] == ["60", "60"]
    release_responses(database, *range(60, 65))
    assert [await answers(of), await answers(of)] == ["60", "60"], "its period goes on"
    assert len(loaded_campaigns) == 3
    with database.transaction() as session:
        close_campaign(session, GENERAL_CAMPAIGN)
    assert [await answers(of), await answers(of)] == ["65", "65"]
    assert len(loaded_campaigns) == 4
    of.stop()
