"""The export command writes a complete file or none, beside the running bot, and fails with one sentence."""

import asyncio
import csv
import os
import resource
import signal
from io import StringIO
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest

from bot.settings import Settings
from storage.campaigns.coordinators import load_audit_log
from storage.db.database import Database
from storage.errors import ExportError
from storage.export import writer
from tests.support.bot_process import run_command, start_process
from tests.support.cli import run_bot_with, to_environment
from tests.support.disk_faults import mount_small_disk
from tests.support.random_responses import make_random_answers, release_answers, write_export

K = 10
FORMATS = ["package", "xlsx", "sav"]


def list_folder(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def run_export(folder: Path, settings: Settings, *arguments: str) -> tuple[int, str, str]:
    ended = await run_command(folder.parent, "export", *arguments, **to_environment(settings))
    return ended.exit_code, ended.stdout, ended.stderr


async def test_export_beside_a_running_bot_reports_the_written_file(
    settings: Settings, database: Database, output_folder: Path
) -> None:
    release_answers(database, make_random_answers(Random(1), 30), release_size=K)
    to = output_folder / "general.zip"
    async with run_bot_with(settings):
        code, out, err = await run_export(output_folder, settings, "--campaign", "general", "--to", str(to))
    assert (code, err) == (0, "")
    assert out.startswith(f"The connection test: answers in “general”, release 1: written to {to} (")
    with ZipFile(to) as file:
        rows = list(csv.reader(StringIO(file.read("responses.csv").decode("utf-8-sig"), newline="")))
    assert len(rows) == 1 + 30
    assert to.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", FORMATS)
async def test_each_format_is_written(
    sqlite_settings: Settings, sqlite_database: Database, output_folder: Path, kind: str
) -> None:
    release_answers(sqlite_database, make_random_answers(Random(1), 30), release_size=K)
    to = output_folder / "download"
    code, _, err = await run_export(
        output_folder, sqlite_settings, "--campaign", "general", "--to", str(to), "--format", kind
    )
    assert (code, err) == (0, "")
    assert to.read_bytes()[:4] == (b"$FL2" if kind == "sav" else b"PK\x03\x04")
    assert list_folder(output_folder) == [to]
    assert [(one.chat_id, one.action, one.campaign) for one in load_audit_log(sqlite_database)] == [
        (0, "downloaded", "general")
    ]


@pytest.mark.parametrize(
    ("name", "magic_bytes"), [("a.zip", b"PK"), ("a.XLSX", b"PK"), ("a.sav", b"$FL2"), ("a", b"PK")]
)
async def test_the_file_name_s_ending_selects_the_format(
    sqlite_settings: Settings, sqlite_database: Database, output_folder: Path, name: str, magic_bytes: bytes
) -> None:
    release_answers(sqlite_database, make_random_answers(Random(1), 30), release_size=K)
    to = output_folder / name
    code, _, err = await run_export(output_folder, sqlite_settings, "--campaign", "general", "--to", str(to))
    assert (code, err) == (0, "")
    assert to.read_bytes().startswith(magic_bytes)
    if magic_bytes == b"PK":
        with ZipFile(to) as file:
            assert ("xl/workbook.xml" in file.namelist()) == (name == "a.XLSX")


async def test_a_refused_export_prints_one_sentence_and_writes_nothing(
    sqlite_settings: Settings, sqlite_database: Database, output_folder: Path
) -> None:
    to = output_folder / "general.zip"
    for number, campaign, expected in (
        (1, "general", "Could not: Nothing of general is released yet: a first download needs 10 responses.\n"),
        (1, "nowhere", "Could not: There is no campaign nowhere: `campaign list` shows all campaigns.\n"),
    ):
        assert await run_export(output_folder, sqlite_settings, "--campaign", campaign, "--to", str(to)) == (
            number,
            "",
            expected,
        )
    release_answers(sqlite_database, make_random_answers(Random(1), K - 1), release_size=K)
    code, _, err = await run_export(output_folder, sqlite_settings, "--campaign", "general", "--to", str(to))
    assert (code, "Nothing of general is released yet" in err) == (1, True)
    assert list_folder(output_folder) == []


async def test_invalid_arguments_exit_with_2(
    sqlite_settings: Settings, sqlite_database: Database, output_folder: Path
) -> None:
    del sqlite_database
    to = str(output_folder / "general.zip")
    for arguments, expected in (
        (["--campaign", "general"], "Missing option '--to'"),
        (["--to", to], "Missing option '--campaign'"),
        (["--campaign", "general", "--to", to, "--format", "parquet"], "'parquet' is not one of"),
        (["--campaign", "general", "--to", to, "--format", "xlsx"], "general.zip is a name for package"),
        (["--campaign", "general", "--to", ""], "name a file"),
        (["--campaign", " ", "--to", to], "name a campaign"),
    ):
        code, _, err = await run_export(output_folder, sqlite_settings, *arguments)
        assert (code, expected in err) == (2, True), err
    assert list_folder(output_folder) == []


def test_export_overwrites_nothing_and_creates_no_folder(sqlite_database: Database, output_folder: Path) -> None:
    release_answers(sqlite_database, make_random_answers(Random(1), 30), release_size=K)
    to = write_export(sqlite_database, output_folder / "general.zip", release_size=K)
    before = to.read_bytes()
    for path, expected in (
        (to, "already exists"),
        (output_folder, "is a folder"),
        (output_folder / "more" / "a.zip", "create it first"),
        (output_folder / ("a" * 300), r"cannot be written \(File name too long\): choose a shorter name"),
    ):
        with pytest.raises(ExportError, match=expected):
            write_export(sqlite_database, path, release_size=K)
    assert to.read_bytes() == before


def test_too_many_responses_for_excel_or_spss_suggests_a_package(
    sqlite_database: Database, output_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release_answers(sqlite_database, make_random_answers(Random(1), 30), release_size=K)
    monkeypatch.setattr(writer, "MAX_RESPONSES_BY_FORMAT", dict.fromkeys(writer.MAX_RESPONSES_BY_FORMAT, 29))
    for kind in ("xlsx", "sav"):
        with pytest.raises(ExportError, match=rf"more than 29 responses, too many for {kind}: take a package"):
            write_export(sqlite_database, output_folder / "general", kind, release_size=K)
    assert list_folder(output_folder) == []
    write_export(sqlite_database, output_folder / "general", release_size=K)


@pytest.mark.parametrize("sent_signal", [signal.SIGTERM, signal.SIGKILL])
async def test_a_killed_export_leaves_no_file_under_the_requested_name(
    sqlite_settings: Settings, sqlite_database: Database, output_folder: Path, sent_signal: signal.Signals
) -> None:
    release_answers(sqlite_database, make_random_answers(Random(1), 20_000), release_size=K)
    to = output_folder / "general.zip"
    process = await start_process(
        output_folder, "export", "--campaign", "general", "--to", str(to), **to_environment(sqlite_settings)
    )
    async with asyncio.timeout(60):
        while not any(one.stat().st_size for one in list_folder(output_folder)):  # noqa: ASYNC110 - a file sends no events
            await asyncio.sleep(0.005)
    process.send_signal(sent_signal)
    _, err = await process.communicate()
    assert process.returncode == (1 if sent_signal == signal.SIGTERM else -signal.SIGKILL)
    assert b"Traceback" not in err
    assert not to.exists()
    assert len(list_folder(output_folder)) == (0 if sent_signal == signal.SIGTERM else 1)


def test_a_file_that_grows_too_large_leaves_nothing(sqlite_database: Database, output_folder: Path) -> None:
    release_answers(sqlite_database, make_random_answers(Random(1), 300), release_size=K)
    write_export(
        sqlite_database, output_folder / "general.zip", release_size=K
    ).unlink()  # computes the release, so that the next export only reads
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, before[1]))
    try:
        with pytest.raises(ExportError, match=r"can't be written \(File too large\): see that there is room"):
            write_export(sqlite_database, output_folder / "general.zip", release_size=K)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list_folder(output_folder) == []


