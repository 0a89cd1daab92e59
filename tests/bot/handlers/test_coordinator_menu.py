"""The coordinators' side of the chat: a campaign opened, shared and closed; invitations; and everybody else."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.emulator import Lookalike
from bot.handlers.coordinator import ACTS, LEAVING
from flows.events.coordinator import OPEN
from storage.anonymity.drop_off import count_stops
from storage.campaigns.coordinators import HOME
from storage.campaigns.repository import Plan
from tests.bot.handlers.test_campaign_links import beside, opened
from tests.bot.handlers.test_personal_data import asks, read
from tests.support.campaign_results import answered, hears_results, released
from tests.support.deployments import Way
from tests.support.phone import Message, Phone
from tests.support.running_bot import Running, running
from tests.support.walkers import Walker, place_of, press

NAMED, COLLEAGUE, STRANGER = 7, 70, 71
LEAVE = "Stop being a coordinator"
OLD = "That button is from an earlier time. To begin again, press /start."
WILLOW = Plan("The Willow", "Leeds carers", organisation=HOME)


@pytest.fixture
async def bot(lookalike: Lookalike, url: str, way: Way) -> AsyncIterator[Running]:
    """One whose operator names person 7."""
    async with running(lookalike, url, way, coordinator_ids=frozenset({NAMED})) as made:
        yield made


@pytest.fixture
def no_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every button of the desk may be tried: they are more than anybody taps."""
    monkeypatch.setattr("bot.intake.rate_limit.BURST", 1_000)


@pytest.fixture
def stranger(lookalike: Lookalike) -> Phone:
    return Phone(lookalike, STRANGER)


@pytest.fixture
def colleague(lookalike: Lookalike) -> Phone:
    return Phone(lookalike, COLLEAGUE)


async def does(phone: Phone, *actions: str) -> Message:
    """Presses what is a button just now, types what is none; gives the last thing heard."""
    for action in actions:
        if action in phone.buttons():
            press(phone, phone.asking, action)
        else:
            phone.type(action)
        await phone.hears()
    return phone.shown


async def opens(phone: Phone, about: str = "The <Willow>", *, begun: bool = False) -> str:
    """Opens a campaign from the menu; its code."""
    if not begun:
        await does(phone, "/coordinator", "Open a campaign")
    check = await does(phone, "Let's start", about, "Carers & friends", "A page", "In 4 weeks", "Skip", "8 weeks")
    assert place_of(check) == "check"
    return link_in(await does(phone, "Open the campaign"))


def link_in(message: Message) -> str:
    """What follows `start=` in the link of this message."""
    [line] = [line for line in message.text.splitlines() if line.startswith("https://t.me/connection_test_bot?start=")]
    return line.partition("start=")[2]


async def invited(phone: Phone, whom: str = "A colleague: the same campaigns") -> str:
    return link_in(await does(phone, "/coordinator", "Invite somebody", whom))


def codes(bot: Running) -> list[tuple[object, ...]]:
    return bot.rows("select code, closed from campaigns where code <> 'general'")


async def alert_of(phone: Phone, data: str) -> str:
    """Presses a button with these data, as somebody may who writes their own app."""
    phone.act()
    tap = phone.lookalike.taps(phone.chat_id, 1, data)
    answer = await phone.answered(tap)
    assert answer.show_alert
    return answer.text


def forged(*values: str) -> Iterator[str]:
    """Every button of the desk, with each of these values."""
    return (f".0..{act}.{value}" for act in sorted({*ACTS, OPEN}) for value in ("", "general", "5", *values))


@pytest.mark.ways("sqlite", "postgresql")
async def test_a_campaign_is_opened_in_the_chat_and_somebody_answers_by_its_link(
    bot: Running, phone: Phone, stranger: Phone
) -> None:
    code = await opens(phone)
    stranger.type(f"/start {code}")
    welcome = (await stranger.hears()).text
    assert "Carers & friends would like to know about The <Willow>." in welcome
    day = datetime.now(UTC).date() + timedelta(days=28)
    assert f"What you get back: A page (by {day.day} {day:%B %Y})" in welcome
    walker = Walker(stranger)
    await walker.to("check")
    await walker.send()
    await bot.said_all()
    assert {campaign for (campaign,) in bot.rows("select campaign from waiting")} == {code}
    assert bot.rows("select organisation, closed from campaigns where code = ?", code) == [(HOME, False)]
    assert bot.rows("select * from runs") == bot.rows("select * from answers") == bot.rows("select * from chats") == []
    assert bot.rows("select campaign from participations") == [(code,)], "the coordinator took no part"
    assert bot.rows("select chat, act, campaign from audit") == [(NAMED, "opened", code)]


