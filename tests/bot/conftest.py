from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.emulator import TelegramEmulator, serve_emulator
from tests.support.deployments import SQLITE, Deployment, create_deployment
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, running_bot

REDELIVERY_PAUSES_SECONDS = (
    0.0,
    0.05,
    0.1,
    0.2,
)  # between deliveries to a webhook that failed; Telegram's are a minute and longer


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs a test in each of the deployments that it is marked with; with `--deployment`, in that one only."""
    mark = metafunc.definition.get_closest_marker("deployments")
    if mark is None or "deployment" not in metafunc.fixturenames:
        return
    requested = metafunc.config.getoption("deployment")
    chosen = [name for name in mark.args if requested in {None, name}]
    skipped = pytest.param(requested, marks=pytest.mark.skip(mark.kwargs.get("reason", "is about another deployment")))
    metafunc.parametrize("deployment", chosen or [skipped], indirect=True)


@pytest.fixture
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    """How the bot is run in this test, with a new database."""
    name = getattr(request, "param", None) or request.config.getoption("deployment") or SQLITE
    with create_deployment(name, tmp_path) as created:
        yield created


@pytest.fixture
def emulator() -> TelegramEmulator:
    created = TelegramEmulator()
    created.retry_pauses_seconds, created.set_webhook_interval_seconds = REDELIVERY_PAUSES_SECONDS, 0
    return created


@pytest.fixture
async def emulator_url(emulator: TelegramEmulator) -> AsyncIterator[str]:
    async with serve_emulator(emulator) as address:
        yield address


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    """The file of the bot's database, for tests that use only SQLite."""
    return tmp_path / "bot.db"


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    """The coordinators that the operator lists; modules override it."""
    return frozenset()


@pytest.fixture
async def bot(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, coordinator_ids: frozenset[int]
) -> AsyncIterator[RunningBot]:
    async with running_bot(emulator, emulator_url, deployment, coordinator_ids=coordinator_ids) as created:
        yield created


@pytest.fixture
def short_lock_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes a turn give up soon while it waits for its chat's lock."""
    monkeypatch.setattr("storage.db.postgresql.SESSION_SETTINGS", ("SET lock_timeout = '100ms'",))


@pytest.fixture
def phone(emulator: TelegramEmulator) -> Phone:
    return Phone(emulator, 7)
