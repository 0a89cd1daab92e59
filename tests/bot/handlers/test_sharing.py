"""What a coordinator shares a campaign with: a message, pictures, a poster, links; and who gets none of it."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image

from bot.emulator import BotApiError, TelegramEmulator
from bot.graphics.drawing import ShareMaterial, draw
from bot.graphics.poster import CampaignInvitation
from bot.handlers.coordinator import SHARING_ACTIONS, take_sharing_action
from bot.render.buttons import SHARE_ACTION
from bot.render.sharing import make_file_name
from flows.events.coordinator import ShareMediumShown, ShareMessageShown
from flows.models import Tap
from storage.anonymity.participation import close_campaign
from storage.campaigns.coordinators import HOME_ORGANISATION, Coordinator
from tests.support.campaign_results import get_results_code, receive_results
from tests.support.campaigns import WILLOW_PLAN as PLAN
from tests.support.campaigns import create_campaign, run_in_transaction
from tests.support.coordinator_chat import (
    COLLEAGUE_ID,
    COORDINATOR_ID,
    OUTDATED_BUTTON_TEXT,
    STRANGER_ID,
    invite_in_chat,
    perform,
    tap_forged_button,
)
from tests.support.graphics_samples import extract_pdf_text, render_pdf_page, scan_qr_codes
from tests.support.phone import Phone, PhoneMessage
from tests.support.result_chat import get_file_content
from tests.support.running_bot import RunningBot

WILLOW = replace(PLAN, organisation=HOME_ORGANISATION)
SAID = """Carers & friends would like to know how The <Willow> day centre works for you.

“We are glad that you came”

It takes about three minutes, mostly taps, in the app Telegram. Nobody asks your name. You can stop at any time.

What you get back: What we heard (by 1 March 2057)

Press here to begin:
https://t.me/connection_test_bot?start={code}"""


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    return frozenset({COORDINATOR_ID})


async def shares(bot: RunningBot, phone: Phone) -> list[PhoneMessage]:
    """Presses *Share it*; all that comes."""
    phone.tap("Share it")
    return await receive_results(bot, phone)


def scan(emulator: TelegramEmulator, message: PhoneMessage) -> list[str]:
    """What a phone's camera finds on a picture or a page."""
    content = get_file_content(emulator, message)
    return scan_qr_codes(render_pdf_page(content) if message.kind == "document" else Image.open(BytesIO(content)))


