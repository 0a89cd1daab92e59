"""The command line in real processes: exit codes, one-sentence errors, an orderly shutdown."""

import asyncio
import json
import os
import signal
import socket
from pathlib import Path

import aiohttp
import pytest

from bot.emulator import BotApiError, TelegramEmulator
from storage.db.database import open_database
from tests.support.bot_process import (
    make_process_settings,
    run_command,
    run_in_background,
    start_process,
    wait_for_exit,
)
from tests.support.phone import Phone
from tests.support.running_bot import fetch_rows, wait_until
from tests.support.walkers import KEEP_WORDS_LABEL, Walker, get_step


@pytest.fixture
def database_file(database_file: Path) -> Path:
    """The file of a database that exists already, so that its creation is not reported."""
    open_database(f"sqlite:///{database_file}").close()
    return database_file


async def test_help_lists_every_command(tmp_path: Path) -> None:
    completed = await wait_for_exit(await start_process(tmp_path, "--help"))
    assert completed.exit_code == 0
    commands = (
        "run",
        "preview",
        "play",
        "check",
        "draw",
        "doctor",
        "backup",
        "release",
        "export",
        "purge",
        "dead-letters",
    )
    assert all(f"  {command} " in completed.stdout for command in commands)


@pytest.mark.parametrize("wrong", [["runn"], ["preview", "--port", "70000"]])
async def test_invalid_arguments_exit_with_2(tmp_path: Path, wrong: list[str]) -> None:
    assert (await run_command(tmp_path, *wrong)).exit_code == 2


async def test_check_approves_the_flows_and_names_a_missing_one(tmp_path: Path) -> None:
    completed = await run_command(tmp_path, "check")
    assert completed.exit_code == 0
    assert "All is well" in completed.stdout
    missing = await run_command(tmp_path, "check", "no_such_flow")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert missing.stderr.startswith('Could not: There is no flow "no_such_flow".')


async def test_draw_prints_a_diagram(tmp_path: Path) -> None:
    drawn = await run_command(tmp_path, "draw")
    assert drawn.exit_code == 0
    assert drawn.stdout.startswith("stateDiagram-v2")
    assert "role" in drawn.stdout


async def test_play_runs_a_flow_in_the_terminal_and_stores_nothing(tmp_path: Path) -> None:
    played = await run_command(tmp_path, "play", stdin_text="1\n2\n1\n1\nthey rang back\n")
    assert played.exit_code == 0
    assert "What made the difference?" in played.stdout
    assert "2 of 3." in played.stdout
    assert "Until next time." in played.stdout
    assert not list(os.scandir(tmp_path))


async def test_sigterm_stops_the_bot_after_it_stored_and_confirmed_updates(
    tmp_path: Path, emulator: TelegramEmulator, emulator_url: str, database_file: Path, phone: Phone
) -> None:
    async with run_in_background(tmp_path, "run", **make_process_settings(emulator_url, database_file)) as process:
        await Walker(phone).walk_to("role")
        phone.tap("Somebody else")
        await phone.receive()
        process.send_signal(signal.SIGTERM)
        assert (await wait_for_exit(process)).exit_code == 0
    assert len(emulator.updates.pending) == 0
    assert fetch_rows(database_file, "select question, choice from answers") == [("role", "someone_else")]
    async with run_in_background(tmp_path, "run", **make_process_settings(emulator_url, database_file)) as process:
        phone.type_text("/start")
        assert get_step(await phone.receive()) == "viewpoint"
        process.send_signal(signal.SIGINT)
        assert (await wait_for_exit(process)).exit_code == 0


@pytest.mark.parametrize("token", ["no token at all", "1000001:näh", "'1:a'", "bot1:a", "1:a ", "1a", ":a"])
async def test_run_with_a_malformed_token_explains_the_format_without_showing_it(
    tmp_path: Path, emulator_url: str, database_file: Path, token: str
) -> None:
    failed = await run_command(
        tmp_path, "run", **{**make_process_settings(emulator_url, database_file), "TELEGRAM_BOT_TOKEN": token}
    )
    assert (failed.exit_code, failed.stdout, failed.stderr.count("\n")) == (1, "", 1)
    assert failed.stderr.startswith("Could not: TELEGRAM_BOT_TOKEN does not look like a token: a token is")
    assert token not in failed.stderr


