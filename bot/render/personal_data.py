"""A person's own data for them: an overview in a message, and all of it in a file of plain text. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.render.buttons import make_resume_button
from bot.render.localization import Localizer, strip_tags
from bot.render.messages import Document, Message
from flows.events import PersonalDataExported, PersonalDataShown
from flows.localization import FluentValue
from flows.personal_data import AnswerData, ChatData, CoordinatorActionData, PersonalData, RunData
from flows.schema import REVIEW, WELCOME, Step

PART_SEPARATOR = "\n\n\n"  # between two parts of the file


def render_data_overview(event: PersonalDataShown, localizer: Localizer) -> Message:
    """The answers of the unfinished run, and what else is stored about the person."""
    run, chat_data = event.personal_data.run, event.personal_data.chat_data
    parts = [localizer.get_text("data_title")]
    if run:
        parts.append(localizer.get_text("data", {"lines": _overview_lines(event, localizer)}))
    elif not chat_data.dead_letters:
        parts.append(localizer.get_text(_no_run_key(event.personal_data)))
    optional_parts = {
        "data_dead_letters": chat_data.dead_letters,
        "data_coordinator": chat_data.has_coordinator_data,
        "data_mark": chat_data.joined_campaigns,
    }
    parts += [localizer.get_text(key) for key, is_present in optional_parts.items() if is_present]
    buttons = (make_resume_button(localizer),) if run else ()
    return Message("\n\n".join([*parts, localizer.get_text("data_sent")]), buttons)


def render_data_file(event: PersonalDataExported, localizer: Localizer) -> Document | None:
    """Everything that is stored about the person, as a file; None if nothing is."""
    if event.personal_data.is_empty:
        return None
    text = PART_SEPARATOR.join(_file_parts(event.personal_data, event.exported_at, localizer)) + "\n"
    return Document(localizer.get_text("data_file_name"), text, localizer.get_text("data_file"))


def _overview_lines(event: PersonalDataShown, localizer: Localizer) -> str:
    lines = [
        f"<b>{localizer.get_question_name(question)}:</b> {localizer.format_answer(question, value)}"
        for question, value in event.answers.items()
    ]
    return "\n".join(lines) or localizer.get_text("data_no_answers")


def _no_run_key(personal_data: PersonalData) -> str:
    if personal_data.is_empty:
        return "data_nothing"
    return "data_no_answers_kept" if personal_data.chat_data.has_coordinator_data else "data_no_run"


def _file_parts(personal_data: PersonalData, exported_at: datetime, localizer: Localizer) -> Iterator[str]:
    run, chat_data = personal_data.run, personal_data.chat_data
    title = localizer.get_flow_text("title")
    yield localizer.get_text("file_title", {"title": title, **_time_args(exported_at, localizer)})
    if run:
        yield localizer.get_text("file_chat", {"chat": str(chat_data.chat_id)})
        yield "\n\n".join(_run_parts(run, exported_at, localizer))
        yield _render_identifiers(run, chat_data, localizer)
    else:
        yield localizer.get_text("file_no_run")
        if not chat_data.dead_letters and not chat_data.has_coordinator_data:
            yield localizer.get_text("file_no_chat")
    if chat_data.dead_letters:
        yield _render_dead_letters(chat_data, localizer)
    if chat_data.has_coordinator_data:
        yield _render_coordinator_data(chat_data, localizer)
    yield _render_participation(chat_data, localizer)
    yield localizer.get_text("file_end")


def _run_parts(run: RunData, exported_at: datetime, localizer: Localizer) -> Iterator[str]:
    """The run and where it is, each answer below its question, and what waits for a confirmation."""
    yield _render_run(run, exported_at, localizer)
    is_stopped = "yes" if run.is_stopped else "no"
    current_step = _render_current_step(run, localizer)
    yield localizer.get_text("file_here", {"stopped": is_stopped, "place": current_step})
    for step in localizer.flow.steps:
        if step.id in run.passed_forks:
            choice_line = localizer.get_text("file_choice", {"label": localizer.get_choice_label(step.id, "go_on")})
            yield f"{_render_question(step, run, localizer)}\n{choice_line}"
        elif step.id in run.answers:
            answer_lines = _answer_lines(step, run.answers[step.id], localizer)
            yield "\n".join([_render_question(step, run, localizer), *answer_lines])
    if run.pending_text:
        yield localizer.get_text("file_waiting", {"words": run.pending_text})
    if run.confirmation:
        yield localizer.get_text("file_beside", {"what": run.confirmation})


def _render_run(run: RunData, exported_at: datetime, localizer: Localizer) -> str:
    deletion_time = exported_at + timedelta(days=localizer.promise_settings.retention_days)
    args = {
        "title": localizer.get_flow_text("title"),
        "version": str(run.version),
        "language": localizer.bot_texts.language,
        "campaign": run.campaign,
        "until": localizer.format_date(deletion_time),
    }
    return localizer.get_text("file_run", args)


def _render_current_step(run: RunData, localizer: Localizer) -> str:
    if run.step in {WELCOME, REVIEW}:
        return localizer.get_text(f"file_{run.step}")
    return f"“{_render_question(localizer.flow.steps_by_id[run.step], run, localizer)}”"


def _render_question(step: Step, run: RunData, localizer: Localizer) -> str:
    """The step's text as it was shown in the chat."""
    answer_values = {name: answer.value for name, answer in run.answers.items() if answer.value is not None}
    return strip_tags(localizer.format_step(step, answer_values))


