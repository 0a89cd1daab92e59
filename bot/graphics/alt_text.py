"""The results in words: what stands on the pictures, and what says the same to whoever can't see them."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from bot.graphics.elements import SCORES
from bot.graphics.model import (
    SHARE_RANGES,
    WITHHELD_CELL,
    CampaignResults,
    QuestionTally,
    decide_overall_verdict,
    decide_verdict,
)
from bot.graphics.text_layout import to_drawable, truncate
from flows.localization import Localization

# @@DOC The words that stand on posters, charts and reports: one Fluent file a language, falling back to English.
FALLBACK_LANGUAGE = "en"
MAX_NAME_LENGTH = 120  # signs: one that is longer is cut, so that the rest has room


@cache
def load_graphics_texts(language: str) -> Localization:
    """The words in this language, in English text by text where it has none."""
    folder = files("bot.graphics") / "wording"
    fallback_order = dict.fromkeys((language, FALLBACK_LANGUAGE))
    return Localization(
        language, [(name, file) for name in fallback_order if (file := folder / f"{name}.ftl").is_file()]
    )


def list_languages() -> list[str]:
    """The languages that there are words in."""
    folder = files("bot.graphics") / "wording"
    return sorted(file.name.removesuffix(".ftl") for file in folder.iterdir() if file.name.endswith(".ftl"))


def is_written_right_to_left(localization: Localization) -> bool:
    """Whether these words are written from right to left."""
    return localization.format_text("direction") == "rtl"


def to_drawable_name(name: str) -> str:
    """The name of a group, service or place as it can be drawn; empty where none of its letters can."""
    return truncate(to_drawable(name), MAX_NAME_LENGTH)


def describe_results(results: CampaignResults, localization: Localization | None = None) -> str:
    """All that the charts show, as a text for screen readers: a paragraph for each question."""
    localization = localization or load_graphics_texts(results.language)
    overall_verdict = decide_overall_verdict(results.questions)
    overall = (
        [_as_sentence(localization.format_text(f"overall_{overall_verdict}"), localization)] if overall_verdict else []
    )
    questions = [_describe_question(question, localization) for question in results.questions]
    heading = (
        f"{_as_sentence(format_title(results, localization), localization)} {format_survey_line(results, localization)}"
    )
    return "\n\n".join(
        [
            heading,
            *questions,
            *overall,
            " ".join(format_reading_rules(results.questions, localization, for_screen_reader=True)),
        ]
    )


def format_title(results: CampaignResults, localization: Localization) -> str:
    """What the results are about."""
    return localization.format_text("results_title", {"about": format_about(results, localization)})


def format_about(results: CampaignResults, localization: Localization) -> str:
    """The service or place, in letters that can be drawn."""
    return to_drawable_name(results.subject) or localization.format_text("about_nameless")


def format_survey_line(results: CampaignResults, localization: Localization) -> str:
    """Who asked, about how many answered, and the number of the release."""
    group = to_drawable_name(results.group_name) or localization.format_text("group_nameless")
    group_line = localization.format_text("results_asked", {"group": group})
    display_mode = (
        results.display_mode if results.answer_count != WITHHELD_CELL or results.display_mode == "words" else "withheld"
    )
    key = {"numbers": "results_numbers", "words": "results_words"}.get(display_mode, "results_withheld")
    return f"{group_line} {localization.format_text(key, {'answers': results.answer_count, 'release': str(results.release)})}"


def format_cell(cell: str, localization: Localization) -> str:
    """A cell as it stands on a picture: a number, a word, or `*`."""
    return localization.format_text(f"shown_{cell}") if cell in SHARE_RANGES else cell


def format_unscored_cells(question: QuestionTally, localization: Localization) -> str:
    """What has no place on the scale: *not sure* and *skipped*."""
    cells = {"not_sure": question.not_sure, "skipped": question.skipped}
    shown = {
        answer: localization.format_text("apart_some") if cell == "some" else format_cell(cell, localization)
        for answer, cell in cells.items()
    }
    return localization.format_text("apart", shown)


def describe_question_in_words(question: QuestionTally, localization: Localization) -> list[str]:
    """A question that is not told in numbers: for each word, the steps that it was said of, best first."""
    if question.display_mode == "nothing":
        return [localization.format_text("question_withheld")]
    scored_cells = list(zip(SCORES, question.score_cells, strict=True))[::-1]
    labels_by_share = {
        share: [localization.format_text(f"step_{score}") for score, cell in scored_cells if cell == share]
        for share in SHARE_RANGES
    }
    lines = [
        localization.format_text(f"words_{word}", {"steps": localization.format_text("comma").join(labels)})
        for word, labels in labels_by_share.items()
        if labels
    ]
    is_uninformative = question.not_sure == question.skipped == "some"  # which may be nobody
    return lines if is_uninformative else [*lines, format_unscored_cells(question, localization)]


def format_reading_rules(
    questions: Sequence[QuestionTally], localization: Localization, *, for_screen_reader: bool = False
) -> list[str]:
    """How to read what is shown, and how a question of the test passes. `told`: in words, where no `*` stands."""
    display_modes = {question.display_mode for question in questions}
    numbers_rule = "numbers_told" if for_screen_reader else "numbers"
    message_ids = [
        f"rule_{rule}"
        for rule, display_mode in ((numbers_rule, "numbers"), ("words", "words"))
        if display_mode in display_modes
    ]
    if any(question.is_in_test for question in questions):
        message_ids.append("rule_test")
    return [localization.format_text(message_id) for message_id in message_ids]


def _describe_question(question: QuestionTally, localization: Localization) -> str:
    lines = (
        [_describe_in_numbers(question, localization)]
        if question.display_mode == "numbers"
        else describe_question_in_words(question, localization)
    )
    args = {"name": question.name, "said": " ".join(_as_sentence(line, localization) for line in lines)}
    if not question.is_in_test:
        return localization.format_text("alt_question", args)
    return localization.format_text(
        "alt_verdict", {**args, "verdict": localization.format_text(f"verdict_{decide_verdict(question)}")}
    )


def _describe_in_numbers(question: QuestionTally, localization: Localization) -> str:
    labels = [
        *(localization.format_text(f"step_{score}") for score in reversed(SCORES)),
        localization.format_text("not_sure"),
        localization.format_text("skipped"),
    ]
    cells = (*question.score_cells[::-1], question.not_sure, question.skipped)
    parts = (
        localization.format_text(
            "alt_part",
            {"name": label, "shown": localization.format_text("shown_withheld") if cell == WITHHELD_CELL else cell},
        )
        for label, cell in zip(labels, cells, strict=True)
    )
    return localization.format_text("alt_numbers", {"parts": localization.format_text("comma").join(parts)})


def _as_sentence(line: str, localization: Localization) -> str:
    return localization.format_text("sentence", {"line": line})
