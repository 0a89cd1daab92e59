"""The coordinator menu: opening, viewing and closing campaigns, invitations, and what others cannot reach."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.emulator import TelegramEmulator
from bot.handlers.coordinator import COORDINATOR_ACTIONS, LEAVE_ACTIONS
from flows.events.coordinator import OPEN_CAMPAIGN_ACTION
from storage.anonymity.drop_off import count_drop_offs
from storage.campaigns.coordinators import HOME_ORGANISATION
from storage.campaigns.repository import CampaignPlan
from tests.support.campaign_results import receive_results, release_results, submit_answers
from tests.support.campaigns import create_campaign, run_in_transaction
from tests.support.coordinator_chat import (
    COLLEAGUE_ID,
    COORDINATOR_ID,
    LEAVE_LABEL,
    OUTDATED_BUTTON_TEXT,
    STRANGER_ID,
    extract_start_code,
    fetch_campaign_codes,
    invite_in_chat,
    open_campaign_in_chat,
    perform,
    tap_forged_button,
)
from tests.support.personal_data import read_data_file, request_personal_data
from tests.support.phone import Phone, PhoneMessage
from tests.support.running_bot import RunningBot
from tests.support.walkers import Walker, get_step, tap_last_button

WILLOW_PLAN = CampaignPlan("The Willow", "Leeds carers", organisation=HOME_ORGANISATION)


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    return frozenset({COORDINATOR_ID})


@pytest.fixture
def no_rate_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a test tap every button of the menu, more than the rate limit allows."""
    monkeypatch.setattr("bot.intake.rate_limit.MAX_BURST_UPDATES", 1_000)


@pytest.fixture
def stranger(emulator: TelegramEmulator) -> Phone:
    return Phone(emulator, STRANGER_ID)


def list_menu_buttons(*values: str) -> Iterator[str]:
    """The callback data of every button of the menu, with each of these values."""
    return (
        f".0..{action}.{value}"
        for action in sorted({*COORDINATOR_ACTIONS, OPEN_CAMPAIGN_ACTION})
        for value in ("", "general", "5", *values)
    )


@pytest.mark.deployments("sqlite", "postgresql")
async def test_a_campaign_is_opened_in_the_chat_and_somebody_answers_by_its_link(
    bot: RunningBot, phone: Phone, stranger: Phone
) -> None:
    code = await open_campaign_in_chat(phone)
    stranger.type_text(f"/start {code}")
    welcome = (await stranger.receive()).text
    assert "Carers & friends would like to know about The <Willow>." in welcome
    day = datetime.now(UTC).date() + timedelta(days=28)
    assert f"What you get back: A page (by {day.day} {day:%B %Y})" in welcome
    walker = Walker(stranger)
    await walker.walk_to("check")
    await walker.submit()
    await bot.wait_for_delivery()
    assert {campaign for (campaign,) in bot.fetch_rows("select campaign from pending_parts")} == {code}
    assert bot.fetch_rows("select organisation, is_closed from campaigns where code = ?", code) == [
        (HOME_ORGANISATION, False)
    ]
    assert (
        bot.fetch_rows("select * from runs")
        == bot.fetch_rows("select * from answers")
        == bot.fetch_rows("select * from chats")
        == []
    )
    assert bot.fetch_rows("select campaign from participations") == [(code,)], "only the respondent took part"
    assert bot.fetch_rows("select chat_id, action, campaign from audit_log") == [(COORDINATOR_ID, "opened", code)]


async def test_the_campaign_page_shows_its_texts_dates_and_drop_off(bot: RunningBot, phone: Phone) -> None:
    code = await open_campaign_in_chat(phone)
    await run_in_transaction(
        bot,
        lambda session: count_drop_offs(session, [(code, "role")] * 8 + [(code, "more")] * 12 + [(code, "check")] * 7),
    )
    page = await perform(phone, "See this campaign")
    assert page.text.endswith("Where people stop before sending\nYou can see that once answers have come in.")
    day = datetime.now(UTC).date() + timedelta(days=56)
    assert f"Open up to and with {day.day} {day:%B %Y}." in page.text
    assert extract_start_code(page) == code
    assert "Carers & friends would like to know about The <Willow>." in page.text
    assert "fewer than 10. They can be seen when 10 have come in" in page.text
    assert page.buttons == ["Share it", "Close this campaign", "‹ All campaigns"]
    await submit_answers(bot, code, 10, seed=2)
    await release_results(bot)
    page = await perform(phone, "‹ All campaigns", "The <Willow>")
    assert "You: about 10\nWhere one can send or go on: about 10" in page.text
    assert "Before sending" not in page.text.replace("before sending", "")


