"""The results in words: what stands on the pictures, and what says the same to whoever can't see them."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from bot.graphics.elements import STEPS
from bot.graphics.model import WITHHELD, WORDS, Results, Tally, verdict, verdict_of_all
from bot.graphics.text_layout import drawable, shortened
from flows.localization import Wording

# @@DOC The words that stand on posters, charts and reports: one Fluent file a language, falling back to English.
FIRST = "en"
LONGEST_NAME = 120  # signs: one that is longer is cut, so that the rest has room


@cache
def wording_of(language: str) -> Wording:
    """The words in this language, in English text by text where it has none."""
    folder = files("bot.graphics") / "wording"
    order = dict.fromkeys((language, FIRST))
    return Wording(language, [(name, file) for name in order if (file := folder / f"{name}.ftl").is_file()])


def languages() -> list[str]:
    """The languages that there are words in."""
    folder = files("bot.graphics") / "wording"
    return sorted(file.name.removesuffix(".ftl") for file in folder.iterdir() if file.name.endswith(".ftl"))


def is_from_right(words: Wording) -> bool:
    """Whether these words are written from right to left."""
    return words.text("direction") == "rtl"


def named(name: str) -> str:
    """The name of a group, service or place as it can be drawn; empty where none of its letters can."""
    return shortened(drawable(name), LONGEST_NAME)


def tell_results(results: Results, words: Wording | None = None) -> str:
    """All that the charts show, as a text for screen readers: a paragraph for each question."""
    words = words or wording_of(results.language)
    said = verdict_of_all(results.questions)
    overall = [_sentence(words.text(f"overall_{said}"), words)] if said else []
    questions = [_tell_question(question, words) for question in results.questions]
    head = f"{_sentence(title_line(results, words), words)} {asked_line(results, words)}"
    return "\n\n".join([head, *questions, *overall, " ".join(rules(results.questions, words, told=True))])


def title_line(results: Results, words: Wording) -> str:
    """What the results are about."""
    return words.text("results_title", {"about": about_of(results, words)})


def about_of(results: Results, words: Wording) -> str:
    """The service or place, in letters that can be drawn."""
    return named(results.about) or words.text("about_nameless")


def asked_line(results: Results, words: Wording) -> str:
    """Who asked, about how many answered, and the number of the release."""
    group = named(results.group) or words.text("group_nameless")
    asked = words.text("results_asked", {"group": group})
    kind = results.shown if results.answers != WITHHELD or results.shown == "words" else "withheld"
    key = {"numbers": "results_numbers", "words": "results_words"}.get(kind, "results_withheld")
    return f"{asked} {words.text(key, {'answers': results.answers, 'release': str(results.release)})}"


def shown_as(cell: str, words: Wording) -> str:
    """A cell as it stands on a picture: a number, a word, or `*`."""
    return words.text(f"shown_{cell}") if cell in WORDS else cell


def apart_line(question: Tally, words: Wording) -> str:
    """What has no place on the scale: *not sure* and *skipped*."""
    cells = {"not_sure": question.not_sure, "skipped": question.skipped}
    shown = {of: words.text("apart_some") if cell == "some" else shown_as(cell, words) for of, cell in cells.items()}
    return words.text("apart", shown)


def in_words(question: Tally, words: Wording) -> list[str]:
    """A question that is not told in numbers: for each word, the steps that it was said of, best first."""
    if question.shown == "nothing":
        return [words.text("question_withheld")]
    steps = list(zip(STEPS, question.steps, strict=True))[::-1]
    said = {word: [words.text(f"step_{step}") for step, cell in steps if cell == word] for word in WORDS}
    lines = [
        words.text(f"words_{word}", {"steps": words.text("comma").join(names)}) for word, names in said.items() if names
    ]
    says_nothing = question.not_sure == question.skipped == "some"  # which may be nobody
    return lines if says_nothing else [*lines, apart_line(question, words)]


def rules(questions: Sequence[Tally], words: Wording, *, told: bool = False) -> list[str]:
    """How to read what is shown, and how a question of the test passes. `told`: in words, where no `*` stands."""
    kinds = {question.shown for question in questions}
    numbers = "numbers_told" if told else "numbers"
    found = [f"rule_{rule}" for rule, kind in ((numbers, "numbers"), ("words", "words")) if kind in kinds]
    if any(question.in_test for question in questions):
        found.append("rule_test")
    return [words.text(key) for key in found]


def _tell_question(question: Tally, words: Wording) -> str:
    lines = [_in_numbers(question, words)] if question.shown == "numbers" else in_words(question, words)
    args = {"name": question.name, "said": " ".join(_sentence(line, words) for line in lines)}
    if not question.in_test:
        return words.text("alt_question", args)
    return words.text("alt_verdict", {**args, "verdict": words.text(f"verdict_{verdict(question)}")})


def _in_numbers(question: Tally, words: Wording) -> str:
    names = [*(words.text(f"step_{step}") for step in reversed(STEPS)), words.text("not_sure"), words.text("skipped")]
    cells = (*question.steps[::-1], question.not_sure, question.skipped)
    parts = (
        words.text("alt_part", {"name": name, "shown": words.text("shown_withheld") if cell == WITHHELD else cell})
        for name, cell in zip(names, cells, strict=True)
    )
    return words.text("alt_numbers", {"parts": words.text("comma").join(parts)})


def _sentence(line: str, words: Wording) -> str:
    return words.text("sentence", {"line": line})
