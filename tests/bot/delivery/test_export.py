"""Downloads in the chat: files of the answers, written while others are served; failures are one sentence."""

import asyncio
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest

from bot.delivery.export_worker import EXPORT_FOLDER_PREFIX
from bot.emulator import BotApiError, TelegramEmulator
from tests.support.campaign_results import (
    SCALE_QUESTIONS,
    compute_expected_cells,
    receive_results,
    release_results,
    submit_answers,
)
from tests.support.campaigns import create_campaign
from tests.support.coordinator_chat import COORDINATOR_ID, perform
from tests.support.deployments import Deployment
from tests.support.disk_faults import mount_small_disk
from tests.support.export_readers import (
    LabelledRows,
    read_table,
    read_with_openpyxl,
    read_with_pandas,
    read_with_pyreadstat,
)
from tests.support.exports import (
    FILE_ENDINGS_BY_LABEL,
    OAK_PLAN,
    create_released_campaign,
    label_answers,
    list_export_processes,
    list_files,
    suspend_export_process,
)
from tests.support.phone import Phone, PhoneMessage
from tests.support.process_state import has_exited
from tests.support.result_chat import get_file_content
from tests.support.running_bot import RunningBot, running_bot, wait_until

EXPORT_FAILED_MESSAGE = "an export could not be written"


pytestmark = pytest.mark.usefixtures("no_leftovers")


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    return frozenset({COORDINATOR_ID})


async def go_to_format_choice(phone: Phone) -> PhoneMessage:
    """Opens the choice of formats from the coordinator menu."""
    return await perform(phone, "/coordinator", OAK_PLAN.about, "Download the answers")


async def download_file(bot: RunningBot, phone: Phone, kind: str, folder: Path) -> Path:
    """Taps this format and saves the file that arrives."""
    phone.tap(kind)
    started, *_, document = await receive_results(bot, phone)
    assert started.text.startswith("I'm putting it together.")
    day = datetime.now(UTC).date().isoformat()
    assert document.raw["document"]["file_name"] == f"oak-house-garden-{day}.{FILE_ENDINGS_BY_LABEL[kind]}"
    assert "about Oak <House> & garden" in document.text
    assert document.buttons == ["Another kind of file", "‹ This campaign"]
    file = folder / f"download.{FILE_ENDINGS_BY_LABEL[kind]}"
    file.write_bytes(get_file_content(bot.emulator, document))
    return file


def read_rows(file: Path) -> LabelledRows:
    if file.suffix == ".xlsx":
        return read_with_openpyxl(file)
    return read_with_pyreadstat(file) if file.suffix == ".sav" else read_with_pandas(file)


async def test_a_second_tap_on_a_format_is_ignored_and_another_format_follows(bot: RunningBot, phone: Phone) -> None:
    await create_released_campaign(bot, 200)
    offered = await go_to_format_choice(phone)
    phone.skip_received()
    for label in ("For Excel", "For Excel", "Plain tables", "For Excel"):
        phone.tap_in(offered, label)
    kinds = [one.kind for one in await receive_results(bot, phone)]
    assert kinds == ["text", "document", "text", "document"]
    assert bot.fetch_rows("select action from audit_log where action = 'downloaded'") == [("downloaded",)] * 2


@pytest.mark.deployments("sqlite", "postgresql")
async def test_each_format_contains_the_submitted_answers(bot: RunningBot, phone: Phone, tmp_path: Path) -> None:
    code = await create_campaign(bot, OAK_PLAN)
    submitted = await submit_answers(bot, code, 60, seed=1)
    await release_results(bot)
    offered = await go_to_format_choice(phone)
    assert offered.buttons == [*FILE_ENDINGS_BY_LABEL, "‹ This campaign"]
    files = [await download_file(bot, phone, "For Excel", tmp_path)]
    for kind in list(FILE_ENDINGS_BY_LABEL)[1:]:
        await perform(phone, "Another kind of file")
        files.append(await download_file(bot, phone, kind, tmp_path))
    expected = label_answers(submitted)
    for file in files:
        rows = read_rows(file)
        columns = [Counter(map(str, column)) for column in list(zip(*rows, strict=True))[-len(expected) :]]
        complete = [at for at, column in enumerate(columns) if not any("ithheld" in cell for cell in column)]
        assert len(rows) == 60
        assert len(complete) >= 2
        assert [columns[at] for at in complete] == [expected[at] for at in complete]
    summary = {
        (row["question"], row["answer"]): row["in_words"] or row["count"]
        for row in read_table(tmp_path / "download.zip", "summary")
    }
    shown = compute_expected_cells(submitted)
    assert {
        (place.id, answer): shown[name][answer] for name, place in SCALE_QUESTIONS.items() for answer in shown[name]
    }.items() <= summary.items()
    assert bot.emulator.calls["sendChatAction"] >= 3
    assert bot.fetch_rows("select action, campaign from audit_log") == [("downloaded", code)] * 3
    assert not [line for line in bot.log_lines if code in str(line) or "Oak" in str(line)]


