"""What coordinators are told who read comments, once it was looked up. Pure, but for the moment that buttons carry."""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from html import escape

from bot.render.buttons import STATES_BY_ACTION
from bot.render.localization import Localizer
from bot.render.messages import Alert, Button, CommentPlaceholder, Message, TappedMessageEdit
from flows.callback_data import encode_callback_data
from flows.events import moderation
from flows.events.moderation import STATES_BY_LETTER, CommentPosition, encode_position, encode_time
from flows.loader import load_localization
from flows.models import Tap
from storage.anonymity.comments import COMMENT_NEW, ModeratedComment, ModerationView
from storage.anonymity.moderation import CommentWord, apply_redaction, list_redactable_words

WORDS_PER_PAGE = 45  # words to choose from in one message: Telegram takes 100 buttons
WORDS_PER_ROW, MAX_ROW_LENGTH = 4, 22  # words in a row, and their characters: as wide as a small phone
MAX_LABEL_LENGTH = 30
ACTIONS_BY_STATE = {"new": ("approve", "withhold"), "approved": ("withhold", "renew"), "withheld": ("approve", "renew")}


def render_moderation(
    event: moderation.ModerationEvent, localizer: Localizer
) -> CommentPlaceholder | TappedMessageEdit | Alert:
    """What is said of one event. The tapped message changes, or a new one comes."""
    match event:
        case moderation.NextCommentShown(position=position):
            return _make_placeholder(
                position, partial(_render_next_comment, event, localizer), localizer, should_load_next=True
            )
        case moderation.ModerationUndone(position=position):
            return _make_placeholder(
                position, partial(_render_comment, position, localizer, "review_undone"), localizer
            )
        case moderation.CommentModerated(position=position):
            return TappedMessageEdit(
                _make_placeholder(position, partial(_render_moderated_comment, event, localizer), localizer)
            )
        case moderation.ModerationIgnored():
            return Alert(localizer.get_text("review_unread"))
        case moderation.RedactionWordsShown(position=position):
            return TappedMessageEdit(
                _make_placeholder(position, partial(_render_word_choice, position, localizer), localizer)
            )
        case moderation.WordsRedacted(position=position):
            return TappedMessageEdit(
                _make_placeholder(position, partial(_render_comment, position, localizer, ""), localizer)
            )


def _make_placeholder(
    position: CommentPosition,
    render: Callable[[ModerationView], Message],
    localizer: Localizer,
    *,
    should_load_next: bool = False,
) -> CommentPlaceholder:
    unavailable_message = Message(localizer.get_text("results_away"), (_campaign_page_button(position, localizer),))
    return CommentPlaceholder(
        position, lambda lookup: render(lookup) if lookup else unavailable_message, should_load_next
    )


def _render_next_comment(event: moderation.NextCommentShown, localizer: Localizer, lookup: ModerationView) -> Message:
    """The next comment, or that there is none."""
    undo_buttons = (
        (_action_button("undo", event.position, localizer, is_in_same_row=lookup.comment is not None),)
        if event.can_undo
        else ()
    )
    notice = "review_gone" if event.is_missing else ""
    if lookup.comment:
        return _render_moderation_prompt(event.position, lookup.comment, lookup, localizer, notice, undo_buttons)
    end_message = _render_end(event.position, lookup, localizer)
    return Message(_prepend_notice(localizer, notice, end_message.text), (*undo_buttons, *end_message.buttons))


def _render_comment(position: CommentPosition, localizer: Localizer, notice: str, lookup: ModerationView) -> Message:
    """The comment that stands there."""
    return (
        _render_moderation_prompt(position, lookup.comment, lookup, localizer, notice)
        if lookup.comment
        else _render_missing_comment(position, localizer)
    )


def _render_missing_comment(position: CommentPosition, localizer: Localizer) -> Message:
    return Message(
        localizer.get_text("review_gone"),
        (_next_button(position, localizer), _campaign_page_button(position, localizer)),
    )


def _render_moderation_prompt(
    position: CommentPosition,
    comment: ModeratedComment,
    lookup: ModerationView,
    localizer: Localizer,
    notice: str,
    undo_buttons: Sequence[Button] = (),
) -> Message:
    """A comment, and what one may think of it. Each button stands where it stood under the one before: *Undo* takes no
    row of its own.
    """
    shown_position = CommentPosition(position.campaign, position.state, comment.id, shown_at=encode_time(time.time()))
    remaining_text = localizer.get_text(f"review_left_{position.state}", {"number": lookup.remaining + 1})
    action_buttons = (
        _action_button(action, shown_position, localizer)
        for action in (*ACTIONS_BY_STATE[position.state], "words", "next")
    )
    text = _prepend_notice(localizer, notice, f"{remaining_text}\n\n{_quote_comment(comment, localizer)}")
    return Message(text, (*action_buttons, *undo_buttons, _campaign_page_button(position, localizer)))


def _render_moderated_comment(
    event: moderation.CommentModerated, localizer: Localizer, lookup: ModerationView
) -> Message:
    next_buttons = (_next_button(event.position, localizer),) if event.is_unchanged else ()
    if not lookup.comment:
        return Message(localizer.get_text("review_gone"), next_buttons)
    return Message(
        f"{_quote_comment(lookup.comment, localizer)}\n\n{localizer.get_text(f'review_judged_{event.state}')}",
        next_buttons,
    )


