"""The page in a real browser: with taps, with the keyboard alone, with a screen reader, and with hostile input."""

import asyncio
import re
from typing import Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from bot.emulator import TelegramEmulator, serve_emulator
from tests.support.browser import find_button, find_log, open_page, press_keys
from tests.support.emulator_client import EmulatorClient
from tests.support.phone import Phone
from tests.support.sample_bot import make_keyboard

pytestmark = pytest.mark.browser


@pytest.mark.usefixtures("sample_bot")
async def test_a_conversation_with_taps(emulator_url: str, emulator: TelegramEmulator) -> None:
    async with open_page(emulator_url) as page:
        await expect(page.get_by_text("preview · not Telegram")).to_be_visible()
        await expect(page.get_by_text("Three minutes, mostly taps")).to_be_visible()
        await expect(page.get_by_role("textbox", name="Message")).to_be_hidden()
        await find_button(page, "Start").click()
        await find_button(page, "Let's start").click()
        await find_button(page, "Why ask?").click()
        alert = page.get_by_role("alertdialog", name="Connection Test")
        await expect(alert).to_contain_text("Nobody can find out what you said")
        await alert.get_by_role("button", name="OK").click()
        await find_button(page, "A bit better").click()
        await expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
        await expect(find_button(page, "A bit better")).to_have_count(0)
        await page.get_by_role("textbox", name="Message").fill("They rang back.")
        await find_button(page, "Send").click()
        await expect(page.get_by_role("img", name="Knowing: passes.")).to_be_visible()
        await expect(page.get_by_role("link", name="Read about it")).to_have_attribute(
            "href", "https://example.org/about"
        )
        async with page.expect_download() as download:
            await page.get_by_role("link", name="Download answers.csv").click()
        assert (await download.value).suggested_filename == "answers.csv"
        await find_button(page, "Open full size: Knowing: passes. Coping: does not yet. Connected: can't say.").click()
        await expect(page.get_by_role("dialog", name="Picture, full size")).to_be_visible()
        await press_keys(page, "Escape")
    assert [message.text for message in Phone(emulator, 1).messages][-1] == "You wrote: They rang back."


@pytest.mark.usefixtures("sample_bot")
async def test_a_conversation_with_the_keyboard_alone(emulator_url: str) -> None:
    async with open_page(emulator_url) as page:
        await expect(find_button(page, "Start")).to_be_visible()
        await press_keys(page, "Tab", "Tab", "Enter")
        await expect(find_button(page, "Let's start")).to_be_focused()
        await press_keys(page, "Enter")
        await expect(find_button(page, "Much better")).to_be_focused()
        await press_keys(page, "Tab", "Tab", "ArrowUp", "Shift+Tab", "ArrowUp", "Enter")
        await expect(page.get_by_role("alertdialog")).to_contain_text("Nobody can find out")
        await expect(find_button(page, "OK")).to_be_focused()
        await press_keys(page, "Enter")
        await expect(find_button(page, "Why ask?")).to_be_focused()
        await press_keys(page, "ArrowDown", "ArrowDown", "Enter")
        field = page.get_by_role("textbox", name="Message")
        await expect(field).to_be_focused()
        await expect(page.get_by_text("✓ A bit better")).to_be_visible()
        await page.keyboard.type("They rang back.")
        await press_keys(page, "Enter")
        await expect(page.get_by_text("You wrote: They rang back.")).to_be_visible()
        await expect(field).to_be_focused()
        await press_keys(page, "Shift+Tab", "Shift+Tab")
        await expect(page.get_by_role("link", name="Read about it")).to_be_focused()


async def test_the_first_button_is_two_tab_stops_before_the_typing_field(emulator_url: str, sample_bot: Any) -> None:
    async with open_page(emulator_url) as page:
        await find_button(page, "Start").click()
        await find_button(page, "Let's start").click()
        await expect(find_button(page, "Much better")).to_be_visible()
        await page.get_by_role("textbox", name="Message").click()
        await press_keys(page, "Shift+Tab", "Shift+Tab")
        await expect(find_button(page, "Much better")).to_be_focused()
        await press_keys(page, "Tab")
        await expect(find_button(page, "A bit better")).to_be_focused()
        await sample_bot.bot.send_message(1, "And now?", reply_markup=make_keyboard([("Later", "later")]))
        await expect(find_button(page, "Later")).to_be_visible()
        await expect(find_button(page, "A bit better")).to_be_focused()  # the person is still choosing


@pytest.mark.usefixtures("sample_bot")
@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_no_accessibility_rule_is_broken(emulator_url: str, colours: Literal["light", "dark"]) -> None:
    async with open_page(emulator_url, colours=colours) as page:
        await check_rules(page)
        await find_button(page, "Start").click()
        await find_button(page, "Let's start").click()
        await expect(find_button(page, "Why ask?")).to_be_visible()
        await check_rules(page)
        await find_button(page, "Why ask?").click()
        await expect(page.get_by_role("alertdialog")).to_be_visible()
        await check_rules(page)
        await press_keys(page, "Enter")
        await find_button(page, "Not sure").click()
        await page.get_by_role("textbox", name="Message").fill("A word")
        await press_keys(page, "Enter")
        await expect(page.get_by_text("You wrote")).to_be_visible()
        await check_rules(page)
        for name in ("Commands", "Attach", "Person 1"):
            await find_button(page, name).click()
            await check_rules(page)
            await press_keys(page, "Escape")
            await expect(find_button(page, name)).to_be_focused()


