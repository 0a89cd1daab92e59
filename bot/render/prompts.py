"""Messages that wait for a reply: the welcome, questions, forks, the review page, and offers for typed text. Pure.

The first functions render what a campaign adds to them: who asks, about what, and what comes back.
"""

from html import escape

from bot.render.localization import Localizer
from bot.render.messages import Button, Message, PromptEdit
from flows.campaign import CampaignInfo
from flows.events.prompts import (
    ChoiceUnclear,
    CommentOffered,
    PromptClosed,
    RedactionOffered,
    ReviewReached,
    StepReached,
)
from flows.schema import REVIEW, WELCOME, Step


def render_campaign_intro(campaign_info: CampaignInfo | None, localizer: Localizer) -> list[str]:
    """Who asks, about what, the group's welcome, and what comes back when; empty without a campaign."""
    if campaign_info is None:
        return []
    asker, about = escape(campaign_info.asker), escape(campaign_info.about)
    parts = []
    if asker or about:
        key = "asked_asker_about" if asker and about else "asked_asker" if asker else "asked_about"
        parts.append(localizer.get_text(key, {"asker": asker, "about": about}))
    if campaign_info.welcome:
        parts.append(f"“{escape(campaign_info.welcome)}”")
    if campaign_info.promise:
        parts.append(render_promise(campaign_info, localizer))
    return parts


def render_promise(campaign_info: CampaignInfo, localizer: Localizer) -> str:
    """What comes back, and by when unless that day is past."""
    day = campaign_info.promised_by
    date_text = ""
    if day and not localizer.is_past(day):
        date_text = localizer.get_text("promised_by", {"date": localizer.format_date(day)})
    return localizer.get_text("promise", {"promise": escape(campaign_info.promise), "by": date_text})


def render_welcome_back(campaign_info: CampaignInfo, localizer: Localizer) -> list[str]:
    """Who asks, and about what, for people who return days after the welcome."""
    args = {"asker": escape(campaign_info.asker), "about": escape(campaign_info.about)}
    key = "_".join(["welcome_back", *(name for name, value in args.items() if value)])
    return [localizer.get_text(key, args)]


def render_review_header(campaign_info: CampaignInfo | None, localizer: Localizer) -> list[str]:
    """The first lines of the review page in a campaign."""
    args = {"about": campaign_info.about, "asker": campaign_info.asker} if campaign_info else {}
    lines = [localizer.get_text(f"check_{name}", {name: escape(value)}) for name, value in args.items() if value]
    return ["\n".join(lines)] if lines else []


def render_unusable_link(notice: str | None, target_campaign: CampaignInfo, localizer: Localizer) -> list[str]:
    """Why a link does not work today, and which campaign it belongs to."""
    if not notice:
        return []
    opening_date = localizer.format_date(target_campaign.opens_on) if target_campaign.opens_on else ""
    subject = localizer.format_subject(target_campaign.about)
    return [localizer.get_text(notice, {"campaign": subject, "day": opening_date})]


def render_step(event: StepReached, localizer: Localizer) -> Message:
    """The welcome, a question, or a fork."""
    if event.step == WELCOME:
        return _render_welcome(event, localizer)
    step = localizer.flow.steps_by_id[event.step]
    if event.campaign_info:
        parts = render_welcome_back(event.campaign_info, localizer)
    else:
        parts = _render_notices(event.notice, event.understood_choice, localizer)
    if event.is_changing and step.kind == "text":
        # A comment that is changed from the review page comes without the question that it belongs to.
        parts.append(f"<b>{localizer.get_question_name(step.id)}</b>")
    parts.append(localizer.format_step(step, event.choices))
    if event.should_explain:
        parts.append(localizer.flow_texts.format_text(f"{step.id}.why"))
    if event.previous_answer is not None and step.kind != "fork":
        parts += _render_previous_answer(step, event.previous_answer, localizer, is_changing=event.is_changing)
    elif step.kind == "text":
        parts.append(localizer.get_text("type_needed" if step.needed else "type_words"))
    buttons = (*_choice_buttons(event.prompt, step, localizer), *_navigation_buttons(event, step, localizer))
    return Message("\n\n".join(parts), buttons, event.prompt)


