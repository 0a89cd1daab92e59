"""Questions to the bot that leave the run where it is: `/mydata`, and a campaign's results."""

from datetime import date, datetime

from flows.campaign import CampaignInfo, ResultsInfo, is_campaign_over
from flows.engine.comments import has_pending_redaction, keep_offered_comment
from flows.engine.steps import collect_answers
from flows.events import Event, NoticeShown
from flows.events.requests import PersonalDataRequest
from flows.events.results import ChartShown, ResultsOffered, ResultsReportShown, ResultsTextShown
from flows.models import Answer, ResultsRequest, Run, Turn
from flows.personal_data import AnswerData, RunData
from flows.schema import STOPPED
from flows.state_machine import Walk


def show_personal_data(walk: Walk, run: Run, now: datetime) -> Turn:
    """Asks storage for everything that is kept about the respondent; the run's part is known here."""
    answers = collect_answers(walk.flow, keep_offered_comment(walk, run))
    return Turn(run, (PersonalDataRequest(answers, _build_run_data(walk, run) if run.prompt else None, now),))


def show_campaign_results(run: Run, request: ResultsRequest, today: date) -> Turn:
    """Shows a campaign's results: the charts first, then the text. `request` lists those that the chat may see."""
    return Turn(run, _results_events(request, "carry_on" if run.prompt else None, today))


def postpone_results(run: Run, campaign_info: CampaignInfo, today: date) -> Turn:
    """Says that results are shown after sending: seen before, they would influence the respondent's answers."""
    topic = "results_after" if campaign_info.has_results else _no_results_topic(campaign_info, today)
    return Turn(run, (NoticeShown(topic, button="carry_on"),))


def _build_run_data(walk: Walk, run: Run) -> RunData:
    answers = {step.id: run.answers[step.id] for step in walk.flow.questions if step.id in run.answers}
    return RunData(
        step=run.resume_step or run.step,
        is_stopped=run.step == STOPPED,
        version=run.version,
        campaign=run.campaign,
        passed_forks=tuple(step.id for step in walk.flow.steps if step.id in run.passed_forks),
        answers={question: _build_answer_data(answer) for question, answer in answers.items()},
        is_changing=run.is_changing,
        is_prompted_again=run.is_prompted_again,
        pending_text=run.pending_text.full_text if run.pending_text else "",
        message_ids=_message_ids(run),
        confirmation=run.confirmation.request.kind if run.confirmation else "",
    )


def _build_answer_data(answer: Answer) -> AnswerData:
    original = "\n".join(part.original or part.text for part in answer.texts) if has_pending_redaction(answer) else ""
    return AnswerData(answer.value, original, any(part.should_keep_original for part in answer.texts))


def _message_ids(run: Run) -> tuple[int, ...]:
    """The messages that all of the run's text came in, sorted."""
    message_ids = {part.message_id for answer in run.answers.values() for part in answer.texts}
    if run.pending_text:
        message_ids |= {run.pending_text.message_id, *(part.message_id for part in run.pending_text.earlier_texts)}
    return tuple(sorted(message_id for message_id in message_ids if message_id is not None))


def _results_events(request: ResultsRequest, button: str | None, today: date) -> tuple[Event, ...]:
    if not request.available_results:
        return (NoticeShown("link_unknown", button=button),)
    if len(request.available_results) > 1:
        return (ResultsOffered(request.available_results),)
    [results_info] = request.available_results
    if results_info.is_unreleased:
        return (NoticeShown(_no_results_topic(results_info, today), button=button),)
    if request.is_report:
        return (ResultsReportShown(results_info.campaign),)
    charts = (ChartShown(results_info.campaign, index) for index in range(results_info.chart_count))
    return (*charts, ResultsTextShown(results_info.campaign, results_info.key, button, results_info.is_coordinator))


def _no_results_topic(campaign: CampaignInfo | ResultsInfo, today: date) -> str:
    # A run that is already under way may still be sent after the campaign is over; no new one can begin.
    return "results_never" if is_campaign_over(campaign, today) else "results_early"
