"""A problem in a flow's files is reported in one sentence with the file, the step and the fix."""

import re
from pathlib import Path

import pytest

from flows.errors import FlowError, MissingTextError, UnknownFlowError
from flows.loader import ACTION_KEYS, library_folder, load_localization, load_walk, read_flow
from flows.schema import RESERVED_STEP_IDS
from tests.support.flow_files import copy_flow, replace_in_file, write_small_flow

TOML_PROBLEMS = {
    "an id used twice": ('id = "viewpoint"', 'id = "role"', "role: two steps have this id; give each step its own"),
    "an id of the walk itself": ('id = "viewpoint"', 'id = "check"', "check: this id is reserved; choose another"),
    "an id with capitals": ('id = "viewpoint"', 'id = "View"', "View: id: String should match"),
    "an id that is too long": ('id = "viewpoint"', f'id = "{"v" * 25}"', "id: String should have at most 24"),
    "a step without an id": ('id = "viewpoint"\n', "", "step number 2: id: Field required"),
    "a misspelt key": ('part = "test"', 'prat = "test"', "informed: prat: Extra inputs are not permitted"),
    "an unknown kind": ('kind = "fork"', 'kind = "spoon"', "more: kind: Input should be"),
    "a comment that does not exist": (
        'comment = "informed_why"',
        'comment = "nowhere"',
        'informed: comment = "nowhere" is not a text question; name one that is',
    ),
    "a comment on a choice question": (
        'comment = "informed_why"',
        'comment = "role"',
        'informed: comment = "role" is not a text question; name one that is',
    ),
    "a flow's comment that does not exist": (
        'comment = "anything_else"',
        'comment = "nowhere"',
        'the flow: comment = "nowhere" is not a text question',
    ),
    "a condition on a later question": (
        'question = "informed"',
        'question = "connected"',
        "informed_why: show_if names connected, which is not asked before it; move one of the two",
    ),
    "a condition on an unknown question": (
        'question = "informed"',
        'question = "weather"',
        "informed_why: show_if names weather, which is not asked before it",
    ),
    "a condition on itself": (
        'question = "informed"',
        'question = "informed_why"',
        "informed_why: show_if names informed_why, which is not asked before it",
    ),
    "a condition on a text question": (
        'question = "confident"',
        'question = "informed_why"',
        "confident_why: show_if names informed_why, which is not a choice question",
    ),
    "a condition on an unknown choice": (
        'is_not = ["not_sure"]',
        'is_not = ["perhaps"]',
        "informed_why: show_if names the choice perhaps, which informed does not have",
    ),
    "a condition that never holds": (
        'is_not = ["not_sure"]',
        'is_not = [2, 1, 0, -1, -2, "not_sure"]',
        "informed_why: its show_if can never be met, so it is never asked; allow at least one choice",
    ),
    "a condition that contradicts itself": (
        'is_not = ["not_sure"]',
        "is = [2], is_not = [2]",
        "informed_why: its show_if can never be met",
    ),
    "a fork with a condition": (
        'kind = "fork"',
        'kind = "fork"\nshow_if = { question = "role", is = ["neighbour"] }',
        "more: a fork is always asked; remove its show_if",
    ),
    "one choice only": ('["myself", "family", "community"]', '["myself"]', "viewpoint: a choice question needs"),
    "a choice twice": ('["myself", "family",', '["myself", "myself",', "viewpoint: a choice is listed twice"),
    "choices of a text question": (
        'kind = "text"',
        'kind = "text"\nchoices = ["a", "b"]',
        'informed_why: only kind = "choice" can have choices; remove them',
    ),
    "a point off the scale": (
        "choices = [2, 1,",
        "choices = [3, 1,",
        "informed: the points of a scale of 5 are 2, 1, 0, -1, -2; write these, in this order or from worst to best",
    ),
    "an unbalanced scale": (
        "choices = [2, 1,",
        "choices = [3, 2, 1,",
        "informed: the points of a scale of 6 are 3, 2, 1, -1, -2, -3; write these",
    ),
    "points out of order": (
        "choices = [2, 1, 0,",
        "choices = [1, 2, 0,",
        "informed: the points of a scale of 5 are 2,",
    ),
    "too few points": ("[2, 1, 0, -1, -2,", "[1, -1,", "informed: its scale has 2 points; give it 3 to 7"),
    "too many points": (
        "[2, 1, 0, -1, -2,",
        "[4, 3, 2, 1, -1, -2, -3, -4,",
        "informed: its scale has 8 points; give it",
    ),
    "a scale with another choice": (
        '-2, "not_sure"]',
        '-2, "not_sure", "not_mine"]',
        'informed: beside its points, a scale can have "not_sure" only; remove not_mine',
    ),
    "no question in the test": ('test = "test"', 'test = "exam"', 'test = "exam": no question has part = "exam"'),
    "a question of the test without a scale": (
        'id = "viewpoint"',
        'id = "viewpoint"\npart = "test"',
        "viewpoint: a question of the test needs a scale; add its points to the choices, such as 2, 1, 0, -1, -2",
    ),
    "no version": ("version = 1\n", "", "version: Field required"),
    "a version under one": ("version = 1", "version = 0", "version: Input should be greater than or equal to 1"),
    "no TOML": ('id = "role"', 'id = "role', "this is not valid TOML: "),
}

