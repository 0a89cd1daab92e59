"""What is refused as a setting, before it can do harm."""

from pathlib import Path
from typing import cast

import pytest

from bot.health import Health
from bot.settings import Settings, Unset, look_at_settings, read_settings
from storage.database import Database
from tests.bot.processes import run

UNREADABLE = "/proc/self/mem"  # for root too
OWN = [route.path for route in Health(cast(Database, None)).routes()]


def refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(name, value)
    with pytest.raises(Unset) as fault:
        read_settings()
    return str(fault.value)


@pytest.mark.parametrize("days", ["0", "36501", "1000000"])
def test_days_that_no_clock_can_go_back_are_refused(monkeypatch: pytest.MonkeyPatch, days: str) -> None:
    says = refused(monkeypatch, "RETENTION_DAYS", days)
    assert says == "RETENTION_DAYS: give a whole number of days from 1 to 36500."


@pytest.mark.parametrize("page", OWN)
def test_a_webhook_on_a_page_of_our_own_is_refused(monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    says = refused(monkeypatch, "WEBHOOK_URL", f"https://bot.example.org{page}")
    assert says == f"WEBHOOK_URL: {page} is a page of the bot's own: take another path, such as /telegram."


@pytest.mark.parametrize("path", ["/{hook}", "/a}", "/tele%67ram", "/{"])
def test_a_webhook_whose_path_would_not_lead_to_it_is_refused(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    says = refused(monkeypatch, "WEBHOOK_URL", f"https://bot.example.org{path}")
    assert says == "WEBHOOK_URL: its path may hold no {, } or %: take a plain one, such as /telegram."


@pytest.mark.parametrize("port", [8080, 444, 0])
@pytest.mark.parametrize("api", ["", "https://api.telegram.org/", "no address"])
def test_a_webhook_on_a_port_that_telegram_does_not_call_is_refused(
    monkeypatch: pytest.MonkeyPatch, port: int, api: str
) -> None:
    monkeypatch.setenv("WEBHOOK_URL", f"https://bot.example.org:{port}/telegram")
    monkeypatch.setenv("TELEGRAM_API_URL", api)
    _, wrong = look_at_settings()
    fix = "take one of them, or leave it out"
    assert wrong["webhook_url"] == f"WEBHOOK_URL: Telegram calls only the ports 443, 80, 88 and 8443: {fix}."


@pytest.mark.parametrize(
    "more",
    [{"webhook_url": f"https://bot.example.org{port}/telegram"} for port in ("", ":443", ":80", ":88", ":8443")]
    + [
        {"webhook_url": "http://127.0.0.1:8080/telegram"},
        {"webhook_url": "https://bot.example.org:8080/telegram", "telegram_api_url": "http://127.0.0.1:8081"},
    ],
)
def test_a_port_that_is_called_is_taken(more: dict[str, str]) -> None:
    Settings(_env_file=None, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/telegram", "/a/b-c_d~1", "/metrics/telegram", "/healthz-not"])
def test_a_plain_path_is_taken(path: str) -> None:
    Settings(_env_file=None, webhook_url=f"https://bot.example.org{path}")


@pytest.mark.parametrize("command", ["run", "doctor"])
async def test_a_file_of_settings_that_cannot_be_read_is_one_sentence(tmp_path: Path, command: str) -> None:
    file = tmp_path / ".env"
    file.write_bytes("TELEGRAM_BOT_TOKEN=1234567:é".encode("latin-1"))
    failed = await run(tmp_path, command)
    assert (failed.code, failed.out) == (1, "")
    assert failed.err == "Could not: .env can't be read (it is not UTF-8): save it as UTF-8.\n"
    file.unlink()
    file.symlink_to(UNREADABLE)
    failed = await run(tmp_path, command)
    assert (failed.code, failed.out) == (1, "")
    assert failed.err.startswith("Could not: .env can't be read (Input/output error): run this as the user")
    assert failed.err.count("\n") == 1
