"""Downloads in the chat: what was answered, as a file; others go on meanwhile; one sentence where there is none."""

import asyncio
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest
from sqlalchemy import Connection, text

from bot.delivery.export_worker import PREFIX
from bot.emulator import Lookalike, Refused
from flows.loader import load
from storage.anonymity.periods import add_release
from storage.campaigns.coordinators import HOME
from storage.campaigns.repository import Plan, find_campaign
from tests.bot.delivery.test_image_worker import has_ended
from tests.bot.handlers.test_campaign_links import beside, opened
from tests.bot.handlers.test_coordinator_menu import NAMED, does
from tests.bot.handlers.test_results import file_of
from tests.support.campaign_results import SCALES, K, answered, expected, hears_results, released
from tests.support.deployments import Way
from tests.support.disk_faults import small_disk
from tests.support.export_readers import Labelled, by_openpyxl, by_pandas, by_pyreadstat, table
from tests.support.phone import Message, Phone
from tests.support.running_bot import Running, running, until
from tests.support.walkers import Stored

OAK = Plan("Oak <House> & garden", "Leeds carers", organisation=HOME)
KINDS = {"For Excel": "xlsx", "For statistics in SPSS": "sav", "Plain tables, as a zip": "zip"}
UNWRITTEN = "a download could not be written"
FILL = text(
    "insert into released (campaign, id, release, flow, version, language, answers, receipt) "
    "values (:campaign, :id, 1, 'connection_test', 1, 'en', :answers, :receipt)"
)


