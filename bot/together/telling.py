"""What a campaign's group said, put into messages: pictures, the same in words, and a page to print."""

from collections import Counter
from functools import partial
from html import escape

from bot.coordinator.buttons import desk_button
from bot.coordinator.given import name_of
from bot.pictures.drawing import charts_of
from bot.pictures.report import Report
from bot.pictures.tallies import Results
from bot.pictures.telling import tell_results
from bot.says import Message, OfReport, OfResults, Page, Picture, Say
from bot.speaking import Voice
from bot.together.asking import PAGE
from bot.together.buttons import show_results
from flows.link import ResultsLink
from flows.together import AnyEvent, ChartDrawn, GroupResultsTold, PageGiven, ResultsOffered

MOST_OFFERED = 50  # Telegram takes a hundred buttons


def tell_together(event: AnyEvent, voice: Voice) -> Say:
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