async def test_the_campaign_page_links_to_results_once_there_are_some(bot: RunningBot, phone: Phone) -> None:
    code = await open_campaign_in_chat(phone)
    await submit_answers(bot, code, 12, seed=2)
    await release_results(bot)
    page = await perform(phone, "See this campaign")
    assert "at least 12. All of them can be seen.\n" in page.text
    assert page.buttons == [
        "Share it",
        "What the group said",
        "Read the comments",
        "Download the answers",
        "Close this campaign",
        "‹ All campaigns",
    ]
    phone.tap("What the group said")
    *_, words = await receive_results(bot, phone)
    assert words.text.startswith("What people said about The <Willow>. Asked by Carers & friends.")
    assert (await perform(phone, "‹ This campaign")).text.startswith("The <Willow>\n")


@pytest.mark.deployments("sqlite", "postgresql")
async def test_results_offers_a_coordinator_their_own_campaigns_only(
    bot: RunningBot, phone: Phone, stranger: Phone
) -> None:
    code, unreleased = (
        await open_campaign_in_chat(phone),
        await create_campaign(bot, CampaignPlan("Ash House", "Us", organisation=HOME_ORGANISATION)),
    )
    other = await perform(stranger, f"/start {await invite_in_chat(phone, 'Another group: campaigns of its own')}")
    assert other.buttons == ["Open a campaign", "Invite somebody", LEAVE_LABEL]
    await submit_answers(bot, code, 12, seed=2)
    await release_results(bot)
    offered = await perform(phone, "/results")
    assert offered.buttons == ["The <Willow>", "Ash House"], "campaigns with results come first"
    phone.tap("The <Willow>")
    *_, words = await receive_results(bot, phone)
    assert words.text.startswith("What people said about The <Willow>.")
    assert "I have no group results to show you" in (await perform(stranger, "/results")).text
    for key in (code, unreleased):
        assert "I don't know that link" in (await follow_forged_button(bot, stranger, f".0..results.{key}")).text


async def follow_forged_button(bot: RunningBot, phone: Phone, data: str) -> PhoneMessage:
    """Sends a tap with this callback data, as a modified app could, and returns the last message that follows."""
    phone.skip_received()
    phone.emulator.tap_button(phone.chat_id, 1, data)
    return (await receive_results(bot, phone))[-1]


@pytest.mark.deployments("sqlite", "postgresql")
async def test_closing_asks_first_and_then_nobody_can_start(bot: RunningBot, phone: Phone, stranger: Phone) -> None:
    code = await open_campaign_in_chat(phone)
    prompt = await perform(phone, "See this campaign", "Close this campaign")
    assert "It can't be undone." in prompt.text
    assert "stay unseen for ever" in prompt.text
    assert fetch_campaign_codes(bot) == [(code, False)]
    confirm_data = prompt.find_button("Yes, close it for good")["callback_data"]
    await perform(phone, "No, leave it open")
    assert fetch_campaign_codes(bot) == [(code, False)]
    await perform(phone, "Close this campaign", "Yes, close it for good")
    assert bot.fetch_rows("select is_closed, participation_key from campaigns where code = ?", code) == [(True, None)]
    phone.skip_received()
    phone.emulator.tap_button(phone.chat_id, 1, confirm_data)
    assert "It is closed. Nobody can begin there." in (await phone.receive()).text, (
        "an old confirmation does not close it again"
    )
    stranger.type_text(f"/start {code}")
    assert "closed now" in (await stranger.receive()).text
    assert bot.fetch_rows("select action, campaign from audit_log order by id") == [("opened", code), ("closed", code)]


async def test_the_coordinator_command_is_unknown_to_others(bot: RunningBot, stranger: Phone) -> None:
    await create_campaign(bot, WILLOW_PLAN)
    stranger.type_text("/coordinator")
    reply = await stranger.receive()
    stranger.type_text("/weather")
    assert ((await stranger.receive()).text, stranger.latest_bot_message.buttons) == (reply.text, reply.buttons)


@pytest.mark.usefixtures("no_rate_limit")
@pytest.mark.deployments("sqlite", "postgresql")
async def test_forged_menu_buttons_look_outdated_to_others(bot: RunningBot, stranger: Phone) -> None:
    code = await create_campaign(bot, WILLOW_PLAN)
    await perform(stranger, "/start")
    await perform(stranger, "/delete")
    assert await tap_forged_button(stranger, "gone.3.role.answer.neighbour") == OUTDATED_BUTTON_TEXT
    for data in list_menu_buttons(code, code.upper(), "nobody", "\x00"):
        assert await tap_forged_button(stranger, data) == OUTDATED_BUTTON_TEXT, data
    await bot.wait_for_delivery()
    assert fetch_campaign_codes(bot) == [(code, False)]
    for table in ("runs", "coordinators", "invitations", "audit_log"):
        assert bot.fetch_rows(f"select * from {table}") == [], table


