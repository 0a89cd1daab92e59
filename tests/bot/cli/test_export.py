"""The export command: a file that is there whole or not at all, beside the running bot; one sentence where it can't."""

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
from storage.campaigns.coordinators import all_acts
from storage.db.database import Database
from storage.errors import NotDownloaded
from storage.export import writer
from tests.support.bot_process import run, start
from tests.support.cli import as_environment, bot_on
from tests.support.disk_faults import small_disk
from tests.support.random_responses import crowd, release, written

K = 10
FORMATS = ["package", "xlsx", "sav"]


def inside(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def export(folder: Path, settings: Settings, *arguments: str) -> tuple[int, str, str]:
    ended = await run(folder.parent, "export", *arguments, **as_environment(settings))
    return ended.code, ended.out, ended.err


async def test_it_works_beside_the_running_bot_and_says_what_it_wrote(
    settings: Settings, database: Database, folder: Path
) -> None:
    release(database, crowd(Random(1), 30), k=K)
    to = folder / "general.zip"
    async with bot_on(settings):
        code, out, err = await export(folder, settings, "--campaign", "general", "--to", str(to))
    assert (code, err) == (0, "")
    assert out.startswith(f"The connection test: answers in “general”, release 1: written to {to} (")
    with ZipFile(to) as file:
        rows = list(csv.reader(StringIO(file.read("responses.csv").decode("utf-8-sig"), newline="")))
    assert len(rows) == 1 + 30
    assert to.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kind", FORMATS)
async def test_each_format_is_written(on_file: Settings, database_on_file: Database, folder: Path, kind: str) -> None:
    release(database_on_file, crowd(Random(1), 30), k=K)
    to = folder / "download"
    code, _, err = await export(folder, on_file, "--campaign", "general", "--to", str(to), "--format", kind)
    assert (code, err) == (0, "")
    assert to.read_bytes()[:4] == (b"$FL2" if kind == "sav" else b"PK\x03\x04")
    assert inside(folder) == [to]
    assert [(one.chat, one.name, one.campaign) for one in all_acts(database_on_file)] == [(0, "downloaded", "general")]


@pytest.mark.parametrize(("name", "begins"), [("a.zip", b"PK"), ("a.XLSX", b"PK"), ("a.sav", b"$FL2"), ("a", b"PK")])
async def test_the_name_says_which_format(
    on_file: Settings, database_on_file: Database, folder: Path, name: str, begins: bytes
) -> None:
    release(database_on_file, crowd(Random(1), 30), k=K)
    to = folder / name
    code, _, err = await export(folder, on_file, "--campaign", "general", "--to", str(to))
    assert (code, err) == (0, "")
    assert to.read_bytes().startswith(begins)
    if begins == b"PK":
        with ZipFile(to) as file:
            assert ("xl/workbook.xml" in file.namelist()) == (name == "a.XLSX")


async def test_what_can_not_be_done_is_one_sentence_and_writes_nothing(
    on_file: Settings, database_on_file: Database, folder: Path
) -> None:
    to = folder / "general.zip"
    for number, campaign, said in (
        (1, "general", "Could not: Nothing of general is released yet: a first download needs 10 responses.\n"),
        (1, "nowhere", "Could not: There is no campaign nowhere: `campaign list` shows those there are.\n"),
    ):
        assert await export(folder, on_file, "--campaign", campaign, "--to", str(to)) == (number, "", said)
    release(database_on_file, crowd(Random(1), K - 1), k=K)
    code, _, err = await export(folder, on_file, "--campaign", "general", "--to", str(to))
    assert (code, "Nothing of general is released yet" in err) == (1, True)
    assert inside(folder) == []


async def test_wrong_use_is_2(on_file: Settings, database_on_file: Database, folder: Path) -> None:
    del database_on_file
    to = str(folder / "general.zip")
    for arguments, said in (
        (["--campaign", "general"], "Missing option '--to'"),
        (["--to", to], "Missing option '--campaign'"),
        (["--campaign", "general", "--to", to, "--format", "parquet"], "'parquet' is not one of"),
        (["--campaign", "general", "--to", to, "--format", "xlsx"], "general.zip is a name for package"),
        (["--campaign", "general", "--to", ""], "name a file"),
        (["--campaign", " ", "--to", to], "name a campaign"),
    ):
        code, _, err = await export(folder, on_file, *arguments)
        assert (code, said in err) == (2, True), err
    assert inside(folder) == []


def test_nothing_is_overwritten_and_a_folder_must_be_there(database_on_file: Database, folder: Path) -> None:
    release(database_on_file, crowd(Random(1), 30), k=K)
    to = written(database_on_file, folder / "general.zip", k=K)
    before = to.read_bytes()
    for wrong, said in (
        (to, "is there already"),
        (folder, "is a folder"),
        (folder / "more" / "a.zip", "make it first"),
        (folder / ("a" * 300), r"can't be written \(File name too long\): choose a shorter name"),
    ):
        with pytest.raises(NotDownloaded, match=said):
            written(database_on_file, wrong, k=K)
    assert to.read_bytes() == before


def test_too_many_for_excel_or_spss_says_what_to_take(
    database_on_file: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(database_on_file, crowd(Random(1), 30), k=K)
    monkeypatch.setattr(writer, "MOST", dict.fromkeys(writer.MOST, 29))
    for kind in ("xlsx", "sav"):
        with pytest.raises(NotDownloaded, match=rf"more than 29 responses, too many for {kind}: take a package"):
            written(database_on_file, folder / "general", kind, k=K)
    assert inside(folder) == []
    written(database_on_file, folder / "general", k=K)


@pytest.mark.parametrize("signalled", [signal.SIGTERM, signal.SIGKILL])
async def test_killed_half_way_it_leaves_no_file_that_looks_whole(
    on_file: Settings, database_on_file: Database, folder: Path, signalled: signal.Signals
) -> None:
    release(database_on_file, crowd(Random(1), 20_000), k=K)
    to = folder / "general.zip"
    process = await start(folder, "export", "--campaign", "general", "--to", str(to), **as_environment(on_file))
    async with asyncio.timeout(60):
        while not any(one.stat().st_size for one in inside(folder)):  # noqa: ASYNC110 - a file has no bell
            await asyncio.sleep(0.005)
    process.send_signal(signalled)
    _, err = await process.communicate()
    assert process.returncode == (1 if signalled == signal.SIGTERM else -signal.SIGKILL)
    assert b"Traceback" not in err
    assert not to.exists()
    assert len(inside(folder)) == (0 if signalled == signal.SIGTERM else 1)


def test_a_disk_that_takes_no_more_leaves_nothing(database_on_file: Database, folder: Path) -> None:
    release(database_on_file, crowd(Random(1), 300), k=K)
    written(database_on_file, folder / "general.zip", k=K).unlink()  # settles the release: the next one only reads
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, before[1]))
    try:
        with pytest.raises(NotDownloaded, match=r"can't be written \(File too large\): see that there is room"):
            written(database_on_file, folder / "general.zip", k=K)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert inside(folder) == []