@pytest.mark.parametrize("token", ["1234567:this-opens-nothing", "1:a"])
async def test_run_with_an_unknown_token_fails_with_one_sentence(
    tmp_path: Path, emulator_url: str, database_file: Path, token: str
) -> None:
    failed = await run_command(
        tmp_path, "run", **{**make_process_settings(emulator_url, database_file), "TELEGRAM_BOT_TOKEN": token}
    )
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr == (
        "Could not: TELEGRAM_BOT_TOKEN: Telegram does not know this token: copy it again from @BotFather.\n"
    )


async def test_preview_on_a_port_in_use_fails_with_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for arguments, settings in ((["preview", "--port", str(port)], {}), (["run"], {"PORT": str(port)})):
            failed = await run_command(tmp_path, *arguments, **settings)
            assert failed.exit_code == 1
            assert failed.stderr.startswith(
                f"Could not: port {port} on 127.0.0.1 can't be used: Address already in use"
            )
            assert failed.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "high"),
        ("PORT", "70000"),
        ("TELEGRAM_API_URL", "api.telegram.org"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
        ("TELEGRAM_API_URL", "http://[nothing"),
        ("WEBHOOK_URL", "http://example.org/hook"),
        ("WEBHOOK_URL", "https://example.org"),
        ("WEBHOOK_URL", "https://example.org:port/hook"),
        ("RETENTION_DAYS", "0"),
        ("RETENTION_DAYS", "a month"),
        ("HOST", "no-such-host.invalid"),
        ("DATABASE_URL", "mysql://localhost/bot"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "sqlite:////proc/nowhere/bot.db"),
        ("SECRET_KEY", "short"),
    ],
)
async def test_an_invalid_setting_is_named_in_one_sentence(
    tmp_path: Path, emulator_url: str, database_file: Path, name: str, value: str
) -> None:
    failed = await run_command(
        tmp_path, "run", **{**make_process_settings(emulator_url, database_file), "PORT": "0", name: value}
    )
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr.startswith("Could not: ")
    assert name in failed.stderr
    assert failed.stderr.count("\n") == 1


async def test_run_on_postgresql_without_a_key_names_the_missing_setting(
    tmp_path: Path, emulator_url: str, database_file: Path
) -> None:
    settings = make_process_settings(emulator_url, database_file) | {
        "DATABASE_URL": "postgresql://me:hush@127.0.0.1:1/bot"
    }
    failed = await run_command(tmp_path, "run", **settings)
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr.startswith("Could not: SECRET_KEY is not set: ")
    assert failed.stderr.count("\n") == 1


async def test_an_unreachable_database_is_reported_without_its_password(
    tmp_path: Path, emulator_url: str, database_file: Path
) -> None:
    address = "postgresql://me:hush@127.0.0.1:1/bot"
    settings = make_process_settings(emulator_url, database_file) | {"DATABASE_URL": address, "SECRET_KEY": "k" * 40}
    for command in (["run"], ["purge"], ["dead-letters", "list"], ["backup", "--to", "elsewhere"]):
        failed = await run_command(tmp_path, *command, **settings)
        assert (failed.exit_code, failed.stdout) == (1, "")
        assert failed.stderr.startswith("Could not: DATABASE_URL: ")
        assert "Connection refused" in failed.stderr
        assert "hush" not in failed.stderr
        assert failed.stderr.count("\n") == 1