async def test_its_page_tells_what_it_says_its_days_and_where_people_stop(bot: Running, phone: Phone) -> None:
    code = await opens(phone)
    await beside(bot, lambda tx: count_stops(tx, [(code, "role")] * 8 + [(code, "more")] * 12 + [(code, "check")] * 7))
    page = await does(phone, "See this campaign")
    assert page.text.endswith("Where people stop before sending\nYou can see that once answers have come in.")
    day = datetime.now(UTC).date() + timedelta(days=56)
    assert f"Open up to and with {day.day} {day:%B %Y}." in page.text
    assert link_in(page) == code
    assert "Carers & friends would like to know about The <Willow>." in page.text
    assert "fewer than 10. They can be seen when 10 have come in" in page.text
    assert page.buttons == ["Share it", "Close this campaign", "‹ All campaigns"]
    await answered(bot, code, 10, seed=2)
    await released(bot)
    page = await does(phone, "‹ All campaigns", "The <Willow>")
    assert "You: about 10\nWhere one can send or go on: about 10" in page.text
    assert "Before sending" not in page.text.replace("before sending", "")


async def test_its_page_leads_to_what_the_group_said_once_there_is_something(bot: Running, phone: Phone) -> None:
    code = await opens(phone)
    await answered(bot, code, 12, seed=2)
    await released(bot)
    page = await does(phone, "See this campaign")
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
    *_, words = await hears_results(bot, phone)
    assert words.text.startswith("What people said about The <Willow>. Asked by Carers & friends.")
    assert (await does(phone, "‹ This campaign")).text.startswith("The <Willow>\n")


@pytest.mark.ways("sqlite", "postgresql")
async def test_results_gives_a_coordinator_those_of_their_own_campaigns(
    bot: Running, phone: Phone, stranger: Phone
) -> None:
    code, early = await opens(phone), await opened(bot, Plan("Ash House", "Us", organisation=HOME))
    other = await does(stranger, f"/start {await invited(phone, 'Another group: campaigns of its own')}")
    assert other.buttons == ["Open a campaign", "Invite somebody", LEAVE]
    await answered(bot, code, 12, seed=2)
    await released(bot)
    offered = await does(phone, "/results")
    assert offered.buttons == ["The <Willow>", "Ash House"], "what there is something of comes first"
    phone.tap("The <Willow>")
    *_, words = await hears_results(bot, phone)
    assert words.text.startswith("What people said about The <Willow>.")
    assert "I have no group results to show you" in (await does(stranger, "/results")).text
    for key in (code, early):
        assert "I don't know that link" in (await tells(bot, stranger, f".0..results.{key}")).text


async def tells(bot: Running, phone: Phone, data: str) -> Message:
    """What follows on a button with these data, as somebody may press it who writes their own app."""
    phone.act()
    phone.lookalike.taps(phone.chat_id, 1, data)
    return (await hears_results(bot, phone))[-1]


@pytest.mark.ways("sqlite", "postgresql")
async def test_closing_asks_first_and_then_nobody_can_begin(bot: Running, phone: Phone, stranger: Phone) -> None:
    code = await opens(phone)
    asked = await does(phone, "See this campaign", "Close this campaign")
    assert "It can't be undone." in asked.text
    assert "stay unseen for ever" in asked.text
    assert codes(bot) == [(code, False)]
    yes = asked.button("Yes, close it for good")["callback_data"]
    await does(phone, "No, leave it open")
    assert codes(bot) == [(code, False)]
    await does(phone, "Close this campaign", "Yes, close it for good")
    assert bot.rows("select closed, key from campaigns where code = ?", code) == [(True, None)]
    phone.act()
    phone.lookalike.taps(phone.chat_id, 1, yes)
    assert "It is closed. Nobody can begin there." in (await phone.hears()).text, "closed a second time"
    stranger.type(f"/start {code}")
    assert "closed now" in (await stranger.hears()).text
    assert bot.rows("select act, campaign from audit order by id") == [("opened", code), ("closed", code)]


