"""Renders events as messages in the person's language. Pure: the same event gives the same message."""

from bot.render.buttons import make_results_button, make_resume_button
from bot.render.campaign_results import render_campaign_results, render_group_event
from bot.render.coordinator import make_open_campaign_button, render_coordinator_event
from bot.render.localization import Localizer
from bot.render.messages import Alert, Button, Message, RenderedMessage
from bot.render.moderation import render_moderation
from bot.render.personal_data import render_data_file, render_data_overview
from bot.render.personal_result import render_submission
from bot.render.prompts import (
    render_closed_prompt,
    render_comment_offer,
    render_redaction_offer,
    render_review,
    render_step,
    render_unclear_choice,
)
from bot.render.sharing import render_sharing
from flows.callback_data import MESSAGE_ID_SEPARATOR
from flows.events import (
    AnswerChanged,
    DeletionRequested,
    Event,
    NoticeShown,
    PersonalDataExported,
    PersonalDataShown,
    ReplyOutdated,
    RunDeleted,
    RunStopped,
    coordinator,
    moderation,
    results,
    submission,
)
from flows.events.prompts import (
    ChoiceUnclear,
    CommentOffered,
    PromptClosed,
    RedactionOffered,
    ReviewReached,
    RunSwitchRequested,
    StepReached,
)
from flows.events.submission import (
    ResponseNotFound,
    ResponseSubmitted,
    ResponseWithdrawn,
    SendOutdated,
    SendRepeated,
    WithdrawalOffered,
)


def render_event(event: Event, localizer: Localizer, receipt: str) -> RenderedMessage | None:
    """The message for one event; None if it has none. `receipt` is a fresh secret for the *Send* button."""
    match event:
        case StepReached():
            return render_step(event, localizer)
        case ReviewReached():
            return render_review(event, localizer, receipt)
        case PromptClosed():
            return render_closed_prompt(event, localizer)
        case ChoiceUnclear():
            return render_unclear_choice(event, localizer)
        case CommentOffered():
            return render_comment_offer(event, localizer)
        case RedactionOffered():
            return render_redaction_offer(event, localizer)
        case ReplyOutdated():
            return Alert(_outdated_text(event, localizer))
        case _:
            return _render_other_event(event, localizer)


def _render_other_event(event: Event, localizer: Localizer) -> RenderedMessage | None:
    """Events of groups and coordinators, and those that do not belong to the questions."""
    if isinstance(event, submission.SubmissionEvent):
        return _render_submission_event(event, localizer)
    if isinstance(event, results.ResultsEvent):
        return render_campaign_results(event, localizer)
    if isinstance(event, results.GroupEvent):
        return render_group_event(event, localizer)
    if isinstance(event, coordinator.SharingEvent):
        return render_sharing(event, localizer)
    if isinstance(event, moderation.ModerationEvent):
        return render_moderation(event, localizer)
    if isinstance(event, coordinator.CoordinatorEvent):
        return render_coordinator_event(event, localizer)
    return _render_notice(event, localizer)


def _render_notice(event: Event, localizer: Localizer) -> RenderedMessage | None:
    """Messages that ask nothing, or only for a yes or no."""
    match event:
        case NoticeShown():
            return Message(_topic_text(event, localizer), _next_step_buttons(event.button, localizer))
        case AnswerChanged():
            return _render_changed_answer(event, localizer)
        case RunStopped():
            return Message(localizer.get_text("stopped"), (_make_action_button(localizer, "carry_on", "resume"),))
        case DeletionRequested():
            confirm_button = _make_action_button(localizer, "delete_yes", "delete_yes", str(event.prompt))
            cancel_button = _make_action_button(localizer, "delete_no", "delete_no")
            return Message(localizer.get_text("deletion_asked"), (confirm_button, cancel_button))
        case RunSwitchRequested():
            return _render_switch_offer(event, localizer)
        case RunDeleted():
            return Message(localizer.get_text("run_deleted"))
        case PersonalDataShown():
            return render_data_overview(event, localizer)
        case PersonalDataExported():
            return render_data_file(event, localizer)
    return None


