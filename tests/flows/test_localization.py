"""Words: what people type is put into a text whole, however long, and as it is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.localization import load_bot_texts
from flows.errors import MissingTextError
from flows.localization import Localization
from flows.schema import MAX_TEXT_LENGTH

WORDS = load_bot_texts("en")


@pytest.mark.parametrize("length", [1, 200, 201, 2500, 2501, 4096])
def test_long_words_are_put_in_whole(length: int) -> None:
    assert WORDS.format_text("given_words", {"words": "x" * length}) == f"You wrote: “{'x' * length}”"


def test_two_long_words_keep_their_places() -> None:
    name, words = "n" * 300, "w" * 3000
    assert WORDS.format_text("check_words", {"name": name, "words": words}) == f"<b>{name}:</b> “{words}”"


@given(st.text(alphabet=st.sampled_from("\ue0000123{}$"), max_size=300))
def test_no_words_are_taken_for_a_mark(words: str) -> None:
    assert WORDS.format_text("given_words", {"words": words}) == f"You wrote: “{words.replace(chr(0xE000), '')}”"


def test_a_text_that_nobody_has_says_which_and_where() -> None:
    with pytest.raises(MissingTextError, match=r"en\.ftl: nonsense is missing; add a text with that name"):
        WORDS.format_text("nonsense")


def test_how_much_is_kept_is_said_as_it_is() -> None:
    assert f"I can keep {MAX_TEXT_LENGTH} characters" in WORDS.format_text(
        "too_long", {"number": MAX_TEXT_LENGTH + 1, "most": MAX_TEXT_LENGTH}
    )


# A text that names no argument is rendered once


def wording(tmp_path: Path, *texts: str) -> Localization:
    """Words of these texts, the best first."""
    files = [tmp_path / f"{number}.ftl" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, "utf-8")
    return Localization("en", [("en", file) for file in files])


def test_what_a_text_names_counts_and_nothing_else(tmp_path: Path) -> None:
    words = wording(tmp_path, "plain = Good morning\nnamed = Good morning, { $name }\n")
    assert [words.format_text("named", {"name": name, "days": 3}) for name in ("Ann", "Bob")] == [
        "Good morning, Ann",
        "Good morning, Bob",
    ]
    assert words.format_text("plain", {"name": "Ann"}) == words.format_text("plain") == "Good morning"


def test_what_a_text_chooses_by_is_named(tmp_path: Path) -> None:
    words = wording(tmp_path, "many = { $count ->\n    [one] One day\n   *[other] { $count } days\n }\n")
    assert [words.format_text("many", {"count": count}) for count in (1, 2, 1)] == ["One day", "2 days", "One day"]


def test_what_the_texts_in_a_text_name_is_given_to_them(tmp_path: Path) -> None:
    words = wording(tmp_path, "name = { $first }\ngreet = Good morning, { name }\n")
    assert [words.format_text("greet", {"first": first}) for first in ("Ann", "Bob")] == [
        "Good morning, Ann",
        "Good morning, Bob",
    ]


def test_a_text_whose_argument_is_missing_says_so_each_time(tmp_path: Path) -> None:
    words = wording(tmp_path, "named = Good morning, { $name }\n")
    for _ in range(2):
        with pytest.raises(MissingTextError, match="named cannot be rendered"):
            words.format_text("named")


@given(st.dictionaries(st.sampled_from(["label", "number", "total", "text"]), st.sampled_from(["1", "2", "x"])))
def test_what_is_remembered_is_the_same_text(args: dict[str, str]) -> None:
    given = {"label": "", "number": "", "total": "", "text": "", **args}
    for key in ("chosen", "numbered", "skipped"):
        assert WORDS.format_cached(key, given) == WORDS.format_text(key, given)


def test_of_the_arguments_only_what_a_text_names_is_remembered() -> None:
    """Else each person's answers so far would stand there."""
    words = Localization("en", [("en", WORDS.files[0])])
    for number in range(10):
        words.format_cached("chosen", {"label": "Better", "informed": str(number)})
        words.format_cached("skipped", {"informed": str(number)})
    assert words._format_memoised.cache_info().currsize == 2  # noqa: SLF001 - what is remembered shows nowhere else