def render_review(event: ReviewReached, localizer: Localizer, receipt: str) -> Message:
    """The review page: each answer with a *Change* button, and *Send*, which carries the receipt."""
    listed_answers = {
        question: value for question, value in event.answers.items() if _has_review_line(question, value, localizer)
    }
    lines = "\n".join(_render_review_line(question, value, localizer) for question, value in listed_answers.items())
    send_label = localizer.get_action_label("send")
    parts = [
        *_render_notices(event.notice, event.understood_choice, localizer),
        *render_review_header(event.campaign_info, localizer),
        localizer.get_text("check", {"lines": lines, "send": send_label}),
    ]
    change_buttons = [_change_button(question, event.prompt, localizer) for question in listed_answers]
    final_buttons = [_review_action_button(action, event.prompt, localizer) for action in ("back", "stop")]
    # *Send* comes first and last: the page is taller than a small phone, and some phones show its start, some its end.
    send_button = localizer.make_button(send_label, REVIEW, event.prompt, "send", receipt)
    return Message("\n\n".join(parts), (send_button, *change_buttons, *final_buttons, send_button), event.prompt)


def render_unclear_choice(event: ChoiceUnclear, localizer: Localizer) -> Message:
    """The choices that a typed text may have meant."""
    candidate_buttons = [_choice_button(event.prompt, event.step, choice, localizer) for choice in event.candidates]
    none_button = localizer.make_button(localizer.get_action_label("none_of_these"), event.step, event.prompt, "none")
    return Message(localizer.get_text("which"), (*candidate_buttons, none_button), event.prompt)


def render_comment_offer(event: CommentOffered, localizer: Localizer) -> Message:
    """Offers to keep a typed text as a comment: the step's choices again, then *Keep* and *Leave out*."""
    step = localizer.flow.steps_by_id.get(event.step)
    kind = step.kind if step else event.step
    text = localizer.get_text(f"comment_offered_{kind}", {"words": escape(event.text)})
    buttons = (
        *(_choice_buttons(event.prompt, step, localizer) if step else ()),
        localizer.make_button(localizer.get_action_label("keep_comment"), event.step, event.prompt, "keep"),
        localizer.make_button(localizer.get_action_label("leave_out"), event.step, event.prompt, "leave"),
    )
    return Message("\n\n".join([*_render_notices(event.notice, None, localizer), text]), buttons, event.prompt)


def render_redaction_offer(event: RedactionOffered, localizer: Localizer) -> Message:
    """Shows a typed text without the personal details that were found in it, and asks whether to take them out."""
    text = localizer.get_text("words_found", {"words": escape(event.text)})
    buttons = tuple(
        localizer.make_button(localizer.get_action_label(action), event.step, event.prompt, action)
        for action in ("redact", "keep_original")
    )
    return Message("\n\n".join([*_render_notices(event.notice, None, localizer), text]), buttons, event.prompt)


def render_closed_prompt(event: PromptClosed, localizer: Localizer) -> PromptEdit:
    """A prompt that is closed: it loses its buttons, and shows what was chosen or that it was skipped."""
    step = localizer.flow.steps_by_id.get(event.step)
    if step is None or (event.choice is None and not event.is_skipped):
        return PromptEdit(event.prompt)
    if event.choice is None:
        answer_text = localizer.get_text("skipped")
    else:
        answer_text = localizer.format_chosen_label(localizer.get_choice_label(step.id, event.choice))
    return PromptEdit(event.prompt, f"{localizer.format_step(step, event.choices)}\n\n{answer_text}")


def _render_welcome(event: StepReached, localizer: Localizer) -> Message:
    start_button = localizer.make_button(localizer.get_action_label("start"), WELCOME, event.prompt, "start")
    if event.notice == "kept":
        return Message(localizer.get_flow_text("kept"), (start_button,), event.prompt)
    storage_button = localizer.make_button(localizer.get_action_label("how_kept"), WELCOME, event.prompt, "kept")
    buttons = (start_button, storage_button)
    if event.notice == "begin_below":
        key = "begin_below_group" if event.campaign_info else "begin_below"
        text = localizer.get_text(key, {"start": start_button.text, "kept": storage_button.text})
        return Message(text, buttons, event.prompt)
    if event.unavailable_campaign:
        parts = render_unusable_link(event.notice, event.unavailable_campaign, localizer)
    else:
        parts = _render_notices(event.notice, None, localizer)
    parts += [*render_campaign_intro(event.campaign_info, localizer), localizer.get_flow_text("welcome")]
    return Message("\n\n".join(parts), buttons, event.prompt)