async def test_to_who_is_no_coordinator_the_command_does_not_exist(bot: Running, stranger: Phone) -> None:
    await opened(bot, WILLOW)
    stranger.type("/coordinator")
    told = await stranger.hears()
    stranger.type("/weather")
    assert ((await stranger.hears()).text, stranger.shown.buttons) == (told.text, told.buttons)


@pytest.mark.usefixtures("no_flood")
@pytest.mark.ways("sqlite", "postgresql")
async def test_who_is_no_coordinator_hears_the_same_of_every_button_of_the_desk_as_of_an_old_one(
    bot: Running, stranger: Phone
) -> None:
    code = await opened(bot, WILLOW)
    await does(stranger, "/start")
    await does(stranger, "/delete")
    assert await alert_of(stranger, "gone.3.role.answer.neighbour") == OLD
    for data in forged(code, code.upper(), "nobody", "\x00"):
        assert await alert_of(stranger, data) == OLD, data
    await bot.said_all()
    assert codes(bot) == [(code, False)]
    for table in ("runs", "coordinators", "invitations", "audit"):
        assert bot.rows(f"select * from {table}") == [], table


@pytest.mark.usefixtures("no_flood")
async def test_in_mid_walk_they_hear_the_same_and_stay_where_they_are(bot: Running, stranger: Phone) -> None:
    code = await opened(bot, WILLOW)
    await Walker(stranger).to("viewpoint")
    old = await alert_of(stranger, "gone.3.role.answer.neighbour")
    for data in forged(code):
        assert await alert_of(stranger, data) == old, data
    await bot.said_all()
    assert bot.rows("select flow, place from runs") == [("connection_test", "viewpoint")]
    assert codes(bot) == [(code, False)]


async def test_what_a_coordinator_sees_and_types_opens_nothing_where_it_is_forwarded_to(
    bot: Running, phone: Phone, stranger: Phone
) -> None:
    """A forwarded message is whose who forwards it. Telegram leaves out its buttons, all but those that open pages."""
    await opens(phone)
    page = await does(phone, "See this campaign")
    await does(stranger, "/start")
    origin = {"type": "user", "date": 1_700_000_000, "sender_user": stranger.chat.person() | {"id": NAMED}}
    for forwarded, like in (("/coordinator", "/nonsense"), (page.text.partition("https")[0], "Is anybody there?")):
        wanted = await does(stranger, like)
        stranger.act()
        stranger.lookalike.types(stranger.chat_id, forwarded, forward_origin=origin)
        heard = await stranger.hears()
        assert (heard.text, heard.buttons) == (wanted.text, wanted.buttons)
    heard = await does(stranger, page.text)
    assert heard.buttons == ["Let's start", "How are my answers kept?"], "with its link, it leads where the link does"
    assert bot.rows("select * from coordinators") == []


async def test_a_forged_button_of_their_own_run_leads_nobody_to_the_desk(bot: Running, stranger: Phone) -> None:
    code = await opened(bot, WILLOW)
    asked = await Walker(stranger).to("viewpoint")
    run, ask, place, *_ = asked.keyboard[0]["callback_data"].split(".")
    for act in sorted({*ACTS, OPEN}):
        stranger.act()
        stranger.lookalike.taps(stranger.chat_id, asked.id, f"{run}.{ask}.{place}.{act}.{code}")
    await bot.said_all()
    assert "campaign" not in stranger.transcript().casefold()
    assert bot.rows("select flow, place from runs") == [("connection_test", "viewpoint")]
    assert codes(bot) == [(code, False)]


@pytest.mark.ways("sqlite", "postgresql")
async def test_another_organisation_sees_nothing_of_ours_and_does_nothing_to_it(
    bot: Running, phone: Phone, stranger: Phone
) -> None:
    code = await opens(phone)
    token = await invited(phone, "Another group: campaigns of its own")
    menu = await does(stranger, f"/start {token}")
    assert menu.buttons == ["Open a campaign", "Invite somebody", LEAVE]
    for act in sorted(ACTS - LEAVING - {"desk", "desk_invite", "desk_colleague"}):
        assert await alert_of(stranger, f".0..{act}.{code}") == OLD, act
    theirs = await opens(stranger, "Oak House")
    assert (await does(stranger, "‹ All campaigns")).buttons == [
        "Oak House",
        "Open a campaign",
        "Invite somebody",
        LEAVE,
    ]
    assert (await does(phone, "/coordinator")).buttons == ["The <Willow>", "Open a campaign", "Invite somebody"]
    assert await alert_of(phone, f".0..desk_closed.{theirs}") == OLD
    assert sorted(codes(bot)) == sorted([(code, False), (theirs, False)])
    assert bot.rows("select * from invitations") == []