@pytest.mark.usefixtures("no_rate_limit")
async def test_forged_menu_buttons_do_not_interrupt_a_run(bot: RunningBot, stranger: Phone) -> None:
    code = await create_campaign(bot, WILLOW_PLAN)
    await Walker(stranger).walk_to("viewpoint")
    outdated_text = await tap_forged_button(stranger, "gone.3.role.answer.neighbour")
    for data in list_menu_buttons(code):
        assert await tap_forged_button(stranger, data) == outdated_text, data
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select flow, step from runs") == [("connection_test", "viewpoint")]
    assert fetch_campaign_codes(bot) == [(code, False)]


async def test_forwarded_coordinator_messages_give_no_access(bot: RunningBot, phone: Phone, stranger: Phone) -> None:
    """A forwarded message counts as the forwarder's. Telegram strips its buttons, except links."""
    await open_campaign_in_chat(phone)
    page = await perform(phone, "See this campaign")
    await perform(stranger, "/start")
    origin = {"type": "user", "date": 1_700_000_000, "sender_user": stranger.chat.user_json() | {"id": COORDINATOR_ID}}
    for forwarded, unknown_text in (
        ("/coordinator", "/nonsense"),
        (page.text.partition("https")[0], "Is anybody there?"),
    ):
        expected = await perform(stranger, unknown_text)
        stranger.skip_received()
        stranger.emulator.type_text(stranger.chat_id, forwarded, forward_origin=origin)
        reply = await stranger.receive()
        assert (reply.text, reply.buttons) == (expected.text, expected.buttons)
    reply = await perform(stranger, page.text)
    assert reply.buttons == ["Let's start", "How are my answers kept?"], (
        "the campaign's own link in the text still works"
    )
    assert bot.fetch_rows("select * from coordinators") == []


async def test_forged_menu_buttons_with_a_run_id_give_no_access(bot: RunningBot, stranger: Phone) -> None:
    code = await create_campaign(bot, WILLOW_PLAN)
    prompt = await Walker(stranger).walk_to("viewpoint")
    run, prompt_number, step, *_ = prompt.keyboard[0]["callback_data"].split(".")
    for action in sorted({*COORDINATOR_ACTIONS, OPEN_CAMPAIGN_ACTION}):
        stranger.skip_received()
        stranger.emulator.tap_button(stranger.chat_id, prompt.id, f"{run}.{prompt_number}.{step}.{action}.{code}")
    await bot.wait_for_delivery()
    assert "campaign" not in stranger.format_transcript().casefold()
    assert bot.fetch_rows("select flow, step from runs") == [("connection_test", "viewpoint")]
    assert fetch_campaign_codes(bot) == [(code, False)]


@pytest.mark.deployments("sqlite", "postgresql")
async def test_another_organisation_can_neither_see_nor_change_our_campaigns(
    bot: RunningBot, phone: Phone, stranger: Phone
) -> None:
    code = await open_campaign_in_chat(phone)
    token = await invite_in_chat(phone, "Another group: campaigns of its own")
    menu = await perform(stranger, f"/start {token}")
    assert menu.buttons == ["Open a campaign", "Invite somebody", LEAVE_LABEL]
    for action in sorted(COORDINATOR_ACTIONS - LEAVE_ACTIONS - {"menu", "menu_invite", "menu_invite_colleague"}):
        assert await tap_forged_button(stranger, f".0..{action}.{code}") == OUTDATED_BUTTON_TEXT, action
    theirs = await open_campaign_in_chat(stranger, "Oak House")
    assert (await perform(stranger, "‹ All campaigns")).buttons == [
        "Oak House",
        "Open a campaign",
        "Invite somebody",
        LEAVE_LABEL,
    ]
    assert (await perform(phone, "/coordinator")).buttons == ["The <Willow>", "Open a campaign", "Invite somebody"]
    assert await tap_forged_button(phone, f".0..menu_close_confirmed.{theirs}") == OUTDATED_BUTTON_TEXT
    assert sorted(fetch_campaign_codes(bot)) == sorted([(code, False), (theirs, False)])
    assert bot.fetch_rows("select * from invitations") == []