@pytest.fixture
def temporary(way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where downloads are written. Whatever is left there fails the test."""
    del way  # first the server of the tests, which keeps files there too
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture(autouse=True)
def nothing_left(temporary: Path) -> Iterator[None]:
    yield
    assert (inside(temporary), packers()) == ([], [])


@pytest.fixture
async def bot(lookalike: Lookalike, url: str, way: Way) -> AsyncIterator[Running]:
    """One whose operator names person 7."""
    async with running(lookalike, url, way, coordinator_ids=frozenset({NAMED})) as made:
        yield made


def inside(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def packers() -> list[int]:
    """The processes that write downloads for this one."""
    children = psutil.Process().children()
    return [one.pid for one in children if not has_ended(one.pid) and "bot.delivery.export_process" in one.cmdline()]


async def packer() -> int:
    """The process that writes one, once there is one: stopped, so that it is in the middle of it."""
    await until(packers)
    [pid] = packers()
    os.kill(pid, signal.SIGSTOP)
    return pid


async def filled(bot: Running, many: int) -> str:
    """A campaign with so many responses that are released, written past the chat. Its code."""
    code = await opened(bot, OAK)
    random, places = Random(1), [place for place in load().flow.questions if place.kind == "choice"]

    def row(number: int) -> dict[str, object]:
        answers = {place.id: random.choice(place.choices).id for place in places}
        answers |= {"role": "family_carer", "viewpoint": "myself"}
        return {
            "campaign": code, "id": f"{number:032x}", "answers": json.dumps(answers), "receipt": number.to_bytes(32)
        }  # fmt: skip

    filling = [row(number) for number in range(many)]  # before the database is held: the bot waits two seconds for it

    def fill(tx: Connection) -> None:
        tx.execute(FILL, filling)
        add_release(tx, find_campaign(tx, code), many, K)
        tx.execute(text("update campaigns set releases = 1 where code = :code"), {"code": code})

    await beside(bot, fill)
    return code


async def chooses(phone: Phone) -> Message:
    """From the menu to the choice of a format."""
    return await does(phone, "/coordinator", OAK.about, "Download the answers")


async def gets(bot: Running, phone: Phone, kind: str, folder: Path) -> Path:
    """Presses this format; the file that comes."""
    phone.tap(kind)
    begun, *_, given = await hears_results(bot, phone)
    assert begun.text.startswith("I'm putting it together.")
    day = datetime.now(UTC).date().isoformat()
    assert given.raw["document"]["file_name"] == f"oak-house-garden-{day}.{KINDS[kind]}"
    assert "about Oak <House> & garden" in given.text
    assert given.buttons == ["Another kind of file", "‹ This campaign"]
    file = folder / f"download.{KINDS[kind]}"
    file.write_bytes(file_of(bot.lookalike, given))
    return file


def rows_of(file: Path) -> Labelled:
    if file.suffix == ".xlsx":
        return by_openpyxl(file)
    return by_pyreadstat(file) if file.suffix == ".sav" else by_pandas(file)


def told_of(said: list[Stored]) -> list[Counter[str]]:
    """What was tapped at each question with steps, as a file says it."""
    names = {"not_sure": "Not sure", None: "Skipped"}
    return [
        Counter(names.get(one[place.id], str(one[place.id])) if place.id in one else "Not asked" for one in said)
        for place in SCALES.values()
    ]


async def test_an_impatient_second_tap_writes_nothing_twice_and_another_kind_follows(
    bot: Running, phone: Phone
) -> None:
    await filled(bot, 200)
    offered = await chooses(phone)
    phone.act()
    for label in ("For Excel", "For Excel", "Plain tables", "For Excel"):
        phone.tap_on(offered, label)
    kinds = [one.kind for one in await hears_results(bot, phone)]
    assert kinds == ["text", "document", "text", "document"]
    assert bot.rows("select act from audit where act = 'downloaded'") == [("downloaded",)] * 2


@pytest.mark.ways("sqlite", "postgresql")
async def test_each_kind_of_file_says_what_was_tapped(bot: Running, phone: Phone, tmp_path: Path) -> None:
    code = await opened(bot, OAK)
    said = await answered(bot, code, 60, seed=1)
    await released(bot)
    offered = await chooses(phone)
    assert offered.buttons == [*KINDS, "‹ This campaign"]
    files = [await gets(bot, phone, "For Excel", tmp_path)]
    for kind in list(KINDS)[1:]:
        await does(phone, "Another kind of file")
        files.append(await gets(bot, phone, kind, tmp_path))
    wanted = told_of(said)
    for file in files:
        rows = rows_of(file)
        columns = [Counter(map(str, column)) for column in list(zip(*rows, strict=True))[-len(wanted) :]]
        whole = [at for at, column in enumerate(columns) if not any("ithheld" in cell for cell in column)]
        assert len(rows) == 60
        assert len(whole) >= 2
        assert [columns[at] for at in whole] == [wanted[at] for at in whole]
    summary = {
        (row["question"], row["answer"]): row["in_words"] or row["count"]
        for row in table(tmp_path / "download.zip", "summary")
    }
    shown = expected(said)
    assert {
        (place.id, answer): shown[name][answer] for name, place in SCALES.items() for answer in shown[name]
    }.items() <= summary.items()
    assert bot.lookalike.calls["sendChatAction"] >= 3
    assert bot.rows("select act, campaign from audit") == [("downloaded", code)] * 3
    assert not [line for line in bot.log if code in str(line) or "Oak" in str(line)]


async def test_before_anything_is_shown_there_is_no_file(bot: Running, phone: Phone) -> None:
    code = await opened(bot, OAK)
    await answered(bot, code, 3, seed=1)
    page = await does(phone, "/coordinator", OAK.about)
    assert "Download the answers" not in page.buttons
    for act in ("desk_download", "desk_xlsx", "desk_sav", "desk_package"):
        phone.act()
        bot.lookalike.taps(phone.chat_id, page.id, f".0..{act}.{code}")
        told = await phone.hears()
        assert "There is nothing to download yet of Oak <House> & garden." in told.text
        assert told.buttons == ["‹ This campaign"]
    assert bot.rows("select * from audit") == []


async def test_what_this_bot_can_not_write_is_not_offered(
    bot: Running, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(bot, 30)
    monkeypatch.setattr("bot.handlers.coordinator.NEEDED", {"sav": ("no_such_library",)})
    assert (await chooses(phone)).buttons == ["For Excel", "Plain tables, as a zip", "‹ This campaign"]


async def test_of_a_large_campaign_it_shows_how_far_it_is_while_others_are_answered(
    bot: Running, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others are answered as fast as ever, as far as this machine has a processor left for them."""
    monkeypatch.setattr("bot.delivery.export_message.PAUSE", 0.2)
    await filled(bot, 20_000)
    await chooses(phone)
    phone.tap("For Excel")
    await phone.hears()
    await until(packers)
    other, waits = Phone(bot.lookalike, 8), []
    while packers():
        at = time.monotonic()
        other.type("/help")
        await other.hears()
        waits.append(time.monotonic() - at)
        await asyncio.sleep(0.2)
    await phone.until(lambda: phone.shown.kind == "document", 60)
    assert sorted(waits)[len(waits) // 2] < 1
    progress = [versions for versions in phone.versions.values() if versions[0].text.startswith("Done so far")]
    assert len(progress) == 1
    told = [int(one.text.removeprefix("Done so far: ").removesuffix(" %")) for one in progress[0]]
    assert len(told) > 1
    assert told == sorted(told)
    assert not [one for one in phone.messages if one.text.startswith("Done so far")], "it goes again"


async def test_two_at_once_come_one_after_the_other(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    await filled(bot, 30)
    other = Phone(lookalike, 8)
    bot.change("insert into coordinators (chat, organisation) values (8, 'home')")
    await chooses(other)
    await chooses(phone)
    phone.tap("For Excel")
    pid = await packer()
    other.tap("Plain tables")
    assert (await other.hears()).text.startswith("I'm putting it together.")
    other.type("/help")
    await bot.took_in()
    assert packers() == [pid]
    os.kill(pid, signal.SIGCONT)
    await phone.until(lambda: phone.shown.kind == "document")
    await other.until(lambda: "document" in {message.kind for message in other.messages})
    await other.until(lambda: "How this works" in other.shown.text)


async def test_killed_over_it_it_says_so_and_the_next_one_comes(bot: Running, phone: Phone) -> None:
    bot.allow(UNWRITTEN)
    await filled(bot, 30)
    await chooses(phone)
    phone.tap("For Excel")
    os.kill(await packer(), signal.SIGKILL)
    told = (await hears_results(bot, phone))[-1]
    assert told.text.startswith("Sorry, I could not make that file.")
    await does(phone, "Another kind of file")
    phone.tap("For Excel")
    assert (await hears_results(bot, phone))[-1].kind == "document"


async def test_hanging_it_is_given_up(bot: Running, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    bot.allow(UNWRITTEN)
    await filled(bot, 30)
    await chooses(phone)
    monkeypatch.setattr("bot.delivery.export_worker.PATIENCE", 1.0)
    phone.tap("For Excel")
    await packer()
    assert (await hears_results(bot, phone))[-1].text.startswith("Sorry, I could not make that file.")


async def test_stopped_over_it_nothing_is_left_and_the_next_start_gives_it(
    lookalike: Lookalike, url: str, way: Way, phone: Phone, monkeypatch: pytest.MonkeyPatch, temporary: Path
) -> None:
    monkeypatch.setattr("bot.delivery.sender.PATIENCE", 0.1)
    named = frozenset({NAMED})
    async with running(lookalike, url, way, coordinator_ids=named) as bot:
        await filled(bot, 2_000)
        await chooses(phone)
        phone.tap("For Excel")
        await until(lambda: list(temporary.rglob("tmp*/*")))
        pid = await packer()
        await bot.stop()
        assert has_ended(pid)
        assert inside(temporary) == []
        assert bot.rows("select count(*) from outbox") == [(1,)]
    phone.act()
    async with running(lookalike, url, way, coordinator_ids=named):
        assert (await phone.hears(60)).kind == "document", "what was said of it before is not said again"


@pytest.mark.parametrize("begun", [False, True])
async def test_with_a_bot_that_is_killed_it_ends_and_clears_up(
    bot: Running, temporary: Path, tmp_path: Path, *, begun: bool
) -> None:
    code = await filled(bot, 2_000)
    program = tmp_path / "killed.py"
    program.write_text(PACKS)
    here = {**os.environ, "PYTHONPATH": str(Path.cwd()), "TMPDIR": str(temporary)}
    command = [sys.executable, str(program), bot.way.address, str(bot.way.settings.get("secret_key") or ""), code]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, env=here)
    await until(
        lambda: [
            one for one in psutil.Process(process.pid).children() if "bot.delivery.export_process" in one.cmdline()
        ]
    )
    [child] = psutil.Process(process.pid).children()
    await until(lambda: not begun or list(temporary.rglob("*.part")))
    child.suspend()
    process.kill()
    await process.wait()
    child.resume()
    await until(lambda: has_ended(child.pid))
    assert inside(temporary) == []


PACKS = """
import asyncio, sys
from bot.packing import Packing

address, secret, code = sys.argv[1:]
asyncio.run(Packing(address, secret or None, 10).pack(code, "xlsx", print))
"""


async def test_what_a_killed_bot_left_goes_with_the_next_one(bot: Running, phone: Phone, temporary: Path) -> None:
    await filled(bot, 30)
    old, new = temporary / f"{PREFIX}old", temporary / f"{PREFIX}new"
    for folder in (old, new):
        folder.mkdir()
        (folder / "download").touch()
    os.utime(old, (0, 0))
    await chooses(phone)
    phone.tap("Plain tables")
    assert (await hears_results(bot, phone))[-1].kind == "document"
    assert inside(temporary) == [new], "another bot may be at it"
    shutil.rmtree(new)


@pytest.mark.parametrize("kind", KINDS)
async def test_on_a_full_disk_it_is_one_sentence(bot: Running, phone: Phone, temporary: Path, kind: str) -> None:
    bot.allow(UNWRITTEN)
    await filled(bot, 3_000)
    await chooses(phone)
    with small_disk(temporary):
        phone.tap(kind)
        told = (await hears_results(bot, phone))[-1]
        assert told.text.startswith("There is no room just now to make that file.")
        assert inside(temporary) == []
    [line] = bot.said(UNWRITTEN)
    assert line["said"].startswith("no_room ")
    assert str(temporary) in line["said"]
    assert line["folder"].startswith(str(temporary))


async def test_without_a_folder_for_temporary_files_it_is_one_sentence(
    bot: Running, phone: Phone, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.allow(UNWRITTEN)
    await filled(bot, 30)
    await chooses(phone)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "gone"))
    phone.tap("For Excel")
    assert (await hears_results(bot, phone))[-1].text.startswith("There is no room just now")
    [line] = bot.said(UNWRITTEN)
    assert line["folder"].startswith(str(temporary / "gone"))
    assert line["said"] == "No such file or directory"


async def test_a_folder_that_another_worker_takes_away_meanwhile_is_no_fault(
    bot: Running, phone: Phone, temporary: Path
) -> None:
    """It is found, and gone when it is looked at: as a link that leads nowhere is."""
    gone = temporary / f"{PREFIX}gone"
    gone.symlink_to(temporary / "nowhere")
    await filled(bot, 30)
    await chooses(phone)
    phone.tap("Plain tables")
    assert (await hears_results(bot, phone))[-1].kind == "document"
    gone.unlink()


async def test_a_fault_over_it_is_logged_with_its_place_and_nothing_that_was_written(
    bot: Running, phone: Phone
) -> None:
    bot.allow(UNWRITTEN)
    code = await filled(bot, 30)
    bot.change("update released set answers = '{broken' where campaign = ?", code)
    await chooses(phone)
    phone.tap("For Excel")
    assert (await hears_results(bot, phone))[-1].text.startswith("Sorry, I could not make that file.")
    [line] = bot.said(UNWRITTEN)
    assert re.fullmatch(r"JSONDecodeError at storage/[\w/]+\.py:\d+ via decoder\.py:\d+", line["said"]), line


@pytest.mark.ways("postgresql")
async def test_with_the_database_away_in_the_middle_it_is_one_sentence(bot: Running, phone: Phone) -> None:
    bot.allow(UNWRITTEN, "the database is away")
    await filled(bot, 30)
    await chooses(phone)
    phone.tap("For Excel")
    pid = await packer()
    with bot.way.away():
        os.kill(pid, signal.SIGCONT)
        await phone.until(lambda: "I can't read the answers just now." in phone.shown.text)
    await hears_results(bot, phone)


async def test_what_telegram_does_not_take_is_said(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    bot.allow("Telegram refused a download for good")
    await filled(bot, 30)
    await chooses(phone)
    refuse = Refused(400, "Bad Request: wrong file")
    lookalike.fault = lambda method, _: refuse if method == "sendDocument" else None
    phone.tap("For Excel")
    assert (await hears_results(bot, phone))[-1].text.startswith("Sorry, I could not make that file.")


async def test_a_file_that_is_too_large_for_telegram_is_not_tried(
    bot: Running, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await filled(bot, 30)
    monkeypatch.setattr("bot.delivery.export_worker.MOST_BYTES", 1_000)
    await chooses(phone)
    phone.tap("Plain tables")
    told = (await hears_results(bot, phone))[-1]
    assert "larger than Telegram lets me send: 50 MB" in told.text
    assert f"python -m bot export --campaign {code} --to answers.zip" in told.text
    assert bot.lookalike.calls["sendDocument"] == 0


async def test_more_answers_than_a_format_takes_are_said(bot: Running, phone: Phone) -> None:
    bot.allow(UNWRITTEN)
    await filled(bot, 100_001)
    await chooses(phone)
    phone.tap("For Excel")
    await phone.until(lambda: "too many for that kind of file" in phone.shown.text, 60)
    await hears_results(bot, phone)
