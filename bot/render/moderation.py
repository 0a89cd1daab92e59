"""Messages for coordinators who moderate comments. Pure, except for the time that buttons carry.

Comments are not in the events. They are loaded when a message is sent, so events become placeholders.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from html import escape

from bot.render.buttons import STATES_BY_ACTION, make_action_button
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
WORDS_PER_ROW, MAX_ROW_LENGTH = 4, 22  # words in a row, and their characters together: as wide as a small phone
MAX_LABEL_LENGTH = 30
ACTIONS_BY_STATE = {"new": ("approve", "withhold"), "approved": ("withhold", "renew"), "withheld": ("approve", "renew")}


def render_moderation(
    event: moderation.ModerationEvent, localizer: Localizer
) -> CommentPlaceholder | TappedMessageEdit | Alert:
    """The message for one event: a new one, or a change of the tapped one."""
    match event:
        case moderation.NextCommentShown(position=position):
            render = partial(_render_next_comment, event, localizer)
            return _make_placeholder(position, render, localizer, should_load_next=True)
        case moderation.ModerationUndone(position=position):
            return _make_placeholder(
                position, partial(_render_comment, position, localizer, "review_undone"), localizer
            )
        case moderation.CommentModerated(position=position):
            return _edit_tapped(position, partial(_render_moderated_comment, event, localizer), localizer)
        case moderation.RedactionWordsShown(position=position):
            return _edit_tapped(position, partial(_render_word_choice, position, localizer), localizer)
        case moderation.WordsRedacted(position=position):
            return _edit_tapped(position, partial(_render_comment, position, localizer, ""), localizer)
        case moderation.ModerationIgnored():
            return Alert(localizer.get_text("review_unread"))


def _make_placeholder(
    position: CommentPosition,
    render: Callable[[ModerationView], Message],
    localizer: Localizer,
    *,
    should_load_next: bool = False,
) -> CommentPlaceholder:
    unavailable_message = Message(
        localizer.get_text("results_unavailable"), (_campaign_page_button(position, localizer),)
    )
    return CommentPlaceholder(position, lambda view: render(view) if view else unavailable_message, should_load_next)


def _edit_tapped(
    position: CommentPosition, render: Callable[[ModerationView], Message], localizer: Localizer
) -> TappedMessageEdit:
    return TappedMessageEdit(_make_placeholder(position, render, localizer))


def _render_next_comment(event: moderation.NextCommentShown, localizer: Localizer, view: ModerationView) -> Message:
    """The next comment, or the end of the list."""
    # *Undo* shares a row, so that each button is where it was under the comment before.
    undo_buttons = (
        [_action_button("undo", event.position, localizer, is_in_same_row=view.comment is not None)]
        if event.can_undo
        else []
    )
    notice = "review_gone" if event.is_missing else ""
    if view.comment:
        return _render_comment(event.position, localizer, notice, view, undo_buttons)
    end_message = _render_end(event.position, view, localizer)
    return Message(_prepend_notice(localizer, notice, end_message.text), (*undo_buttons, *end_message.buttons))


def _render_comment(
    position: CommentPosition,
    localizer: Localizer,
    notice: str,
    view: ModerationView,
    undo_buttons: Sequence[Button] = (),
) -> Message:
    """The comment, and buttons for what can be done with it."""
    if not view.comment:
        return _render_missing_comment(position, localizer)
    shown_at = encode_time(time.time())
    shown_position = CommentPosition(position.campaign, position.state, view.comment.id, shown_at=shown_at)
    actions = (*ACTIONS_BY_STATE[position.state], "words", "next")
    action_buttons = [_action_button(action, shown_position, localizer) for action in actions]
    remaining_text = localizer.get_text(f"review_left_{position.state}", {"number": view.remaining + 1})
    text = _prepend_notice(localizer, notice, f"{remaining_text}\n\n{_quote_comment(view.comment, localizer)}")
    return Message(text, (*action_buttons, *undo_buttons, _campaign_page_button(position, localizer)))


def _render_missing_comment(position: CommentPosition, localizer: Localizer) -> Message:
    buttons = (_next_button(position, localizer), _campaign_page_button(position, localizer))
    return Message(localizer.get_text("review_gone"), buttons)


def _render_moderated_comment(
    event: moderation.CommentModerated, localizer: Localizer, view: ModerationView
) -> Message:
    next_buttons = (_next_button(event.position, localizer),) if event.is_unchanged else ()
    if not view.comment:
        return Message(localizer.get_text("review_gone"), next_buttons)
    decision = localizer.get_text(f"review_decided_{event.state}")
    return Message(f"{_quote_comment(view.comment, localizer)}\n\n{decision}", next_buttons)


def _render_end(position: CommentPosition, view: ModerationView, localizer: Localizer) -> Message:
    """The end of the list, and the ways to those left for later and those already decided."""
    counts = view.counts_by_state
    page_button = _campaign_page_button(position, localizer)
    if not any(counts.values()):
        return Message(localizer.get_text("review_none"), (page_button,))
    end_text = localizer.get_text(f"review_end_{position.state}", {"number": counts.get(position.state, 0)})
    state_buttons = [
        _state_button(position.campaign, state, counts[state], localizer)
        for state in STATES_BY_LETTER.values()
        if counts.get(state)
    ]
    return Message(f"{end_text}\n\n{localizer.get_text('review_again')}", (*state_buttons, page_button))


def _render_word_choice(position: CommentPosition, localizer: Localizer, view: ModerationView) -> Message:
    """A page of the comment's words as buttons, to hide or show each."""
    if not view.comment:
        return _render_missing_comment(position, localizer)
    words = list_redactable_words(view.comment.text)
    page_start = _find_page_start(words, position.word_number)
    buttons = [
        *_word_buttons(words[page_start : page_start + WORDS_PER_PAGE], position, view.comment, localizer),
        *_paging_buttons(words, page_start, position, localizer),
    ]
    if view.comment.redacted_words:
        buttons.append(_action_button("unhide_all", position, localizer))
    text = f"{_quote_comment(view.comment, localizer)}\n\n{localizer.get_text('review_choose')}"
    return Message(text, (*buttons, _action_button("chosen", position, localizer)))


