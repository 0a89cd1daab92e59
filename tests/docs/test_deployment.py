"""What an operator deploys with, and the page that tells how, say what is so.

No YAML parser is among our dependencies, and these tests are not worth one: they read lines.
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
from bot.metrics import REGISTRY
from bot.settings import Settings

HOUSE = Path(__file__).parents[2]
DEPLOY = HOUSE / "deploy"
OPERATING = (HOUSE / "docs" / "operating.md").read_text("utf-8")
COMPOSE = (HOUSE / "compose.yaml").read_text("utf-8")
CADDY = (DEPLOY / "Caddyfile").read_text("utf-8")
DOCKERFILE = (HOUSE / "Dockerfile").read_text("utf-8")
UNITS = {path.name: path.read_text("utf-8") for path in sorted(DEPLOY.glob("*.service"))}
COMPOSE_EXAMPLE = (DEPLOY / "compose.env.example").read_text("utf-8")
SYSTEMD_EXAMPLE = (DEPLOY / "connection-test.env.example").read_text("utf-8")

SETTINGS = {name.upper() for name in Settings.model_fields}
COMPOSE_ONLY = {"BOT_DOMAIN", "POSTGRES_PASSWORD", "WORKERS"}  # what compose.yaml makes something of
IMAGE_ONLY = {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
DRAIN = 15  # seconds that the bot takes to stop, at most


def service(name: str) -> str:
    """The lines of one service in compose.yaml."""
    found = re.search(rf"^  {name}:\n(.*?)(?=^  \w+:$|^\w)", COMPOSE, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


def environment(name: str) -> dict[str, str]:
    """What compose.yaml gives a service in its environment."""
    block = re.search(r"^    environment:\n((?:      .+\n)+)", service(name), re.MULTILINE)
    assert block, name
    return dict(re.findall(r"^      (\w+): (.+)$", block[1], re.MULTILINE))


def named(example: str) -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))


def test_compose_gives_the_bot_settings_that_exist() -> None:
    given = environment("bot").keys()
    assert given >= {"TELEGRAM_BOT_TOKEN", "DATABASE_URL", "SECRET_KEY", "WEBHOOK_URL"}
    assert given <= SETTINGS


def test_what_compose_asks_for_stands_in_its_example_and_nothing_else() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    assert asked == named(COMPOSE_EXAMPLE)
    assert asked <= SETTINGS | COMPOSE_ONLY


def test_what_compose_cannot_do_without_stands_open_in_the_example() -> None:
    needed = set(re.findall(r"\$\{([A-Z_]+):\?", COMPOSE))
    assert needed == set(re.findall(r"^([A-Z_]+)=$", COMPOSE_EXAMPLE, re.MULTILINE))


def test_compose_falls_back_on_the_defaults_of_the_settings() -> None:
    for name, default in re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", COMPOSE):
        if name in SETTINGS:
            assert default == str(Settings.model_fields[name.casefold()].default or ""), name


def test_the_service_is_given_settings_that_exist() -> None:
    assert named(SYSTEMD_EXAMPLE) <= SETTINGS


def test_no_setting_is_forgotten() -> None:
    image = set(re.findall(r"\b([A-Z_]+)=", next(re.finditer(r"^ENV (.+)$", DOCKERFILE, re.MULTILINE))[1]))
    assert environment("bot").keys() | image - IMAGE_ONLY == SETTINGS
    assert SETTINGS - named(SYSTEMD_EXAMPLE) == {"HOST", "LOG_FORMAT"}, "what suits every service as it is"
    assert "`RELEASE_SIZE`" in OPERATING


def test_the_image_sets_settings_that_exist() -> None:
    line = re.search(r"^ENV (.+)$", DOCKERFILE, re.MULTILINE)
    assert line
    given = {pair.partition("=")[0] for pair in line[1].split()} - IMAGE_ONLY
    assert given >= {"HOST", "PORT"}
    assert given <= SETTINGS


def test_the_page_names_settings_that_exist() -> None:
    told = set(re.findall(r"`([A-Z][A-Z]*_[A-Z_]+|HOST|PORT)(?:=[^`]*)?`", OPERATING))
    assert told >= {"SECRET_KEY", "WEBHOOK_URL", "HOST"}
    assert told <= SETTINGS | COMPOSE_ONLY


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


def test_backup_is_called_as_it_wants_to_be() -> None:
    group = get_command(cli)
    assert isinstance(group, TyperGroup)
    options = {option for parameter in group.commands["backup"].params for option in parameter.opts}
    assert "--to" in options
    for text in (OPERATING, UNITS["connection-test-backup.service"]):
        assert not re.search(r"bot backup (?!--to )", text)


def test_the_page_tells_each_number_and_no_other() -> None:
    shown = set(re.findall(r"^# TYPE (connection_test_\w+) ", generate_latest(REGISTRY).decode(), re.MULTILINE))
    counted = {name for name in shown if not name.endswith("_created")}  # the library's own: since when it counts
    assert set(re.findall(r"^\| `(connection_test_\w+)` \|", OPERATING, re.MULTILINE)) == counted
    assert set(re.findall(r"`(connection_test_\w+)`", OPERATING)) <= counted


def test_no_link_of_the_page_leads_nowhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", OPERATING)
    headings = {
        re.sub(r"[^\w -]", "", heading.casefold()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", OPERATING, re.MULTILINE)
    }
    assert links
    for link in links:
        path, _, anchor = link.partition("#")
        assert (HOUSE / "docs" / path).exists(), link
        assert path or anchor in headings, link


def test_the_page_names_files_that_exist() -> None:
    told = set(re.findall(r"\b(?:deploy|requirements)/[\w.-]+\w", OPERATING))
    assert "deploy/connection-test.service" in told
    for path in told:
        assert (HOUSE / path).exists(), path


def test_caddy_passes_on_the_path_of_the_webhook_and_no_other() -> None:
    path = urlsplit(environment("bot")["WEBHOOK_URL"].partition("}")[2]).path
    assert re.findall(r"^\s+path (.+)$", CADDY, re.MULTILINE) == [path]
    assert CADDY.count("reverse_proxy") == 1
    assert CADDY.index("handle @telegram") < CADDY.index("reverse_proxy") < CADDY.index("respond 404")


def test_caddy_calls_the_bot_where_it_listens() -> None:
    port = re.search(r"\bPORT=(\d+)", DOCKERFILE)
    assert port
    assert re.findall(r"^\s+port (\d+)$", CADDY, re.MULTILINE) == [port[1]]
    assert re.findall(r"^\s+name (\w+)$", CADDY, re.MULTILINE) == ["bot"]
    assert f"EXPOSE {port[1]}\n" in DOCKERFILE
    assert "BOT_DOMAIN" in environment("caddy")


def test_there_may_be_several_of_the_bot() -> None:
    assert "container_name" not in re.sub(r"#.*", "", service("bot"))
    assert not re.search(r"^    ports:", service("bot"), re.MULTILINE)


@pytest.mark.parametrize("name", ["bot", "postgres", "caddy"])
def test_each_service_is_a_careful_one(name: str) -> None:
    common = COMPOSE[: COMPOSE.index("\nservices:")]
    assert all(rule in common for rule in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "max-size"))
    assert "<<: *careful" in service(name)


def test_pg_dump_in_the_image_is_as_new_as_the_server() -> None:
    client = re.search(r"postgresql-client-(\d+)", DOCKERFILE)
    server = re.search(r"image: postgres:(\d+)-(\w+)", COMPOSE)
    assert client
    assert server
    assert client[1] == server[1]
    assert re.findall(r"^FROM python:[\d.]+-slim-(\w+)", DOCKERFILE, re.MULTILINE) == [server[2], server[2]]


def test_whoever_stops_the_bot_waits_longer_than_it_takes() -> None:
    waits = [
        *re.findall(r"stop_grace_period: (\d+)s", service("bot")),
        *re.findall(r"TimeoutStopSec=(\d+)", UNITS["connection-test.service"]),
        *re.findall(r"--stop-timeout (\d+)", OPERATING),
    ]
    assert len(waits) == 3
    assert all(int(wait) > DRAIN for wait in waits)


def test_the_page_counts_the_connections_of_a_worker() -> None:
    """As the doctor does: tests/operating/test_seen_server.py counts them while all threads are busy."""
    told = re.search(r"up to (\d+) connections", OPERATING)
    assert told
    assert int(told[1]) == CONNECTIONS_PER_WORKER


def test_the_service_writes_where_its_example_keeps_the_database() -> None:
    address = re.search(r"^DATABASE_URL=sqlite:///(/.+)/[^/]+$", SYSTEMD_EXAMPLE, re.MULTILINE)
    assert address
    for text in UNITS.values():
        assert re.search(rf"^StateDirectory={Path(address[1]).name}\b", text, re.MULTILINE)