async def test_focus_moves_on_when_the_button_under_an_alert_disappears(
    emulator_url: str, emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    emulator.type_text(1, "/start")
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    sent = await emulator_client.call_for_result("sendMessage", chat_id=1, text="Well?", reply_markup=markup)
    async with open_page(emulator_url) as page:
        await find_button(page, "Yes").focus()
        await press_keys(page, "Enter")
        await expect(find_button(page, "Yes")).to_have_attribute("aria-busy", "true")
        query_id = (await emulator_client.call_for_result("getUpdates", timeout=10))[-1]["callback_query"]["id"]
        await emulator_client.call_for_result(
            "answerCallbackQuery", callback_query_id=query_id, text="That one is answered.", show_alert=True
        )
        await expect(find_button(page, "OK")).to_be_focused()
        await emulator_client.call_for_result(
            "editMessageText", chat_id=1, message_id=sent["message_id"], text="Well? Yes."
        )
        await expect(find_log(page).get_by_text("Well? Yes.")).to_be_visible()
        await press_keys(page, "Enter")
        await expect(page.get_by_role("textbox", name="Message")).to_be_focused()
        await emulator_client.call_for_result("sendMessage", chat_id=1, text="And now?", reply_markup=markup)
        await expect(find_button(page, "Yes")).to_be_focused()


async def test_html_in_texts_is_shown_as_text(emulator_url: str, emulator: TelegramEmulator, sample_bot: Any) -> None:
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
            await press_keys(page, "Enter")
            await expect(find_log(page).get_by_text(attack, exact=True)).to_be_visible()
        markup = make_keyboard([(attacks[0], "x")])
        await sample_bot.bot.send_message(1, attacks[1], reply_markup=markup)
        await expect(find_button(page, attacks[0])).to_be_visible()
        assert await find_log(page).locator(":not(.photo) > img, script, svg, a[href^='javascript']").count() == 0
        assert "taken" not in await page.title()
        assert dialogs == []


async def test_after_a_drop_the_page_catches_up(emulator: TelegramEmulator) -> None:
    async with serve_emulator(emulator) as url:
        emulator.type_text(1, "before")
        port = int(url.rpartition(":")[2])
        page_context = open_page(url)
        page = await page_context.__aenter__()
        await expect(find_log(page).get_by_text("before")).to_be_visible()
    lost_notice = page.get_by_text("The preview has stopped, or can't be reached.")
    await expect(lost_notice).to_be_visible()
    emulator.type_text(1, "meanwhile")
    emulator.edit_text(1, next(iter(emulator.chats[1].messages)), "before, changed")
    async with serve_emulator(emulator, port=port):
        await expect(find_log(page).get_by_text("meanwhile")).to_be_visible(timeout=20_000)
        await expect(lost_notice).to_be_hidden()
        emulator.type_text(1, "after")
        await expect(find_log(page).get_by_text("after")).to_be_visible()
        texts = await find_log(page).locator(".text").all_text_contents()
        assert texts == ["before, changed", "meanwhile", "after"]
        await page_context.__aexit__(None, None, None)


async def test_the_page_says_if_no_bot_is_connected(emulator_url: str) -> None:
    async with open_page(emulator_url) as page:
        await expect(page.get_by_text("No bot is connected at the moment.")).to_be_visible()


@pytest.mark.usefixtures("sample_bot")
async def test_editing_attaching_blocking_and_starting_afresh(emulator_url: str, emulator: TelegramEmulator) -> None:
    async with open_page(f"{emulator_url}/?as=2") as page:
        await find_button(page, "Start").click()
        await find_button(page, "Commands").click()
        await page.get_by_role("button", name="/start Start, or carry on").click()
        await expect(find_log(page).get_by_text("/start", exact=True)).to_have_count(2)
        field = page.get_by_role("textbox", name="Message")
        await field.fill("Anne helped")
        await press_keys(page, "Enter")
        await page.get_by_role("button", name="Edit your message: Anne helped").click()
        await expect(field).to_have_value("Anne helped")
        await field.fill("Somebody helped")
        await press_keys(page, "Enter")
        await expect(find_log(page).get_by_text("Somebody helped", exact=True)).to_be_visible()
        await expect(page.get_by_text("edited")).to_be_visible()
        await find_button(page, "Attach").click()
        await find_button(page, "A voice note").click()
        await expect(page.get_by_text("Could you type it?")).to_be_visible()
        await find_button(page, "Person 2").click()
        await expect(page.get_by_role("link", name="New person")).to_have_attribute("href", "/?as=3")
        await find_button(page, "Block the bot").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Block").click()
        await expect(find_button(page, "Unblock the bot")).to_be_visible()
        assert emulator.chats[2].is_blocked
        await find_button(page, "Unblock the bot").click()
        await expect(field).to_be_visible()
        await find_button(page, "Person 2").click()
        await find_button(page, "Start afresh").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="Start afresh").click()
        await expect(find_button(page, "Start")).to_be_visible()
        await find_button(page, "Start").click()
        await expect(find_button(page, "Let's start")).to_be_visible()
    assert len([chat for chat in emulator.chats if chat > 1000]) == 1


async def test_several_people_side_by_side(emulator_url: str, sample_bot: Any) -> None:
    async with open_page(emulator_url) as page:
        other = await page.context.new_page()
        await other.goto(f"{emulator_url}/?as=2")
        await asyncio.gather(find_button(page, "Start").click(), find_button(other, "Start").click())
        await expect(find_button(other, "Let's start")).to_be_visible()
        await sample_bot.bot.send_message(2, "Only for two")
        await expect(find_log(other).get_by_text("Only for two")).to_be_visible()
        await expect(find_log(page).get_by_text("Only for two")).to_have_count(0)
        await expect(page).to_have_title(re.compile("not Telegram"))


async def check_rules(page: Page) -> None:
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
