"""Downloads in the chat: what was answered, as a file; others go on meanwhile; one sentence where there is none."""

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

EXPORT_FAILED_EVENT = "an export could not be written"


pytestmark = pytest.mark.usefixtures("no_leftovers")


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    return frozenset({COORDINATOR_ID})


async def go_to_format_choice(phone: Phone) -> PhoneMessage:
    """From the menu to the choice of a format."""
    return await perform(phone, "/coordinator", OAK_PLAN.about, "Download the answers")


async def download_file(bot: RunningBot, phone: Phone, kind: str, folder: Path) -> Path:
    """Presses this format; the file that comes."""
    phone.tap(kind)
    begun, *_, given = await receive_results(bot, phone)
    assert begun.text.startswith("I'm putting it together.")
    day = datetime.now(UTC).date().isoformat()
    assert given.raw["document"]["file_name"] == f"oak-house-garden-{day}.{FILE_ENDINGS_BY_LABEL[kind]}"
    assert "about Oak <House> & garden" in given.text
    assert given.buttons == ["Another kind of file", "‹ This campaign"]
    file = folder / f"download.{FILE_ENDINGS_BY_LABEL[kind]}"
    file.write_bytes(get_file_content(bot.emulator, given))
    return file


def rows_of(file: Path) -> LabelledRows:
    if file.suffix == ".xlsx":
        return read_with_openpyxl(file)
    return read_with_pyreadstat(file) if file.suffix == ".sav" else read_with_pandas(file)


async def test_an_impatient_second_tap_writes_nothing_twice_and_another_kind_follows(
    bot: RunningBot, phone: Phone
) -> None:
    await create_released_campaign(bot, 200)
    offered = await go_to_format_choice(phone)
    phone.skip_received()
    for label in ("For Excel", "For Excel", "Plain tables", "For Excel"):
        phone.tap_in(offered, label)
    kinds = [one.kind for one in await receive_results(bot, phone)]
    assert kinds == ["text", "document", "text", "document"]
    assert bot.fetch_rows("select action from audit_log where action = 'downloaded'") == [("downloaded",)] * 2


@pytest.mark.deployments("sqlite", "postgresql")
async def test_each_kind_of_file_says_what_was_tapped(bot: RunningBot, phone: Phone, tmp_path: Path) -> None:
    code = await create_campaign(bot, OAK_PLAN)
    said = await submit_answers(bot, code, 60, seed=1)
    await release_results(bot)
    offered = await go_to_format_choice(phone)
    assert offered.buttons == [*FILE_ENDINGS_BY_LABEL, "‹ This campaign"]
    files = [await download_file(bot, phone, "For Excel", tmp_path)]
    for kind in list(FILE_ENDINGS_BY_LABEL)[1:]:
        await perform(phone, "Another kind of file")
        files.append(await download_file(bot, phone, kind, tmp_path))
    wanted = label_answers(said)
    for file in files:
        rows = rows_of(file)
        columns = [Counter(map(str, column)) for column in list(zip(*rows, strict=True))[-len(wanted) :]]
        whole = [at for at, column in enumerate(columns) if not any("ithheld" in cell for cell in column)]
        assert len(rows) == 60
        assert len(whole) >= 2
        assert [columns[at] for at in whole] == [wanted[at] for at in whole]
    summary = {
        (row["question"], row["answer"]): row["in_words"] or row["count"]
        for row in read_table(tmp_path / "download.zip", "summary")
    }
    shown = compute_expected_cells(said)
    assert {
        (place.id, answer): shown[name][answer] for name, place in SCALE_QUESTIONS.items() for answer in shown[name]
    }.items() <= summary.items()
    assert bot.emulator.calls["sendChatAction"] >= 3
    assert bot.fetch_rows("select action, campaign from audit_log") == [("downloaded", code)] * 3
    assert not [line for line in bot.log_lines if code in str(line) or "Oak" in str(line)]


async def test_before_anything_is_shown_there_is_no_file(bot: RunningBot, phone: Phone) -> None:
    code = await create_campaign(bot, OAK_PLAN)
    await submit_answers(bot, code, 3, seed=1)
    page = await perform(phone, "/coordinator", OAK_PLAN.about)
    assert "Download the answers" not in page.buttons
    for act in ("menu_download", "menu_xlsx", "menu_sav", "menu_package"):
        phone.skip_received()
        bot.emulator.tap_button(phone.chat_id, page.id, f".0..{act}.{code}")
        told = await phone.receive()
        assert "There is nothing to download yet of Oak <House> & garden." in told.text
        assert told.buttons == ["‹ This campaign"]
    assert bot.fetch_rows("select * from audit_log") == []