async def test_a_colleague_shares_the_campaigns_and_invites_colleagues_only(
    bot: RunningBot, phone: Phone, colleague: Phone
) -> None:
    code = await open_campaign_in_chat(phone)
    menu = await perform(colleague, f"/start {await invite_in_chat(phone)}")
    assert "You are a coordinator now" in menu.text
    assert menu.buttons == ["The <Willow>", "Open a campaign", "Invite somebody", LEAVE_LABEL]
    prompt = await perform(colleague, "Invite somebody")
    assert "Do you want to invite a colleague?" in prompt.text
    assert prompt.buttons == ["A colleague: the same campaigns", "‹ All campaigns"]
    assert await tap_forged_button(colleague, ".0..menu_invite_group.") == OUTDATED_BUTTON_TEXT
    third = Phone(phone.emulator, 72)
    assert "The <Willow>" in (await perform(third, f"/start {await invite_in_chat(colleague)}")).buttons
    await perform(colleague, "/coordinator", "The <Willow>", "Close this campaign", "Yes, close it for good")
    assert fetch_campaign_codes(bot) == [(code, True)]
    select_audit_log = "select chat_id, action from audit_log order by id"
    assert bot.fetch_rows(select_audit_log) == [
        (COORDINATOR_ID, "opened"),
        (COORDINATOR_ID, "invited"),
        (COLLEAGUE_ID, "joined"),
        (COLLEAGUE_ID, "invited"),
        (72, "joined"),
        (COLLEAGUE_ID, "closed"),
    ]


async def test_an_invitation_works_once_and_a_second_use_is_explained(
    bot: RunningBot, phone: Phone, colleague: Phone, stranger: Phone
) -> None:
    token = await invite_in_chat(phone)
    await perform(colleague, f"/start {token}")
    assert "You are a coordinator already." in (await perform(colleague, f"/start {token}")).text
    late = await perform(stranger, f"/start {token}")
    assert "That invitation does not work any more." in late.text
    assert late.buttons == []
    assert bot.fetch_rows("select chat_id, organisation from coordinators") == [(COLLEAGUE_ID, HOME_ORGANISATION)]


async def test_expired_and_unknown_invitations_get_the_same_answer(
    bot: RunningBot, phone: Phone, stranger: Phone
) -> None:
    token = await invite_in_chat(phone)
    bot.execute_sql("update invitations set expires_at = ?", int(datetime.now(UTC).timestamp()))
    replies = {
        (await perform(stranger, f"/start {one}")).text for one in (token, "invite-", f"invite-{'a' * 24}", "invite-'")
    }
    assert len(replies) == 1
    assert "does not work any more" in replies.pop()
    assert bot.fetch_rows("select * from coordinators") == []


async def test_opening_one_s_own_invitation_does_not_use_it_up(bot: RunningBot, phone: Phone, colleague: Phone) -> None:
    token = await invite_in_chat(phone)
    assert "You are a coordinator already." in (await perform(phone, f"/start {token}")).text
    assert "You are a coordinator now" in (await perform(colleague, f"/start {token}")).text
    assert bot.fetch_rows("select chat_id from coordinators") == [(COLLEAGUE_ID,)]


async def test_following_an_invitation_mid_run_keeps_the_place(bot: RunningBot, phone: Phone, colleague: Phone) -> None:
    await Walker(colleague).walk_to("viewpoint")
    menu = await perform(colleague, f"/start {await invite_in_chat(phone)}")
    assert menu.buttons == ["Open a campaign", "Invite somebody", LEAVE_LABEL, "‹ Back to where I was"]
    assert get_step(await perform(colleague, "‹ Back to where I was")) == "viewpoint"
    assert len(bot.fetch_rows("select * from answers")) == 1


async def test_opening_a_campaign_asks_before_it_deletes_unsent_answers(bot: RunningBot, phone: Phone) -> None:
    await Walker(phone).walk_to("viewpoint")
    prompt = await perform(phone, "/coordinator", "Open a campaign")
    assert "You have answers about a service of your choice that are not sent yet." in prompt.text
    assert prompt.buttons == ["Carry on", "Delete them, open a campaign"]
    assert get_step(await perform(phone, "Carry on")) == "viewpoint"
    phone.tap_in(prompt, "Delete them, open a campaign")
    again = await phone.receive()
    assert again.buttons == ["Carry on", "Delete them, open a campaign"], (
        "the confirmation is outdated, as another prompt was sent since"
    )
    assert "Open a campaign." in (await perform(phone, "Delete them, open a campaign")).text
    assert bot.fetch_rows("select flow, campaign from runs") == [("open_campaign", "")]
    assert bot.fetch_rows("select * from answers") == []
    assert bot.fetch_rows("select * from drop_offs") == []
    await open_campaign_in_chat(phone, has_started=True)


