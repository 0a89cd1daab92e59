"""Settings that are invalid, blank or misspelt are rejected or reported with a fix."""

from pathlib import Path
from typing import cast

import pytest

from bot.health import Health
from bot.settings import Settings, SettingsError, inspect_settings, read_settings
from storage.db.database import Database
from tests.support.bot_process import run_command

UNREADABLE = "/proc/self/mem"  # unreadable even for root
UNREACHABLE_TELEGRAM = {"TELEGRAM_BOT_TOKEN": "1:a", "TELEGRAM_API_URL": "http://127.0.0.1:1"}
OWN_PATHS = [route.path for route in Health(cast(Database, None)).make_routes()]


def get_settings_error(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error_info:
        read_settings()
    return str(error_info.value)


@pytest.mark.parametrize("days", ["0", "36501", "1000000"])
def test_retention_days_out_of_range_are_refused(monkeypatch: pytest.MonkeyPatch, days: str) -> None:
    message = get_settings_error(monkeypatch, "RETENTION_DAYS", days)
    assert message == "RETENTION_DAYS: use a whole number of days from 1 to 36500."


@pytest.mark.parametrize("page", OWN_PATHS)
def test_a_webhook_on_one_of_the_bot_s_own_paths_is_refused(monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    message = get_settings_error(monkeypatch, "WEBHOOK_URL", f"https://bot.example.org{page}")
    assert message == f"WEBHOOK_URL: {page} is one of the bot's own pages: use another path, such as /telegram."


@pytest.mark.parametrize("path", ["/{hook}", "/a}", "/tele%67ram", "/{"])
def test_a_webhook_path_with_special_characters_is_refused(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    message = get_settings_error(monkeypatch, "WEBHOOK_URL", f"https://bot.example.org{path}")
    assert message == "WEBHOOK_URL: the path contains {, } or %: use a plain one, such as /telegram."


@pytest.mark.parametrize("port", [8080, 444, 0])
@pytest.mark.parametrize("api", ["", "https://api.telegram.org/", "no address"])
def test_a_webhook_port_that_telegram_does_not_call_is_refused(
    monkeypatch: pytest.MonkeyPatch, port: int, api: str
) -> None:
    monkeypatch.setenv("WEBHOOK_URL", f"https://bot.example.org:{port}/telegram")
    monkeypatch.setenv("TELEGRAM_API_URL", api)
    _, errors = inspect_settings()
    fix = "use one of them, or no port"
    assert errors["webhook_url"] == f"WEBHOOK_URL: Telegram calls only the ports 443, 80, 88 and 8443: {fix}."


@pytest.mark.parametrize(
    "values",
    [{"webhook_url": f"https://bot.example.org{port}/telegram"} for port in ("", ":443", ":80", ":88", ":8443")]
    + [
        {"webhook_url": "http://127.0.0.1:8080/telegram"},
        {"webhook_url": "https://bot.example.org:8080/telegram", "telegram_api_url": "http://127.0.0.1:8081"},
    ],
)
def test_a_webhook_port_that_telegram_calls_is_accepted(values: dict[str, str]) -> None:
    Settings(_env_file=None, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["/telegram", "/a/b-c_d~1", "/metrics/telegram", "/healthz-not"])
def test_a_plain_webhook_path_is_accepted(path: str) -> None:
    Settings(_env_file=None, webhook_url=f"https://bot.example.org{path}")


@pytest.mark.parametrize("command", ["run", "doctor"])
async def test_an_unreadable_dotenv_file_fails_with_one_sentence(tmp_path: Path, command: str) -> None:
    file = tmp_path / ".env"
    file.write_bytes("TELEGRAM_BOT_TOKEN=1234567:é".encode("latin-1"))
    failed = await run_command(tmp_path, command)
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr == "Could not: .env cannot be read (it is not UTF-8): save it as UTF-8.\n"
    file.unlink()
    file.symlink_to(UNREADABLE)
    failed = await run_command(tmp_path, command)
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr.startswith("Could not: .env cannot be read (Input/output error): run this as the bot's user")
    assert failed.stderr.count("\n") == 1


@pytest.mark.parametrize("blank", ["", "   ", " " * 40])
@pytest.mark.parametrize("in_file", [True, False])
@pytest.mark.parametrize("command", ["run", "doctor", "purge"])
async def test_a_blank_key_is_refused(tmp_path: Path, blank: str, in_file: bool, command: str) -> None:
    """Otherwise a new key would be created next to the database, and the operator would believe that theirs is used."""
    if in_file:
        (tmp_path / ".env").write_text(f"SECRET_KEY='{blank}'\n")
    completed = await run_command(
        tmp_path, command, **UNREACHABLE_TELEGRAM, **({} if in_file else {"SECRET_KEY": blank})
    )
    [line] = [line for line in (completed.stdout + completed.stderr).splitlines() if "SECRET_KEY" in line]
    assert "SECRET_KEY: it is blank: create a key with `openssl rand -hex 32`, or remove the setting" in line
    assert completed.exit_code == 1
    assert not list((tmp_path / "data").glob("*"))


async def test_spaces_do_not_count_towards_the_length_of_a_key(tmp_path: Path) -> None:
    failed = await run_command(tmp_path, "run", **UNREACHABLE_TELEGRAM, SECRET_KEY=f"key{' ' * 40}")
    assert (
        failed.stderr
        == "Could not: SECRET_KEY is shorter than 32 characters: create one with `openssl rand -hex 32`.\n"
    )


def test_any_other_blank_setting_counts_as_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields.keys() - {"secret_key"}:
        monkeypatch.setenv(name.upper(), "")
    assert read_settings() == Settings(_env_file=None)
    assert not read_settings().model_fields_set


MISSPELT = (
    "RELEASE_SZIE=20\nDATABSE_URL=sqlite:///x.db\nexport telegram_token=1:a\nTIMEZONE=Europe/Cardiff\nWORKERS=2\n"
)


async def test_unknown_settings_are_reported_with_the_nearest_known_one(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"{MISSPELT}Zm9yZ290dGVuIG5hbWU=\nA0B1C2D3E4F5A0B1C2D3E4F5A0B1C2D3E4F5\n")
    completed = await run_command(
        tmp_path, "doctor", **UNREACHABLE_TELEGRAM, RETENTION_DAY="7", HOSTNAME="here", SHELL="/bin/sh"
    )
    assert [line for line in completed.stdout.splitlines() if " settings " in line] == [
        "PROBLEM  settings     RELEASE_SZIE in .env is not a setting: did you mean RELEASE_SIZE?",
        "PROBLEM  settings     DATABSE_URL in .env is not a setting: did you mean DATABASE_URL?",
        "PROBLEM  settings     telegram_token in .env is not a setting: did you mean TELEGRAM_BOT_TOKEN?",
        "note     settings     TIMEZONE in .env is not a setting: docs/settings.md lists all settings.",
        "note     settings     RETENTION_DAY is not a setting: did you mean RETENTION_DAYS?",
    ]
    completed = await run_command(tmp_path, "purge")
    assert [line.partition("] ")[2].split() for line in completed.stderr.splitlines() if "[warning" in line] == [
        ["unknown", "setting", f"name={name}", f"nearest={nearest}"]
        for name, nearest in (
            ("RELEASE_SZIE", "RELEASE_SIZE"),
            ("DATABSE_URL", "DATABASE_URL"),
            ("telegram_token", "TELEGRAM_BOT_TOKEN"),
            ("TIMEZONE", "None"),
        )
    ]


@pytest.mark.parametrize("ids", ["123456789", " 7,  123456789 ,", "7,7,123456789"])
def test_coordinator_ids_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch, ids: str) -> None:
    monkeypatch.setenv("COORDINATOR_IDS", ids)
    assert 123456789 in read_settings().coordinator_ids
    assert read_settings().coordinator_ids <= {7, 123456789}


@pytest.mark.parametrize(
    "ids", ["@mary", "-1001234567890", "7 8", "[7]", "0", "٧", "7.5", "9" * 20, "9" * 19, str(2**52 + 1)]
)
def test_an_invalid_coordinator_id_is_refused_with_the_fix(monkeypatch: pytest.MonkeyPatch, ids: str) -> None:
    message = get_settings_error(monkeypatch, "COORDINATOR_IDS", ids)
    fix = "use Telegram user ids with commas between them, such as 123456789, 987654321"
    assert message == f"COORDINATOR_IDS: {fix}."
