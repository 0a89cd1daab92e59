"""A whole campaign over HTTP: opened in the chat, shared, answered by sixty people, reported and downloaded."""

import asyncio
from collections import Counter
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from bot.emulator import TelegramEmulator
from tests.support.browser import open_page
from tests.support.campaign_results import (
    SCALE_QUESTIONS,
    SkewedRandom,
    compute_expected_cells,
    parse_cells,
    receive_results,
    release_results,
)
from tests.support.coordinator_chat import COORDINATOR_ID, perform
from tests.support.export_readers import read_with_openpyxl
from tests.support.exports import label_answers
from tests.support.graphics_samples import render_pdf_page, scan_qr_codes
from tests.support.phone import Phone, PhoneMessage
from tests.support.result_chat import get_file_content
from tests.support.running_bot import RunningBot
from tests.support.walkers import RandomWalker, StoredAnswers

PERSON_COUNT, CONCURRENT_PERSON_COUNT = 60, 10
ABOUT, GROUP = "Clinig Cof y Ŵyl", "Gofalwyr Glan yr Afon"
WITHHELD = "Withheld"
LINK = "https://t.me/connection_test_bot?start="
# Distinct comments without anything that looks like a name or a number.
COMMENTS = [
    " ".join(words)
    for words in product(("They rang", "We waited", "It felt"), ("late", "kind", "rushed"), "abcdefghijklmnopqrstuvwx")
]


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    return frozenset({COORDINATOR_ID})


async def open_campaign_in_chat(phone: Phone) -> None:
    """Opens the campaign in the chat."""
    await perform(phone, "/coordinator", "Open a campaign", "Let's start", ABOUT, GROUP, "What we heard", "In 4 weeks")
    await perform(phone, "Skip", "8 weeks", "Open the campaign")


async def take_screenshot(url: str, coordinator: int, picture: PhoneMessage) -> Image.Image:
    """A screenshot of the chat with this picture, 360 pixels wide."""
    async with open_page(f"{url}/?as={coordinator}", 360, 740) as page:
        image = page.get_by_role("log").get_by_role("img").first
        await image.wait_for()
        await image.evaluate("image => image.decode()")
        await image.scroll_into_view_if_needed()
        assert picture.kind == "photo"
        return Image.open(BytesIO(await page.screenshot()))


async def follow_and_answer(
    emulator: TelegramEmulator, number: int, code: str, comments_left: list[str]
) -> StoredAnswers:
    """Follows the link and answers at random, sometimes with a comment."""
    phone = Phone(emulator, 6_000_000_000 + number)
    return await RandomWalker(
        phone, SkewedRandom(number), lambda _: comments_left.pop(), text_share=0.4, start_command=f"/start {code}"
    ).walk()


async def collect_answers(bot: RunningBot, code: str) -> list[StoredAnswers]:
    """Sixty people answer, ten at a time."""
    comments_left, submitted = list(COMMENTS), list[StoredAnswers]()
    for first in range(0, PERSON_COUNT, CONCURRENT_PERSON_COUNT):
        walks_at_once = (
            follow_and_answer(bot.emulator, number, code, comments_left)
            for number in range(first, first + CONCURRENT_PERSON_COUNT)
        )
        submitted += await asyncio.gather(*walks_at_once)
    await bot.wait_for_delivery()
    return submitted


@pytest.mark.browser
@pytest.mark.timeout(300)
async def test_a_campaign_from_opening_to_download_reports_the_submitted_answers(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, emulator_url: str, tmp_path: Path
) -> None:
    await open_campaign_in_chat(phone)
    phone.tap("Share it")
    _, picture, _, poster, _ = await receive_results(bot, phone)
    [link] = scan_qr_codes(await take_screenshot(emulator_url, COORDINATOR_ID, picture))
    assert scan_qr_codes(render_pdf_page(get_file_content(emulator, poster))) == [link]
    assert link.startswith(LINK)

    submitted = await collect_answers(bot, link.removeprefix(LINK))
    await release_results(bot)
    await perform(phone, "/coordinator", ABOUT, "Close this campaign", "Yes, close it for good")

    phone.type_text("/results")
    *charts, words = await receive_results(bot, phone)
    assert [chart.kind for chart in charts] == ["photo"] * 3
    participant = Phone(emulator, 6_000_000_000)
    assert (await tap_and_receive(bot, participant, "What the group said"))[-1].text == words.text, (
        "participants see the same results"
    )

    await perform(phone, "/coordinator", f"{ABOUT} (closed)", "Download the answers")
    phone.tap("For Excel")
    _, document = await receive_results(bot, phone)
    file = tmp_path / "answers.xlsx"
    file.write_bytes(get_file_content(emulator, document))
    complete = find_complete_questions(file, submitted)
    displayed, expected = parse_cells(words.text), compute_expected_cells(submitted)
    assert {name: displayed[name] for name in complete} == {name: expected[name] for name in complete}


async def tap_and_receive(bot: RunningBot, phone: Phone, label: str) -> list[PhoneMessage]:
    phone.tap(label)
    return await receive_results(bot, phone)


def find_complete_questions(file: Path, submitted: list[StoredAnswers]) -> list[str]:
    """Compares the file with the submitted answers; returns the names of the questions without withheld cells."""
    rows, expected = read_with_openpyxl(file), dict(zip(SCALE_QUESTIONS, label_answers(submitted), strict=True))
    assert len(rows) == PERSON_COUNT
    columns = list(zip(*rows, strict=True))[-len(expected) :]
    found = {name: Counter(map(str, column)) for name, column in zip(SCALE_QUESTIONS, columns, strict=True)}
    withheld_counts = {name: cells.pop(WITHHELD, 0) for name, cells in found.items()}
    assert all(cells <= expected[name] for name, cells in found.items())
    assert {name: cells.total() + withheld_counts[name] for name, cells in found.items()} == dict.fromkeys(
        SCALE_QUESTIONS, PERSON_COUNT
    )
    complete = [name for name, count in withheld_counts.items() if not count]
    assert len(complete) >= 2
    comments = [row[-2] for row in read_with_openpyxl(file, "comments")]
    assert set(comments) <= {words for one in submitted for words in one.values()}
    assert len(comments) >= 10
    return complete
