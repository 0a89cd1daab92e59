"""What a group said, told to whoever took part in it and to whoever holds its link; and to nobody else."""

import pytest

from bot.emulator import BotApiError, TelegramEmulator
from storage.anonymity.participation import close_campaign
from tests.support.campaign_results import (
    GROUP_PLAN,
    compute_expected_cells,
    get_results_code,
    parse_cells,
    parse_results,
    receive_results,
    release_results,
    submit_answers,
)
from tests.support.campaigns import create_campaign, run_in_transaction
from tests.support.deployments import SQLITE
from tests.support.file_bytes import read_all_bytes
from tests.support.graphics_samples import draw_charts, extract_pdf_text
from tests.support.phone import Phone, PhoneMessage
from tests.support.result_chat import PRINT_PAGE_LABEL, SHOW_RESULTS_LABEL, get_file_content
from tests.support.running_bot import RunningBot, wait_until
from tests.support.walkers import Walker, parse_callback_data

NOTHING = "I have no group results to show you"
UNKNOWN = "I don't know that link"
EARLY = "Results come once enough people have answered"


async def request_results(bot: RunningBot, phone: Phone, words: str) -> list[PhoneMessage]:
    """Types this; what comes then."""
    phone.type_text(words)
    return await receive_results(bot, phone)


@pytest.fixture
async def released_campaign(bot: RunningBot) -> str:
    """A campaign of which there is something to show: twelve have answered."""
    code = await create_campaign(bot, GROUP_PLAN)
    await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    return code


@pytest.mark.parametrize("many", [12, 60])
async def test_words_and_pictures_say_what_was_tapped(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, many: int
) -> None:
    code = await create_campaign(bot, GROUP_PLAN)
    said = await submit_answers(bot, code, many, seed=1)
    await release_results(bot)
    *charts, words = await request_results(bot, phone, f"/start r-{get_results_code(bot, code)}")
    assert words.text.startswith("What people said about Oak <House> & garden. Asked by Leeds carers.")
    assert parse_cells(words.text) == compute_expected_cells(said)
    assert "A question passes if clearly more said good than poor." in words.text
    assert "What is not shown:" in words.text
    told = parse_results(words.text)
    assert {cell for one in told.questions for cell in one.point_cells} > {"*" if many == 60 else "some"}
    drawn = draw_charts(told)
    pictures = [get_file_content(emulator, chart) for chart in charts]
    assert pictures == list(drawn[: len(pictures)])
    assert len(pictures) == (3 if many == 60 else 1), "none shows nothing"
    assert [chart.kind for chart in charts] == ["photo"] * len(charts)
    assert bot.fetch_rows("select * from chats") == [], "nothing is kept of who looks"
    assert not [line for line in bot.log_lines if code in str(line) or "1000" in str(line)]


@pytest.mark.usefixtures("released_campaign")
@pytest.mark.deployments("sqlite", "postgresql")
async def test_who_took_part_asks_with_a_command_and_sees_a_page_as_well(
    bot: RunningBot, emulator: TelegramEmulator
) -> None:
    phone = Phone(emulator, 1_003)
    *charts, words = await request_results(bot, phone, "/results")
    assert words.buttons == [PRINT_PAGE_LABEL]
    assert emulator.calls["sendChatAction"] == len(charts) == 1, "it shows that something is coming"
    phone.tap(PRINT_PAGE_LABEL)
    [page] = await receive_results(bot, phone)
    assert (page.kind, page.raw["document"]["file_name"]) == ("document", "oak-house-garden-results.pdf")
    assert "WhatpeoplesaidaboutOak<House>&garden" in extract_pdf_text(get_file_content(emulator, page))
    assert phone.versions[words.id][-1].buttons == [PRINT_PAGE_LABEL], "it may be pressed again"
    drawn = len(emulator.files.by_id)
    again = await request_results(bot, Phone(emulator, 1_004), "/results")
    assert (again[-1].text, len(emulator.files.by_id)) == (words.text, drawn), "what was sent goes by its name"


async def test_after_the_receipt_a_button_leads_to_it_also_once_the_campaign_is_closed(
    bot: RunningBot, phone: Phone
) -> None:
    code = await create_campaign(bot, GROUP_PLAN)
    phone.type_text(f"/start {code}")
    await phone.receive()
    await Walker(phone).walk_to("check")
    receipt = await Walker(phone).submit()
    assert receipt.buttons == [SHOW_RESULTS_LABEL, "Delete my answers"]
    phone.tap_in(receipt, SHOW_RESULTS_LABEL)
    [early] = await receive_results(bot, phone)
    assert EARLY in early.text
    assert not any(sign.isdigit() for sign in early.text), "not how many have answered, or are missing"
    await submit_answers(bot, code, 15, seed=1)
    await release_results(bot)
    await run_in_transaction(bot, lambda session: close_campaign(session, code))
    [nothing] = await request_results(bot, phone, "/results")
    assert NOTHING in nothing.text
    assert "press What the group said under your own result" in nothing.text, "there is, and no mark tells so any more"
    phone.tap_in(receipt, SHOW_RESULTS_LABEL)
    *charts, words = await receive_results(bot, phone)
    assert ("Asked by Leeds carers" in words.text, charts[0].kind) == (True, "photo")
    assert phone.versions[receipt.id][-1].buttons == [SHOW_RESULTS_LABEL, "Delete my answers"]


