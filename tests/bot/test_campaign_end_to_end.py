"""A whole campaign over real HTTP: opened in the chat, shared, answered by sixty people, given back, downloaded."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from PIL import Image

from bot.emulator import Lookalike
from tests.bot.delivery.test_export import told_of
from tests.bot.handlers.test_coordinator_menu import NAMED, does
from tests.bot.handlers.test_results import file_of
from tests.support.browser import a_page
from tests.support.campaign_results import SCALES, Leaning, decoded, expected, hears_results, released
from tests.support.deployments import Way
from tests.support.export_readers import by_openpyxl
from tests.support.graphics_samples import printed, scanned
from tests.support.phone import Message, Phone
from tests.support.running_bot import Running, running
from tests.support.walkers import Stored, Stroller

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
async def bot(lookalike: Lookalike, url: str, way: Way) -> AsyncIterator[Running]:
    """One whose operator names person 7."""
    async with running(lookalike, url, way, coordinator_ids=frozenset({NAMED})) as made:
        yield made


async def opens(phone: Phone) -> None:
    """A minute's work in the chat."""
    await does(phone, "/coordinator", "Open a campaign", "Let's start", ABOUT, GROUP, "What we heard", "In 4 weeks")
    await does(phone, "Skip", "8 weeks", "Open the campaign")


async def seen_on_a_phone(url: str, coordinator: int, picture: Message) -> Image.Image:
    """A screenshot of the chat with this picture, 360 pixels wide."""
    async with a_page(f"{url}/?as={coordinator}", 360, 740) as page:
        shown = page.get_by_role("log").get_by_role("img").first
        await shown.wait_for()
        await shown.evaluate("image => image.decode()")
        await shown.scroll_into_view_if_needed()
        assert picture.kind == "photo"
        return Image.open(BytesIO(await page.screenshot()))


async def walks(lookalike: Lookalike, number: int, code: str, sayings: list[str]) -> Stored:
    """Somebody follows the link and answers, now and then in words."""
    phone = Phone(lookalike, 6_000_000_000 + number)
    return await Stroller(phone, Leaning(number), lambda _: sayings.pop(), types=0.4, begins=f"/start {code}").walk()


async def answer(bot: Running, code: str) -> list[Stored]:
    """Sixty people do, ten at a time."""
    sayings, said = list(SAYINGS), list[Stored]()
    for first in range(0, PEOPLE, AT_ONCE):
        those = (walks(bot.lookalike, number, code, sayings) for number in range(first, first + AT_ONCE))
        said += await asyncio.gather(*those)
    await bot.said_all()
    return said


@pytest.mark.browser
@pytest.mark.timeout(300)
async def test_a_whole_campaign(bot: Running, phone: Phone, lookalike: Lookalike, url: str, tmp_path: Path) -> None:
    await opens(phone)
    phone.tap("Share it")
    _, picture, _, poster, _ = await hears_results(bot, phone)
    [link] = scanned(await seen_on_a_phone(url, NAMED, picture))
    assert scanned(printed(file_of(lookalike, poster))) == [link]
    assert link.startswith(LINK)

    said = await answer(bot, link.removeprefix(LINK))
    await released(bot)
    await does(phone, "/coordinator", ABOUT, "Close this campaign", "Yes, close it for good")

    phone.type("/results")
    *charts, words = await hears_results(bot, phone)
    assert [chart.kind for chart in charts] == ["photo"] * 3
    anybody = Phone(lookalike, 6_000_000_000)
    assert (await asks(bot, anybody, "What the group said"))[-1].text == words.text, "who answered sees the same"

    await does(phone, "/coordinator", f"{ABOUT} (closed)", "Download the answers")
    phone.tap("For Excel")
    _, given = await hears_results(bot, phone)
    file = tmp_path / "answers.xlsx"
    file.write_bytes(file_of(lookalike, given))
    whole = told_whole(file, said)
    told, wanted = decoded(words.text), expected(said)
    assert {name: told[name] for name in whole} == {name: wanted[name] for name in whole}


async def asks(bot: Running, phone: Phone, label: str) -> list[Message]:
    phone.tap(label)
    return await hears_results(bot, phone)


def told_whole(file: Path, said: list[Stored]) -> list[str]:
    """The questions of which the file holds back nothing, as results name them. There it says what was tapped; and of
    comments nothing that was not typed.
    """
    rows, wanted = by_openpyxl(file), dict(zip(SCALES, told_of(said), strict=True))
    assert len(rows) == PEOPLE
    columns = list(zip(*rows, strict=True))[-len(wanted) :]
    found = {name: Counter(map(str, column)) for name, column in zip(SCALES, columns, strict=True)}
    held_back = {name: cells.pop(WITHHELD, 0) for name, cells in found.items()}
    assert all(cells <= wanted[name] for name, cells in found.items())
    assert {name: cells.total() + held_back[name] for name, cells in found.items()} == dict.fromkeys(SCALES, PEOPLE)
    whole = [name for name, many in held_back.items() if not many]
    assert len(whole) >= 2
    comments = [row[-2] for row in by_openpyxl(file, "comments")]
    assert set(comments) <= {words for one in said for words in one.values()}
    assert len(comments) >= 10
    return whole
