"""A whole campaign over real HTTP: opened in the chat, shared, answered by sixty people, given back, downloaded."""

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

PEOPLE, AT_ONCE = 60, 10
ABOUT, GROUP = "Clinig Cof y Ŵyl", "Gofalwyr Glan yr Afon"
WITHHELD = "Withheld"
LINK = "https://t.me/connection_test_bot?start="
# What people type: without anything that looks like a name or a number, and no two the same.
SAYINGS = [
    " ".join(words)
    for words in product(("They rang", "We waited", "It felt"), ("late", "kind", "rushed"), "abcdefghijklmnopqrstuvwx")
]


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    return frozenset({COORDINATOR_ID})


async def opens(phone: Phone) -> None:
    """A minute's work in the chat."""
    await perform(phone, "/coordinator", "Open a campaign", "Let's start", ABOUT, GROUP, "What we heard", "In 4 weeks")
    await perform(phone, "Skip", "8 weeks", "Open the campaign")


async def seen_on_a_phone(url: str, coordinator: int, picture: PhoneMessage) -> Image.Image:
    """A screenshot of the chat with this picture, 360 pixels wide."""
    async with open_page(f"{url}/?as={coordinator}", 360, 740) as page:
        shown = page.get_by_role("log").get_by_role("img").first
        await shown.wait_for()
        await shown.evaluate("image => image.decode()")
        await shown.scroll_into_view_if_needed()
        assert picture.kind == "photo"
        return Image.open(BytesIO(await page.screenshot()))


async def walks(emulator: TelegramEmulator, number: int, code: str, sayings: list[str]) -> StoredAnswers:
    """Somebody follows the link and answers, now and then in words."""
    phone = Phone(emulator, 6_000_000_000 + number)
    return await RandomWalker(
        phone, SkewedRandom(number), lambda _: sayings.pop(), text_share=0.4, start_command=f"/start {code}"
    ).walk()


async def answer(bot: RunningBot, code: str) -> list[StoredAnswers]:
    """Sixty people do, ten at a time."""
    sayings, said = list(SAYINGS), list[StoredAnswers]()
    for first in range(0, PEOPLE, AT_ONCE):
        those = (walks(bot.emulator, number, code, sayings) for number in range(first, first + AT_ONCE))
        said += await asyncio.gather(*those)
    await bot.wait_for_delivery()
    return said


@pytest.mark.browser
@pytest.mark.timeout(300)
async def test_a_whole_campaign(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, emulator_url: str, tmp_path: Path
) -> None:
    await opens(phone)
    phone.tap("Share it")
    _, picture, _, poster, _ = await receive_results(bot, phone)
    [link] = scan_qr_codes(await seen_on_a_phone(emulator_url, COORDINATOR_ID, picture))
    assert scan_qr_codes(render_pdf_page(get_file_content(emulator, poster))) == [link]
    assert link.startswith(LINK)

    said = await answer(bot, link.removeprefix(LINK))
    await release_results(bot)
    await perform(phone, "/coordinator", ABOUT, "Close this campaign", "Yes, close it for good")

    phone.type_text("/results")
    *charts, words = await receive_results(bot, phone)
    assert [chart.kind for chart in charts] == ["photo"] * 3
    anybody = Phone(emulator, 6_000_000_000)
    assert (await asks(bot, anybody, "What the group said"))[-1].text == words.text, "who answered sees the same"

    await perform(phone, "/coordinator", f"{ABOUT} (closed)", "Download the answers")
    phone.tap("For Excel")
    _, given = await receive_results(bot, phone)
    file = tmp_path / "answers.xlsx"
    file.write_bytes(get_file_content(emulator, given))
    whole = told_whole(file, said)
    told, wanted = parse_cells(words.text), compute_expected_cells(said)
    assert {name: told[name] for name in whole} == {name: wanted[name] for name in whole}


async def asks(bot: RunningBot, phone: Phone, label: str) -> list[PhoneMessage]:
    phone.tap(label)
    return await receive_results(bot, phone)


def told_whole(file: Path, said: list[StoredAnswers]) -> list[str]:
    """The questions of which the file holds back nothing, as results name them. There it says what was tapped; and of
    comments nothing that was not typed.
    """
    rows, wanted = read_with_openpyxl(file), dict(zip(SCALE_QUESTIONS, label_answers(said), strict=True))
    assert len(rows) == PEOPLE
    columns = list(zip(*rows, strict=True))[-len(wanted) :]
    found = {name: Counter(map(str, column)) for name, column in zip(SCALE_QUESTIONS, columns, strict=True)}
    held_back = {name: cells.pop(WITHHELD, 0) for name, cells in found.items()}
    assert all(cells <= wanted[name] for name, cells in found.items())
    assert {name: cells.total() + held_back[name] for name, cells in found.items()} == dict.fromkeys(
        SCALE_QUESTIONS, PEOPLE
    )
    whole = [name for name, many in held_back.items() if not many]
    assert len(whole) >= 2
    comments = [row[-2] for row in read_with_openpyxl(file, "comments")]
    assert set(comments) <= {words for one in said for words in one.values()}
    assert len(comments) >= 10
    return whole
