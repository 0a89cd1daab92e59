from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from bot.emulator import Lookalike, serving
from tests.support.deployments import SQLITE, Way
from tests.support.deployments import way as way_of
from tests.support.phone import Phone
from tests.support.running_bot import Running, running

QUICK = (0.0, 0.05, 0.1, 0.2)  # seconds between deliveries to a webhook that failed: nobody waits a minute here


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that is marked with ways runs in each of them; with `--way`, if it is one of them, in that one only."""
    mark = metafunc.definition.get_closest_marker("ways")
    if mark is None or "way" not in metafunc.fixturenames:
        return
    asked = metafunc.config.getoption("way")
    chosen = [name for name in mark.args if asked in {None, name}]
    skipped = pytest.param(asked, marks=pytest.mark.skip(mark.kwargs.get("reason", "is about another way")))
    metafunc.parametrize("way", chosen or [skipped], indirect=True)


@pytest.fixture
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Way]:
    """How the bot is run in this test, with a new database."""
    name = getattr(request, "param", None) or request.config.getoption("way") or SQLITE
    with way_of(name, tmp_path) as made:
        yield made


@pytest.fixture
def lookalike() -> Lookalike:
    made = Lookalike()
    made.redelivery_pauses, made.setting_pause = QUICK, 0
    return made


@pytest.fixture
async def url(lookalike: Lookalike) -> AsyncIterator[str]:
    async with serving(lookalike) as address:
        yield address


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the bot keeps its database, in a test that knows only SQLite."""
    return tmp_path / "bot.db"


@pytest.fixture
async def bot(lookalike: Lookalike, url: str, way: Way) -> AsyncIterator[Running]:
    async with running(lookalike, url, way) as made:
        yield made


@pytest.fixture
def short_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn soon gives up waiting for its chat."""
    monkeypatch.setattr("storage.db.postgresql.LIMITS", ("SET lock_timeout = '100ms'",))


@pytest.fixture
def phones(lookalike: Lookalike) -> Callable[[int], Phone]:
    return lambda number: Phone(lookalike, number)


@pytest.fixture
def phone(lookalike: Lookalike) -> Phone:
    return Phone(lookalike, 7)
