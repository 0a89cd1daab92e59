"""What a campaign's group said, put into messages: pictures, the same in words, and a page to print."""

from collections import Counter
from functools import partial
from html import escape

from bot.graphics.alt_text import tell_results
from bot.graphics.drawing import charts_of
from bot.graphics.model import Results
from bot.graphics.report import Report
from bot.render.buttons import PAGE, desk_button, link, show_results
from bot.render.localization import Voice
from bot.render.messages import Button, Message, OfReport, OfResults, Page, Picture, Restated, Say
from bot.render.prompts import asked_by
from bot.render.sharing import name_of
from flows.campaign import Link, ResultsLink
from flows.events.results import (
    ChartDrawn,
    GreetingTakenBack,
    GroupAnswered,
    GroupEvent,
    GroupGreeted,
    GroupResultsTold,
    GroupWordsTold,
    PageGiven,
    ResultsEvent,
    ResultsOffered,
)

MOST_OFFERED = 50  # Telegram takes a hundred buttons


def tell_together(event: ResultsEvent, voice: Voice) -> Say:
    """What a group said is read when it is said: the event only names it."""
    match event:
        case ResultsOffered():
            return _offer(event, voice)
        case ChartDrawn():
            return OfResults(event.campaign, partial(_chart, event, voice))
        case GroupResultsTold():
            return OfResults(event.campaign, partial(_words, event, voice))
        case PageGiven():
            return OfReport(event.campaign, partial(_page, voice))


def told_in_words(results: Results, voice: Voice, withheld: str = "results_withheld") -> str:
    """What the pictures show, and what is not shown: the text `withheld`."""
    title, *rest = escape(tell_results(results), quote=False).split("\n\n")
    return "\n\n".join([f"<b>{title}</b>", *rest, voice.say(withheld)])


def _offer(event: ResultsOffered, voice: Voice) -> Message:
    """Several groups: a button for each."""
    links = event.links[:MOST_OFFERED]
    alike = Counter(one.about for one in links)
    buttons = (show_results(one.key, voice, _label(one, voice, alike[one.about] > 1)) for one in links)
    return Message(voice.say("results_offered"), tuple(buttons))


def _label(of: ResultsLink, voice: Voice, alike: bool) -> str:
    """What it is about; with who asked, where others are about the same."""
    about = of.about or voice.say("general_about_label")
    return voice.say("results_of", {"about": about, "asker": of.asker}) if alike and of.asker else about


def _chart(event: ChartDrawn, voice: Voice, results: Results | None) -> Picture | None:
    """One picture. There are fewer where nothing is shown of some questions."""
    charts = charts_of(results) if results else []
    if event.number >= len(charts):
        return None
    args = {"number": event.number + 1, "many": len(charts)}
    return Picture(charts[event.number], voice.say("chart", args))


def _words(event: GroupResultsTold, voice: Voice, results: Results | None) -> Message:
    """The same in words, what is not shown, and the page to print."""
    back = (voice.button(voice.say("back_to_questions"), "", 0, "resume"),) if event.button else ()
    if event.desk:
        back = (desk_button(voice, "desk_back", event.campaign), *back)
    if results is None:
        return Message(voice.say("results_away"), back)
    return Message(
        told_in_words(results, voice), (voice.button(voice.say("results_page"), "", 0, PAGE, event.key), *back)
    )


def _page(voice: Voice, report: Report | None) -> Page | Message:
    """The page to print."""
    if report is None:
        return Message(voice.say("results_away"))
    name = "-".join(part for part in (name_of(report.results.about, ""), voice.say("page_name")) if part)
    return Page(name, report, voice.say("page"), voice.say("page_undrawn"))


# @@DOC What is told in a group. Pure. Its only buttons open a chat of one's own.
OUTSIDE = frozenset({"group_elsewhere", "group_no_campaign"})  # leads to a chat of one's own, out of any campaign
GREETING = 1  # the number under which the newest greeting can be found again


def tell_in_group(event: GroupEvent, voice: Voice) -> Say:
    """What is said of one event in a group."""
    match event:
        case GroupGreeted():
            return Restated(_greeting(event, voice), event.since)
        case GreetingTakenBack():
            return Restated(None, 0)
        case GroupAnswered():
            buttons = (_private(event.link, voice),) if event.link or event.topic in OUTSIDE else ()
            return Message(voice.say(event.topic, {"about": _about(event.link, voice)}), buttons)
        case GroupWordsTold():
            return OfResults(event.campaign, partial(_group_words, event, voice))


def _greeting(event: GroupGreeted, voice: Voice) -> Message:
    """Who asks, about what, what comes back; and that nobody is asked here."""
    of = event.link
    if of and event.over:
        over = "group_over" if of.shown else "group_over_never"
        return Message(voice.say(over, {"about": _about(of, voice)}), (), GREETING)
    if event.fault:
        return Message(voice.say(f"group_brought_{event.fault}"), (), GREETING)
    if of is None:
        return Message(voice.say("group_hello"), (_private(None, voice),), GREETING)
    text = "\n\n".join([voice.say("group_hello_all"), *asked_by(of, voice), voice.say("group_how")])
    return Message(text, (_private(of, voice),), GREETING)


def _group_words(event: GroupWordsTold, voice: Voice, results: Results | None) -> Message:
    buttons = (_private(event.link, voice),) if event.link else ()
    return Message(told_in_words(results, voice, "group_withheld") if results else voice.say("results_away"), buttons)


def _about(of: Link | None, voice: Voice) -> str:
    return voice.subject(of.about if of else "")


def _private(of: Link | None, voice: Voice) -> Button:
    """Opens the private chat: with the campaign's link, if it is open."""
    return Button(voice.say("group_answer" if of else "open_private"), url=link(voice.me, of.code if of else "group"))