TEXT_PROBLEMS = {
    "no text for a question": ("role = Who are you?", "rolle = Who are you?", "role is missing; add a text"),
    "no name": ("    .name = You\n", "", "role.name is missing; add a text with that name"),
    "no reason": ("    .why = People who give care", "    .wy = People", "role.why is missing"),
    "no reason at a fork": ("    .why = The three questions", "    .wy = The three", "more.why is missing"),
    "no help where the test fails": ("    .helps = share what", "    .hlps = share what", "informed.helps is missing"),
    "no label": ("    .myself = Myself\n", "", "viewpoint.myself is missing"),
    "no label for a point": ("    .point-2 = Lost in", "    .point-3 = Lost in", "informed.point-2 is missing"),
    "no label at a fork": ("    .go_on = Go on: two", "    .goon = Go on: two", "more.go_on is missing"),
    "no welcome": ("welcome =\n", "wellcome =\n", "welcome is missing"),
    "no title": ("title = The", "titel = The", "title is missing"),
    "a label that is too long": (
        ".myself = Myself",
        f".myself = {'My' * 17}",
        "viewpoint.myself is 34 characters long; shorten it to 32, which fit one row of a small phone",
    ),
    "a label with a tag": (".myself = Myself", ".myself = <b>Me</b>", "viewpoint.myself contains <, > or &"),
    "a label with an ampersand": (".family = My family", ".family = Me & mine", "viewpoint.family contains <, > or &"),
    "a name with an ampersand": (".name = Answering for", ".name = You & yours", "viewpoint.name contains <, > or &"),
    "a name that is too long": (
        ".name = Coping\n",
        f".name = {'Coping ' * 4}on\n",
        "is 30 characters long; shorten it to 24",
    ),
    "a question that is too long": ("role = Who", f"role = {'Who ' * 110}", "characters long; shorten it to 400"),
    "a selector on nothing known": ("{ $viewpoint ->", "{ $outlook ->", "informed cannot be rendered: Unknown"),
    "no Fluent": ("role = Who are you?", "Who are you?", "this is not valid Fluent: 'Who are you?"),
}


