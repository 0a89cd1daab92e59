"""A coordinator gets a message, pictures, a poster and links to share a campaign; nobody else gets them."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from bot.emulator import BotApiError, TelegramEmulator
from bot.handlers.coordinator import SHARING_ACTIONS, take_sharing_action
from bot.render.buttons import SHARE_ACTION
from bot.render.sharing import make_file_name
from bot.settings import Settings
from flows.events.coordinator import ShareMediumShown, ShareMessageShown
from flows.models import Tap
from storage.anonymity.participation import close_campaign
from storage.campaigns.coordinators import HOME_ORGANISATION, Coordinator
from tests.support.campaign_commands import run_campaign_command
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
SHARE_MESSAGE = """Carers & friends would like to know how The <Willow> day centre works for you.

“We are glad that you came”

It takes about three minutes, mostly taps, in the app Telegram. Nobody asks your name. You can stop at any time.

What you get back: What we heard (by 1 March 2057)

Press here to begin:
https://t.me/connection_test_bot?start={code}"""


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    return frozenset({COORDINATOR_ID})


async def share(bot: RunningBot, phone: Phone) -> list[PhoneMessage]:
    """Taps *Share it*, and returns the messages that follow."""
    phone.tap("Share it")
    return await receive_results(bot, phone)


def scan(emulator: TelegramEmulator, message: PhoneMessage) -> list[str]:
    """The links in the QR codes of a picture or page."""
    content = get_file_content(emulator, message)
    return scan_qr_codes(render_pdf_page(content) if message.kind == "document" else Image.open(BytesIO(content)))