@pytest.mark.deployments("sqlite", "postgresql")
async def test_all_that_is_shared_leads_into_the_campaign(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    code = await create_campaign(bot, WILLOW)
    await perform(phone, "/coordinator", "The <Willow> day centre")
    message, picture, qr, poster, told = await shares(bot, phone)
    link = f"https://t.me/connection_test_bot?start={code}"
    assert (message.text, message.buttons) == (SAID.format(code=code), []), "it can be forwarded as it is"
    assert picture.text == f"Press here to begin:\n{link}", "with its caption, it can be passed on too"
    assert [one.kind for one in (picture, qr, poster)] == ["photo", "photo", "document"]
    assert [scan(emulator, one) for one in (picture, qr, poster)] == [[link]] * 3
    assert poster.raw["document"]["file_name"] == "the-willow-day-centre.pdf"
    assert "Whatweheard(by1March2057)" in extract_pdf_text(get_file_content(emulator, poster))
    assert f"https://t.me/connection_test_bot?startgroup={code}" in told.text
    assert f"https://t.me/connection_test_bot?start=r-{get_results_code(bot, code)}" in told.text
    assert told.buttons == ["‹ This campaign", "‹ All campaigns"]
    assert bot.fetch_rows("select chat_id, action, campaign from audit_log") == [(COORDINATOR_ID, "shared", code)]
    stranger = Phone(emulator, STRANGER_ID)
    stranger.type_text(f"/start {message.text.rpartition('start=')[2]}")
    assert "would like to know about The <Willow> day centre." in (await stranger.receive()).text


async def test_they_are_the_pictures_that_the_command_line_writes(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    code = await create_campaign(bot, WILLOW)
    await perform(phone, "/coordinator", "The <Willow> day centre")
    _, *shapes, _ = await shares(bot, phone)
    link, promise = f"https://t.me/connection_test_bot?start={code}", "What we heard (by 1 March 2057)"
    invitation = CampaignInvitation(link, WILLOW.about, WILLOW.asker, promise, WILLOW.welcome)
    wanted = [
        draw(ShareMaterial(invitation, "picture")),
        draw(ShareMaterial(invitation, "code")),
        draw(ShareMaterial(invitation, "poster")),
    ]
    assert [get_file_content(emulator, one) for one in shapes] == wanted


async def test_once_it_is_open_sharing_it_is_the_next_thing_offered_and_little_needs_few_words(
    bot: RunningBot, phone: Phone
) -> None:
    await perform(phone, "/coordinator", "Open a campaign", "Let's start", "Oak House", "Leeds carers")
    await perform(phone, "Skip", "Skip", "Skip", "Skip", "Open the campaign")
    message, *_ = await shares(bot, phone)
    first, second, third = message.text.split("\n\n")
    assert first == "Leeds carers would like to know how Oak House works for you."
    assert second.startswith("It takes about three minutes")
    assert third.startswith("Press here to begin:\nhttps://t.me/")


async def test_an_impatient_second_tap_shares_nothing_twice(bot: RunningBot, phone: Phone) -> None:
    code = await create_campaign(bot, WILLOW)
    page = await perform(phone, "/coordinator", "The <Willow> day centre")
    phone.skip_received()
    for _ in range(3):
        phone.tap_in(page, "Share it")
    assert len(await receive_results(bot, phone)) == 5
    assert bot.fetch_rows("select action, campaign from audit_log") == [("shared", code)]
    phone.tap_in(page, "Share it")
    assert len(await receive_results(bot, phone)) == 5, "once it is there, it can be had again"


async def test_it_is_in_the_campaign_s_language(bot: RunningBot) -> None:
    code = await create_campaign(bot, WILLOW)
    bot.execute_sql("update campaigns set language = 'cy' where code = ?", code)
    who, tap = Coordinator(COORDINATOR_ID, HOME_ORGANISATION, is_configured=True), Tap("", 0, "", SHARE_ACTION, code)
    given = await run_in_transaction(bot, lambda session: take_sharing_action(session, who, tap, datetime.now(UTC)))
    assert {one.language for one in given if isinstance(one, ShareMessageShown | ShareMediumShown)} == {"cy"}


async def test_what_can_not_be_drawn_or_is_not_taken_is_said_and_the_rest_comes(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events("a drawing could not be sent; its text is sent instead")
    await create_campaign(bot, WILLOW)
    await perform(phone, "/coordinator", "The <Willow> day centre")
    refuse = BotApiError(400, "Bad Request: IMAGE_PROCESS_FAILED")
    emulator.fault_injector = lambda method, _: refuse if method in {"sendPhoto", "sendDocument"} else None
    message, picture, qr, poster, told = await shares(bot, phone)
    assert "would like to know" in message.text
    assert picture.text.startswith("Sorry, I could not make the picture")
    assert qr.text.startswith("Sorry, I could not make the QR code")
    assert poster.text.startswith("Sorry, I could not make the poster")
    assert told.buttons == ["‹ This campaign", "‹ All campaigns"]


@pytest.mark.parametrize("by", ["hand", "its last day"])
async def test_a_closed_campaign_has_nothing_to_share(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, by: str
) -> None:
    code = await create_campaign(bot, WILLOW)
    old = await perform(phone, "/coordinator", "The <Willow> day centre")
    if by == "hand":
        await run_in_transaction(bot, lambda session: close_campaign(session, code))
    else:
        bot.execute_sql("update campaigns set closes_on = 20000 where code = ?", code)
    phone.tap_in(old, "Share it")
    [told] = await receive_results(bot, phone)
    assert "Nobody can begin any more in the campaign about" in told.text
    page = await perform(phone, "‹ This campaign")
    assert "nobody can begin there" in page.text.casefold()
    assert "Share it" not in page.buttons
    assert emulator.calls["sendPhoto"] == 0
    assert bot.fetch_rows("select * from audit_log") == []


@pytest.mark.deployments("sqlite", "postgresql")
async def test_nobody_else_is_given_anything(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    """Not by buttons out of our chat, nor by a guessed code; in another organisation, or in none any more."""
    code = await create_campaign(bot, WILLOW)
    await perform(phone, "/coordinator", "The <Willow> day centre")
    ours = phone.latest_prompt.find_button("Share it")["callback_data"]
    others, colleague, stranger = Phone(emulator, 72), Phone(emulator, COLLEAGUE_ID), Phone(emulator, STRANGER_ID)
    await perform(others, f"/start {await invite_in_chat(phone, 'Another group: campaigns of its own')}")
    await perform(colleague, f"/start {await invite_in_chat(phone)}")
    bot.execute_sql("delete from coordinators where chat_id = ?", COLLEAGUE_ID)
    for somebody in (others, colleague, stranger):
        for data in (ours, *(f".0..{act}.{of}" for act in sorted(SHARING_ACTIONS) for of in (code, code.upper()))):
            assert await tap_forged_button(somebody, data) == OUTDATED_BUTTON_TEXT, data
    for act in sorted(SHARING_ACTIONS):
        for guessed in ("general", "nobody", "", "'"):
            assert await tap_forged_button(phone, f".0..{act}.{guessed}") == OUTDATED_BUTTON_TEXT
    await bot.wait_for_delivery()
    assert (emulator.calls["sendPhoto"], emulator.calls["sendDocument"]) == (0, 0)
    assert {act for (act,) in bot.fetch_rows("select action from audit_log")} == {"invited", "joined"}


async def test_in_a_group_its_buttons_give_nothing(bot: RunningBot, emulator: TelegramEmulator) -> None:
    code = await create_campaign(bot, WILLOW)
    group = Phone(emulator, -77)
    emulator.add_bot_to_group(-77, user_id=COORDINATOR_ID)
    await bot.wait_for_delivery()
    group.skip_received()
    for act in sorted(SHARING_ACTIONS):
        emulator.tap_button(-77, group.latest_bot_message.id, f".0..{act}.{code}", user_id=COORDINATOR_ID)
    assert await receive_results(bot, group) == []
    assert bot.fetch_rows("select * from audit_log") == []


async def test_what_one_took_stands_in_one_s_own_file(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    code = await create_campaign(bot, WILLOW)
    await perform(phone, "/coordinator", "The <Willow> day centre")
    await shares(bot, phone)
    phone.type_text("/mydata")
    [_, file] = await receive_results(bot, phone)
    assert f"you took what the campaign {code} is shared with" in get_file_content(emulator, file).decode()


@pytest.mark.parametrize(
    ("about", "name"),
    [
        ("The <Willow> day centre", "the-willow-day-centre"),
        ("Canolfan Tŷ'r Ŵyl / é", "canolfan-ty-r-wyl-e"),
        ("../../etc/passwd", "etc-passwd"),
        ("دیکھ بھال", "k3y"),
        ("", "k3y"),
        ("The Riverside and District Association of Family Carers", "the-riverside-and-district-association"),
        ("a" * 80, "k3y"),
        ("CON\x00.exe\n", "con-exe"),
    ],
)
def test_files_have_names_that_every_phone_takes(about: str, name: str) -> None:
    assert make_file_name(about, "k3y") == name