async def test_without_a_release_there_is_no_download(bot: RunningBot, phone: Phone) -> None:
    code = await create_campaign(bot, OAK_PLAN)
    await submit_answers(bot, code, 3, seed=1)
    page = await perform(phone, "/coordinator", OAK_PLAN.about)
    assert "Download the answers" not in page.buttons
    for act in ("menu_download", "menu_xlsx", "menu_sav", "menu_package"):
        phone.skip_received()
        bot.emulator.tap_button(phone.chat_id, page.id, f".0..{act}.{code}")
        reply = await phone.receive()
        assert "There is nothing to download yet of Oak <House> & garden." in reply.text
        assert reply.buttons == ["‹ This campaign"]
    assert bot.fetch_rows("select * from audit_log") == []


async def test_a_format_without_its_library_is_not_offered(
    bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_released_campaign(bot, 30)
    monkeypatch.setattr("bot.handlers.coordinator.REQUIRED_PACKAGES", {"sav": ("no_such_library",)})
    assert (await go_to_format_choice(phone)).buttons == ["For Excel", "Plain tables, as a zip", "‹ This campaign"]


async def test_a_large_download_shows_progress_while_others_are_answered(
    bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The median answer to others stays below a second."""
    monkeypatch.setattr("bot.delivery.export_message.PROGRESS_INTERVAL_SECONDS", 0.2)
    await create_released_campaign(bot, 20_000)
    await go_to_format_choice(phone)
    phone.tap("For Excel")
    await phone.receive()
    await wait_until(list_export_processes)
    other, waits = Phone(bot.emulator, 8), []
    while list_export_processes():
        at = time.monotonic()
        other.type_text("/help")
        await other.receive()
        waits.append(time.monotonic() - at)
        await asyncio.sleep(0.2)
    await phone.wait_until(lambda: phone.latest_bot_message.kind == "document", 60)
    assert sorted(waits)[len(waits) // 2] < 1
    progress = [versions for versions in phone.versions.values() if versions[0].text.startswith("Done so far")]
    assert len(progress) == 1
    percentages = [int(one.text.removeprefix("Done so far: ").removesuffix(" %")) for one in progress[0]]
    assert len(percentages) > 1
    assert percentages == sorted(percentages)
    assert not [one for one in phone.messages if one.text.startswith("Done so far")], "the progress message is deleted"


async def test_two_downloads_are_written_one_after_the_other(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    await create_released_campaign(bot, 30)
    other = Phone(emulator, 8)
    bot.execute_sql("insert into coordinators (chat_id, organisation) values (8, 'home')")
    await go_to_format_choice(other)
    await go_to_format_choice(phone)
    phone.tap("For Excel")
    pid = await suspend_export_process()
    other.tap("Plain tables")
    assert (await other.receive()).text.startswith("I'm putting it together.")
    other.type_text("/help")
    await bot.wait_for_intake()
    assert list_export_processes() == [pid]
    os.kill(pid, signal.SIGCONT)
    await phone.wait_until(lambda: phone.latest_bot_message.kind == "document")
    await other.wait_until(lambda: "document" in {message.kind for message in other.messages})
    await other.wait_until(lambda: "How this works" in other.latest_bot_message.text)


async def test_a_killed_export_process_is_reported_and_the_next_download_works(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(EXPORT_FAILED_MESSAGE)
    await create_released_campaign(bot, 30)
    await go_to_format_choice(phone)
    phone.tap("For Excel")
    os.kill(await suspend_export_process(), signal.SIGKILL)
    reply = (await receive_results(bot, phone))[-1]
    assert reply.text.startswith("Sorry, I could not make that file.")
    await perform(phone, "Another kind of file")
    phone.tap("For Excel")
    assert (await receive_results(bot, phone))[-1].kind == "document"


async def test_a_hanging_export_process_times_out(
    bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.allow_events(EXPORT_FAILED_MESSAGE)
    await create_released_campaign(bot, 30)
    await go_to_format_choice(phone)
    monkeypatch.setattr("bot.delivery.export_worker.EXPORT_TIMEOUT_SECONDS", 1.0)
    phone.tap("For Excel")
    await suspend_export_process()
    assert (await receive_results(bot, phone))[-1].text.startswith("Sorry, I could not make that file.")


async def test_a_download_interrupted_by_a_stop_is_sent_after_the_next_start(
    emulator: TelegramEmulator,
    emulator_url: str,
    deployment: Deployment,
    phone: Phone,
    monkeypatch: pytest.MonkeyPatch,
    temporary_folder: Path,
) -> None:
    monkeypatch.setattr("bot.delivery.sender.SHUTDOWN_GRACE_SECONDS", 0.1)
    configured = frozenset({COORDINATOR_ID})
    async with running_bot(emulator, emulator_url, deployment, coordinator_ids=configured) as bot:
        await create_released_campaign(bot, 2_000)
        await go_to_format_choice(phone)
        phone.tap("For Excel")
        await wait_until(lambda: list(temporary_folder.rglob("tmp*/*")))
        pid = await suspend_export_process()
        await bot.stop()
        assert has_exited(pid)
        assert list_files(temporary_folder) == []
        assert bot.fetch_rows("select count(*) from outbox_entries") == [(1,)]
    phone.skip_received()
    async with running_bot(emulator, emulator_url, deployment, coordinator_ids=configured):
        assert (await phone.receive(60)).kind == "document", "the earlier messages are not repeated"


@pytest.mark.parametrize("started", [False, True])
async def test_the_export_process_of_a_killed_bot_ends_and_deletes_its_files(
    bot: RunningBot, temporary_folder: Path, tmp_path: Path, *, started: bool
) -> None:
    code = await create_released_campaign(bot, 2_000)
    program = tmp_path / "killed.py"
    program.write_text(EXPORT_PROGRAM)
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd()), "TMPDIR": str(temporary_folder)}
    command = [
        sys.executable,
        str(program),
        bot.deployment.database_url,
        str(bot.deployment.settings.get("secret_key") or ""),
        code,
    ]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, env=environment)
    await wait_until(
        lambda: [
            one for one in psutil.Process(process.pid).children() if "bot.delivery.export_process" in one.cmdline()
        ]
    )
    [child] = psutil.Process(process.pid).children()
    await wait_until(lambda: not started or list(temporary_folder.rglob("*.part")))
    child.suspend()
    process.kill()
    await process.wait()
    child.resume()
    await wait_until(lambda: has_exited(child.pid))
    assert list_files(temporary_folder) == []


EXPORT_PROGRAM = """
import asyncio, sys
from bot.delivery.export_worker import ExportWorker

address, secret, code = sys.argv[1:]
asyncio.run(ExportWorker(address, secret or None, 10).write_export(code, "xlsx", print))
"""


async def test_the_next_export_deletes_what_a_killed_bot_left(
    bot: RunningBot, phone: Phone, temporary_folder: Path
) -> None:
    await create_released_campaign(bot, 30)
    old, new = temporary_folder / f"{EXPORT_FOLDER_PREFIX}old", temporary_folder / f"{EXPORT_FOLDER_PREFIX}new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "download").touch()
    os.utime(old, (0, 0))
    await go_to_format_choice(phone)
    phone.tap("Plain tables")
    assert (await receive_results(bot, phone))[-1].kind == "document"
    assert list_files(temporary_folder) == [new], "another bot may be writing to it"
    shutil.rmtree(new)


@pytest.mark.parametrize("kind", FILE_ENDINGS_BY_LABEL)
async def test_a_full_disk_is_reported_in_one_sentence(
    bot: RunningBot, phone: Phone, temporary_folder: Path, kind: str
) -> None:
    bot.allow_events(EXPORT_FAILED_MESSAGE)
    await create_released_campaign(bot, 3_000)
    await go_to_format_choice(phone)
    with mount_small_disk(temporary_folder):
        phone.tap(kind)
        reply = (await receive_results(bot, phone))[-1]
        assert reply.text.startswith("There is no room just now to make that file.")
        assert list_files(temporary_folder) == []
    [line] = bot.find_log_lines(EXPORT_FAILED_MESSAGE)
    assert line["reason"].startswith("write_failed ")
    assert str(temporary_folder) in line["reason"]
    assert line["folder"].startswith(str(temporary_folder))


async def test_a_missing_temporary_folder_is_reported_in_one_sentence(
    bot: RunningBot, phone: Phone, temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.allow_events(EXPORT_FAILED_MESSAGE)
    await create_released_campaign(bot, 30)
    await go_to_format_choice(phone)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary_folder / "gone"))
    phone.tap("For Excel")
    assert (await receive_results(bot, phone))[-1].text.startswith("There is no room just now")
    [line] = bot.find_log_lines(EXPORT_FAILED_MESSAGE)
    assert line["folder"].startswith(str(temporary_folder / "gone"))
    assert line["reason"] == "No such file or directory"


async def test_a_folder_deleted_by_another_worker_meanwhile_is_ignored(
    bot: RunningBot, phone: Phone, temporary_folder: Path
) -> None:
    """A dangling symlink stands in for it: listing shows it, reading it fails."""
    gone = temporary_folder / f"{EXPORT_FOLDER_PREFIX}gone"
    gone.symlink_to(temporary_folder / "nowhere")
    await create_released_campaign(bot, 30)
    await go_to_format_choice(phone)
    phone.tap("Plain tables")
    assert (await receive_results(bot, phone))[-1].kind == "document"
    gone.unlink()


async def test_an_error_is_logged_with_its_location_and_without_answers(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(EXPORT_FAILED_MESSAGE)
    code = await create_released_campaign(bot, 30)
    bot.execute_sql("update released_responses set answers = '{broken' where campaign = ?", code)
    await go_to_format_choice(phone)
    phone.tap("For Excel")
    assert (await receive_results(bot, phone))[-1].text.startswith("Sorry, I could not make that file.")
    [line] = bot.find_log_lines(EXPORT_FAILED_MESSAGE)
    assert re.fullmatch(r"JSONDecodeError at storage/[\w/]+\.py:\d+ via decoder\.py:\d+", line["reason"]), line


@pytest.mark.deployments("postgresql")
async def test_a_database_outage_during_an_export_is_reported_in_one_sentence(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(EXPORT_FAILED_MESSAGE, "database unavailable")
    await create_released_campaign(bot, 30)
    await go_to_format_choice(phone)
    phone.tap("For Excel")
    pid = await suspend_export_process()
    with bot.deployment.make_database_unavailable():
        os.kill(pid, signal.SIGCONT)
        await phone.wait_until(lambda: "I can't read the answers just now." in phone.latest_bot_message.text)
    await receive_results(bot, phone)


async def test_a_file_rejected_by_telegram_is_reported(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events("Telegram rejected an export")
    await create_released_campaign(bot, 30)
    await go_to_format_choice(phone)
    refuse = BotApiError(400, "Bad Request: wrong file")
    emulator.fault_injector = lambda method, _: refuse if method == "sendDocument" else None
    phone.tap("For Excel")
    assert (await receive_results(bot, phone))[-1].text.startswith("Sorry, I could not make that file.")


async def test_a_file_too_large_for_telegram_is_not_sent(
    bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await create_released_campaign(bot, 30)
    monkeypatch.setattr("bot.delivery.export_worker.MAX_EXPORT_BYTES", 1_000)
    await go_to_format_choice(phone)
    phone.tap("Plain tables")
    reply = (await receive_results(bot, phone))[-1]
    assert "larger than Telegram lets me send: 50 MB" in reply.text
    assert f"python -m bot export --campaign {code} --to answers.zip" in reply.text
    assert bot.emulator.calls["sendDocument"] == 0


async def test_more_answers_than_a_format_allows_are_reported(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(EXPORT_FAILED_MESSAGE)
    await create_released_campaign(bot, 100_001)
    await go_to_format_choice(phone)
    phone.tap("For Excel")
    await phone.wait_until(lambda: "too many for that kind of file" in phone.latest_bot_message.text, 60)
    await receive_results(bot, phone)