@pytest.mark.deployments("sqlite", "postgresql")
async def test_everything_shared_leads_into_the_campaign(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    code = await create_campaign(bot, WILLOW)
    await perform(phone, "/coordinator", "The <Willow> day centre")
    message, picture, qr, poster, links = await share(bot, phone)
    link = f"https://t.me/connection_test_bot?start={code}"
    assert (message.text, message.buttons) == (SHARE_MESSAGE.format(code=code), []), "it can be forwarded unchanged"
    assert picture.text == f"Press here to begin:\n{link}", "the caption includes the link"
    assert [item.kind for item in (picture, qr, poster)] == ["photo", "photo", "document"]
    assert [scan(emulator, item) for item in (picture, qr, poster)] == [[link]] * 3
    assert poster.raw["document"]["file_name"] == "the-willow-day-centre.pdf"
    assert "Whatweheard(by1March2057)" in extract_pdf_text(get_file_content(emulator, poster))
    assert f"https://t.me/connection_test_bot?startgroup={code}" in links.text
    assert f"https://t.me/connection_test_bot?start=r-{get_results_code(bot, code)}" in links.text
    assert links.buttons == ["‹ This campaign", "‹ All campaigns"]
    assert bot.fetch_rows("select chat_id, action, campaign from audit_log") == [(COORDINATOR_ID, "shared", code)]
    stranger = Phone(emulator, STRANGER_ID)
    stranger.type_text(f"/start {message.text.rpartition('start=')[2]}")
    assert "would like to know about The <Willow> day centre." in (await stranger.receive()).text


async def test_shared_pictures_equal_those_of_the_command_line(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, tmp_path: Path
) -> None:
    code = await create_campaign(bot, WILLOW)
    await perform(phone, "/coordinator", "The <Willow> day centre")
    _, *media, _ = await share(bot, phone)
    settings = Settings(_env_file=None, database_url=bot.deployment.database_url)
    folder = tmp_path / "files"
    folder.mkdir()
    arguments = ("share", code, "--to", str(folder), "--bot", "connection_test_bot")
    status, _, err = await run_campaign_command(tmp_path, settings, *arguments)
    assert (status, err) == (0, "")
    assert [get_file_content(emulator, item) for item in media] == [
        (folder / name).read_bytes() for name in ("picture.png", "code.png", "poster.pdf")
    ]


async def test_sharing_is_offered_on_opening_and_omits_skipped_texts(bot: RunningBot, phone: Phone) -> None:
    await perform(phone, "/coordinator", "Open a campaign", "Let's start", "Oak House", "Leeds carers")
    await perform(phone, "Skip", "Skip", "Skip", "Skip", "Open the campaign")
    message, *_ = await share(bot, phone)
    first, second, third = message.text.split("\n\n")
    assert first == "Leeds carers would like to know how Oak House works for you."
    assert second.startswith("It takes about three minutes")
    assert third.startswith("Press here to begin:\nhttps://t.me/")


async def test_repeated_taps_on_share_send_everything_once(bot: RunningBot, phone: Phone) -> None:
    code = await create_campaign(bot, WILLOW)
    page = await perform(phone, "/coordinator", "The <Willow> day centre")
    phone.skip_received()
    for _ in range(3):
        phone.tap_in(page, "Share it")
    assert len(await receive_results(bot, phone)) == 5
    assert bot.fetch_rows("select action, campaign from audit_log") == [("shared", code)]
    phone.tap_in(page, "Share it")
    assert len(await receive_results(bot, phone)) == 5, "after delivery it can be requested again"


async def test_shared_material_is_in_the_campaign_s_language(bot: RunningBot) -> None:
    code = await create_campaign(bot, WILLOW)
    bot.execute_sql("update campaigns set language = 'cy' where code = ?", code)
    sender, tap = Coordinator(COORDINATOR_ID, HOME_ORGANISATION, is_configured=True), Tap("", 0, "", SHARE_ACTION, code)
    shared_events = await run_in_transaction(
        bot, lambda session: take_sharing_action(session, sender, tap, datetime.now(UTC))
    )
    assert {item.language for item in shared_events if isinstance(item, ShareMessageShown | ShareMediumShown)} == {"cy"}


async def test_rejected_pictures_are_explained_and_the_rest_is_sent(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events("a drawing could not be sent; its text is sent instead")
    await create_campaign(bot, WILLOW)
    await perform(phone, "/coordinator", "The <Willow> day centre")
    rejection = BotApiError(400, "Bad Request: IMAGE_PROCESS_FAILED")
    emulator.fault_injector = lambda method, _: rejection if method in {"sendPhoto", "sendDocument"} else None
    message, picture, qr, poster, links = await share(bot, phone)
    assert "would like to know" in message.text
    assert picture.text.startswith("Sorry, I could not make the picture")
    assert qr.text.startswith("Sorry, I could not make the QR code")
    assert poster.text.startswith("Sorry, I could not make the poster")
    assert links.buttons == ["‹ This campaign", "‹ All campaigns"]


@pytest.mark.parametrize("closed_by", ["hand", "its last day"])
async def test_a_closed_campaign_cannot_be_shared(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, closed_by: str
) -> None:
    code = await create_campaign(bot, WILLOW)
    page_before = await perform(phone, "/coordinator", "The <Willow> day centre")
    if closed_by == "hand":
        await run_in_transaction(bot, lambda session: close_campaign(session, code))
    else:
        bot.execute_sql("update campaigns set closes_on = 20000 where code = ?", code)
    phone.tap_in(page_before, "Share it")
    [links] = await receive_results(bot, phone)
    assert "Nobody can begin any more in the campaign about" in links.text
    page = await perform(phone, "‹ This campaign")
    assert "nobody can begin there" in page.text.casefold()
    assert "Share it" not in page.buttons
    assert emulator.calls["sendPhoto"] == 0
    assert bot.fetch_rows("select * from audit_log") == []


@pytest.mark.deployments("sqlite", "postgresql")
async def test_sharing_buttons_look_outdated_to_others(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    """Strangers, other organisations and removed coordinators get the reply for outdated buttons, also for copied
    buttons and guessed codes.
    """
    code = await create_campaign(bot, WILLOW)
    await perform(phone, "/coordinator", "The <Willow> day centre")
    share_data = phone.latest_prompt.find_button("Share it")["callback_data"]
    other_organisation, colleague, stranger = (
        Phone(emulator, 72),
        Phone(emulator, COLLEAGUE_ID),
        Phone(emulator, STRANGER_ID),
    )
    await perform(other_organisation, f"/start {await invite_in_chat(phone, 'Another group: campaigns of its own')}")
    await perform(colleague, f"/start {await invite_in_chat(phone)}")
    bot.execute_sql("delete from coordinators where chat_id = ?", COLLEAGUE_ID)
    for somebody in (other_organisation, colleague, stranger):
        for data in (
            share_data,
            *(f".0..{action}.{campaign}" for action in sorted(SHARING_ACTIONS) for campaign in (code, code.upper())),
        ):
            assert await tap_forged_button(somebody, data) == OUTDATED_BUTTON_TEXT, data
    for action in sorted(SHARING_ACTIONS):
        for value in ("general", "nobody", "", "'"):
            assert await tap_forged_button(phone, f".0..{action}.{value}") == OUTDATED_BUTTON_TEXT
    await bot.wait_for_delivery()
    assert (emulator.calls["sendPhoto"], emulator.calls["sendDocument"]) == (0, 0)
    assert {action for (action,) in bot.fetch_rows("select action from audit_log")} == {"invited", "joined"}


async def test_sharing_buttons_do_nothing_in_a_group(bot: RunningBot, emulator: TelegramEmulator) -> None:
    code = await create_campaign(bot, WILLOW)
    group = Phone(emulator, -77)
    emulator.add_bot_to_group(-77, user_id=COORDINATOR_ID)
    await bot.wait_for_delivery()
    group.skip_received()
    for action in sorted(SHARING_ACTIONS):
        emulator.tap_button(-77, group.latest_bot_message.id, f".0..{action}.{code}", user_id=COORDINATOR_ID)
    assert await receive_results(bot, group) == []
    assert bot.fetch_rows("select * from audit_log") == []


async def test_mydata_lists_sharing(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    code = await create_campaign(bot, WILLOW)
    await perform(phone, "/coordinator", "The <Willow> day centre")
    await share(bot, phone)
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
def test_file_names_have_only_letters_digits_and_hyphens(about: str, name: str) -> None:
    assert make_file_name(about, "k3y") == name
