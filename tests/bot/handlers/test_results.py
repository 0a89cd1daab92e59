"""What a group said, told to whoever took part in it and to whoever holds its link; and to nobody else."""

import pytest

from bot.emulator import Lookalike, Refused
from bot.graphics.charts import draw_charts
from storage.anonymity.participation import close_campaign
from tests.bot.handlers.test_campaign_links import beside, opened
from tests.storage.db.test_erasure import every_byte
from tests.support.campaign_results import (
    GROUP,
    answered,
    decoded,
    expected,
    hears_results,
    key_of,
    released,
    results_told,
)
from tests.support.deployments import SQLITE
from tests.support.graphics_samples import text_of
from tests.support.phone import Message, Phone
from tests.support.running_bot import Running, until
from tests.support.walkers import Walker, data_of

SHOW, PRINT = "What the group said", "One page to print"
NOTHING = "I have no group results to show you"
UNKNOWN = "I don't know that link"
EARLY = "Results come once enough people have answered"


def file_of(lookalike: Lookalike, message: Message) -> bytes:
    """What Telegram has of a picture or a page."""
    found = message.raw.get("document") or message.raw["photo"][-1]
    return lookalike.files.by_id[found["file_id"]].content


async def asks(bot: Running, phone: Phone, words: str) -> list[Message]:
    """Types this; what comes then."""
    phone.type(words)
    return await hears_results(bot, phone)


@pytest.fixture
async def shown(bot: Running) -> str:
    """A campaign of which there is something to show: twelve have answered."""
    code = await opened(bot, GROUP)
    await answered(bot, code, 12, seed=1)
    await released(bot)
    return code


@pytest.mark.parametrize("many", [12, 60])
async def test_words_and_pictures_say_what_was_tapped(
    bot: Running, phone: Phone, lookalike: Lookalike, many: int
) -> None:
    code = await opened(bot, GROUP)
    said = await answered(bot, code, many, seed=1)
    await released(bot)
    *charts, words = await asks(bot, phone, f"/start r-{key_of(bot, code)}")
    assert words.text.startswith("What people said about Oak <House> & garden. Asked by Leeds carers.")
    assert decoded(words.text) == expected(said)
    assert "A question passes if clearly more said good than poor." in words.text
    assert "What is not shown:" in words.text
    told = results_told(words.text)
    assert {cell for one in told.questions for cell in one.steps} > {"*" if many == 60 else "some"}
    drawn = draw_charts(told)
    pictures = [file_of(lookalike, chart) for chart in charts]
    assert pictures == list(drawn[: len(pictures)])
    assert len(pictures) == (3 if many == 60 else 1), "none shows nothing"
    assert [chart.kind for chart in charts] == ["photo"] * len(charts)
    assert bot.rows("select * from chats") == [], "nothing is kept of who looks"
    assert not [line for line in bot.log if code in str(line) or "1000" in str(line)]


@pytest.mark.usefixtures("shown")
@pytest.mark.ways("sqlite", "postgresql")
async def test_who_took_part_asks_with_a_command_and_sees_a_page_as_well(bot: Running, lookalike: Lookalike) -> None:
    phone = Phone(lookalike, 1_003)
    *charts, words = await asks(bot, phone, "/results")
    assert words.buttons == [PRINT]
    assert lookalike.calls["sendChatAction"] == len(charts) == 1, "it shows that something is coming"
    phone.tap(PRINT)
    [page] = await hears_results(bot, phone)
    assert (page.kind, page.raw["document"]["file_name"]) == ("document", "oak-house-garden-results.pdf")
    assert "WhatpeoplesaidaboutOak<House>&garden" in text_of(file_of(lookalike, page))
    assert phone.versions[words.id][-1].buttons == [PRINT], "it may be pressed again"
    drawn = len(lookalike.files.by_id)
    again = await asks(bot, Phone(lookalike, 1_004), "/results")
    assert (again[-1].text, len(lookalike.files.by_id)) == (words.text, drawn), "what was sent goes by its name"


async def test_after_the_receipt_a_button_leads_to_it_also_once_the_campaign_is_closed(
    bot: Running, phone: Phone
) -> None:
    code = await opened(bot, GROUP)
    phone.type(f"/start {code}")
    await phone.hears()
    await Walker(phone).to("check")
    receipt = await Walker(phone).send()
    assert receipt.buttons == [SHOW, "Delete my answers"]
    phone.tap_on(receipt, SHOW)
    [early] = await hears_results(bot, phone)
    assert EARLY in early.text
    assert not any(sign.isdigit() for sign in early.text), "not how many have answered, or are missing"
    await answered(bot, code, 15, seed=1)
    await released(bot)
    await beside(bot, lambda tx: close_campaign(tx, code))
    [nothing] = await asks(bot, phone, "/results")
    assert NOTHING in nothing.text
    assert "press What the group said under your own result" in nothing.text, "there is, and no mark tells so any more"
    phone.tap_on(receipt, SHOW)
    *charts, words = await hears_results(bot, phone)
    assert ("Asked by Leeds carers" in words.text, charts[0].kind) == (True, "photo")
    assert phone.versions[receipt.id][-1].buttons == [SHOW, "Delete my answers"]