async def test_a_link_asks_before_it_deletes_a_campaign_draft(bot: RunningBot, phone: Phone) -> None:
    code = await create_campaign(bot, WILLOW_PLAN)
    await perform(phone, "/coordinator", "Open a campaign", "Let's start", "Oak House")
    prompt = await perform(phone, f"/start {code}")
    assert "You began to open a campaign, and it is not open yet." in prompt.text
    assert get_step(await perform(phone, "Carry on")) == "asker"
    await perform(phone, f"/start {code}")
    assert "would like to know about The Willow" in (await perform(phone, "Delete them, begin the other")).text
    assert bot.fetch_rows("select flow, campaign from runs") == [("connection_test", code)]
    assert bot.fetch_rows("select * from drop_offs") == []


async def test_opening_a_second_campaign_returns_to_the_draft(bot: RunningBot, phone: Phone) -> None:
    await perform(phone, "/coordinator", "Open a campaign", "Let's start", "Oak House")
    again = await perform(phone, "/coordinator", "Open a campaign")
    assert "Here is where you were" in again.text
    assert get_step(again) == "asker"
    await perform(phone, "/delete", "Yes, delete them")
    await bot.wait_for_delivery()
    assert (
        bot.fetch_rows("select * from runs")
        == bot.fetch_rows("select * from drop_offs")
        == fetch_campaign_codes(bot)
        == []
    )


@pytest.mark.parametrize("last_action", ["Open the campaign", "Skip", "Oak", "/start", "/mydata"])
async def test_a_removed_coordinator_cannot_open_their_draft(
    bot: RunningBot, phone: Phone, colleague: Phone, last_action: str
) -> None:
    token = await invite_in_chat(phone)
    await perform(
        colleague, f"/start {token}", "Open a campaign", "Let's start", "Oak", "Elm", "A page", "Skip", "Skip"
    )
    if last_action == "Open the campaign":
        await perform(colleague, "8 weeks")
    bot.execute_sql("delete from coordinators")
    if last_action in colleague.current_buttons():
        answer = await colleague.wait_for_answer(tap_last_button(colleague, colleague.latest_prompt, last_action))
        assert answer.text.startswith("That button is from an earlier time.")
        await bot.wait_for_delivery()
        assert colleague.current_buttons() == [], "outdated buttons are removed"
    else:
        assert "Open" not in (await perform(colleague, last_action)).text
    await bot.wait_for_delivery()
    assert fetch_campaign_codes(bot) == []
    assert (
        bot.fetch_rows("select * from runs where flow = 'open_campaign'")
        == bot.fetch_rows("select * from answers")
        == []
    )


async def test_mydata_lists_and_exports_a_coordinator_s_data(bot: RunningBot, phone: Phone, colleague: Phone) -> None:
    await perform(colleague, f"/start {await invite_in_chat(phone)}")
    reply, file = await request_personal_data(bot, colleague)
    assert "As you are a coordinator, or were one: the number of this chat" in reply.text
    assert "not the number of this chat" not in reply.text
    text = read_data_file(bot.emulator, file)
    assert f"So I keep the number of this chat, {COLLEAGUE_ID}," in text
    assert "UTC: you became a coordinator" in text
    assert "I don't keep the number of this chat" not in text
    code = await open_campaign_in_chat(phone)
    _, file = await request_personal_data(bot, phone)
    text = read_data_file(bot.emulator, file)
    assert "UTC: you invited somebody\n" in text
    assert f"UTC: you opened the campaign {code}\n" in text


async def test_mydata_lists_a_campaign_draft(bot: RunningBot, phone: Phone) -> None:
    await perform(phone, "/coordinator", "Open a campaign", "Let's start", "Oak House")
    reply, file = await request_personal_data(bot, phone)
    assert "this, of a campaign that is not open yet" in reply.text
    assert "About: “Oak House”" in reply.text
    assert "A CAMPAIGN THAT YOU BEGAN TO OPEN" in read_data_file(bot.emulator, file)


async def test_the_coordinator_menu_does_not_open_in_a_group(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone
) -> None:
    await open_campaign_in_chat(phone)
    group = Phone(emulator, -77)
    emulator.add_bot_to_group(-77, user_id=COORDINATOR_ID)
    await bot.wait_for_delivery()
    group.skip_received()
    emulator.type_text(-77, "/coordinator@connection_test_bot", user_id=COORDINATOR_ID)
    assert (await group.receive()).buttons == ["Open a private chat"]
    emulator.tap_button(-77, group.latest_bot_message.id, ".0..menu.", user_id=COORDINATOR_ID)
    await bot.wait_for_delivery()
    assert "campaign" not in group.format_transcript().casefold()