def test_a_folder_without_permission_is_reported_with_the_fix(sqlite_database: Database, output_folder: Path) -> None:
    output_folder.chmod(0o600)
    user = os.geteuid()
    if user == 0:  # root may enter any folder
        os.seteuid(65534)
    try:
        with pytest.raises(ExportError, match=r"\(Permission denied\): choose a folder that this user may open\."):
            write_export(sqlite_database, output_folder / "general.zip", release_size=K)
    finally:
        os.seteuid(user)
        output_folder.chmod(0o700)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_full_disk_is_reported_in_one_sentence_for_each_format(
    sqlite_database: Database, output_folder: Path, kind: str
) -> None:
    """A traceback from an object's finaliser fails the test too."""
    release_answers(sqlite_database, make_random_answers(Random(1), 300), release_size=K)
    with mount_small_disk(output_folder, "8k"):
        with pytest.raises(
            ExportError, match=rf"{output_folder}/download can't be written \(.+\): see that there is room"
        ):
            write_export(sqlite_database, output_folder / "download", kind, release_size=K)
        assert list_folder(output_folder) == []


async def test_a_full_disk_for_temporary_files_names_their_folder(
    sqlite_settings: Settings, sqlite_database: Database, output_folder: Path, tmp_path: Path
) -> None:
    release_answers(sqlite_database, make_random_answers(Random(1), 300), release_size=K)
    temporary, to = tmp_path / "temporary", output_folder / "general.xlsx"
    temporary.mkdir()
    with mount_small_disk(temporary):
        settings = to_environment(sqlite_settings) | {"TMPDIR": str(temporary)}
        ended = await run_command(tmp_path, "export", "--campaign", "general", "--to", str(to), **settings)
        assert list_folder(temporary) == []
    expected = (
        f"Could not: Temporary files can't be written to {temporary} (No space left on device): make room there, "
    )
    assert (ended.exit_code, ended.stdout, ended.stderr) == (1, "", f"{expected}or set TMPDIR.\n")
    assert list_folder(output_folder) == []