def _render_changed_answer(event: AnswerChanged, localizer: Localizer) -> Message:
    name, answer = localizer.get_question_name(event.question), localizer.format_answer(event.question, event.value)
    text = localizer.get_text("answer_changed", {"name": name, "answer": answer})
    return Message(text, _next_step_buttons(event.button, localizer))


def _render_switch_offer(event: RunSwitchRequested, localizer: Localizer) -> Message:
    """Asks before an unfinished run is given up for another campaign, or for opening one."""
    current_subject = localizer.format_subject(event.about)
    stay_button = _make_action_button(localizer, "carry_on", "resume")
    if event.campaign_info is None:
        text = localizer.get_text("other_opens", {"here": current_subject})
        return Message(text, (stay_button, make_open_campaign_button(localizer, event.prompt)))
    other_subject = localizer.format_subject(event.campaign_info.about)
    value = f"{event.campaign_info.code}-{event.prompt}"
    begin_button = _make_action_button(localizer, "begin_other", "begin_other", value)
    text = localizer.get_text("other_underway", {"here": current_subject, "there": other_subject})
    return Message(text, (stay_button, begin_button))


def _render_submission_event(event: submission.SubmissionEvent, localizer: Localizer) -> RenderedMessage:
    match event:
        case ResponseSubmitted():
            return Message(localizer.get_text("sent"))
        case SendRepeated():
            return _render_repeated_send(event, localizer)
        case SendOutdated():
            return Alert(localizer.get_text("opened_already" if event.has_opened_campaign else "outdated_send"))
        case WithdrawalOffered():
            return _render_withdrawal_offer(event, localizer)
        case ResponseWithdrawn():
            return Message(localizer.get_text("withdrawn_released" if event.is_released else "withdrawn_waiting"))
        case ResponseNotFound():
            return Alert(localizer.get_text("nothing_withdrawn"))
    return render_submission(event, localizer)


def _render_withdrawal_offer(event: WithdrawalOffered, localizer: Localizer) -> Message:
    value = f"{event.receipt}{MESSAGE_ID_SEPARATOR}{event.message_id or ''}"
    confirm_button = _make_button(localizer, localizer.get_text("withdraw_yes"), "withdraw_yes", value)
    cancel_button = _make_action_button(localizer, "delete_no", "withdraw_no")
    return Message(localizer.get_text("withdrawal_asked"), (confirm_button, cancel_button))


def _topic_text(event: NoticeShown, localizer: Localizer) -> str:
    if event.topic in {"about", "kept"}:
        return localizer.get_flow_text(event.topic)
    send_label = localizer.get_action_label("send")
    return localizer.get_text(event.topic, {"number": event.length, "most": event.max_length, "send": send_label})


def _next_step_buttons(button: str | None, localizer: Localizer) -> tuple[Button, ...]:
    match button:
        case "carry_on_or_stop":
            resume_button = _make_action_button(localizer, "carry_on", "resume", "after_distress")
            return (resume_button, _make_action_button(localizer, "stop", "stop"))
        case "carry_on":
            return (make_resume_button(localizer),)
        case "results":
            return (make_results_button("", localizer),)
    return ()


def _outdated_text(event: ReplyOutdated, localizer: Localizer) -> str:
    if event.current_step is None:
        return localizer.get_text("outdated_nowhere")
    return localizer.get_text("outdated_question" if event.is_answered else "outdated_here")


def _render_repeated_send(event: SendRepeated, localizer: Localizer) -> RenderedMessage:
    # While the result may still be on its way, a second tap only gets an alert, not one more message.
    if event.has_pending_messages:
        return Alert(localizer.get_text("outdated_sent"))
    delete_button = _make_button(localizer, localizer.get_text("delete_sent"), "withdraw", event.receipt)
    return Message(localizer.get_text("sent_already"), (delete_button,))


def _make_action_button(localizer: Localizer, label_key: str, action: str, value: str = "") -> Button:
    """A button with the label of one of the flow's actions."""
    return _make_button(localizer, localizer.get_action_label(label_key), action, value)


def _make_button(localizer: Localizer, label: str, action: str, value: str = "") -> Button:
    """A button that answers no question, and so is never outdated."""
    return localizer.make_button(label, "", 0, action, value)
