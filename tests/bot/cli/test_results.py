"""The results command gives the same results as the chat, as text and as files, and fails with one sentence."""

from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image

from bot.graphics.alt_text import describe_results
from bot.graphics.drawing import draw, list_charts
from bot.handlers.results import load_report
from bot.settings import Settings
from storage.anonymity.comments import COMMENT_APPROVED
from storage.anonymity.gateway import open_release_view
from storage.anonymity.moderation import set_comment_state
from storage.db.database import Database
from tests.support.bot_process import run_command
from tests.support.cli import list_files, run_bot_with, to_environment
from tests.support.graphics_samples import extract_pdf_text
from tests.support.random_responses import add_comments, make_random_answers, release_answers

K = 10


async def run_results(folder: Path, settings: Settings, *arguments: str) -> tuple[int, str, str]:
    ended = await run_command(folder, "results", *arguments, **to_environment(settings))
    return ended.exit_code, ended.stdout, ended.stderr


def displayed_counts(database: Database) -> dict[str, dict[str, str]]:
    """{question: {answer: displayed value}} as the release view shows them."""
    displayed: dict[str, dict[str, str]] = {}
    with open_release_view(database, "general", K) as campaign:
        for one in campaign.count_answers():
            displayed.setdefault(one.question, {})[one.answer] = one.display_value
    return displayed


def test_a_report_contains_exactly_what_the_release_view_shows(database: Database) -> None:
    assert load_report(database, "general", K, "en") is None, "nothing is released yet"
    release_answers(
        database,
        add_comments(make_random_answers(Random(2), 80), [f"comment {number}" for number in range(30)]),
        release_size=K,
    )
    with open_release_view(database, "general", K) as campaign:
        ids = [expected.id for expected in campaign.iter_comments()]
    assert len(ids) == 30
    with database.transaction() as session:
        set_comment_state(session, "general", ids[:2], COMMENT_APPROVED)
    report = load_report(database, "general", K, "en")
    assert report
    displayed = displayed_counts(database)
    order = ("-2", "-1", "0", "1", "2")
    assert [one.point_cells for one in report.results.questions] == [
        tuple(cells[point] for point in order) for cells in displayed.values()
    ]
    assert [(one.total, one.not_sure, one.skipped) for one in report.results.questions] == [
        tuple(cells[answer] for answer in ("", "not_sure", "skipped")) for cells in displayed.values()
    ]
    assert (report.results.answer_count, report.results.release, report.release_size) == ("80", 1, K)
    assert len(report.comments) == 2, "only approved comments"
    assert set(report.comments) <= {f"comment {number}" for number in range(30)}


async def test_results_prints_text_and_writes_all_files_to_a_folder(
    settings: Settings, database: Database, output_folder: Path, tmp_path: Path
) -> None:
    release_answers(database, make_random_answers(Random(2), 80), release_size=K)
    async with run_bot_with(settings):
        code, out, err = await run_results(tmp_path, settings, "--campaign", "general", "--to", str(output_folder))
    report = load_report(database, "general", K, "en")
    assert report
    pictures = [draw(chart) for chart in list_charts(report.results)]
    names = [*(f"results-{number}.png" for number in range(1, len(pictures) + 1)), "results.pdf"]
    assert (code, err) == (0, "")
    words = describe_results(report.results)
    assert out == "\n".join([words, *(f"Written: {output_folder / name}" for name in names), ""])
    assert [(output_folder / name).read_bytes() for name in names] == [*pictures, draw(report)]
    assert list_files(output_folder) == names
    assert Image.open(BytesIO(pictures[0])).width == 1080


async def test_results_writes_only_the_page_to_a_pdf_file(
    sqlite_settings: Settings, sqlite_database: Database, output_folder: Path, tmp_path: Path
) -> None:
    release_answers(sqlite_database, make_random_answers(Random(2), 80), release_size=K)
    to = output_folder / "monday.pdf"
    assert (await run_results(tmp_path, sqlite_settings, "--campaign", "general", "--to", str(to)))[0] == 0
    assert "Whatpeoplesaid" in extract_pdf_text(to.read_bytes())
    assert list_files(output_folder) == [to.name]


async def test_refused_results_print_one_sentence_and_write_nothing(
    sqlite_settings: Settings, sqlite_database: Database, output_folder: Path, tmp_path: Path
) -> None:
    not_released = "Could not: Nothing of general is released yet: a first release needs 10 responses.\n"
    assert await run_results(tmp_path, sqlite_settings, "--campaign", "general") == (1, "", not_released)
    unknown = "Could not: There is no campaign nowhere: `campaign list` shows all campaigns.\n"
    assert await run_results(tmp_path, sqlite_settings, "--campaign", "nowhere", "--to", str(output_folder)) == (
        1,
        "",
        unknown,
    )
    release_answers(sqlite_database, make_random_answers(Random(2), 80), release_size=K)
    (output_folder / "results-2.png").touch()
    for to, expected in (
        (
            output_folder,
            f"{output_folder / 'results-2.png'} is there already: nothing is overwritten; choose another folder",
        ),
        (
            output_folder / "here",
            f"{output_folder / 'here'} is no folder: name one that is there, or a file that ends in .pdf.",
        ),
        (output_folder / "no" / "x.pdf", f"The folder {output_folder / 'no'} does not exist: create it first."),
    ):
        code, _, err = await run_results(tmp_path, sqlite_settings, "--campaign", "general", "--to", str(to))
        assert (code, err.count("\n"), expected in err) == (1, 1, True), err
    assert list_files(output_folder) == ["results-2.png"]
    assert (await run_results(tmp_path, sqlite_settings))[0] == 2