async def test_run_on_a_port_in_use_fails_with_one_sentence(
    tmp_path: Path, emulator_url: str, database_file: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        failed = await run_command(
            tmp_path, "run", **make_process_settings(emulator_url, database_file), PORT=str(port)
        )
    assert (failed.exit_code, failed.stdout) == (1, "")
    reason, fix = "Address already in use", "stop what listens there, or set another PORT"
    assert failed.stderr == f"Could not: HOST and PORT: 127.0.0.1:{port} cannot be used ({reason}): {fix}\n"


async def test_settings_are_read_from_a_dotenv_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=loud\n")
    assert "LOG_LEVEL" in (await run_command(tmp_path, "run")).stderr


async def test_run_without_a_token_serves_the_preview(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with run_in_background(tmp_path, "run", PORT=str(port)) as process, aiohttp.ClientSession() as session:
        assert process.stdout
        output = [await process.stdout.readline(), await process.stdout.readline()]
        assert output[0] == b"TELEGRAM_BOT_TOKEN is not set, so this is the preview.\n"
        assert f"http://127.0.0.1:{port}" in output[1].decode()
        async with session.get(f"http://127.0.0.1:{port}/") as page:
            assert page.status == 200
            assert "not Telegram" in await page.text()
        await wait_until((tmp_path / "data" / "connection-test-preview.db").exists)
        process.send_signal(signal.SIGTERM)
        assert (await wait_for_exit(process)).exit_code == 0


async def test_the_preview_has_one_coordinator_and_names_them(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        page = f"http://127.0.0.1:{free.getsockname()[1]}"
    async with (
        run_in_background(tmp_path, "preview", "--port", page.rpartition(":")[2]) as process,
        aiohttp.ClientSession() as web,
    ):
        assert process.stdout
        await process.stdout.readline()
        output = (await process.stdout.readline()).decode()
        assert output == f"Person 3 is a coordinator: type /coordinator at {page}/?as=3\n"
        for person, expected_text in ((3, "Your campaigns"), (1, "know that command")):
            async with web.post(f"{page}/chat/{person}/type", json={"text": "/coordinator"}) as typed:
                assert typed.status == 200
            async with asyncio.timeout(60), web.get(f"{page}/chat/{person}/live") as live:
                while expected_text not in (line := (await live.content.readline()).decode()):
                    assert line
        process.send_signal(signal.SIGTERM)
        assert (await wait_for_exit(process)).exit_code == 0


@pytest.mark.parametrize("log_format", ["text", "json"])
async def test_no_log_line_contains_personal_data_or_the_token(
    tmp_path: Path, emulator: TelegramEmulator, emulator_url: str, database_file: Path, log_format: str
) -> None:
    """A complete run in which every kind of warning occurs."""
    photo_error = BotApiError(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")
    phone = Phone(emulator, 5_123_456_789)
    phone.chat.first_name = "Blodwen"
    settings = {**make_process_settings(emulator_url, database_file), "LOG_LEVEL": "debug", "LOG_FORMAT": log_format}
    async with run_in_background(tmp_path, "run", **settings) as process:
        walker = Walker(phone)
        await walker.walk_to("informed_why")
        emulator.fault_injector = lambda *_: BotApiError(500, "Internal")
        phone.type_text("Gwenllian rang back")
        await wait_until(lambda: len(emulator.refusals) > 3)
        emulator.fault_injector = lambda method, _: "drop" if method == "sendMessage" else None
        await wait_until(lambda: emulator.calls["sendMessage"] > 5)
        emulator.fault_injector = None
        assert "[name] rang back" in (await phone.receive()).text
        await walker.tap(KEEP_WORDS_LABEL)
        emulator.push_raw({"message": {"text": "Gwenllian", "chat": {"id": "Blodwen"}}})
        phone.send_media("contact")
        await phone.receive()
        await walker.walk_to("check")
        emulator.fault_injector = lambda method, _: photo_error if method == "sendPhoto" else None
        await walker.submit()
        process.send_signal(signal.SIGTERM)
        done = await wait_for_exit(process)
    assert done.exit_code == 0
    written = done.stdout + done.stderr
    assert written.count("\n") > 5
    if log_format == "json":
        assert all(json.loads(line) for line in written.splitlines())
    labels = {button.casefold() for versions in phone.versions.values() for one in versions for button in one.buttons}
    typed = {"gwenllian", "rang back", "blodwen", "5123456789", emulator.token, emulator.token.split(":")[1]}
    assert {secret for secret in labels | typed if secret in written.casefold()} == set()