def test_a_folder_that_may_not_be_entered_is_one_sentence(database_on_file: Database, folder: Path) -> None:
    folder.chmod(0o600)
    user = os.geteuid()
    if user == 0:  # who may enter all of them
        os.seteuid(65534)
    try:
        with pytest.raises(NotDownloaded, match=r"\(Permission denied\): choose a folder that this user may enter\."):
            written(database_on_file, folder / "general.zip", k=K)
    finally:
        os.seteuid(user)
        folder.chmod(0o700)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_full_disk_is_one_sentence_in_each_format(database_on_file: Database, folder: Path, kind: str) -> None:
    """A traceback that is told at the end, when an object goes, fails the test too."""
    release(database_on_file, crowd(Random(1), 300), k=K)
    with small_disk(folder, "8k"):
        with pytest.raises(NotDownloaded, match=rf"{folder}/download can't be written \(.+\): see that there is room"):
            written(database_on_file, folder / "download", kind, k=K)
        assert inside(folder) == []


async def test_a_full_disk_for_temporary_files_names_their_folder(
    on_file: Settings, database_on_file: Database, folder: Path, tmp_path: Path
) -> None:
    release(database_on_file, crowd(Random(1), 300), k=K)
    temporary, to = tmp_path / "temporary", folder / "general.xlsx"
    temporary.mkdir()
    with small_disk(temporary):
        settings = as_environment(on_file) | {"TMPDIR": str(temporary)}
        ended = await run(tmp_path, "export", "--campaign", "general", "--to", str(to), **settings)
        assert inside(temporary) == []
    said = f"Could not: {temporary} takes no temporary files (No space left on device): make room there, or name "
    assert (ended.code, ended.out, ended.err) == (1, "", f"{said}another folder in TMPDIR.\n")
    assert inside(folder) == []
