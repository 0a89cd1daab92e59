"""The results command: what the chat is told, in words and as files; and what can't be done in one sentence."""

from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image

from bot.graphics.alt_text import tell_results
from bot.graphics.drawing import charts_of, draw
from bot.handlers.results import report_of
from bot.settings import Settings
from storage.anonymity.comments import APPROVED
from storage.anonymity.gateway import opened
from storage.anonymity.moderation import judge
from storage.db.database import Database
from tests.support.bot_process import run
from tests.support.cli import as_environment, bot_on, inside
from tests.support.graphics_samples import text_of
from tests.support.random_responses import crowd, release, with_words

K = 10


async def results(folder: Path, settings: Settings, *arguments: str) -> tuple[int, str, str]:
    ended = await run(folder, "results", *arguments, **as_environment(settings))
    return ended.code, ended.out, ended.err


def counted(database: Database) -> dict[str, dict[str, str]]:
    """What the gate shows of each question."""
    shown: dict[str, dict[str, str]] = {}
    with opened(database, "general", K) as campaign:
        for one in campaign.counts():
            shown.setdefault(one.question, {})[one.answer] = one.shown
    return shown


def test_what_the_gate_shows_is_what_is_told_and_nothing_else(database: Database) -> None:
    assert report_of(database, "general", K, "en") is None, "nothing is released yet"
    release(database, with_words(crowd(Random(2), 80), [f"comment {number}" for number in range(30)]), k=K)
    with opened(database, "general", K) as campaign:
        ids = [said.id for said in campaign.comments()]
    assert len(ids) == 30
    with database.transaction() as tx:
        judge(tx, "general", ids[:2], APPROVED)
    report = report_of(database, "general", K, "en")
    assert report
    shown = counted(database)
    order = ("-2", "-1", "0", "1", "2")
    assert [one.steps for one in report.results.questions] == [
        tuple(cells[step] for step in order) for cells in shown.values()
    ]
    assert [(one.total, one.not_sure, one.skipped) for one in report.results.questions] == [
        tuple(cells[answer] for answer in ("", "not_sure", "skipped")) for cells in shown.values()
    ]
    assert (report.results.answers, report.results.release, report.least) == ("80", 1, K)
    assert len(report.comments) == 2, "those that were approved"
    assert set(report.comments) <= {f"comment {number}" for number in range(30)}


async def test_words_on_the_screen_and_all_files_in_a_folder(
    settings: Settings, database: Database, folder: Path, tmp_path: Path
) -> None:
    release(database, crowd(Random(2), 80), k=K)
    async with bot_on(settings):
        code, out, err = await results(tmp_path, settings, "--campaign", "general", "--to", str(folder))
    report = report_of(database, "general", K, "en")
    assert report
    pictures = [draw(chart) for chart in charts_of(report.results)]
    names = [*(f"results-{number}.png" for number in range(1, len(pictures) + 1)), "results.pdf"]
    assert (code, err) == (0, "")
    words = tell_results(report.results)
    assert out == "\n".join([words, *(f"Written: {folder / name}" for name in names), ""])
    assert [(folder / name).read_bytes() for name in names] == [*pictures, draw(report)]
    assert inside(folder) == names
    assert Image.open(BytesIO(pictures[0])).width == 1080


async def test_the_page_alone_is_written_where_a_pdf_is_named(
    on_file: Settings, database_on_file: Database, folder: Path, tmp_path: Path
) -> None:
    release(database_on_file, crowd(Random(2), 80), k=K)
    to = folder / "monday.pdf"
    assert (await results(tmp_path, on_file, "--campaign", "general", "--to", str(to)))[0] == 0
    assert "Whatpeoplesaid" in text_of(to.read_bytes())
    assert inside(folder) == [to.name]


async def test_what_can_not_be_done_is_one_sentence_and_writes_nothing(
    on_file: Settings, database_on_file: Database, folder: Path, tmp_path: Path
) -> None:
    nothing = "Could not: Nothing of general is released yet: a first release needs 10 responses.\n"
    assert await results(tmp_path, on_file, "--campaign", "general") == (1, "", nothing)
    unknown = "Could not: There is no campaign nowhere: `campaign list` shows those there are.\n"
    assert await results(tmp_path, on_file, "--campaign", "nowhere", "--to", str(folder)) == (1, "", unknown)
    release(database_on_file, crowd(Random(2), 80), k=K)
    (folder / "results-2.png").touch()
    for to, said in (
        (folder, f"{folder / 'results-2.png'} is there already: nothing is overwritten; choose another folder"),
        (folder / "here", f"{folder / 'here'} is no folder: name one that is there, or a file that ends in .pdf."),
        (folder / "no" / "x.pdf", f"The folder {folder / 'no'} is not there: make it first."),
    ):
        code, _, err = await results(tmp_path, on_file, "--campaign", "general", "--to", str(to))
        assert (code, err.count("\n"), said in err) == (1, 1, True), err
    assert inside(folder) == ["results-2.png"]
    assert (await results(tmp_path, on_file))[0] == 2
