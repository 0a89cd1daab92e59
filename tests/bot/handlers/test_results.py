"""Results are shown to participants and to people with the results link, and to nobody else."""

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

NO_RESULTS = "I have no group results to show you"
UNKNOWN_LINK = "I don't know that link"
TOO_FEW = "Results come once enough people have answered"


async def request_results(bot: RunningBot, phone: Phone, words: str) -> list[PhoneMessage]:
    """Types these words, and returns the messages that follow."""
    phone.type_text(words)
    return await receive_results(bot, phone)


@pytest.fixture
async def released_campaign(bot: RunningBot) -> str:
    """A campaign with twelve released responses."""
    code = await create_campaign(bot, GROUP_PLAN)
    await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    return code


@pytest.mark.parametrize("response_count", [12, 60])
async def test_text_and_charts_match_the_submitted_answers(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, response_count: int
) -> None:
    code = await create_campaign(bot, GROUP_PLAN)
    submitted = await submit_answers(bot, code, response_count, seed=1)
    await release_results(bot)
    *charts, words = await request_results(bot, phone, f"/start r-{get_results_code(bot, code)}")
    assert words.text.startswith("What people said about Oak <House> & garden. Asked by Leeds carers.")
    assert parse_cells(words.text) == compute_expected_cells(submitted)
    assert "A question passes if clearly more said good than poor." in words.text
    assert "What is not shown:" in words.text
    parsed = parse_results(words.text)
    assert {cell for one in parsed.questions for cell in one.point_cells} > {"*" if response_count == 60 else "some"}
    expected = draw_charts(parsed)
    pictures = [get_file_content(emulator, chart) for chart in charts]
    assert pictures == list(expected[: len(pictures)])
    assert len(pictures) == (3 if response_count == 60 else 1), "no chart is empty"
    assert [chart.kind for chart in charts] == ["photo"] * len(charts)
    assert bot.fetch_rows("select * from chats") == [], "viewers are not stored"
    assert not [line for line in bot.log_lines if code in str(line) or "1000" in str(line)]


@pytest.mark.usefixtures("released_campaign")
@pytest.mark.deployments("sqlite", "postgresql")
async def test_a_participant_gets_results_and_a_page_with_a_command(
    bot: RunningBot, emulator: TelegramEmulator
) -> None:
    phone = Phone(emulator, 1_003)
    *charts, words = await request_results(bot, phone, "/results")
    assert words.buttons == [PRINT_PAGE_LABEL]
    assert emulator.calls["sendChatAction"] == len(charts) == 1, "a chat action shows that a picture follows"
    phone.tap(PRINT_PAGE_LABEL)
    [page] = await receive_results(bot, phone)
    assert (page.kind, page.raw["document"]["file_name"]) == ("document", "oak-house-garden-results.pdf")
    assert "WhatpeoplesaidaboutOak<House>&garden" in extract_pdf_text(get_file_content(emulator, page))
    assert phone.versions[words.id][-1].buttons == [PRINT_PAGE_LABEL], "the button can be used again"
    expected = len(emulator.files.by_id)
    again = await request_results(bot, Phone(emulator, 1_004), "/results")
    assert (again[-1].text, len(emulator.files.by_id)) == (words.text, expected), (
        "the known picture is sent by its file ID"
    )


async def test_the_receipt_s_results_button_works_after_closing_too(bot: RunningBot, phone: Phone) -> None:
    code = await create_campaign(bot, GROUP_PLAN)
    phone.type_text(f"/start {code}")
    await phone.receive()
    await Walker(phone).walk_to("check")
    receipt = await Walker(phone).submit()
    assert receipt.buttons == [SHOW_RESULTS_LABEL, "Delete my answers"]
    phone.tap_in(receipt, SHOW_RESULTS_LABEL)
    [too_few] = await receive_results(bot, phone)
    assert TOO_FEW in too_few.text
    assert not any(sign.isdigit() for sign in too_few.text), "no number of responses is shown"
    await submit_answers(bot, code, 15, seed=1)
    await release_results(bot)
    await run_in_transaction(bot, lambda session: close_campaign(session, code))
    [no_results] = await request_results(bot, phone, "/results")
    assert NO_RESULTS in no_results.text
    assert "press What the group said under your own result" in no_results.text, (
        "participation is no longer stored, so the receipt's button is named"
    )
    phone.tap_in(receipt, SHOW_RESULTS_LABEL)
    *charts, words = await receive_results(bot, phone)
    assert ("Asked by Leeds carers" in words.text, charts[0].kind) == (True, "photo")
    assert phone.versions[receipt.id][-1].buttons == [SHOW_RESULTS_LABEL, "Delete my answers"]