async def test_what_this_bot_can_not_write_is_not_offered(
    bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await create_released_campaign(bot, 30)
    monkeypatch.setattr("bot.handlers.coordinator.REQUIRED_PACKAGES", {"sav": ("no_such_library",)})
    assert (await go_to_format_choice(phone)).buttons == ["For Excel", "Plain tables, as a zip", "‹ This campaign"]


async def test_of_a_large_campaign_it_shows_how_far_it_is_while_others_are_answered(
    bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are answered as fast as ever, as far as this machine has a processor left for them."""
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
    told = [int(one.text.removeprefix("Done so far: ").removesuffix(" %")) for one in progress[0]]
    assert len(told) > 1
    assert told == sorted(told)
    assert not [one for one in phone.messages if one.text.startswith("Done so far")], "it goes again"


async def test_two_at_once_come_one_after_the_other(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
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


async def test_killed_over_it_it_says_so_and_the_next_one_comes(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(EXPORT_FAILED_EVENT)
    await create_released_campaign(bot, 30)
    await go_to_format_choice(phone)
    phone.tap("For Excel")
    os.kill(await suspend_export_process(), signal.SIGKILL)
    told = (await receive_results(bot, phone))[-1]
    assert told.text.startswith("Sorry, I could not make that file.")
    await perform(phone, "Another kind of file")
    phone.tap("For Excel")
    assert (await receive_results(bot, phone))[-1].kind == "document"


async def test_hanging_it_is_given_up(bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    bot.allow_events(EXPORT_FAILED_EVENT)
    await create_released_campaign(bot, 30)
    await go_to_format_choice(phone)
    monkeypatch.setattr("bot.delivery.export_worker.EXPORT_TIMEOUT_SECONDS", 1.0)
    phone.tap("For Excel")
    await suspend_export_process()
    assert (await receive_results(bot, phone))[-1].text.startswith("Sorry, I could not make that file.")


async def test_stopped_over_it_nothing_is_left_and_the_next_start_gives_it(
    emulator: TelegramEmulator,
    emulator_url: str,
    deployment: Deployment,
    phone: Phone,
    monkeypatch: pytest.MonkeyPatch,
    temporary_folder: Path,
) -> None:
    monkeypatch.setattr("bot.delivery.sender.SHUTDOWN_GRACE_SECONDS", 0.1)
    named = frozenset({COORDINATOR_ID})
    async with running_bot(emulator, emulator_url, deployment, coordinator_ids=named) as bot:
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
    async with running_bot(emulator, emulator_url, deployment, coordinator_ids=named):
        assert (await phone.receive(60)).kind == "document", "what was said of it before is not said again"


@pytest.mark.parametrize("begun", [False, True])
async def test_with_a_bot_that_is_killed_it_ends_and_clears_up(
    bot: RunningBot, temporary_folder: Path, tmp_path: Path, *, begun: bool
) -> None:
    code = await create_released_campaign(bot, 2_000)
    program = tmp_path / "killed.py"
    program.write_text(EXPORT_PROGRAM)
    here = {**os.environ, "PYTHONPATH": str(Path.cwd()), "TMPDIR": str(temporary_folder)}
    command = [
        sys.executable,
        str(program),
        bot.deployment.database_url,
        str(bot.deployment.settings.get("secret_key") or ""),
        code,
    ]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, env=here)
    await wait_until(
        lambda: [
            one for one in psutil.Process(process.pid).children() if "bot.delivery.export_process" in one.cmdline()
        ]
    )
    [child] = psutil.Process(process.pid).children()
    await wait_until(lambda: not begun or list(temporary_folder.rglob("*.part")))
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


async def test_what_a_killed_bot_left_goes_with_the_next_one(
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
    assert list_files(temporary_folder) == [new], "another bot may be at it"
    shutil.rmtree(new)


@pytest.mark.parametrize("kind", FILE_ENDINGS_BY_LABEL)
async def test_on_a_full_disk_it_is_one_sentence(
    bot: RunningBot, phone: Phone, temporary_folder: Path, kind: str
) -> None:
    bot.allow_events(EXPORT_FAILED_EVENT)
    await create_released_campaign(bot, 3_000)
    await go_to_format_choice(phone)
    with mount_small_disk(temporary_folder):
        phone.tap(kind)
        told = (await receive_results(bot, phone))[-1]
        assert told.text.startswith("There is no room just now to make that file.")
        assert list_files(temporary_folder) == []
    [line] = bot.find_log_lines(EXPORT_FAILED_EVENT)
    assert line["reason"].startswith("write_failed ")
    assert str(temporary_folder) in line["reason"]
    assert line["folder"].startswith(str(temporary_folder))


async def test_without_a_folder_for_temporary_files_it_is_one_sentence(
    bot: RunningBot, phone: Phone, temporary_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.allow_events(EXPORT_FAILED_EVENT)
    await create_released_campaign(bot, 30)
    await go_to_format_choice(phone)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary_folder / "gone"))
    phone.tap("For Excel")
    assert (await receive_results(bot, phone))[-1].text.startswith("There is no room just now")
    [line] = bot.find_log_lines(EXPORT_FAILED_EVENT)
    assert line["folder"].startswith(str(temporary_folder / "gone"))
    assert line["reason"] == "No such file or directory"


async def test_a_folder_that_another_worker_takes_away_meanwhile_is_no_fault(
    bot: RunningBot, phone: Phone, temporary_folder: Path
) -> None:
    """It is found, and gone when it is looked at: as a link that leads nowhere is."""
    gone = temporary_folder / f"{EXPORT_FOLDER_PREFIX}gone"
    gone.symlink_to(temporary_folder / "nowhere")
    await create_released_campaign(bot, 30)
    await go_to_format_choice(phone)
    phone.tap("Plain tables")
    assert (await receive_results(bot, phone))[-1].kind == "document"
    gone.unlink()


async def test_a_fault_over_it_is_logged_with_its_place_and_nothing_that_was_written(
    bot: RunningBot, phone: Phone
) -> None:
    bot.allow_events(EXPORT_FAILED_EVENT)
    code = await create_released_campaign(bot, 30)
    bot.execute_sql("update released_responses set answers = '{broken' where campaign = ?", code)
    await go_to_format_choice(phone)
    phone.tap("For Excel")
    assert (await receive_results(bot, phone))[-1].text.startswith("Sorry, I could not make that file.")
    [line] = bot.find_log_lines(EXPORT_FAILED_EVENT)
    assert re.fullmatch(r"JSONDecodeError at storage/[\w/]+\.py:\d+ via decoder\.py:\d+", line["reason"]), line


@pytest.mark.deployments("postgresql")
async def test_with_the_database_away_in_the_middle_it_is_one_sentence(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(EXPORT_FAILED_EVENT, "database unavailable")
    await create_released_campaign(bot, 30)
    await go_to_format_choice(phone)
    phone.tap("For Excel")
    pid = await suspend_export_process()
    with bot.deployment.make_database_unavailable():
        os.kill(pid, signal.SIGCONT)
        await phone.wait_until(lambda: "I can't read the answers just now." in phone.latest_bot_message.text)
    await receive_results(bot, phone)


async def test_what_telegram_does_not_take_is_said(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    bot.allow_events("Telegram rejected an export")
    await create_released_campaign(bot, 30)
    await go_to_format_choice(phone)
    refuse = BotApiError(400, "Bad Request: wrong file")
    emulator.fault_injector = lambda method, _: refuse if method == "sendDocument" else None
    phone.tap("For Excel")
    assert (await receive_results(bot, phone))[-1].text.startswith("Sorry, I could not make that file.")


async def test_a_file_that_is_too_large_for_telegram_is_not_tried(
    bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await create_released_campaign(bot, 30)
    monkeypatch.setattr("bot.delivery.export_worker.MAX_EXPORT_BYTES", 1_000)
    await go_to_format_choice(phone)
    phone.tap("Plain tables")
    told = (await receive_results(bot, phone))[-1]
    assert "larger than Telegram lets me send: 50 MB" in told.text
    assert f"python -m bot export --campaign {code} --to answers.zip" in told.text
    assert bot.emulator.calls["sendDocument"] == 0


async def test_more_answers_than_a_format_takes_are_said(bot: RunningBot, phone: Phone) -> None:
    bot.allow_events(EXPORT_FAILED_EVENT)
    await create_released_campaign(bot, 100_001)
    await go_to_format_choice(phone)
    phone.tap("For Excel")
    await phone.wait_until(lambda: "too many for that kind of file" in phone.latest_bot_message.text, 60)
    await receive_results(bot, phone)