@pytest.mark.parametrize("problem", TOML_PROBLEMS)
def test_an_error_in_the_flow_file_names_file_step_and_fix(problem: str, tmp_path: Path) -> None:
    old, new, sentence = TOML_PROBLEMS[problem]
    folder = copy_flow(tmp_path)
    replace_in_file(folder / "flow.toml", old, new)
    with pytest.raises(FlowError, match=re.escape(sentence)) as raised:
        read_flow(folder)
    assert str(raised.value).startswith("flow.toml: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("problem", TEXT_PROBLEMS)
def test_an_error_in_the_texts_names_file_text_and_fix(problem: str, tmp_path: Path) -> None:
    old, new, sentence = TEXT_PROBLEMS[problem]
    folder = copy_flow(tmp_path)
    replace_in_file(folder / "en.ftl", old, new)
    with pytest.raises(FlowError, match=re.escape(sentence)) as raised:
        read_flow(folder)
    assert str(raised.value).startswith("en.ftl: ")


def test_more_text_questions_than_fit_the_review_page_are_an_error(tmp_path: Path) -> None:
    folder = copy_flow(tmp_path)
    with (
        (folder / "flow.toml").open("a", encoding="utf-8") as toml,
        (folder / "en.ftl").open("a", encoding="utf-8") as ftl,
    ):
        toml.write('\n[[step]]\nid = "one_more"\nkind = "text"\n')
        ftl.write("\none_more = More?\n    .name = More\n    .why = Because.\n")
    with pytest.raises(FlowError, match=r"en\.ftl: the review page can reach \d+ characters, and Telegram allows 4096"):
        read_flow(folder)


def test_the_real_flow_passes(tmp_path: Path) -> None:
    assert read_flow(copy_flow(tmp_path)).flow == load_walk().flow


def test_the_small_test_flow_passes(tmp_path: Path) -> None:
    assert read_flow(write_small_flow(tmp_path)).flow.id == "small"


def test_an_unknown_flow_raises_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(
        UnknownFlowError, match=r'There is no flow "weather"\. The flows are: connection_test, open_campaign\.'
    ):
        load_walk("weather")


def test_a_missing_flow_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FlowError, match=r"flow\.toml: this file is missing; every flow's folder needs one"):
        read_flow(tmp_path)


def test_the_flows_own_language_needs_a_file(tmp_path: Path) -> None:
    folder = copy_flow(tmp_path)
    (folder / "en.ftl").rename(folder / "cy.ftl")
    with pytest.raises(
        MissingTextError, match=r'en\.ftl: this file is missing; the flow has language = "en", so add it'
    ):
        read_flow(folder)


@pytest.mark.parametrize("name", ["flow.toml", "en.ftl"])
def test_a_file_that_is_not_utf_8_is_reported(name: str, tmp_path: Path) -> None:
    folder = copy_flow(tmp_path)
    (folder / name).write_bytes("title = Café\n".encode("latin-1"))
    with pytest.raises(FlowError, match=rf"{name}: this is not UTF-8 text; save it as UTF-8"):
        read_flow(folder)


@pytest.mark.parametrize("steps", ['step = "role"', 'step = ["role"]', "step = []", "steps = [{}]"])
def test_invalid_steps_are_reported(steps: str, tmp_path: Path) -> None:
    head = 'id = "small"\nversion = 1\nlanguage = "en"\ncomment = "words"\ntest = "test"\n'
    (tmp_path / "flow.toml").write_text(head + steps, "utf-8")
    with pytest.raises(FlowError, match=r"flow\.toml: .*step"):
        read_flow(tmp_path)


def test_every_language_beside_the_flow_is_checked(tmp_path: Path) -> None:
    folder = copy_flow(tmp_path)
    (folder / "cy.ftl").write_text(f"viewpoint = Am bwy?\n    .myself = {'Fi' * 20}\n", "utf-8")
    with pytest.raises(FlowError, match=r"cy\.ftl: viewpoint\.myself is 40 characters long"):
        read_flow(folder)


def test_a_text_missing_in_a_language_falls_back_to_the_flow_s_own(tmp_path: Path) -> None:
    folder = copy_flow(tmp_path)
    (folder / "cy.ftl").write_text("role = Pwy ydych chi?\n", "utf-8")
    flow = read_flow(folder).flow
    assert set(flow.labels) == {"en", "cy"}
    assert flow.labels["cy"].choices["role"]["neighbour"].text == "I'm a neighbour or volunteer"


def test_every_action_has_a_label_and_no_blank_synonyms() -> None:
    for action in ACTION_KEYS:
        label = load_walk().flow.labels["en"].actions[action]
        assert label.text
        assert all(synonym.strip() for synonym in label.synonyms)


def test_no_flow_in_the_library_uses_a_reserved_id() -> None:
    for folder in library_folder().iterdir():
        assert not RESERVED_STEP_IDS & set(load_walk(folder.name).flow.steps_by_id)


def test_loading_twice_gives_the_same_walk() -> None:
    assert load_walk() is load_walk("connection_test")
    assert load_localization("connection_test", "en") is load_localization("connection_test", "en")
