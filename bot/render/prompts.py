"""Messages that ask: the welcome, questions, forks, the check page, and what typed words may have meant."""

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


# @@DOC Whom one answers to, about what, and what comes back: at the welcome, on the way, before sending, and after.
def render_campaign_intro(campaign_info: CampaignInfo | None, localizer: Localizer) -> list[str]:
    """Whom one answers to, about what, and what comes back when."""
    if campaign_info is None:
        return []
    asker, about = escape(campaign_info.asker), escape(campaign_info.about)
    asked_key = "asker_about" if asker and about else "asker" if asker else "about"
    lines = [localizer.get_text(f"asked_{asked_key}", {"asker": asker, "about": about})] if asker or about else []
    lines += [f"“{escape(campaign_info.welcome)}”"] if campaign_info.welcome else []
    if campaign_info.promise:
        lines.append(render_promise(campaign_info, localizer))
    return lines


def render_promise(campaign_info: CampaignInfo, localizer: Localizer) -> str:
    """What comes back, and by when: of a day that is over, nothing is said."""
    day = campaign_info.promised_by
    date_text = (
        localizer.get_text("promised_by", {"date": localizer.format_date(day)})
        if day and not localizer.is_past(day)
        else ""
    )
    return localizer.get_text("promise", {"promise": escape(campaign_info.promise), "by": date_text})


def render_welcome_back(campaign_info: CampaignInfo, localizer: Localizer) -> list[str]:
    """Whose questions these are, and about what: the welcome that said so may be days above."""
    text_args = {"asker": escape(campaign_info.asker), "about": escape(campaign_info.about)}
    asked_fields = "_".join(name for name, value in text_args.items() if value)
    return [localizer.get_text(f"welcome_back_{asked_fields}" if asked_fields else "welcome_back", text_args)]


def render_review_header(campaign_info: CampaignInfo | None, localizer: Localizer) -> list[str]:
    """The first lines of the check page, in a campaign."""
    header_args = {"about": campaign_info.about, "asker": campaign_info.asker} if campaign_info else {}
    lines = [localizer.get_text(f"check_{name}", {name: escape(value)}) for name, value in header_args.items() if value]
    return ["\n".join(lines)] if lines else []


def render_unusable_link(notice: str | None, target_campaign: CampaignInfo, localizer: Localizer) -> list[str]:
    """Why a link leads nowhere today, and where it would have led."""
    opening_date = localizer.format_date(target_campaign.opens_on) if target_campaign.opens_on else ""
    return (
        [localizer.get_text(notice, {"led": localizer.format_subject(target_campaign.about), "day": opening_date})]
        if notice
        else []
    )


def render_step(event: StepReached, localizer: Localizer) -> Message:
    """The welcome, a question, or a fork."""
    if event.step == WELCOME:
        return _render_welcome(event, localizer)
    step = localizer.flow.steps_by_id[event.step]
    notices = (
        render_welcome_back(event.campaign_info, localizer)
        if event.campaign_info
        else _render_notices(event.notice, event.understood_choice, localizer)
    )
    parts = [*notices, localizer.format_step(step, event.choices)]
    if event.is_changing and step.kind == "text":  # far from the question that it follows
        parts.insert(-1, f"<b>{localizer.get_question_name(step.id)}</b>")
    if event.should_explain:
        parts.append(localizer.flow_texts.format_text(f"{step.id}.why"))
    if event.previous_answer is not None and step.kind != "fork":
        parts += _render_previous_answer(event, step, localizer)
    elif step.kind == "text":
        parts.append(localizer.get_text("type_needed" if step.needed else "type_words"))
    buttons = (*_choice_buttons(event.prompt, step, localizer), *_navigation_buttons(event, step, localizer))
    return Message("\n\n".join(parts), buttons, event.prompt)


def render_review(event: ReviewReached, localizer: Localizer, receipt: str) -> Message:
    """The check page: every answer with its *Change*, then *Send*, which carries the receipt.

    *Send* stands first and last: the page is taller than a small phone, and some show its start, some its end.
    """
    listed_answers = {
        question: value for question, value in event.answers.items() if _has_review_line(question, value, localizer)
    }
    lines = "\n".join(_render_review_line(question, value, localizer) for question, value in listed_answers.items())
    send_label = localizer.get_action_label("send")
    notices = _render_notices(event.notice, event.understood_choice, localizer)
    parts = [
        *notices,
        *render_review_header(event.campaign_info, localizer),
        localizer.get_text("check", {"lines": lines, "send": send_label}),
    ]
    change_buttons = [
        localizer.make_button(
            localizer.get_text("change", {"name": localizer.get_question_name(question)}),
            REVIEW,
            event.prompt,
            "change",
            question,
        )
        for question in listed_answers
    ]
    send_button = localizer.make_button(send_label, REVIEW, event.prompt, "send", receipt)
    final_buttons = [
        localizer.make_button(localizer.get_action_label(action), REVIEW, event.prompt, action)
        for action in ("back", "stop")
    ]
    return Message("\n\n".join(parts), (send_button, *change_buttons, *final_buttons, send_button), event.prompt)


