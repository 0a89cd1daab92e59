"""The page in a real browser: by taps, by keyboard alone, for a screen reader, and against what people type."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from bot.emulator import TelegramEmulator, serve_emulator
from tests.support.browser import open_page
from tests.support.emulator_client import EmulatorClient
from tests.support.phone import Phone
from tests.support.sample_bot import make_keyboard, run_sample_bot

pytestmark = pytest.mark.browser


@pytest.fixture
async def sample_bot(emulator: TelegramEmulator, emulator_url: str) -> AsyncIterator[Any]:
    async with run_sample_bot(emulator, emulator_url) as made:
        yield made


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def log(page: Page) -> Any:
    return page.get_by_role("log")


async def press(page: Page, *keys: str) -> None:
    for each in keys:
        await page.keyboard.press(each)


@pytest.mark.usefixtures("sample_bot")
async def test_a_walk_by_taps(emulator_url: str, emulator: TelegramEmulator) -> None:
    async with open_page(emulator_url) as page:
        await expect(page.get_by_text("preview · not Telegram")).to_be_visible()
        await expect(page.get_by_text("Three minutes, mostly taps")).to_be_visible()
        await expect(page.get_by_role("textbox", name="Message")).to_be_hidden()
        await button(page, "Start").click()
        await button(page, "Let's start").click()
        await button(page, "Why ask?").click()
        alert = page.get_by_role("alertdialog", name="Connection Test")
        await expect(alert).to_contain_text("Nobody can find out what you said")
        await alert.get_by_role("button", name="OK").click()
        await button(page, "A bit better").click()
        await expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
        await expect(button(page, "A bit better")).to_have_count(0)
        await page.get_by_role("textbox", name="Message").fill("They rang back.")
        await button(page, "Send").click()
        await expect(page.get_by_role("img", name="Knowing: passes.")).to_be_visible()
        await expect(page.get_by_role("link", name="Read about it")).to_have_attribute(
            "href", "https://example.org/about"
        )
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Download answers.csv").click()
        assert (await download.value).suggested_filename == "answers.csv"
        await button(page, "Open full size: Knowing: passes. Coping: does not yet. Connected: can't say.").click()
        await expect(page.get_by_role("dialog", name="Picture, full size")).to_be_visible()
        await press(page, "Escape")
    assert [message.text for message in Phone(emulator, 1).messages][-1] == "You wrote: They rang back."


@pytest.mark.usefixtures("sample_bot")
async def test_a_walk_by_keyboard_alone(emulator_url: str) -> None:
    async with open_page(emulator_url) as page:
        await expect(button(page, "Start")).to_be_visible()
        await press(page, "Tab", "Tab", "Enter")
        await expect(button(page, "Let's start")).to_be_focused()
        await press(page, "Enter")
        await expect(button(page, "Much better")).to_be_focused()
        await press(page, "Tab", "Tab", "ArrowUp", "Shift+Tab", "ArrowUp", "Enter")
        await expect(page.get_by_role("alertdialog")).to_contain_text("Nobody can find out")
        await expect(button(page, "OK")).to_be_focused()
        await press(page, "Enter")
        await expect(button(page, "Why ask?")).to_be_focused()
        await press(page, "ArrowDown", "ArrowDown", "Enter")
        field = page.get_by_role("textbox", name="Message")
        await expect(field).to_be_focused()
        await expect(page.get_by_text("✓ A bit better")).to_be_visible()
        await page.keyboard.type("They rang back.")
        await press(page, "Enter")
        await expect(page.get_by_text("You wrote: They rang back.")).to_be_visible()
        await expect(field).to_be_focused()
        await press(page, "Shift+Tab", "Shift+Tab")
        await expect(page.get_by_role("link", name="Read about it")).to_be_focused()


async def test_the_first_button_is_near_the_typing_field(emulator_url: str, sample_bot: Any) -> None:
    async with open_page(emulator_url) as page:
        await button(page, "Start").click()
        await button(page, "Let's start").click()
        await expect(button(page, "Much better")).to_be_visible()
        await page.get_by_role("textbox", name="Message").click()
        await press(page, "Shift+Tab", "Shift+Tab")
        await expect(button(page, "Much better")).to_be_focused()
        await press(page, "Tab")
        await expect(button(page, "A bit better")).to_be_focused()
        chat = 1
        await sample_bot.bot.send_message(chat, "And now?", reply_markup=make_keyboard([("Later", "later")]))
        await expect(button(page, "Later")).to_be_visible()
        await expect(button(page, "A bit better")).to_be_focused()  # nothing is taken from who is still choosing


@pytest.mark.usefixtures("sample_bot")
@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_no_accessibility_rule_is_broken(emulator_url: str, colours: Literal["light", "dark"]) -> None:
    async with open_page(emulator_url, colours=colours) as page:
        await check_rules(page)
        await button(page, "Start").click()
        await button(page, "Let's start").click()
        await expect(button(page, "Why ask?")).to_be_visible()
        await check_rules(page)
        await button(page, "Why ask?").click()
        await expect(page.get_by_role("alertdialog")).to_be_visible()
        await check_rules(page)
        await press(page, "Enter")
        await button(page, "Not sure").click()
        await page.get_by_role("textbox", name="Message").fill("A word")
        await press(page, "Enter")
        await expect(page.get_by_text("You wrote")).to_be_visible()
        await check_rules(page)
        for name in ("Commands", "Attach", "Person 1"):
            await button(page, name).click()
            await check_rules(page)
            await press(page, "Escape")
            await expect(button(page, name)).to_be_focused()


async def test_focus_survives_an_alert_over_buttons_that_go(
    emulator_url: str, emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    emulator.type_text(1, "/start")
    yes = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    sent = await emulator_client.call_for_result("sendMessage", chat_id=1, text="Well?", reply_markup=yes)
    async with open_page(emulator_url) as page:
        await button(page, "Yes").focus()
        await press(page, "Enter")
        await expect(button(page, "Yes")).to_have_attribute("aria-busy", "true")
        tap = (await emulator_client.call_for_result("getUpdates", timeout=10))[-1]["callback_query"]["id"]
        await emulator_client.call_for_result(
            "answerCallbackQuery", callback_query_id=tap, text="That one is answered.", show_alert=True
        )
        await expect(button(page, "OK")).to_be_focused()
        await emulator_client.call_for_result(
            "editMessageText", chat_id=1, message_id=sent["message_id"], text="Well? Yes."
        )
        await expect(log(page).get_by_text("Well? Yes.")).to_be_visible()
        await press(page, "Enter")
        await expect(page.get_by_role("textbox", name="Message")).to_be_focused()
        await emulator_client.call_for_result("sendMessage", chat_id=1, text="And now?", reply_markup=yes)
        await expect(button(page, "Yes")).to_be_focused()


async def check_rules(page: Page) -> None:
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.usefixtures("sample_bot")
@pytest.mark.parametrize("size", [(320, 568), (360, 740), (1280, 900)])
async def test_nothing_is_cut_off_and_every_target_is_large(emulator_url: str, size: tuple[int, int]) -> None:
    async with open_page(emulator_url, *size) as page:
        await button(page, "Start").click()
        await button(page, "Let's start").click()
        await expect(button(page, "Not sure")).to_be_visible()
        await expect(page.get_by_text("1 of 3.")).to_be_in_viewport()
        await expect(button(page, "Why ask?")).to_be_in_viewport()
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0]
        for target in await page.locator("button:visible, textarea:visible").all():
            box = await target.bounding_box()
            assert box
            assert box["height"] >= 44 or await target.get_attribute("class") == "command", await target.text_content()


async def test_a_long_label_is_wrapped_not_cut(emulator_url: str, emulator: TelegramEmulator, sample_bot: Any) -> None:
    emulator.type_text(1, "/help")
    label = "I look after family or a friend, and I would rather say so in a good many words of my own"
    await sample_bot.bot.send_message(1, "Who are you?", reply_markup=make_keyboard([(label, "x")], [("W" * 60, "y")]))
    async with open_page(emulator_url, 320, 568) as page:
        for name in (label, "W" * 60):
            shown = button(page, name)
            await expect(shown).to_be_visible()
            assert await shown.evaluate(
                "key => key.scrollWidth <= key.clientWidth && key.scrollHeight <= key.clientHeight"
            )


async def test_a_message_longer_than_the_screen_is_read_from_its_beginning(
    emulator_url: str, emulator: TelegramEmulator, sample_bot: Any
) -> None:
    emulator.type_text(1, "/help")
    async with open_page(emulator_url, 320, 568) as page:
        more = page.locator("#below")
        await expect(page.get_by_text("You wrote: /help")).to_be_visible()
        await expect(more).to_be_hidden()
        await sample_bot.bot.send_message(
            1, "Which of these?", reply_markup=make_keyboard(*[[(f"No. {n}", "x")] for n in range(15)])
        )
        await expect(page.get_by_text("Which of these?")).to_be_in_viewport()
        await expect(button(page, "No. 14")).not_to_be_in_viewport()
        await more.click()
        await expect(button(page, "No. 14")).to_be_in_viewport()
        await expect(more).to_be_hidden()


async def test_what_people_type_stays_text(emulator_url: str, emulator: TelegramEmulator, sample_bot: Any) -> None:
    attacks = [
        "<img src=x onerror=alert(1)>",
        "<script>document.title='taken'</script>",
        "</textarea><svg onload=alert(1)>",
        '&lt;b&gt; " onmouseover="alert(1)',
        "javascript:alert(1)",
    ]
    emulator.profile.texts["description", ""] = attacks[0]
    emulator.type_text(1, attacks[0])
    link = {"type": "text_link", "offset": 0, "length": 4, "url": "javascript:alert(1)"}
    emulator.chats[1].put_message({**emulator.type_text(1, "link"), "entities": [link]})
    async with open_page(emulator_url) as page:
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        for attack in attacks[1:]:
            await page.get_by_role("textbox", name="Message").fill(attack)
            await press(page, "Enter")
            await expect(log(page).get_by_text(attack, exact=True)).to_be_visible()
        markup = make_keyboard([(attacks[0], "x")])
        await sample_bot.bot.send_message(1, attacks[1], reply_markup=markup)
        await expect(button(page, attacks[0])).to_be_visible()
        assert await log(page).locator(":not(.photo) > img, script, svg, a[href^='javascript']").count() == 0
        assert "taken" not in await page.title()
        assert dialogs == []


async def test_after_a_drop_the_page_catches_up(emulator: TelegramEmulator) -> None:
    async with serve_emulator(emulator) as url:
        emulator.type_text(1, "before")
        port = int(url.rpartition(":")[2])
        page_context = open_page(url)
        page = await page_context.__aenter__()
        await expect(log(page).get_by_text("before")).to_be_visible()
    lost = page.get_by_text("The preview has stopped, or can't be reached.")
    await expect(lost).to_be_visible()
    emulator.type_text(1, "meanwhile")
    emulator.edit_text(1, next(iter(emulator.chats[1].messages)), "before, changed")
    async with serve_emulator(emulator, port=port):
        await expect(log(page).get_by_text("meanwhile")).to_be_visible(timeout=20_000)
        await expect(lost).to_be_hidden()
        emulator.type_text(1, "after")
        await expect(log(page).get_by_text("after")).to_be_visible()
        texts = await log(page).locator(".text").all_text_contents()
        assert texts == ["before, changed", "meanwhile", "after"]
        await page_context.__aexit__(None, None, None)


async def test_a_page_without_a_bot_says_so(emulator_url: str) -> None:
    async with open_page(emulator_url) as page:
        await expect(page.get_by_text("No bot is connected at the moment.")).to_be_visible()


@pytest.mark.usefixtures("sample_bot")
async def test_editing_attaching_blocking_and_starting_afresh(emulator_url: str, emulator: TelegramEmulator) -> None:
    async with open_page(f"{emulator_url}/?as=2") as page:
        await button(page, "Start").click()
        await button(page, "Commands").click()
        await page.get_by_role("button", name="/start Start, or carry on").click()
        await expect(log(page).get_by_text("/start", exact=True)).to_have_count(2)
        field = page.get_by_role("textbox", name="Message")
        await field.fill("Anne helped")
        await press(page, "Enter")
        await page.get_by_role("button", name="Edit your message: Anne helped").click()
        await expect(field).to_have_value("Anne helped")
        await field.fill("Somebody helped")
        await press(page, "Enter")
        await expect(log(page).get_by_text("Somebody helped", exact=True)).to_be_visible()
        await expect(page.get_by_text("edited")).to_be_visible()
        await button(page, "Attach").click()
        await button(page, "A voice note").click()
        await expect(page.get_by_text("Could you type it?")).to_be_visible()
        await button(page, "Person 2").click()
        await expect(page.get_by_role("link", name="New person")).to_have_attribute("href", "/?as=3")
        await button(page, "Block the bot").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Block").click()
        await expect(button(page, "Unblock the bot")).to_be_visible()
        assert emulator.chats[2].is_blocked
        await button(page, "Unblock the bot").click()
        await expect(field).to_be_visible()
        await button(page, "Person 2").click()
        await button(page, "Start afresh").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Start afresh").click()
        await expect(button(page, "Start")).to_be_visible()
        await button(page, "Start").click()
        await expect(button(page, "Let's start")).to_be_visible()
    assert len([chat for chat in emulator.chats if chat > 1000]) == 1


async def test_several_people_side_by_side(emulator_url: str, sample_bot: Any) -> None:
    async with open_page(emulator_url) as page:
        other = await page.context.new_page()
        await other.goto(f"{emulator_url}/?as=2")
        await asyncio.gather(button(page, "Start").click(), button(other, "Start").click())
        await expect(button(other, "Let's start")).to_be_visible()
        await sample_bot.bot.send_message(2, "Only for two")
        await expect(log(other).get_by_text("Only for two")).to_be_visible()
        await expect(log(page).get_by_text("Only for two")).to_have_count(0)
        await expect(page).to_have_title(re.compile("not Telegram"))
