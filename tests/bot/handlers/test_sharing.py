"""What a coordinator shares a campaign with: a message, pictures, a poster, links; and who gets none of it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO

import pytest
from PIL import Image

from bot.emulator import Lookalike, Refused
from bot.graphics.drawing import Shared, draw
from bot.graphics.poster import Invitation
from bot.handlers.coordinator import EXPORT_ACTIONS, give
from bot.render.buttons import SHARE
from bot.render.sharing import name_of
from flows.events.coordinator import InviteGiven, ShapeGiven
from flows.models import Tapped
from storage.anonymity.participation import close_campaign
from storage.campaigns.coordinators import HOME, Coordinator
from storage.db.encryption import Cipher
from tests.bot.handlers.test_campaign_links import WILLOW as PLAN
from tests.bot.handlers.test_campaign_links import beside, opened
from tests.bot.handlers.test_coordinator_menu import COLLEAGUE, NAMED, OLD, STRANGER, alert_of, does, invited
from tests.bot.handlers.test_results import file_of
from tests.support.campaign_results import hears_results, key_of
from tests.support.deployments import Way
from tests.support.graphics_samples import printed, scanned, text_of
from tests.support.phone import Message, Phone
from tests.support.postgresql import SECRET
from tests.support.running_bot import Running, running

WILLOW = replace(PLAN, organisation=HOME)
SAID = """Carers & friends would like to know how The <Willow> day centre works for you.

“We are glad that you came”

It takes about three minutes, mostly taps, in the app Telegram. Nobody asks your name. You can stop at any time.

What you get back: What we heard (by 1 March 2057)

Press here to begin:
https://t.me/connection_test_bot?start={code}"""


@pytest.fixture
async def bot(lookalike: Lookalike, url: str, way: Way) -> AsyncIterator[Running]:
    """One whose operator names person 7."""
    async with running(lookalike, url, way, coordinator_ids=frozenset({NAMED})) as made:
        yield made


async def shares(bot: Running, phone: Phone) -> list[Message]:
    """Presses *Share it*; all that comes."""
    phone.tap("Share it")
    return await hears_results(bot, phone)


def scan(lookalike: Lookalike, message: Message) -> list[str]:
    """What a phone's camera finds on a picture or a page."""
    content = file_of(lookalike, message)
    return scanned(printed(content) if message.kind == "document" else Image.open(BytesIO(content)))