def render_unclear_choice(event: ChoiceUnclear, localizer: Localizer) -> Message:
    """Typed words were near to these choices."""
    candidate_buttons = [_choice_button(event.prompt, event.step, choice, localizer) for choice in event.candidates]
    none_button = localizer.make_button(localizer.get_action_label("none_of_these"), event.step, event.prompt, "none")
    return Message(localizer.get_text("which"), (*candidate_buttons, none_button), event.prompt)


def render_comment_offer(event: CommentOffered, localizer: Localizer) -> Message:
    """Typed words fit none of the choices: these stand there again, before *Keep* and *Leave out*."""
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
    """Something was found in typed words: they stand there without it."""
    text = localizer.get_text("words_found", {"words": escape(event.text)})
    buttons = tuple(
        localizer.make_button(localizer.get_action_label(action), event.step, event.prompt, action)
        for action in ("take_out", "keep_whole")
    )
    return Message("\n\n".join([*_render_notices(event.notice, None, localizer), text]), buttons, event.prompt)


def render_closed_prompt(event: PromptClosed, localizer: Localizer) -> PromptEdit:
    """An asking is over: its message shows what was chosen, and has no buttons."""
    step = localizer.flow.steps_by_id.get(event.step)
    if step is None or (event.choice is None and not event.is_skipped):
        return PromptEdit(event.prompt)
    answer_text = localizer.get_text("skipped")
    if event.choice is not None:
        answer_text = localizer.format_chosen_label(localizer.get_choice_label(step.id, event.choice))
    return PromptEdit(event.prompt, f"{localizer.format_step(step, event.choices)}\n\n{answer_text}")


def _render_welcome(event: StepReached, localizer: Localizer) -> Message:
    start_button = localizer.make_button(localizer.get_action_label("start"), WELCOME, event.prompt, "start")
    if event.notice == "kept":
        return Message(localizer.get_flow_text("kept"), (start_button,), event.prompt)
    storage_button = localizer.make_button(localizer.get_action_label("how_kept"), WELCOME, event.prompt, "kept")
    if event.notice == "begin_below":
        text_key = "begin_below_group" if event.campaign_info else "begin_below"
        return Message(
            localizer.get_text(text_key, {"start": start_button.text, "kept": storage_button.text}),
            (start_button, storage_button),
            event.prompt,
        )
    notices = (
        render_unusable_link(event.notice, event.unavailable_campaign, localizer)
        if event.unavailable_campaign
        else _render_notices(event.notice, None, localizer)
    )
    return Message(
        "\n\n".join(
            [*notices, *render_campaign_intro(event.campaign_info, localizer), localizer.get_flow_text("welcome")]
        ),
        (start_button, storage_button),
        event.prompt,
    )


def _render_notices(notice: str | None, noted: tuple[str, str] | None, localizer: Localizer) -> list[str]:
    """What is said before something is asked: a notice, and what was understood from typed words."""
    notices = (
        [
            localizer.get_text(
                notice, {"send": localizer.get_action_label("send"), "start": localizer.get_action_label("start")}
            )
        ]
        if notice
        else []
    )
    return [*notices, localizer.get_text("noted", {"label": localizer.get_choice_label(*noted)})] if noted else notices


def _render_previous_answer(event: StepReached, step: Step, localizer: Localizer) -> list[str]:
    assert event.previous_answer is not None
    if step.kind == "choice":
        return [
            localizer.get_text("given_choice", {"label": localizer.get_choice_label(step.id, event.previous_answer)})
        ]
    answer_text = localizer.get_text("given_words", {"words": escape(event.previous_answer)})
    return [answer_text, localizer.get_text("change_words" if event.is_changing else "add_words")]


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
    """The ways on: skip (or leave what was given), take out, back, why; at a fork, stop."""
    labels = {}
    if step.kind != "fork" and not (step.needed and event.previous_answer is None):
        labels["skip"] = (
            localizer.get_action_label("skip") if event.previous_answer is None else localizer.get_text("leave_as_is")
        )
    if step.kind == "text" and event.previous_answer is not None and not step.needed:
        labels["clear"] = localizer.get_text("take_out")
    if not event.is_changing:
        labels["back"] = (
            localizer.get_text("not_meant") if event.understood_choice else localizer.get_action_label("back")
        )
    if step.kind == "fork":
        labels["stop"] = localizer.get_action_label("stop")
    elif not event.should_explain:
        labels["why"] = localizer.get_action_label("why")
    return [localizer.make_button(label, step.id, event.prompt, action) for action, label in labels.items()]


def _has_review_line(question: str, value: str | None, localizer: Localizer) -> bool:
    """Comments that were skipped have none: words can be added by typing, and the page is long enough."""
    return value is not None or localizer.flow.steps_by_id[question].kind != "text"


def _render_review_line(question: str, value: str | None, localizer: Localizer) -> str:
    name = localizer.get_question_name(question)
    if value is None and localizer.flow_texts.has_text(f"{question}.skipped"):  # what it means, where that is not plain
        return localizer.get_text(
            "check_choice", {"name": name, "label": localizer.flow_texts.format_text(f"{question}.skipped")}
        )
    if value is None:
        return localizer.get_text("check_skipped", {"name": name})
    if localizer.flow.steps_by_id[question].kind == "choice":
        return localizer.get_text("check_choice", {"name": name, "label": localizer.get_choice_label(question, value)})
    return localizer.get_text("check_words", {"name": name, "words": escape(value)})
