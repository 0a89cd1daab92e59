"""A person's own result: the card and its caption, what tends to help, and the receipt. Pure."""

from collections.abc import Mapping

from bot.graphics.result_card import ResultCard, ResultCardLine
from bot.render.buttons import make_results_button, make_resume_button
from bot.render.localization import Localizer
from bot.render.messages import Message, Photo
from bot.render.prompts import render_promise
from flows.campaign import CampaignInfo
from flows.events.submission import AlreadyResponded, ResultCardShown, ResultDetailsShown
from flows.scale import list_points
from flows.scoring import ScoredAnswer, ScoreSummary, ScoreVerdict, score_answers


def render_submission(
    event: ResultCardShown | ResultDetailsShown | AlreadyResponded, localizer: Localizer
) -> Photo | Message:
    """The message for an event after sending."""
    match event:
        case ResultCardShown():
            return render_result(event, localizer)
        case ResultDetailsShown():
            return render_result_details(event, localizer)
        case AlreadyResponded():
            return render_already_answered(event, localizer)


def render_result(event: ResultCardShown, localizer: Localizer) -> Photo:
    """The result card. Its caption says the same in words, and replaces it if it can't be drawn or sent."""
    summary = score_answers(localizer.flow, event.answers)
    lines = "\n".join(_render_result_line(scored, event.answers, localizer) for scored in summary.answers)
    result = localizer.get_text(f"result_{summary.verdict}")
    caption = localizer.get_text("result", {"lines": lines, "result": result})
    return Photo(make_result_card(summary, localizer), caption, caption)


def render_result_details(event: ResultDetailsShown, localizer: Localizer) -> Message:
    """What tends to help where the service failed, the other answers, the rule, the way to the group's results, and
    the receipt.
    """
    summary = score_answers(localizer.flow, event.answers)
    results_code = event.campaign_info.results_code if event.campaign_info else ""
    parts = [
        _render_advice(summary, localizer),
        _render_other_answers(event.answers, localizer),
        _render_rule(summary, localizer),
        _render_promised_results(event.campaign_info, localizer) if event.campaign_info and results_code else "",
        localizer.get_text("receipt_over" if event.is_campaign_over else "receipt"),
    ]
    withdraw_button = localizer.make_button(localizer.get_text("delete_sent"), "", 0, "withdraw", event.receipt)
    results_buttons = (make_results_button(results_code, localizer),) if results_code else ()
    return Message("\n\n".join(part for part in parts if part), (*results_buttons, withdraw_button))


def render_already_answered(event: AlreadyResponded, localizer: Localizer) -> Message:
    """How to change answers that were sent, and the ways to the group's results and to unfinished questions."""
    args = {"about": localizer.format_subject(event.about), "send": localizer.get_action_label("send")}
    text = localizer.get_text("answered_already_unsent" if event.is_unsent else "answered_already", args)
    results_buttons = (make_results_button(event.results_code, localizer),) if event.results_code else ()
    resume_buttons = (make_resume_button(localizer),) if event.has_unfinished_run else ()
    return Message(text, (*results_buttons, *resume_buttons))


def make_result_card(summary: ScoreSummary, localizer: Localizer) -> ResultCard:
    """The texts of the picture."""
    lines = tuple(
        ResultCardLine(
            localizer.get_question_name(scored.question),
            scored.verdict.value,
            localizer.get_text(f"card_{_verdict_key(scored)}"),
            scored.point_count,
            scored.point,
        )
        for scored in summary.answers
    )
    return ResultCard(
        title=localizer.get_text("card_title"),
        lines=lines,
        result=localizer.get_text(f"card_result_{summary.verdict}"),
        lowest_label=localizer.get_text("card_least"),
        highest_label=localizer.get_text("card_most"),
        footnote=localizer.get_text("card_foot"),
    )


def _render_result_line(scored: ScoredAnswer, answers: Mapping[str, str | None], localizer: Localizer) -> str:
    is_answered = scored.question in answers
    args = {
        "mark": localizer.get_text(f"mark_{scored.verdict}"),
        "name": localizer.get_question_name(scored.question),
        "verdict": localizer.get_text(f"verdict_{_verdict_key(scored)}"),
        "label": localizer.format_answer(scored.question, answers[scored.question]) if is_answered else "none",
    }
    return localizer.get_text("result_line", args)


def _verdict_key(scored: ScoredAnswer) -> str:
    # The middle of the scale has a text of its own, although it counts neither as passed nor as failed.
    return "same" if scored.point == 0 else scored.verdict


def _render_advice(summary: ScoreSummary, localizer: Localizer) -> str:
    if not summary.failed_questions:
        return localizer.get_text("helps_nothing" if summary.verdict is ScoreVerdict.PASSED else "helps_unsure")
    advice_lines = [_advice_line(question, localizer) for question in summary.failed_questions]
    return "\n".join([localizer.get_text("helps_title"), *advice_lines])


def _advice_line(question: str, localizer: Localizer) -> str:
    advice = localizer.flow_texts.format_text(f"{question}.helps")
    return localizer.get_text("helps", {"name": localizer.get_question_name(question), "helps": advice})


def _render_other_answers(answers: Mapping[str, str | None], localizer: Localizer) -> str:
    """The answers on scales outside the test. Texts that the person typed are not repeated."""
    ids = [
        question.id
        for question in localizer.flow.questions
        if question.is_scale and question.part != localizer.flow.test and question.id in answers
    ]
    lines = [f"<b>{localizer.get_question_name(id_)}:</b> {localizer.format_answer(id_, answers[id_])}" for id_ in ids]
    return "\n".join([localizer.get_text("also_said"), *lines]) if lines else ""


def _render_rule(summary: ScoreSummary, localizer: Localizer) -> str:
    has_middle = any(0 in list_points(scored.point_count) for scored in summary.answers)
    return localizer.get_text("rule" if has_middle else "rule_no_middle")


def _render_promised_results(campaign_info: CampaignInfo, localizer: Localizer) -> str:
    """The group's promise, and how the person finds the results: the bot can't write to them after sending."""
    instructions = localizer.get_text("receipt_results")
    return f"{render_promise(campaign_info, localizer)}\n\n{instructions}" if campaign_info.promise else instructions