def _find_page_start(words: Sequence[CommentWord], word_number: int) -> int:
    """The index of the first word on the page that has the word with this number."""
    index = next((index for index, word in enumerate(words) if word.number >= word_number), 0)
    return index // WORDS_PER_PAGE * WORDS_PER_PAGE


def _word_buttons(
    words: Sequence[CommentWord], position: CommentPosition, comment: ModeratedComment, localizer: Localizer
) -> Iterator[Button]:
    """As many words in a row as fit a small phone."""
    words_in_row, row_length = WORDS_PER_ROW, MAX_ROW_LENGTH
    for word in words:
        label = word.text if len(word.text) <= MAX_LABEL_LENGTH else f"{word.text[: MAX_LABEL_LENGTH - 1]}…"
        is_in_same_row = words_in_row < WORDS_PER_ROW and row_length + len(label) <= MAX_ROW_LENGTH
        words_in_row, row_length = (words_in_row + 1, row_length + len(label)) if is_in_same_row else (1, len(label))
        is_hidden = word.number in comment.redacted_words
        text = localizer.get_text("review_hidden", {"word": label}) if is_hidden else label
        data = _callback_data("unhide" if is_hidden else "hide", _word_position(position, word))
        yield Button(text, data, is_in_same_row=is_in_same_row)


def _paging_buttons(
    words: Sequence[CommentWord], page_start: int, position: CommentPosition, localizer: Localizer
) -> Iterator[Button]:
    for label_key, first_index in (
        ("review_words_before", page_start - WORDS_PER_PAGE),
        ("review_words_after", page_start + WORDS_PER_PAGE),
    ):
        if 0 <= first_index < len(words):
            data = _callback_data("words", _word_position(position, words[first_index]))
            yield Button(localizer.get_text(label_key), data)


def _word_position(position: CommentPosition, word: CommentWord) -> CommentPosition:
    return CommentPosition(position.campaign, position.state, position.comment_id, word.number)


def _quote_comment(comment: ModeratedComment, localizer: Localizer) -> str:
    """The question's short name and the comment, without hidden words."""
    flow_texts = load_localization(comment.flow, localizer.bot_texts.language)
    name_key = f"{comment.question}.name"
    question_name = flow_texts.format_text(name_key) if flow_texts.has_text(name_key) else ""
    visible_text = escape(apply_redaction(comment.text, comment.redacted_words), quote=False)
    return localizer.get_text("review_comment", {"question": question_name, "words": visible_text})


def _state_button(campaign_code: str, state: str, count: int, localizer: Localizer) -> Button:
    label = localizer.get_text(f"review_see_{state}", {"number": count})
    return Button(label, _callback_data("next", CommentPosition(campaign_code, state)))


def _action_button(
    action: str, position: CommentPosition, localizer: Localizer, *, is_in_same_row: bool = False
) -> Button:
    label_key = "review_later" if action == "next" and position.state == COMMENT_NEW else f"review_{action}"
    shown_at = position.shown_at if action in STATES_BY_ACTION else ""
    target = CommentPosition(position.campaign, position.state, position.comment_id, shown_at=shown_at)
    return Button(localizer.get_text(label_key), _callback_data(action, target), is_in_same_row=is_in_same_row)


def _next_button(position: CommentPosition, localizer: Localizer) -> Button:
    target = CommentPosition(position.campaign, position.state, position.comment_id)
    return Button(localizer.get_text("review_on"), _callback_data("next", target))


def _callback_data(action: str, position: CommentPosition) -> str:
    return encode_callback_data(Tap("", 0, "", action, encode_position(position)))


def _campaign_page_button(position: CommentPosition, localizer: Localizer) -> Button:
    return make_action_button(localizer.get_text("review_page"), "menu_page", position.campaign)


def _prepend_notice(localizer: Localizer, notice: str, text: str) -> str:
    return f"{localizer.get_text(notice)}\n\n{text}" if notice else text
