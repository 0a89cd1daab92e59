"""The texts on charts, reports and posters, and the same results in words for screen readers.

The texts are Fluent files in `wording/`, one for each language; a text missing from one is taken from the English one.
"""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from bot.graphics.model import (
    CampaignResults,
    QuestionTally,
    decide_overall_verdict,
    decide_verdict,
)
from bot.graphics.text_layout import to_drawable, truncate
from flows.disclosure_control import SHARE_RANGES, SUPPRESSED
from flows.localization import Localization

FALLBACK_LANGUAGE = "en"
MAX_NAME_LENGTH = 120  # characters of a name; a longer one is cut, so that the rest has room


@cache
def load_graphics_texts(language: str) -> Localization:
    """The texts in this language, with the English ones for those that it lacks."""
    folder = files("bot.graphics") / "wording"
    fallback_order = dict.fromkeys((language, FALLBACK_LANGUAGE))
    return Localization(
        language, [(name, file) for name in fallback_order if (file := folder / f"{name}.ftl").is_file()]
    )


def list_languages() -> list[str]:
    """The codes of the languages that have texts."""
    folder = files("bot.graphics") / "wording"
    return sorted(file.name.removesuffix(".ftl") for file in folder.iterdir() if file.name.endswith(".ftl"))


def is_written_right_to_left(localization: Localization) -> bool:
    """Whether the language is written from right to left."""
    return localization.format_text("direction") == "rtl"


def to_drawable_name(name: str) -> str:
    """The name of a group, service or place as the fonts can draw it; empty if they have none of its letters."""
    return truncate(to_drawable(name), MAX_NAME_LENGTH)


def describe_results(results: CampaignResults, localization: Localization | None = None) -> str:
    """Everything that the charts show, as text for screen readers: a paragraph for each question."""
    localization = localization or load_graphics_texts(results.language)
    title = _as_sentence(format_title(results, localization), localization)
    rules = format_reading_rules(results.questions, localization, is_for_screen_reader=True)
    paragraphs = [
        f"{title} {format_survey_line(results, localization)}",
        *(_describe_question(question, localization) for question in results.questions),
        *_describe_overall_verdict(results, localization),
        " ".join(rules),
    ]
    return "\n\n".join(paragraphs)


def format_title(results: CampaignResults, localization: Localization) -> str:
    """The title, which names the service or place."""
    return localization.format_text("results_title", {"about": format_subject(results.subject, localization)})


def format_subject(subject: str, localization: Localization) -> str:
    """The service or place, or "this service" if its name can't be drawn."""
    return to_drawable_name(subject) or localization.format_text("about_nameless")


def format_survey_line(results: CampaignResults, localization: Localization) -> str:
    """Who asked, about how many people answered, and the number of the release."""
    group = to_drawable_name(results.group_name) or localization.format_text("group_nameless")
    key = {"numbers": "results_numbers", "words": "results_words"}.get(results.display_mode, "results_suppressed")
    if key == "results_numbers" and results.answer_count == SUPPRESSED:
        key = "results_suppressed"
    group_line = localization.format_text("results_asked", {"group": group})
    count_line = localization.format_text(key, {"answers": results.answer_count, "release": str(results.release)})
    return f"{group_line} {count_line}"


def format_question_heading(question: QuestionTally, localization: Localization) -> str:
    """The name of a question of the test, and its verdict."""
    verdict = localization.format_text(f"verdict_{decide_verdict(question)}")
    return localization.format_text("verdict_line", {"name": to_drawable_name(question.name), "verdict": verdict})


def format_cell(cell: str, localization: Localization) -> str:
    """A cell as pictures show it: a number, a share in words, or `*`."""
    return localization.format_text(f"shown_{cell}") if cell in SHARE_RANGES else cell


def format_other_cells(question: QuestionTally, localization: Localization) -> str:
    """The answers that are no point of the scale: *not sure* and *skipped*."""
    cells = {"not_sure": question.not_sure, "skipped": question.skipped}
    shown = {
        answer: localization.format_text("apart_some") if cell == "some" else format_cell(cell, localization)
        for answer, cell in cells.items()
    }
    return localization.format_text("apart", shown)


def describe_question_in_words(question: QuestionTally, localization: Localization) -> list[str]:
    """A question without numbers: a line for each share, with the points that have it, best first."""
    if question.display_mode == "nothing":
        return [localization.format_text("question_suppressed")]
    best_first = list(question.cells_by_point.items())[::-1]
    points_by_share = {share: [point for point, cell in best_first if cell == share] for share in SHARE_RANGES}
    lines = [
        localization.format_text(f"words_{share}", {"points": _join_point_labels(points, localization)})
        for share, points in points_by_share.items()
        if points
    ]
    # "some" includes nobody, so both together say nothing.
    is_uninformative = question.not_sure == question.skipped == "some"
    return lines if is_uninformative else [*lines, format_other_cells(question, localization)]


def format_reading_rules(
    questions: Iterable[QuestionTally], localization: Localization, *, is_for_screen_reader: bool = False
) -> list[str]:
    """How to read what is shown, and when a question of the test passes.

    For screen readers the rule does not mention `*`, because `describe_results` has none.
    """
    questions = list(questions)
    display_modes = {question.display_mode for question in questions}
    keys = {
        "rule_numbers_told" if is_for_screen_reader else "rule_numbers": "numbers" in display_modes,
        "rule_words": "words" in display_modes,
        "rule_test": any(question.is_in_test for question in questions),
    }
    return [localization.format_text(key) for key, is_needed in keys.items() if is_needed]


def _describe_overall_verdict(results: CampaignResults, localization: Localization) -> list[str]:
    verdict = decide_overall_verdict(results.questions)
    return [_as_sentence(localization.format_text(f"overall_{verdict}"), localization)] if verdict else []


def _describe_question(question: QuestionTally, localization: Localization) -> str:
    if question.display_mode == "numbers":
        lines = [_describe_in_numbers(question, localization)]
    else:
        lines = describe_question_in_words(question, localization)
    args = {"name": question.name, "said": " ".join(_as_sentence(line, localization) for line in lines)}
    if not question.is_in_test:
        return localization.format_text("alt_question", args)
    verdict = localization.format_text(f"verdict_{decide_verdict(question)}")
    return localization.format_text("alt_verdict", {**args, "verdict": verdict})


def _describe_in_numbers(question: QuestionTally, localization: Localization) -> str:
    """The count of each answer, best first."""
    answers = [*(f"point_{point}" for point in reversed(question.points)), "not_sure", "skipped"]
    cells = (*question.point_cells[::-1], question.not_sure, question.skipped)
    suppressed = localization.format_text("shown_suppressed")
    parts = (
        localization.format_text(
            "alt_part",
            {"name": localization.format_text(answer), "shown": suppressed if cell == SUPPRESSED else cell},
        )
        for answer, cell in zip(answers, cells, strict=True)
    )
    return localization.format_text("alt_numbers", {"parts": localization.format_text("comma").join(parts)})


def _join_point_labels(points: Iterable[int], localization: Localization) -> str:
    labels = (localization.format_text(f"point_{point}") for point in points)
    return localization.format_text("comma").join(labels)


def _as_sentence(line: str, localization: Localization) -> str:
    return localization.format_text("sentence", {"line": line})