async def test_who_took_part_in_several_is_asked_which(
    bot: RunningBot, released_campaign: str, emulator: TelegramEmulator
) -> None:
    del released_campaign
    phone = Phone(emulator, 1_000)
    await Walker(phone).start_run()
    await Walker(phone).walk_to("check")
    await Walker(phone).submit()
    [offered] = await request_results(bot, phone, "/results")
    assert offered.buttons == ["Oak <House> & garden", "What everybody here said"], "what there is something of first"
    phone.tap("Oak <House>")
    assert "Asked by Leeds carers" in (await receive_results(bot, phone))[-1].text
    phone.tap_in(offered, "What everybody")
    [early] = await receive_results(bot, phone)
    assert EARLY in early.text


async def test_of_those_without_a_group_no_verdict_is_said(bot: RunningBot, emulator: TelegramEmulator) -> None:
    await submit_answers(bot, "", 12, seed=1)
    await release_results(bot)
    *charts, words = await request_results(bot, Phone(emulator, 1_000), "/results")
    assert words.text.startswith("What people said about the services that they use. Asked by this chat.")
    assert "can’t say" not in words.text
    assert "This service" not in words.text
    assert len(charts) == 1


async def test_nobody_else_sees_them(
    bot: RunningBot, released_campaign: str, phone: Phone, emulator: TelegramEmulator
) -> None:
    """Not by a guess, nor by the campaign's own code, nor by buttons out of another chat."""
    own = Phone(emulator, 1_000)
    await Walker(own).start_run()
    await Walker(own).walk_to("check")
    await Walker(own).submit()
    [offered] = await request_results(bot, own, "/results")
    run, *_ = parse_callback_data(offered.keyboard[0])
    sent = emulator.calls["sendPhoto"]
    assert NOTHING in (await request_results(bot, phone, "/results"))[-1].text
    for key in (
        released_campaign,
        "general",
        "a" * 12,
        get_results_code(bot, released_campaign)[:-1],
        "'",
        "",
        "x" * 64,
    ):
        [heard] = await request_results(bot, phone, f"/start r-{key}")
        assert UNKNOWN in heard.text
        for act in ("results", "page"):
            phone.skip_received()
            emulator.tap_button(phone.chat_id, heard.id, f"{run}.0..{act}.{key}"[:64])
            [heard] = await receive_results(bot, phone)
            assert (UNKNOWN if key or act == "page" else NOTHING) in heard.text
    group = Phone(emulator, -77)
    emulator.add_bot_to_group(-77, user_id=7)
    await bot.wait_for_delivery()
    group.skip_received()
    emulator.tap_button(-77, 1, f"{run}.0..results.{get_results_code(bot, released_campaign)}", user_id=7)
    assert await receive_results(bot, group) == [], "in a group it answers to nobody"
    assert emulator.calls["sendPhoto"] == sent
    assert emulator.calls["sendDocument"] == 0


async def test_in_mid_walk_results_lead_back_and_leave_the_walk_alone(
    bot: RunningBot, released_campaign: str, phone: Phone
) -> None:
    await Walker(phone).walk_to("viewpoint")
    before = bot.fetch_rows("select step, prompt from runs")
    *_, words = await request_results(bot, phone, f"/start r-{get_results_code(bot, released_campaign).upper()}")
    assert words.buttons == [PRINT_PAGE_LABEL, "‹ Back to where I was"]
    assert bot.fetch_rows("select step, prompt from runs") == before


async def test_a_picture_that_telegram_refuses_leaves_the_words(
    bot: RunningBot, released_campaign: str, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events("a drawing could not be sent; its text is sent instead")
    refuse = BotApiError(400, "Bad Request: IMAGE_PROCESS_FAILED")
    emulator.fault_injector = lambda method, _: refuse if method in {"sendPhoto", "sendDocument"} else None
    [words] = await request_results(bot, phone, f"/start r-{get_results_code(bot, released_campaign)}")
    assert "Asked by Leeds carers" in words.text
    phone.tap(PRINT_PAGE_LABEL)
    [instead] = await receive_results(bot, phone)
    assert "I could not make that page" in instead.text
    emulator.fault_injector = None
    assert len(await request_results(bot, phone, f"/start r-{get_results_code(bot, released_campaign)}")) == 2


async def test_where_the_flow_left_the_library_it_says_so(
    bot: RunningBot, released_campaign: str, phone: Phone
) -> None:
    bot.allow_events("results cannot be shown")
    bot.execute_sql("update campaigns set flow = 'gone' where code = ?", released_campaign)
    [heard] = await request_results(bot, phone, f"/start r-{get_results_code(bot, released_campaign)}")
    assert "can't show these results just now" in heard.text


@pytest.mark.deployments(SQLITE)
async def test_nothing_in_the_files_says_who_looked(
    bot: RunningBot, released_campaign: str, emulator: TelegramEmulator
) -> None:
    """It waited there, locked, with the chat's number before it: as SQLite writes it, in six bytes."""
    phone = Phone(emulator, 5_123_456_789)
    await request_results(bot, phone, f"/start r-{get_results_code(bot, released_campaign)}")
    await wait_until(lambda: (5_123_456_789).to_bytes(6, "big") not in read_all_bytes(bot.deployment.database_file))
