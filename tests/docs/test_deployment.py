"""Deployment files and docs/operating.md match the code.

The tests read lines, as no YAML parser is among the dependencies.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from prometheus_client import generate_latest
from typer.core import TyperGroup
from typer.main import get_command

from bot.cli.app import cli
from bot.cli.doctor.database import CONNECTIONS_PER_WORKER
from bot.intake.dispatcher import REPLY_LABELS
from bot.metrics import REGISTRY
from bot.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OPERATING = (ROOT / "docs" / "operating.md").read_text("utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text("utf-8")
CADDY = (DEPLOY / "Caddyfile").read_text("utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
UNITS = {path.name: path.read_text("utf-8") for path in sorted(DEPLOY.glob("*.service"))}
COMPOSE_EXAMPLE = (DEPLOY / "compose.env.example").read_text("utf-8")
SYSTEMD_EXAMPLE = (DEPLOY / "connection-test.env.example").read_text("utf-8")

SETTINGS = {name.upper() for name in Settings.model_fields}
COMPOSE_ONLY = {"BOT_DOMAIN", "POSTGRES_PASSWORD", "WORKERS"}  # used by compose.yaml itself
IMAGE_ONLY = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
MAX_SHUTDOWN_SECONDS = 15


def read_service(name: str) -> str:
    """The lines of one service in compose.yaml."""
    found = re.search(rf"^  {name}:\n(.*?)(?=^  \w+:$|^\w)", COMPOSE, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


def read_environment(name: str) -> dict[str, str]:
    """The environment that compose.yaml sets for a service."""
    block = re.search(r"^    environment:\n((?:      .+\n)+)", read_service(name), re.MULTILINE)
    assert block, name
    return dict(re.findall(r"^      (\w+): (.+)$", block[1], re.MULTILINE))


def example_settings(example: str) -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))


def test_compose_gives_the_bot_settings_that_exist() -> None:
    set_names = read_environment("bot").keys()
    assert set_names >= {"TELEGRAM_BOT_TOKEN", "DATABASE_URL", "SECRET_KEY", "WEBHOOK_URL"}
    assert set_names <= SETTINGS


def test_the_compose_example_lists_exactly_the_variables_in_use() -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    assert used == example_settings(COMPOSE_EXAMPLE)
    assert used <= SETTINGS | COMPOSE_ONLY


def test_the_compose_example_leaves_exactly_the_required_variables_blank() -> None:
    needed = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE))
    assert needed == set(re.findall(r"^([A-Z_]+)=$", COMPOSE_EXAMPLE, re.MULTILINE))


def test_compose_uses_the_defaults_of_the_settings() -> None:
    for name, default in re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", COMPOSE):
        if name in SETTINGS:
            assert default == str(Settings.model_fields[name.casefold()].default or ""), name


def test_the_systemd_example_lists_settings_that_exist() -> None:
    assert example_settings(SYSTEMD_EXAMPLE) <= SETTINGS


def test_every_setting_is_in_the_compose_and_systemd_files() -> None:
    image = set(re.findall(r"\b([A-Z_]+)=", next(re.finditer(r"^ENV (.+)$", DOCKERFILE, re.MULTILINE))[1]))
    assert read_environment("bot").keys() | image - IMAGE_ONLY == SETTINGS
    assert SETTINGS - example_settings(SYSTEMD_EXAMPLE) == {"HOST", "LOG_FORMAT"}, "the defaults suit every service"
    assert "`RELEASE_SIZE`" in OPERATING


def test_the_image_sets_settings_that_exist() -> None:
    line = re.search(r"^ENV (.+)$", DOCKERFILE, re.MULTILINE)
    assert line
    set_names = {pair.partition("=")[0] for pair in line[1].split()} - IMAGE_ONLY
    assert set_names >= {"HOST", "PORT"}
    assert set_names <= SETTINGS


def test_the_page_names_settings_that_exist() -> None:
    named = set(re.findall(r"`([A-Z][A-Z]*_[A-Z_]+|HOST|PORT)(?:=[^`]*)?`", OPERATING))
    assert named >= {"SECRET_KEY", "WEBHOOK_URL", "HOST"}
    assert named <= SETTINGS | COMPOSE_ONLY


def test_the_page_names_commands_that_exist() -> None:
    group = get_command(cli)
    assert isinstance(group, TyperGroup)
    calls = re.findall(r"python -m bot ([a-z-]+)(?: ([a-z]+)\b(?!\.))?", OPERATING)
    calls += re.findall(r" bot (backup)()", OPERATING)
    calls += re.findall(r"-m bot ([a-z-]+)()", "".join(UNITS.values()))
    assert {name for name, _ in calls} >= {"run", "doctor", "backup"}
    for name, below in calls:
        assert name in group.commands, name
        command = group.commands[name]
        if isinstance(command, TyperGroup):
            assert below in command.commands, f"{name} {below}"


def test_backup_is_called_with_its_option() -> None:
    group = get_command(cli)
    assert isinstance(group, TyperGroup)
    options = {option for parameter in group.commands["backup"].params for option in parameter.opts}
    assert "--to" in options
    for text in (OPERATING, UNITS["connection-test-backup.service"]):
        assert not re.search(r"bot backup (?!--to )", text)


def test_the_page_lists_exactly_the_metrics() -> None:
    metric_names = set(re.findall(r"^# TYPE (connection_test_\w+) ", generate_latest(REGISTRY).decode(), re.MULTILINE))
    counted = {name for name in metric_names if not name.endswith("_created")}  # added by the library
    assert set(re.findall(r"^\| `(connection_test_\w+)` \|", OPERATING, re.MULTILINE)) == counted
    assert set(re.findall(r"`(connection_test_\w+)`", OPERATING)) <= counted


def test_the_page_lists_exactly_the_kinds_of_replies() -> None:
    [row] = re.findall(r"^\| `connection_test_turns_total` \|(.*)$", OPERATING, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", row)) == {*REPLY_LABELS.values(), "blocked"}
    [logged] = re.findall(r"reply=(\w+)", OPERATING)
    assert logged in REPLY_LABELS.values()


def test_every_link_of_the_page_resolves() -> None:
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", OPERATING)
    headings = {
        re.sub(r"[^\w -]", "", heading.casefold()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", OPERATING, re.MULTILINE)
    }
    assert links
    for link in links:
        path, _, anchor = link.partition("#")
        assert (ROOT / "docs" / path).exists(), link
        assert path or anchor in headings, link


def test_the_page_names_files_that_exist() -> None:
    named = set(re.findall(r"\b(?:deploy|requirements)/[\w.-]+\w", OPERATING))
    assert "deploy/connection-test.service" in named
    for path in named:
        assert (ROOT / path).exists(), path


def test_caddy_passes_on_only_the_webhook_path() -> None:
    path = urlsplit(read_environment("bot")["WEBHOOK_URL"].partition("}")[2]).path
    assert re.findall(r"^\s+path (.+)$", CADDY, re.MULTILINE) == [path]
    assert CADDY.count("reverse_proxy") == 1
    assert CADDY.index("handle @telegram") < CADDY.index("reverse_proxy") < CADDY.index("respond 404")


def test_caddy_calls_the_bot_where_it_listens() -> None:
    port = re.search(r"\bPORT=(\d+)", DOCKERFILE)
    assert port
    assert re.findall(r"^\s+port (\d+)$", CADDY, re.MULTILINE) == [port[1]]
    assert re.findall(r"^\s+name (\w+)$", CADDY, re.MULTILINE) == ["bot"]
    assert f"EXPOSE {port[1]}\n" in DOCKERFILE
    assert "BOT_DOMAIN" in read_environment("caddy")


def test_compose_allows_several_bot_containers() -> None:
    assert "container_name" not in re.sub(r"#.*", "", read_service("bot"))
    assert not re.search(r"^    ports:", read_service("bot"), re.MULTILINE)


@pytest.mark.parametrize("name", ["bot", "postgres", "caddy"])
def test_each_service_has_the_hardening_options(name: str) -> None:
    common = COMPOSE[: COMPOSE.index("\nservices:")]
    assert all(rule in common for rule in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "max-size"))
    assert "<<: *careful" in read_service(name)


def test_pg_dump_in_the_image_is_as_new_as_the_server() -> None:
    client = re.search(r"postgresql-client-(\d+)", DOCKERFILE)
    server = re.search(r"image: postgres:(\d+)-(\w+)", COMPOSE)
    assert client
    assert server
    assert client[1] == server[1]
    assert re.findall(r"^FROM python:[\d.]+-slim-(\w+)", DOCKERFILE, re.MULTILINE) == [server[2], server[2]]


def test_stop_timeouts_are_longer_than_the_bot_s_shutdown() -> None:
    timeouts = [
        *re.findall(r"stop_grace_period: (\d+)s", read_service("bot")),
        *re.findall(r"TimeoutStopSec=(\d+)", UNITS["connection-test.service"]),
        *re.findall(r"--stop-timeout (\d+)", OPERATING),
    ]
    assert len(timeouts) == 3
    assert all(int(timeout) > MAX_SHUTDOWN_SECONDS for timeout in timeouts)


def test_the_page_states_the_connections_of_a_worker() -> None:
    """`doctor` uses the same number; tests/bot/cli/doctor/test_postgresql.py measures it."""
    named = re.search(r"up to (\d+) connections", OPERATING)
    assert named
    assert int(named[1]) == CONNECTIONS_PER_WORKER


def test_the_systemd_state_directory_contains_the_example_s_database() -> None:
    address = re.search(r"^DATABASE_URL=sqlite:///(/.+)/[^/]+$", SYSTEMD_EXAMPLE, re.MULTILINE)
    assert address
    for text in UNITS.values():
        assert re.search(rf"^StateDirectory={Path(address[1]).name}\b", text, re.MULTILINE)