async def test_who_took_part_in_several_is_asked_which(bot: Running, shown: str, lookalike: Lookalike) -> None:
    del shown
    phone = Phone(lookalike, 1_000)
    await Walker(phone).begin()
    await Walker(phone).to("check")
    await Walker(phone).send()
    [offered] = await asks(bot, phone, "/results")
    assert offered.buttons == ["Oak <House> & garden", "What everybody here said"], "what there is something of first"
    phone.tap("Oak <House>")
    assert "Asked by Leeds carers" in (await hears_results(bot, phone))[-1].text
    phone.tap_on(offered, "What everybody")
    [early] = await hears_results(bot, phone)
    assert EARLY in early.text


async def test_of_those_without_a_group_no_verdict_is_said(bot: Running, lookalike: Lookalike) -> None:
    await answered(bot, "", 12, seed=1)
    await released(bot)
    *charts, words = await asks(bot, Phone(lookalike, 1_000), "/results")
    assert words.text.startswith("What people said about the services that they use. Asked by this chat.")
    assert "can’t say" not in words.text
    assert "This service" not in words.text
    assert len(charts) == 1


async def test_nobody_else_sees_them(bot: Running, shown: str, phone: Phone, lookalike: Lookalike) -> None:
    """Not by a guess, nor by the campaign's own code, nor by buttons out of another chat."""
    own = Phone(lookalike, 1_000)
    await Walker(own).begin()
    await Walker(own).to("check")
    await Walker(own).send()
    [offered] = await asks(bot, own, "/results")
    run, *_ = data_of(offered.keyboard[0])
    sent = lookalike.calls["sendPhoto"]
    assert NOTHING in (await asks(bot, phone, "/results"))[-1].text
    for key in (shown, "general", "a" * 12, key_of(bot, shown)[:-1], "'", "", "x" * 64):
        [heard] = await asks(bot, phone, f"/start r-{key}")
        assert UNKNOWN in heard.text
        for act in ("results", "page"):
            phone.act()
            lookalike.taps(phone.chat_id, heard.id, f"{run}.0..{act}.{key}"[:64])
            [heard] = await hears_results(bot, phone)
            assert (UNKNOWN if key or act == "page" else NOTHING) in heard.text
    group = Phone(lookalike, -77)
    lookalike.adds_to_group(-77, by=7)
    await bot.said_all()
    group.act()
    lookalike.taps(-77, 1, f"{run}.0..results.{key_of(bot, shown)}", by=7)
    assert await hears_results(bot, group) == [], "in a group it answers to nobody"
    assert lookalike.calls["sendPhoto"] == sent
    assert lookalike.calls["sendDocument"] == 0


async def test_in_mid_walk_results_lead_back_and_leave_the_walk_alone(bot: Running, shown: str, phone: Phone) -> None:
    await Walker(phone).to("viewpoint")
    before = bot.rows("select place, ask from runs")
    *_, words = await asks(bot, phone, f"/start r-{key_of(bot, shown).upper()}")
    assert words.buttons == [PRINT, "‹ Back to where I was"]
    assert bot.rows("select place, ask from runs") == before


async def test_a_picture_that_telegram_refuses_leaves_the_words(
    bot: Running, shown: str, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow("a picture could not be said; its words are", "a page could not be said")
    refuse = Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
    lookalike.fault = lambda method, _: refuse if method in {"sendPhoto", "sendDocument"} else None
    [words] = await asks(bot, phone, f"/start r-{key_of(bot, shown)}")
    assert "Asked by Leeds carers" in words.text
    phone.tap(PRINT)
    [instead] = await hears_results(bot, phone)
    assert "I could not make that page" in instead.text
    lookalike.fault = None
    assert len(await asks(bot, phone, f"/start r-{key_of(bot, shown)}")) == 2


async def test_where_the_flow_left_the_library_it_says_so(bot: Running, shown: str, phone: Phone) -> None:
    bot.allow("results can't be shown")
    bot.change("update campaigns set flow = 'gone' where code = ?", shown)
    [heard] = await asks(bot, phone, f"/start r-{key_of(bot, shown)}")
    assert "can't show these results just now" in heard.text


@pytest.mark.ways(SQLITE)
async def test_nothing_in_the_files_says_who_looked(bot: Running, shown: str, lookalike: Lookalike) -> None:
    """It waited there, locked, with the chat's number before it: as SQLite writes it, in six bytes."""
    phone = Phone(lookalike, 5_123_456_789)
    await asks(bot, phone, f"/start r-{key_of(bot, shown)}")
    await until(lambda: (5_123_456_789).to_bytes(6, "big") not in every_byte(bot.way.file))