def _render_end(position: CommentPosition, lookup: ModerationView, localizer: Localizer) -> Message:
    """All were read. What was left for later, and what was judged, can be looked at again."""
    numbers_by_state = lookup.counts_by_state
    if not any(numbers_by_state.values()):
        return Message(localizer.get_text("review_none"), (_campaign_page_button(position, localizer),))
    remaining = numbers_by_state.get(position.state, 0)
    text = f"{localizer.get_text(f'review_end_{position.state}', {'number': remaining})}\n\n{localizer.get_text('review_again')}"
    state_buttons = (
        _state_button(position.campaign, state, numbers_by_state.get(state, 0), localizer)
        for state in STATES_BY_LETTER.values()
        if numbers_by_state.get(state)
    )
    return Message(text, (*state_buttons, _campaign_page_button(position, localizer)))


def _render_word_choice(position: CommentPosition, localizer: Localizer, lookup: ModerationView) -> Message:
    """A comment's words as buttons, a page of them."""
    if not lookup.comment:
        return _render_missing_comment(position, localizer)
    comment, words = lookup.comment, list_redactable_words(lookup.comment.text)
    page_start = (
        next((index for index, word in enumerate(words) if word.number >= position.word_number), 0)
        // WORDS_PER_PAGE
        * WORDS_PER_PAGE
    )
    buttons = [
        *_word_buttons(words[page_start : page_start + WORDS_PER_PAGE], position, comment, localizer),
        *_paging_buttons(words, page_start, position, localizer),
    ]
    if comment.redacted_words:
        buttons.append(_action_button("bare", position, localizer))
    return Message(
        f"{_quote_comment(comment, localizer)}\n\n{localizer.get_text('review_choose')}",
        (*buttons, _action_button("chosen", position, localizer)),
    )


def _word_buttons(
    words: Sequence[CommentWord], position: CommentPosition, comment: ModeratedComment, localizer: Localizer
) -> Iterator[Button]:
    """Several in a row, as many as are read easily."""
    words_in_row, row_length = WORDS_PER_ROW, MAX_ROW_LENGTH
    for word in words:
        label = word.text if len(word.text) <= MAX_LABEL_LENGTH else f"{word.text[: MAX_LABEL_LENGTH - 1]}…"
        is_in_same_row = words_in_row < WORDS_PER_ROW and row_length + len(label) <= MAX_ROW_LENGTH
        words_in_row, row_length = (words_in_row + 1, row_length + len(label)) if is_in_same_row else (1, len(label))
        is_hidden = word.number in comment.redacted_words
        text = localizer.get_text("review_hidden", {"word": label}) if is_hidden else label
        word_position = CommentPosition(position.campaign, position.state, position.comment_id, word.number)
        yield Button(
            text, _callback_data("unhide" if is_hidden else "hide", word_position), is_in_same_row=is_in_same_row
        )


def _paging_buttons(
    words: Sequence[CommentWord], page_start: int, position: CommentPosition, localizer: Localizer
) -> Iterator[Button]:
    for label_key, first_index in (
        ("review_words_before", page_start - WORDS_PER_PAGE),
        ("review_words_after", page_start + WORDS_PER_PAGE),
    ):
        if 0 <= first_index < len(words):
            word_position = CommentPosition(
                position.campaign, position.state, position.comment_id, words[first_index].number
            )
            yield Button(localizer.get_text(label_key), _callback_data("words", word_position))


def _quote_comment(comment: ModeratedComment, localizer: Localizer) -> str:
    """The question's short name, and the words without those that are hidden."""
    flow_texts = load_localization(comment.flow, localizer.bot_texts.language)
    question_name = (
        flow_texts.format_text(f"{comment.question}.name") if flow_texts.has_text(f"{comment.question}.name") else ""
    )
    visible_text = escape(apply_redaction(comment.text, comment.redacted_words), quote=False)
    return localizer.get_text("review_comment", {"question": question_name, "words": visible_text})


def _state_button(campaign_code: str, state: str, number: int, localizer: Localizer) -> Button:
    label = localizer.get_text(f"review_see_{state}", {"number": number})
    return Button(label, _callback_data("next", CommentPosition(campaign_code, state)))


def _action_button(
    action: str, position: CommentPosition, localizer: Localizer, *, is_in_same_row: bool = False
) -> Button:
    label_key = "review_later" if action == "next" and position.state == COMMENT_NEW else f"review_{action}"
    shown_at = position.shown_at if action in STATES_BY_ACTION else ""
    return Button(
        localizer.get_text(label_key),
        _callback_data(
            action, CommentPosition(position.campaign, position.state, position.comment_id, shown_at=shown_at)
        ),
        is_in_same_row=is_in_same_row,
    )


def _next_button(position: CommentPosition, localizer: Localizer) -> Button:
    return Button(
        localizer.get_text("review_on"),
        _callback_data("next", CommentPosition(position.campaign, position.state, position.comment_id)),
    )


def _callback_data(action: str, position: CommentPosition) -> str:
    return encode_callback_data(Tap("", 0, "", action, encode_position(position)))


def _campaign_page_button(position: CommentPosition, localizer: Localizer) -> Button:
    return Button(
        localizer.get_text("review_page"), encode_callback_data(Tap("", 0, "", "desk_page", position.campaign))
    )


def _prepend_notice(localizer: Localizer, notice: str, text: str) -> str:
    return f"{localizer.get_text(notice)}\n\n{text}" if notice else text