async def test_a_participant_of_several_campaigns_chooses_one(
    bot: RunningBot, released_campaign: str, emulator: TelegramEmulator
) -> None:
    del released_campaign
    phone = Phone(emulator, 1_000)
    await Walker(phone).start_run()
    await Walker(phone).walk_to("check")
    await Walker(phone).submit()
    [offered] = await request_results(bot, phone, "/results")
    assert offered.buttons == ["Oak <House> & garden", "What everybody here said"], "campaigns with results come first"
    phone.tap("Oak <House>")
    assert "Asked by Leeds carers" in (await receive_results(bot, phone))[-1].text
    phone.tap_in(offered, "What everybody")
    [too_few] = await receive_results(bot, phone)
    assert TOO_FEW in too_few.text


async def test_general_results_have_no_verdict(bot: RunningBot, emulator: TelegramEmulator) -> None:
    await submit_answers(bot, "", 12, seed=1)
    await release_results(bot)
    *charts, words = await request_results(bot, Phone(emulator, 1_000), "/results")
    assert words.text.startswith("What people said about the services that they use. Asked by this chat.")
    assert "can’t say" not in words.text
    assert "This service" not in words.text
    assert len(charts) == 1


async def test_other_people_cannot_see_results(
    bot: RunningBot, released_campaign: str, phone: Phone, emulator: TelegramEmulator
) -> None:
    """Not with guessed codes, the campaign's own code, or buttons from another chat."""
    own = Phone(emulator, 1_000)
    await Walker(own).start_run()
    await Walker(own).walk_to("check")
    await Walker(own).submit()
    [offered] = await request_results(bot, own, "/results")
    run, *_ = parse_callback_data(offered.keyboard[0])
    sent = emulator.calls["sendPhoto"]
    assert NO_RESULTS in (await request_results(bot, phone, "/results"))[-1].text
    for key in (
        released_campaign,
        "general",
        "a" * 12,
        get_results_code(bot, released_campaign)[:-1],
        "'",
        "",
        "x" * 64,
    ):
        [reply] = await request_results(bot, phone, f"/start r-{key}")
        assert UNKNOWN_LINK in reply.text
        for action in ("results", "page"):
            phone.skip_received()
            emulator.tap_button(phone.chat_id, reply.id, f"{run}.0..{action}.{key}"[:64])
            [reply] = await receive_results(bot, phone)
            assert (UNKNOWN_LINK if key or action == "page" else NO_RESULTS) in reply.text
    group = Phone(emulator, -77)
    emulator.add_bot_to_group(-77, user_id=7)
    await bot.wait_for_delivery()
    group.skip_received()
    emulator.tap_button(-77, 1, f"{run}.0..results.{get_results_code(bot, released_campaign)}", user_id=7)
    assert await receive_results(bot, group) == [], "no results in a group"
    assert emulator.calls["sendPhoto"] == sent
    assert emulator.calls["sendDocument"] == 0


async def test_results_during_a_run_do_not_change_it(bot: RunningBot, released_campaign: str, phone: Phone) -> None:
    await Walker(phone).walk_to("viewpoint")
    before = bot.fetch_rows("select step, prompt from runs")
    *_, words = await request_results(bot, phone, f"/start r-{get_results_code(bot, released_campaign).upper()}")
    assert words.buttons == [PRINT_PAGE_LABEL, "‹ Back to where I was"]
    assert bot.fetch_rows("select step, prompt from runs") == before


async def test_results_are_sent_as_text_if_telegram_rejects_pictures(
    bot: RunningBot, released_campaign: str, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events("a drawing could not be sent; its text is sent instead")
    rejection = BotApiError(400, "Bad Request: IMAGE_PROCESS_FAILED")
    emulator.fault_injector = lambda method, _: rejection if method in {"sendPhoto", "sendDocument"} else None
    [words] = await request_results(bot, phone, f"/start r-{get_results_code(bot, released_campaign)}")
    assert "Asked by Leeds carers" in words.text
    phone.tap(PRINT_PAGE_LABEL)
    [apology] = await receive_results(bot, phone)
    assert "I could not make that page" in apology.text
    emulator.fault_injector = None
    assert len(await request_results(bot, phone, f"/start r-{get_results_code(bot, released_campaign)}")) == 2


async def test_results_of_a_removed_flow_are_explained(bot: RunningBot, released_campaign: str, phone: Phone) -> None:
    bot.allow_events("results cannot be shown")
    bot.execute_sql("update campaigns set flow = 'gone' where code = ?", released_campaign)
    [reply] = await request_results(bot, phone, f"/start r-{get_results_code(bot, released_campaign)}")
    assert "can't show these results just now" in reply.text


@pytest.mark.deployments(SQLITE)
async def test_the_database_files_do_not_contain_a_viewer_s_chat_id(
    bot: RunningBot, released_campaign: str, emulator: TelegramEmulator
) -> None:
    """The outbox held the encrypted message after the chat's number, which SQLite writes in six bytes."""
    phone = Phone(emulator, 5_123_456_789)
    await request_results(bot, phone, f"/start r-{get_results_code(bot, released_campaign)}")
    await wait_until(lambda: (5_123_456_789).to_bytes(6, "big") not in read_all_bytes(bot.deployment.database_file))