async def test_a_colleague_shares_the_campaigns_and_invites_colleagues_only(
    bot: Running, phone: Phone, colleague: Phone
) -> None:
    code = await opens(phone)
    menu = await does(colleague, f"/start {await invited(phone)}")
    assert "You are a coordinator now" in menu.text
    assert menu.buttons == ["The <Willow>", "Open a campaign", "Invite somebody", LEAVE]
    asked = await does(colleague, "Invite somebody")
    assert "Do you want to invite a colleague?" in asked.text
    assert asked.buttons == ["A colleague: the same campaigns", "‹ All campaigns"]
    assert await alert_of(colleague, ".0..desk_other.") == OLD
    third = Phone(phone.lookalike, 72)
    assert "The <Willow>" in (await does(third, f"/start {await invited(colleague)}")).buttons
    await does(colleague, "/coordinator", "The <Willow>", "Close this campaign", "Yes, close it for good")
    assert codes(bot) == [(code, True)]
    closed = "select chat, act from audit order by id"
    assert bot.rows(closed) == [
        (NAMED, "opened"),
        (NAMED, "invited"),
        (COLLEAGUE, "joined"),
        (COLLEAGUE, "invited"),
        (72, "joined"),
        (COLLEAGUE, "closed"),
    ]


async def test_an_invitation_counts_once_and_who_has_used_it_is_told_so(
    bot: Running, phone: Phone, colleague: Phone, stranger: Phone
) -> None:
    token = await invited(phone)
    await does(colleague, f"/start {token}")
    assert "You are a coordinator already." in (await does(colleague, f"/start {token}")).text
    late = await does(stranger, f"/start {token}")
    assert "That invitation does not work any more." in late.text
    assert late.buttons == []
    assert bot.rows("select chat, organisation from coordinators") == [(COLLEAGUE, HOME)]


async def test_one_that_is_over_or_was_never_made_says_the_same(bot: Running, phone: Phone, stranger: Phone) -> None:
    token = await invited(phone)
    bot.change("update invitations set expires_at = ?", int(datetime.now(UTC).timestamp()))
    said = {
        (await does(stranger, f"/start {one}")).text for one in (token, "invite-", f"invite-{'a' * 24}", "invite-'")
    }
    assert len(said) == 1
    assert "does not work any more" in said.pop()
    assert bot.rows("select * from coordinators") == []


async def test_who_opens_their_own_invitation_leaves_it_to_somebody_else(
    bot: Running, phone: Phone, colleague: Phone
) -> None:
    token = await invited(phone)
    assert "You are a coordinator already." in (await does(phone, f"/start {token}")).text
    assert "You are a coordinator now" in (await does(colleague, f"/start {token}")).text
    assert bot.rows("select chat from coordinators") == [(COLLEAGUE,)]


async def test_who_follows_an_invitation_in_mid_walk_keeps_their_place(
    bot: Running, phone: Phone, colleague: Phone
) -> None:
    await Walker(colleague).to("viewpoint")
    menu = await does(colleague, f"/start {await invited(phone)}")
    assert menu.buttons == ["Open a campaign", "Invite somebody", LEAVE, "‹ Back to where I was"]
    assert place_of(await does(colleague, "‹ Back to where I was")) == "viewpoint"
    assert len(bot.rows("select * from answers")) == 1


async def test_answers_under_way_are_not_given_up_for_a_campaign_without_a_yes(bot: Running, phone: Phone) -> None:
    await Walker(phone).to("viewpoint")
    asked = await does(phone, "/coordinator", "Open a campaign")
    assert "You have answers about a service of your choice that are not sent yet." in asked.text
    assert asked.buttons == ["Carry on", "Delete them, open a campaign"]
    assert place_of(await does(phone, "Carry on")) == "viewpoint"
    phone.tap_on(asked, "Delete them, open a campaign")
    again = await phone.hears()
    assert again.buttons == ["Carry on", "Delete them, open a campaign"], "more was asked since"
    assert "Open a campaign." in (await does(phone, "Delete them, open a campaign")).text
    assert bot.rows("select flow, campaign from runs") == [("open_campaign", "")]
    assert bot.rows("select * from answers") == []
    assert bot.rows("select * from stops") == []
    await opens(phone, begun=True)