def _render_notices(notice: str | None, understood_choice: tuple[str, str] | None, localizer: Localizer) -> list[str]:
    """What comes before a question: a notice, and the choice that was understood from typed text."""
    notices = []
    if notice:
        labels = {action: localizer.get_action_label(action) for action in ("send", "start")}
        notices.append(localizer.get_text(notice, labels))
    if understood_choice:
        notices.append(localizer.get_text("noted", {"label": localizer.get_choice_label(*understood_choice)}))
    return notices


def _render_previous_answer(step: Step, answer: str, localizer: Localizer, *, is_changing: bool) -> list[str]:
    if step.kind == "choice":
        return [localizer.get_text("given_choice", {"label": localizer.get_choice_label(step.id, answer)})]
    answer_text = localizer.get_text("given_words", {"words": escape(answer)})
    return [answer_text, localizer.get_text("change_words" if is_changing else "add_words")]


def _choice_buttons(prompt: int, step: Step, localizer: Localizer) -> list[Button]:
    if step.kind == "fork":
        return [
            localizer.make_button(localizer.get_choice_label(step.id, action), step.id, prompt, action)
            for action in ("send_now", "go_on")
        ]
    return [_choice_button(prompt, step.id, choice.id, localizer) for choice in step.choices]


def _choice_button(prompt: int, step: str, choice: str, localizer: Localizer) -> Button:
    return localizer.make_button(localizer.get_choice_label(step, choice), step, prompt, "answer", choice)


def _navigation_buttons(event: StepReached, step: Step, localizer: Localizer) -> list[Button]:
    labels = _navigation_labels(event, step, localizer)
    return [localizer.make_button(label, step.id, event.prompt, action) for action, label in labels.items()]


def _navigation_labels(event: StepReached, step: Step, localizer: Localizer) -> dict[str, str]:
    """The actions beside the choices, with their labels: skip or leave as it is, take out, back, stop or why."""
    labels, has_answer = {}, event.previous_answer is not None
    if step.kind != "fork" and (has_answer or not step.needed):
        labels["skip"] = localizer.get_text("leave_as_is") if has_answer else localizer.get_action_label("skip")
    if step.kind == "text" and has_answer and not step.needed:
        labels["clear"] = localizer.get_text("clear_answer")
    if not event.is_changing:
        is_guess = event.understood_choice is not None
        labels["back"] = localizer.get_text("not_meant") if is_guess else localizer.get_action_label("back")
    if step.kind == "fork":
        labels["stop"] = localizer.get_action_label("stop")
    elif not event.should_explain:
        labels["why"] = localizer.get_action_label("why")
    return labels


def _has_review_line(question: str, value: str | None, localizer: Localizer) -> bool:
    # Skipped comments have no line: people can still type one, and the page is long enough.
    return value is not None or localizer.flow.steps_by_id[question].kind != "text"


def _render_review_line(question: str, value: str | None, localizer: Localizer) -> str:
    name = localizer.get_question_name(question)
    if value is None:
        # Some questions say what skipping them means.
        if localizer.flow_texts.has_text(f"{question}.skipped"):
            label = localizer.flow_texts.format_text(f"{question}.skipped")
            return localizer.get_text("check_choice", {"name": name, "label": label})
        return localizer.get_text("check_skipped", {"name": name})
    if localizer.flow.steps_by_id[question].kind == "choice":
        return localizer.get_text("check_choice", {"name": name, "label": localizer.get_choice_label(question, value)})
    return localizer.get_text("check_words", {"name": name, "words": escape(value)})


def _change_button(question: str, prompt: int, localizer: Localizer) -> Button:
    label = localizer.get_text("change", {"name": localizer.get_question_name(question)})
    return localizer.make_button(label, REVIEW, prompt, "change", question)


def _review_action_button(action: str, prompt: int, localizer: Localizer) -> Button:
    return localizer.make_button(localizer.get_action_label(action), REVIEW, prompt, action)