@pytest.mark.ways("sqlite", "postgresql")
async def test_all_that_is_shared_leads_into_the_campaign(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    code = await opened(bot, WILLOW)
    await does(phone, "/coordinator", "The <Willow> day centre")
    message, picture, qr, poster, told = await shares(bot, phone)
    link = f"https://t.me/connection_test_bot?start={code}"
    assert (message.text, message.buttons) == (SAID.format(code=code), []), "it can be forwarded as it is"
    assert picture.text == f"Press here to begin:\n{link}", "with its caption, it can be passed on too"
    assert [one.kind for one in (picture, qr, poster)] == ["photo", "photo", "document"]
    assert [scan(lookalike, one) for one in (picture, qr, poster)] == [[link]] * 3
    assert poster.raw["document"]["file_name"] == "the-willow-day-centre.pdf"
    assert "Whatweheard(by1March2057)" in text_of(file_of(lookalike, poster))
    assert f"https://t.me/connection_test_bot?startgroup={code}" in told.text
    assert f"https://t.me/connection_test_bot?start=r-{key_of(bot, code)}" in told.text
    assert told.buttons == ["‹ This campaign", "‹ All campaigns"]
    assert bot.rows("select chat, act, campaign from audit") == [(NAMED, "shared", code)]
    stranger = Phone(lookalike, STRANGER)
    stranger.type(f"/start {message.text.rpartition('start=')[2]}")
    assert "would like to know about The <Willow> day centre." in (await stranger.hears()).text


async def test_they_are_the_pictures_that_the_command_line_writes(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    code = await opened(bot, WILLOW)
    await does(phone, "/coordinator", "The <Willow> day centre")
    _, *shapes, _ = await shares(bot, phone)
    link, promise = f"https://t.me/connection_test_bot?start={code}", "What we heard (by 1 March 2057)"
    invitation = Invitation(link, WILLOW.about, WILLOW.asker, promise, WILLOW.welcome)
    wanted = [draw(Shared(invitation, "picture")), draw(Shared(invitation, "code")), draw(Shared(invitation, "poster"))]
    assert [file_of(lookalike, one) for one in shapes] == wanted


async def test_once_it_is_open_sharing_it_is_the_next_thing_offered_and_little_needs_few_words(
    bot: Running, phone: Phone
) -> None:
    await does(phone, "/coordinator", "Open a campaign", "Let's start", "Oak House", "Leeds carers")
    await does(phone, "Skip", "Skip", "Skip", "Skip", "Open the campaign")
    message, *_ = await shares(bot, phone)
    first, second, third = message.text.split("\n\n")
    assert first == "Leeds carers would like to know how Oak House works for you."
    assert second.startswith("It takes about three minutes")
    assert third.startswith("Press here to begin:\nhttps://t.me/")


async def test_an_impatient_second_tap_shares_nothing_twice(bot: Running, phone: Phone) -> None:
    code = await opened(bot, WILLOW)
    page = await does(phone, "/coordinator", "The <Willow> day centre")
    phone.act()
    for _ in range(3):
        phone.tap_on(page, "Share it")
    assert len(await hears_results(bot, phone)) == 5
    assert bot.rows("select act, campaign from audit") == [("shared", code)]
    phone.tap_on(page, "Share it")
    assert len(await hears_results(bot, phone)) == 5, "once it is there, it can be had again"


async def test_it_is_in_the_campaign_s_language(bot: Running) -> None:
    code = await opened(bot, WILLOW)
    bot.change("update campaigns set language = 'cy' where code = ?", code)
    who, tap = Coordinator(NAMED, HOME, named=True), Tapped("", 0, "", SHARE, code)
    given = await beside(bot, lambda tx: give(tx, Cipher(SECRET), who, tap, datetime.now(UTC)))
    assert {one.language for one in given if isinstance(one, InviteGiven | ShapeGiven)} == {"cy"}


async def test_what_can_not_be_drawn_or_is_not_taken_is_said_and_the_rest_comes(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow("a picture could not be said; its words are", "a page could not be said")
    await opened(bot, WILLOW)
    await does(phone, "/coordinator", "The <Willow> day centre")
    refuse = Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
    lookalike.fault = lambda method, _: refuse if method in {"sendPhoto", "sendDocument"} else None
    message, picture, qr, poster, told = await shares(bot, phone)
    assert "would like to know" in message.text
    assert picture.text.startswith("Sorry, I could not make the picture")
    assert qr.text.startswith("Sorry, I could not make the QR code")
    assert poster.text.startswith("Sorry, I could not make the poster")
    assert told.buttons == ["‹ This campaign", "‹ All campaigns"]


@pytest.mark.parametrize("by", ["hand", "its last day"])
async def test_a_closed_campaign_has_nothing_to_share(
    bot: Running, phone: Phone, lookalike: Lookalike, by: str
) -> None:
    code = await opened(bot, WILLOW)
    old = await does(phone, "/coordinator", "The <Willow> day centre")
    if by == "hand":
        await beside(bot, lambda tx: close_campaign(tx, code))
    else:
        bot.change("update campaigns set closes_on = 20000 where code = ?", code)
    phone.tap_on(old, "Share it")
    [told] = await hears_results(bot, phone)
    assert "Nobody can begin any more in the campaign about" in told.text
    page = await does(phone, "‹ This campaign")
    assert "nobody can begin there" in page.text.casefold()
    assert "Share it" not in page.buttons
    assert lookalike.calls["sendPhoto"] == 0
    assert bot.rows("select * from audit") == []


@pytest.mark.ways("sqlite", "postgresql")
async def test_nobody_else_is_given_anything(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    """Not by buttons out of our chat, nor by a guessed code; in another organisation, or in none any more."""
    code = await opened(bot, WILLOW)
    await does(phone, "/coordinator", "The <Willow> day centre")
    ours = phone.asking.button("Share it")["callback_data"]
    others, colleague, stranger = Phone(lookalike, 72), Phone(lookalike, COLLEAGUE), Phone(lookalike, STRANGER)
    await does(others, f"/start {await invited(phone, 'Another group: campaigns of its own')}")
    await does(colleague, f"/start {await invited(phone)}")
    bot.change("delete from coordinators where chat = ?", COLLEAGUE)
    for somebody in (others, colleague, stranger):
        for data in (ours, *(f".0..{act}.{of}" for act in sorted(EXPORT_ACTIONS) for of in (code, code.upper()))):
            assert await alert_of(somebody, data) == OLD, data
    for act in sorted(EXPORT_ACTIONS):
        for guessed in ("general", "nobody", "", "'"):
            assert await alert_of(phone, f".0..{act}.{guessed}") == OLD
    await bot.said_all()
    assert (lookalike.calls["sendPhoto"], lookalike.calls["sendDocument"]) == (0, 0)
    assert {act for (act,) in bot.rows("select act from audit")} == {"invited", "joined"}


async def test_in_a_group_its_buttons_give_nothing(bot: Running, lookalike: Lookalike) -> None:
    code = await opened(bot, WILLOW)
    group = Phone(lookalike, -77)
    lookalike.adds_to_group(-77, by=NAMED)
    await bot.said_all()
    group.act()
    for act in sorted(EXPORT_ACTIONS):
        lookalike.taps(-77, group.shown.id, f".0..{act}.{code}", by=NAMED)
    assert await hears_results(bot, group) == []
    assert bot.rows("select * from audit") == []


async def test_what_one_took_stands_in_one_s_own_file(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    code = await opened(bot, WILLOW)
    await does(phone, "/coordinator", "The <Willow> day centre")
    await shares(bot, phone)
    phone.type("/mydata")
    [_, file] = await hears_results(bot, phone)
    assert f"you took what the campaign {code} is shared with" in file_of(lookalike, file).decode()


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
    assert name_of(about, "k3y") == name
