"""Results are read from the database once per release and cached until they change."""

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
    opened = open_database(f"sqlite:///{tmp_path}/bot.db", TEST_SECRET_KEY)
    yield opened
    opened.close()


@pytest.fixture
def loaded_campaigns(monkeypatch: pytest.MonkeyPatch) -> Reads:
    """The campaign codes that results were read for."""
    codes: Reads = []

    def record_load(database: Database, code: str, size: int, language: str) -> object:
        codes.append(code)
        return load_results(database, code, size, language)

    monkeypatch.setattr("bot.delivery.results_loader.load_results", record_load)
    return codes


async def count_answers(loader: ResultsLoader) -> str:
    """The number of responses as it may be published, or "" without a release."""
    results = await loader.load_results(GENERAL_CAMPAIGN, "en")
    return results.answer_count if results else ""


async def test_each_release_is_read_once_including_the_one_at_the_campaign_s_end(
    database: Database, loaded_campaigns: Reads
) -> None:
    loader = ResultsLoader(database, RELEASE_SIZE)
    assert await count_answers(loader) == ""
    release_responses(database, *range(60))
    assert [await count_answers(loader), await count_answers(loader)] == ["60", "60"]
    release_responses(database, *range(60, 65))
    assert [await count_answers(loader), await count_answers(loader)] == ["60", "60"], "the next release is not due yet"
    assert len(loaded_campaigns) == 3
    with database.transaction() as session:
        close_campaign(session, GENERAL_CAMPAIGN)
    assert [await count_answers(loader), await count_answers(loader)] == ["65", "65"]
    assert len(loaded_campaigns) == 4
    loader.stop()
