"""A campaign's results as messages: charts, the same in words, a report to print; and all messages to groups. Pure.

Results are not in the events. They are loaded when a message is sent, so most functions here make placeholders.
"""

from collections import Counter
from functools import partial
from html import escape

from bot.graphics.alt_text import describe_results
from bot.graphics.drawing import list_charts
from bot.graphics.model import CampaignResults
from bot.graphics.report import Report
from bot.render.buttons import (
    RESULTS_PAGE_ACTION,
    make_chat_link,
    make_coordinator_button,
    make_results_button,
    make_resume_button,
)
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

MAX_OFFERED_RESULTS = 50  # Telegram takes 100 buttons
PRIVATE_CHAT_TOPICS = frozenset({"group_elsewhere", "group_no_campaign"})  # they offer a private chat, in no campaign
GREETING_PROMPT = 1  # the number under which a group's newest greeting is found again


def render_campaign_results(event: ResultsEvent, localizer: Localizer) -> RenderedMessage:
    """The message for an event about results in a private chat."""
    match event:
        case ResultsOffered():
            return _render_results_offer(event, localizer)
        case ChartShown():
            return ResultsPlaceholder(event.campaign, partial(_render_chart, event, localizer))
        case ResultsTextShown():
            return ResultsPlaceholder(event.campaign, partial(_render_results, event, localizer))
        case ResultsReportShown():
            return ReportPlaceholder(event.campaign, partial(_render_report, localizer))


def render_results_text(
    results: CampaignResults, localizer: Localizer, suppressed_key: str = "results_suppressed"
) -> str:
    """What the charts show, in words, and the text with this key about what is suppressed."""
    title, *rest = escape(describe_results(results), quote=False).split("\n\n")
    return "\n\n".join([f"<b>{title}</b>", *rest, localizer.get_text(suppressed_key)])


def _render_results_offer(event: ResultsOffered, localizer: Localizer) -> Message:
    """A button for each group's results."""
    offered = event.available_results[:MAX_OFFERED_RESULTS]
    subject_counts = Counter(info.about for info in offered)
    buttons = (
        make_results_button(info.key, localizer, _results_label(info, localizer, subject_counts[info.about] > 1))
        for info in offered
    )
    return Message(localizer.get_text("results_offered"), tuple(buttons))


def _results_label(info: ResultsInfo, localizer: Localizer, is_ambiguous: bool) -> str:
    """The subject, and who asked if other results have the same subject."""
    about = info.about or localizer.get_text("general_about_label")
    if is_ambiguous and info.asker:
        return localizer.get_text("results_of", {"about": about, "asker": info.asker})
    return about


def _render_chart(event: ChartShown, localizer: Localizer, results: CampaignResults | None) -> Photo | None:
    """One chart; None if there are fewer, because some questions would show nothing."""
    charts = list_charts(results) if results else []
    if event.index >= len(charts):
        return None
    caption = localizer.get_text("chart", {"number": event.index + 1, "many": len(charts)})
    return Photo(charts[event.index], caption)


def _render_results(event: ResultsTextShown, localizer: Localizer, results: CampaignResults | None) -> Message:
    """The results in words, and a button for the report."""
    buttons = (make_resume_button(localizer),) if event.button else ()
    if event.is_coordinator:
        buttons = (make_coordinator_button(localizer, "menu_back", event.campaign), *buttons)
    if results is None:
        return Message(localizer.get_text("results_unavailable"), buttons)
    report_button = localizer.make_button(localizer.get_text("results_page"), "", 0, RESULTS_PAGE_ACTION, event.key)
    return Message(render_results_text(results, localizer), (report_button, *buttons))


def _render_report(localizer: Localizer, report: Report | None) -> PdfDocument | Message:
    if report is None:
        return Message(localizer.get_text("results_unavailable"))
    name_parts = (make_file_name(report.results.subject, ""), localizer.get_text("page_name"))
    file_name = "-".join(part for part in name_parts if part)
    return PdfDocument(file_name, report, localizer.get_text("page"), localizer.get_text("page_undrawn"))


def render_group_event(event: GroupEvent, localizer: Localizer) -> RenderedMessage:
    """The message for an event in a group. Its only buttons open a private chat."""
    match event:
        case GroupGreeted():
            return ReplacementMessage(_render_greeting(event, localizer), event.replaces_since)
        case GroupGreetingRemoved():
            return ReplacementMessage(None, 0)
        case GroupAnswered():
            return _render_group_answer(event, localizer)
        case GroupResultsShown():
            return ResultsPlaceholder(event.campaign, partial(_render_group_results, event, localizer))


def _render_greeting(event: GroupGreeted, localizer: Localizer) -> Message:
    """Who asks about what and what comes back, and that people answer in a private chat."""
    campaign_info = event.campaign_info
    if campaign_info and event.is_campaign_over:
        key = "group_over" if campaign_info.has_results else "group_over_never"
        text = localizer.get_text(key, {"about": _campaign_subject(campaign_info, localizer)})
        return Message(text, (), GREETING_PROMPT)
    if event.problem:
        return Message(localizer.get_text(f"group_brought_{event.problem}"), (), GREETING_PROMPT)
    buttons = (_private_chat_button(campaign_info, localizer),)
    if campaign_info is None:
        return Message(localizer.get_text("group_hello"), buttons, GREETING_PROMPT)
    intro = render_campaign_intro(campaign_info, localizer)
    text = "\n\n".join([localizer.get_text("group_hello_all"), *intro, localizer.get_text("group_how")])
    return Message(text, buttons, GREETING_PROMPT)


def _render_group_answer(event: GroupAnswered, localizer: Localizer) -> Message:
    text = localizer.get_text(event.topic, {"about": _campaign_subject(event.campaign_info, localizer)})
    has_button = event.campaign_info or event.topic in PRIVATE_CHAT_TOPICS
    return Message(text, (_private_chat_button(event.campaign_info, localizer),) if has_button else ())


def _render_group_results(event: GroupResultsShown, localizer: Localizer, results: CampaignResults | None) -> Message:
    buttons = (_private_chat_button(event.campaign_info, localizer),) if event.campaign_info else ()
    if results is None:
        return Message(localizer.get_text("results_unavailable"), buttons)
    return Message(render_results_text(results, localizer, "group_suppressed"), buttons)


def _campaign_subject(campaign_info: CampaignInfo | None, localizer: Localizer) -> str:
    return localizer.format_subject(campaign_info.about if campaign_info else "")


def _private_chat_button(campaign_info: CampaignInfo | None, localizer: Localizer) -> Button:
    """Opens the private chat with the bot, in the campaign if there is one."""
    label = localizer.get_text("group_answer" if campaign_info else "open_private")
    parameter = campaign_info.code if campaign_info else "group"
    return Button(label, url=make_chat_link(localizer.bot_username, parameter))