async def test_a_campaign_that_is_not_open_yet_is_not_given_up_for_a_link_without_a_yes(
    bot: Running, phone: Phone
) -> None:
    code = await opened(bot, WILLOW)
    await does(phone, "/coordinator", "Open a campaign", "Let's start", "Oak House")
    asked = await does(phone, f"/start {code}")
    assert "You began to open a campaign, and it is not open yet." in asked.text
    assert place_of(await does(phone, "Carry on")) == "asker"
    await does(phone, f"/start {code}")
    assert "would like to know about The Willow" in (await does(phone, "Delete them, begin the other")).text
    assert bot.rows("select flow, campaign from runs") == [("connection_test", code)]
    assert bot.rows("select * from stops") == []


async def test_who_begins_to_open_a_second_one_is_where_they_were(bot: Running, phone: Phone) -> None:
    await does(phone, "/coordinator", "Open a campaign", "Let's start", "Oak House")
    again = await does(phone, "/coordinator", "Open a campaign")
    assert "Here is where you were" in again.text
    assert place_of(again) == "asker"
    await does(phone, "/delete", "Yes, delete them")
    await bot.said_all()
    assert bot.rows("select * from runs") == bot.rows("select * from stops") == codes(bot) == []


@pytest.mark.parametrize("ends", ["Open the campaign", "Skip", "Oak", "/start", "/mydata"])
async def test_who_is_no_coordinator_any_more_opens_nothing(
    bot: Running, phone: Phone, colleague: Phone, ends: str
) -> None:
    token = await invited(phone)
    await does(colleague, f"/start {token}", "Open a campaign", "Let's start", "Oak", "Elm", "A page", "Skip", "Skip")
    if ends == "Open the campaign":
        await does(colleague, "8 weeks")
    bot.change("delete from coordinators")
    if ends in colleague.buttons():
        answer = await colleague.answered(press(colleague, colleague.asking, ends))
        assert answer.text.startswith("That button is from an earlier time.")
        await bot.said_all()
        assert colleague.buttons() == [], "they lead nowhere"
    else:
        assert "Open" not in (await does(colleague, ends)).text
    await bot.said_all()
    assert codes(bot) == []
    assert bot.rows("select * from runs where flow = 'open_campaign'") == bot.rows("select * from answers") == []


async def test_what_is_kept_of_a_coordinator_is_told_and_given(bot: Running, phone: Phone, colleague: Phone) -> None:
    await does(colleague, f"/start {await invited(phone)}")
    told, file = await asks(bot, colleague)
    assert "As you are a coordinator, or were one: the number of this chat" in told.text
    assert "not the number of this chat" not in told.text
    text = read(bot.lookalike, file)
    assert f"So I keep the number of this chat, {COLLEAGUE}," in text
    assert "UTC: you became a coordinator" in text
    assert "I don't keep the number of this chat" not in text
    code = await opens(phone)
    _, file = await asks(bot, phone)
    text = read(bot.lookalike, file)
    assert "UTC: you invited somebody\n" in text
    assert f"UTC: you opened the campaign {code}\n" in text


async def test_what_is_kept_of_a_campaign_that_is_not_open_yet_is_told_as_that(bot: Running, phone: Phone) -> None:
    await does(phone, "/coordinator", "Open a campaign", "Let's start", "Oak House")
    told, file = await asks(bot, phone)
    assert "this, of a campaign that is not open yet" in told.text
    assert "About: “Oak House”" in told.text
    assert "A CAMPAIGN THAT YOU BEGAN TO OPEN" in read(bot.lookalike, file)


async def test_in_a_group_the_desk_says_nothing(bot: Running, lookalike: Lookalike, phone: Phone) -> None:
    await opens(phone)
    group = Phone(lookalike, -77)
    lookalike.adds_to_group(-77, by=NAMED)
    await bot.said_all()
    group.act()
    lookalike.types(-77, "/coordinator@connection_test_bot", by=NAMED)
    assert (await group.hears()).buttons == ["Open a private chat"]
    lookalike.taps(-77, group.shown.id, ".0..desk.", by=NAMED)
    await bot.said_all()
    assert "campaign" not in group.transcript().casefold()
