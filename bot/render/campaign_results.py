"""What a campaign's group said, put into messages: pictures, the same in words, and a page to print."""

from collections import Counter
from functools import partial
from html import escape

from bot.graphics.alt_text import describe_results
from bot.graphics.drawing import list_charts
from bot.graphics.model import CampaignResults
from bot.graphics.report import Report
from bot.render.buttons import RESULTS_PAGE_ACTION, make_chat_link, make_coordinator_button, make_results_button
from bot.render.localization import Localizer
from bot.render.messages import (
    Button,
    Message,
    PdfDocument,
    Photo,
    RenderedMessage,
    ReplacementMessage,
    ReportPlaceholder,
    ResultsPlaceholder,
)
from bot.render.prompts import render_campaign_intro
from bot.render.sharing import make_file_name
from flows.campaign import CampaignInfo, ResultsInfo
from flows.events.results import (
    ChartShown,
    GroupAnswered,
    GroupEvent,
    GroupGreeted,
    GroupGreetingRemoved,
    GroupResultsShown,
    ResultsEvent,
    ResultsOffered,
    ResultsReportShown,
    ResultsTextShown,
)

MAX_OFFERED_RESULTS = 50  # Telegram takes a hundred buttons


def render_campaign_results(event: ResultsEvent, localizer: Localizer) -> RenderedMessage:
    """What a group said is read when it is said: the event only names it."""
    match event:
        case ResultsOffered():
            return _render_results_offer(event, localizer)
        case ChartShown():
            return ResultsPlaceholder(event.campaign, partial(_render_chart, event, localizer))
        case ResultsTextShown():
            return ResultsPlaceholder(event.campaign, partial(_render_results, event, localizer))
        case ResultsReportShown():
            return ReportPlaceholder(event.campaign, partial(_render_report, localizer))


def render_results_text(results: CampaignResults, localizer: Localizer, withheld_key: str = "results_withheld") -> str:
    """What the pictures show, and what is not shown: the text `withheld`."""
    title, *rest = escape(describe_results(results), quote=False).split("\n\n")
    return "\n\n".join([f"<b>{title}</b>", *rest, localizer.get_text(withheld_key)])


def _render_results_offer(event: ResultsOffered, localizer: Localizer) -> Message:
    """Several groups: a button for each."""
    results_infos = event.available_results[:MAX_OFFERED_RESULTS]
    subject_counts = Counter(one.about for one in results_infos)
    buttons = (
        make_results_button(
            results_info.key, localizer, _results_label(results_info, localizer, subject_counts[results_info.about] > 1)
        )
        for results_info in results_infos
    )
    return Message(localizer.get_text("results_offered"), tuple(buttons))


def _results_label(results_info: ResultsInfo, localizer: Localizer, is_ambiguous: bool) -> str:
    """What it is about; with who asked, where others are about the same."""
    about = results_info.about or localizer.get_text("general_about_label")
    return (
        localizer.get_text("results_of", {"about": about, "asker": results_info.asker})
        if is_ambiguous and results_info.asker
        else about
    )


def _render_chart(event: ChartShown, localizer: Localizer, results: CampaignResults | None) -> Photo | None:
    """One picture. There are fewer where nothing is shown of some questions."""
    charts = list_charts(results) if results else []
    if event.index >= len(charts):
        return None
    args = {"number": event.index + 1, "many": len(charts)}
    return Photo(charts[event.index], localizer.get_text("chart", args))


def _render_results(event: ResultsTextShown, localizer: Localizer, results: CampaignResults | None) -> Message:
    """The same in words, what is not shown, and the page to print."""
    buttons = (localizer.make_button(localizer.get_text("back_to_questions"), "", 0, "resume"),) if event.button else ()
    if event.is_coordinator:
        buttons = (make_coordinator_button(localizer, "desk_back", event.campaign), *buttons)
    if results is None:
        return Message(localizer.get_text("results_away"), buttons)
    return Message(
        render_results_text(results, localizer),
        (localizer.make_button(localizer.get_text("results_page"), "", 0, RESULTS_PAGE_ACTION, event.key), *buttons),
    )


def _render_report(localizer: Localizer, report: Report | None) -> PdfDocument | Message:
    """The page to print."""
    if report is None:
        return Message(localizer.get_text("results_away"))
    file_name = "-".join(
        part for part in (make_file_name(report.results.subject, ""), localizer.get_text("page_name")) if part
    )
    return PdfDocument(file_name, report, localizer.get_text("page"), localizer.get_text("page_undrawn"))


# @@DOC What is told in a group. Pure. Its only buttons open a chat of one's own.
PRIVATE_CHAT_TOPICS = frozenset(
    {"group_elsewhere", "group_no_campaign"}
)  # leads to a chat of one's own, out of any campaign
GREETING_PROMPT = 1  # the number under which the newest greeting can be found again


def render_group_event(event: GroupEvent, localizer: Localizer) -> RenderedMessage:
    """What is said of one event in a group."""
    match event:
        case GroupGreeted():
            return ReplacementMessage(_render_greeting(event, localizer), event.replaces_since)
        case GroupGreetingRemoved():
            return ReplacementMessage(None, 0)
        case GroupAnswered():
            buttons = (
                (_private_chat_button(event.campaign_info, localizer),)
                if event.campaign_info or event.topic in PRIVATE_CHAT_TOPICS
                else ()
            )
            return Message(
                localizer.get_text(event.topic, {"about": _campaign_subject(event.campaign_info, localizer)}), buttons
            )
        case GroupResultsShown():
            return ResultsPlaceholder(event.campaign, partial(_render_group_results, event, localizer))


def _render_greeting(event: GroupGreeted, localizer: Localizer) -> Message:
    """Who asks, about what, what comes back; and that nobody is asked here."""
    campaign_info = event.campaign_info
    if campaign_info and event.is_campaign_over:
        text_key = "group_over" if campaign_info.has_results else "group_over_never"
        return Message(
            localizer.get_text(text_key, {"about": _campaign_subject(campaign_info, localizer)}), (), GREETING_PROMPT
        )
    if event.problem:
        return Message(localizer.get_text(f"group_brought_{event.problem}"), (), GREETING_PROMPT)
    if campaign_info is None:
        return Message(localizer.get_text("group_hello"), (_private_chat_button(None, localizer),), GREETING_PROMPT)
    text = "\n\n".join(
        [
            localizer.get_text("group_hello_all"),
            *render_campaign_intro(campaign_info, localizer),
            localizer.get_text("group_how"),
        ]
    )
    return Message(text, (_private_chat_button(campaign_info, localizer),), GREETING_PROMPT)


def _render_group_results(event: GroupResultsShown, localizer: Localizer, results: CampaignResults | None) -> Message:
    buttons = (_private_chat_button(event.campaign_info, localizer),) if event.campaign_info else ()
    return Message(
        render_results_text(results, localizer, "group_withheld") if results else localizer.get_text("results_away"),
        buttons,
    )


def _campaign_subject(campaign_info: CampaignInfo | None, localizer: Localizer) -> str:
    return localizer.format_subject(campaign_info.about if campaign_info else "")


def _private_chat_button(campaign_info: CampaignInfo | None, localizer: Localizer) -> Button:
    """Opens the private chat: with the campaign's link, if it is open."""
    return Button(
        localizer.get_text("group_answer" if campaign_info else "open_private"),
        url=make_chat_link(localizer.bot_username, campaign_info.code if campaign_info else "group"),
    )
