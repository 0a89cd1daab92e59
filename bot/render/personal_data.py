"""What is kept about a person, for them: told in a message, and given whole as a file of plain text."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.render.localization import Localizer, strip_tags
from bot.render.messages import Document, Message
from flows.events import PersonalDataExported, PersonalDataShown
from flows.personal_data import AnswerData, ChatData, CoordinatorActionData, PersonalData, RunData
from flows.schema import REVIEW, WELCOME, Step

PART_SEPARATOR = "\n\n\n"  # between two parts of the file


def render_data_overview(event: PersonalDataShown, localizer: Localizer) -> Message:
    """What is kept, in a message."""
    run, stored_data = event.personal_data.run, event.personal_data.chat_data
    parts = [localizer.get_text("data_title")]
    if run:
        lines = [
            f"<b>{localizer.get_question_name(name)}:</b> {localizer.format_answer(name, value)}"
            for name, value in event.answers.items()
        ]
        parts.append(localizer.get_text("data", {"lines": "\n".join(lines) or localizer.get_text("data_no_answers")}))
    elif not stored_data.dead_letters:
        parts.append(localizer.get_text(_no_run_key(event.personal_data)))
    optional_parts = {
        "data_aside": stored_data.dead_letters,
        "data_coordinator": stored_data.has_coordinator_data,
        "data_mark": stored_data.joined_campaigns,
    }
    parts += [localizer.get_text(text_key) for text_key, is_present in optional_parts.items() if is_present]
    buttons = (localizer.make_button(localizer.get_text("back_to_questions"), "", 0, "resume"),) if run else ()
    return Message("\n\n".join([*parts, localizer.get_text("data_sent")]), buttons)


def render_data_file(event: PersonalDataExported, localizer: Localizer) -> Document | None:
    """All that is kept, as a file; None where nothing is."""
    if event.personal_data.is_empty:
        return None
    text = PART_SEPARATOR.join(_file_parts(event.personal_data, event.exported_at, localizer)) + "\n"
    return Document(localizer.get_text("data_file_name"), text, localizer.get_text("data_file"))


def _file_parts(personal_data: PersonalData, moment: datetime, localizer: Localizer) -> Iterator[str]:
    run, stored_data = personal_data.run, personal_data.chat_data
    yield localizer.get_text(
        "file_title", {"title": localizer.get_flow_text("title"), **_moment_args(moment, localizer)}
    )
    if run:
        yield localizer.get_text("file_chat", {"chat": str(stored_data.chat_id)})
        yield "\n\n".join(_run_parts(run, moment, localizer))
        yield _render_identifiers(run, stored_data, localizer)
    else:
        yield localizer.get_text("file_no_run")
        yield from (
            ()
            if stored_data.dead_letters or stored_data.has_coordinator_data
            else (localizer.get_text("file_no_chat"),)
        )
    if stored_data.dead_letters:
        dead_letter_intro = localizer.get_text("file_aside", {"chat": str(stored_data.chat_id)})
        yield "\n\n".join(
            [dead_letter_intro, *(one or localizer.get_text("file_damaged") for one in stored_data.dead_letters)]
        )
    if stored_data.has_coordinator_data:
        acts = "\n".join(
            _render_act(item, localizer) for item in stored_data.coordinator_actions
        ) or localizer.get_text("file_no_acts")
        yield localizer.get_text("file_coordinator", {"chat": str(stored_data.chat_id), "acts": acts})
    yield _render_participation(stored_data, localizer)
    yield localizer.get_text("file_end")


def _no_run_key(personal_data: PersonalData) -> str:
    if personal_data.is_empty:
        return "data_nothing"
    return "data_no_answers_kept" if personal_data.chat_data.has_coordinator_data else "data_no_run"


def _render_act(act: CoordinatorActionData, localizer: Localizer) -> str:
    return localizer.get_text(
        "file_act", {"act": act.name, "campaign": act.campaign, **_moment_args(act.done_at, localizer)}
    )


def _run_parts(run: RunData, moment: datetime, localizer: Localizer) -> Iterator[str]:
    deletion_date = _moment_args(moment + timedelta(days=localizer.promise_settings.retention_days), localizer)["date"]
    flow_args = {
        "title": localizer.get_flow_text("title"),
        "version": str(run.version),
        "language": localizer.bot_texts.language,
    }
    yield localizer.get_text("file_run", {**flow_args, "campaign": run.campaign, "until": deletion_date})
    yield localizer.get_text(
        "file_here", {"stopped": "yes" if run.is_stopped else "no", "place": _render_current_step(run, localizer)}
    )
    for step in localizer.flow.steps:
        if step.id in run.passed_forks:
            yield f"{_render_question(step, run, localizer)}\n{localizer.get_text('file_choice', {'label': localizer.get_choice_label(step.id, 'go_on')})}"
        elif step.id in run.answers:
            yield "\n".join(
                [_render_question(step, run, localizer), *_answer_lines(step, run.answers[step.id], localizer)]
            )
    if run.pending_text:
        yield localizer.get_text("file_waiting", {"words": run.pending_text})
    if run.confirmation:
        yield localizer.get_text("file_beside", {"what": run.confirmation})


def _render_current_step(run: RunData, localizer: Localizer) -> str:
    if run.step in {WELCOME, REVIEW}:
        return localizer.get_text(f"file_{run.step}")
    return f"“{_render_question(localizer.flow.steps_by_id[run.step], run, localizer)}”"


def _render_question(step: Step, run: RunData, localizer: Localizer) -> str:
    """What was asked there, as it stood in the chat."""
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
    if answer.keeps_original:
        yield localizer.get_text("file_whole")


def _render_identifiers(run: RunData, stored_data: ChatData, localizer: Localizer) -> str:
    id_lists = {"messages": run.message_ids, "updates": stored_data.update_ids}
    empty_text = localizer.get_text("file_no_number")
    id_texts = {name: ", ".join(map(str, numbers)) or empty_text for name, numbers in id_lists.items()}
    marks = {"changing": int(run.is_changing), "again": int(run.is_prompted_again)}
    return localizer.get_text(
        "file_numbers",
        {
            "run": localizer.run_id,
            **id_texts,
            **marks,
            "buttons": _render_newest_buttons(stored_data, localizer) or empty_text,
        },
    )


def _render_newest_buttons(stored_data: ChatData, localizer: Localizer) -> str | None:
    if stored_data.open_message_id is None:
        return None
    message_args = {"message": str(stored_data.open_message_id)}
    if stored_data.opened_at is None:
        return localizer.get_text("file_buttons", message_args)
    return localizer.get_text("file_buttons_since", {**message_args, **_moment_args(stored_data.opened_at, localizer)})


def _render_participation(stored_data: ChatData, localizer: Localizer) -> str:
    marks = [localizer.get_text("file_mark", {"campaign": campaign}) for campaign in stored_data.joined_campaigns]
    return localizer.get_text("file_sent", {"marks": "\n".join(marks) or localizer.get_text("file_no_mark")})


def _moment_args(moment: datetime, localizer: Localizer) -> Mapping[str, str]:
    """A moment as texts name it: its date and its time."""
    return {"date": localizer.format_date(moment), "time": f"{moment:%H:%M}"}
