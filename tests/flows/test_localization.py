"""Localisation: texts, their arguments and fallbacks. Typed text is inserted complete and unchanged."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.localization import load_bot_texts
from flows.errors import MissingTextError
from flows.localization import Localization
from flows.schema import MAX_TEXT_LENGTH

TEXTS = load_bot_texts("en")


@pytest.mark.parametrize("length", [1, 200, 201, 2500, 2501, 4096])
def test_long_text_is_inserted_complete(length: int) -> None:
    assert TEXTS.format_text("given_words", {"words": "x" * length}) == f"You wrote: “{'x' * length}”"


def test_two_long_arguments_keep_their_places() -> None:
    name, localization = "n" * 300, "w" * 3000
    assert TEXTS.format_text("check_words", {"name": name, "words": localization}) == f"<b>{name}:</b> “{localization}”"


@given(st.text(alphabet=st.sampled_from("\ue0000123{}$"), max_size=300))
def test_typed_text_is_never_taken_for_a_placeholder(localization: str) -> None:
    assert (
        TEXTS.format_text("given_words", {"words": localization})
        == f"You wrote: “{localization.replace(chr(0xE000), '')}”"
    )


def test_a_missing_text_is_reported_with_its_file() -> None:
    with pytest.raises(MissingTextError, match=r"en\.ftl: nonsense is missing; add a text with that name"):
        TEXTS.format_text("nonsense")


def test_the_maximum_length_is_stated_as_configured() -> None:
    assert f"I can keep {MAX_TEXT_LENGTH} characters" in TEXTS.format_text(
        "too_long", {"number": MAX_TEXT_LENGTH + 1, "most": MAX_TEXT_LENGTH}
    )


# Texts are cached by the arguments that they use.


def make_localization(tmp_path: Path, *texts: str) -> Localization:
    """A localisation with these Fluent texts, the preferred one first."""
    files = [tmp_path / f"{number}.ftl" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, "utf-8")
    return Localization("en", [("en", file) for file in files])


def test_a_text_depends_only_on_the_arguments_that_it_uses(tmp_path: Path) -> None:
    localization = make_localization(tmp_path, "plain = Good morning\nnamed = Good morning, { $name }\n")
    assert [localization.format_text("named", {"name": name, "days": 3}) for name in ("Ann", "Bob")] == [
        "Good morning, Ann",
        "Good morning, Bob",
    ]
    assert localization.format_text("plain", {"name": "Ann"}) == localization.format_text("plain") == "Good morning"


def test_a_selector_counts_as_a_used_argument(tmp_path: Path) -> None:
    localization = make_localization(
        tmp_path, "many = { $count ->\n    [one] One day\n   *[other] { $count } days\n }\n"
    )
    assert [localization.format_text("many", {"count": count}) for count in (1, 2, 1)] == [
        "One day",
        "2 days",
        "One day",
    ]


def test_arguments_are_passed_on_to_referenced_texts(tmp_path: Path) -> None:
    localization = make_localization(tmp_path, "name = { $first }\ngreet = Good morning, { name }\n")
    assert [localization.format_text("greet", {"first": first}) for first in ("Ann", "Bob")] == [
        "Good morning, Ann",
        "Good morning, Bob",
    ]


def test_a_missing_argument_is_reported_each_time(tmp_path: Path) -> None:
    localization = make_localization(tmp_path, "named = Good morning, { $name }\n")
    for _ in range(2):
        with pytest.raises(MissingTextError, match="named cannot be rendered"):
            localization.format_text("named")


@given(st.dictionaries(st.sampled_from(["label", "number", "total", "text"]), st.sampled_from(["1", "2", "x"])))
def test_a_cached_text_equals_a_formatted_one(args: dict[str, str]) -> None:
    values = {"label": "", "number": "", "total": "", "text": "", **args}
    for key in ("chosen", "numbered", "skipped"):
        assert TEXTS.format_cached(key, values) == TEXTS.format_text(key, values)


def test_the_cache_keeps_only_the_arguments_that_a_text_uses() -> None:
    """Otherwise the cache would hold respondents' answers."""
    localization = Localization("en", [("en", TEXTS.files[0])])
    for number in range(10):
        localization.format_cached("chosen", {"label": "Better", "informed": str(number)})
        localization.format_cached("skipped", {"informed": str(number)})
    assert localization._format_memoised.cache_info().currsize == 2  # noqa: SLF001 - the cache is visible nowhere else
