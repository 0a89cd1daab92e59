"""`/mydata`: all that is kept about the respondent is told, and given as a file."""

from datetime import date, datetime

from flows.campaign import CampaignInfo, ResultsInfo, is_campaign_over
from flows.engine.comments import has_pending_redaction, keep_offered_comment
from flows.engine.steps import collect_answers
from flows.events import Event, NoticeShown, PersonalDataExported, PersonalDataShown
from flows.events.results import ChartShown, ResultsOffered, ResultsReportShown, ResultsTextShown
from flows.models import Answer, ResultsRequest, Run, Turn
from flows.personal_data import AnswerData, PersonalData, RunData
from flows.schema import STOPPED
from flows.state_machine import Walk


def show_personal_data(walk: Walk, run: Run, now: datetime) -> Turn:
    """Tells what is kept, and gives the same, and the rest, as a file. What storage keeps beside is added there."""
    personal_data = PersonalData(_build_run_data(walk, run) if run.prompt else None)
    answers = collect_answers(walk.flow, keep_offered_comment(walk, run))
    return Turn(run, (PersonalDataShown(answers, personal_data), PersonalDataExported(personal_data, now)))


def _build_run_data(walk: Walk, run: Run) -> RunData:
    answers = {step.id: run.answers[step.id] for step in walk.flow.questions if step.id in run.answers}
    return RunData(
        step=run.resume_step or run.step,
        is_stopped=run.step == STOPPED,
        version=run.version,
        campaign=run.campaign,
        passed_forks=tuple(place.id for place in walk.flow.steps if place.id in run.passed_forks),
        answers={question: _build_answer_data(answer) for question, answer in answers.items()},
        is_changing=run.is_changing,
        is_prompted_again=run.is_prompted_again,
        pending_text=run.pending_text.full_text if run.pending_text else "",
        message_ids=_message_ids(run),
        confirmation=run.confirmation.request.kind if run.confirmation else "",
    )


def _build_answer_data(answer: Answer) -> AnswerData:
    original = "\n".join(part.original or part.text for part in answer.texts) if has_pending_redaction(answer) else ""
    return AnswerData(answer.value, original, any(part.keeps_original for part in answer.texts))


def _message_ids(run: Run) -> tuple[int, ...]:
    answer_message_ids = [part.message_id for answer in run.answers.values() for part in answer.texts]
    pending_message_ids = (
        [run.pending_text.message_id, *(part.message_id for part in run.pending_text.earlier_texts)]
        if run.pending_text
        else []
    )
    return tuple(
        sorted({message_id for message_id in (*answer_message_ids, *pending_message_ids) if message_id is not None})
    )


# @@DOC `/results`, the link to a campaign's results, and the buttons that lead there. Who may see them is known by then.
def show_campaign_results(run: Run, request: ResultsRequest, today: date) -> Turn:
    """Tells what the group said: first in pictures, then in words. The walk stays where it is."""
    return Turn(run, _results_events(request, "carry_on" if run.prompt else None, today))


def postpone_results(run: Run, campaign_info: CampaignInfo, today: date) -> Turn:
    """Who is on their way sees nothing of their group's before they have sent: else it would colour their answers."""
    return Turn(
        run,
        (
            NoticeShown(
                "results_after" if campaign_info.has_results else _no_results_topic(campaign_info, today),
                button="carry_on",
            ),
        ),
    )


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
    """Why there is nothing to show. Where it is closed, those in the middle may still send; else it stays so."""
    return "results_never" if is_campaign_over(campaign, today) else "results_early"