def _answer_lines(step: Step, answer: AnswerData, localizer: Localizer) -> Iterator[str]:
    if answer.value is None:
        yield localizer.get_text("file_skipped")
    elif step.kind == "choice":
        yield localizer.get_text("file_choice", {"label": localizer.get_choice_label(step.id, answer.value)})
    else:
        yield localizer.get_text("file_words", {"words": answer.value})
    if answer.original:
        yield localizer.get_text("file_typed", {"words": answer.original})
    if answer.should_keep_original:
        yield localizer.get_text("file_whole")


def _render_identifiers(run: RunData, chat_data: ChatData, localizer: Localizer) -> str:
    """The numbers by which Telegram and the bot know the run, its messages and its updates."""
    no_number = localizer.get_text("file_no_number")
    args: dict[str, FluentValue] = {
        "run": localizer.run_id,
        "messages": ", ".join(map(str, run.message_ids)) or no_number,
        "updates": ", ".join(map(str, chat_data.update_ids)) or no_number,
        "changing": int(run.is_changing),
        "again": int(run.is_prompted_again),
        "buttons": _render_newest_buttons(chat_data, localizer) or no_number,
    }
    return localizer.get_text("file_numbers", args)


def _render_newest_buttons(chat_data: ChatData, localizer: Localizer) -> str | None:
    if chat_data.open_message_id is None:
        return None
    args = {"message": str(chat_data.open_message_id)}
    if chat_data.opened_at is None:
        return localizer.get_text("file_buttons", args)
    return localizer.get_text("file_buttons_since", {**args, **_time_args(chat_data.opened_at, localizer)})


def _render_dead_letters(chat_data: ChatData, localizer: Localizer) -> str:
    intro = localizer.get_text("file_dead_letters", {"chat": str(chat_data.chat_id)})
    updates = (update or localizer.get_text("file_damaged") for update in chat_data.dead_letters)
    return "\n\n".join([intro, *updates])


def _render_coordinator_data(chat_data: ChatData, localizer: Localizer) -> str:
    actions = "\n".join(_render_coordinator_action(action, localizer) for action in chat_data.coordinator_actions)
    args = {"chat": str(chat_data.chat_id), "actions": actions or localizer.get_text("file_no_actions")}
    return localizer.get_text("file_coordinator", args)


def _render_coordinator_action(action: CoordinatorActionData, localizer: Localizer) -> str:
    args = {"action": action.name, "campaign": action.campaign, **_time_args(action.done_at, localizer)}
    return localizer.get_text("file_action", args)


def _render_participation(chat_data: ChatData, localizer: Localizer) -> str:
    lines = [localizer.get_text("file_mark", {"campaign": campaign}) for campaign in chat_data.joined_campaigns]
    return localizer.get_text("file_sent", {"marks": "\n".join(lines) or localizer.get_text("file_no_mark")})


def _time_args(time: datetime, localizer: Localizer) -> Mapping[str, str]:
    """The date and the time, as texts take them."""
    return {"date": localizer.format_date(time), "time": f"{time:%H:%M}"}
