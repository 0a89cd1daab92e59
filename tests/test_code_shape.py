"""Rules for the code: sizes, names, and docstrings that quote existing names."""

import ast
import io
import re
import statistics
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "flows", "storage")
MODULES = sorted(
    file for package in PACKAGES for file in (ROOT / package).rglob("*.py") if "migrations" not in file.parts
)
TEST_MODULES = sorted((ROOT / "tests").rglob("*.py"))
DESIGN = (ROOT / "docs" / "design.md").read_text("utf-8")

MAX_MODULE_LINES = 300
MEDIAN_MODULE_LINES = range(80, 181)
MAX_FUNCTION_LINES = 40
# Module names that were replaced.
FORBIDDEN_STEMS = {
    *("aside", "beside", "given", "giving", "handing_over", "heard", "judging", "once", "packing", "pieces", "saying"),
    *("sealed", "spoken", "talks", "telling", "things", "together", "unsaid", "whose"),
}


@cache
def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def count_lines(file: Path) -> int:
    return file.read_text("utf-8").count("\n")


def test_modules_are_not_too_long_and_have_a_usual_median_length() -> None:
    lines = {name_of(file): count_lines(file) for file in MODULES if file.name != "__init__.py"}
    assert {name: count for name, count in lines.items() if count > MAX_MODULE_LINES} == {}
    assert int(statistics.median(lines.values())) in MEDIAN_MODULE_LINES


def test_functions_are_short() -> None:
    too_long = {
        f"{name_of(file)}:{node.name}": length
        for file in MODULES
        for node in ast.walk(parse(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (length := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert too_long == {}


def test_no_two_classes_share_a_name() -> None:
    names = Counter(node.name for file in MODULES for node in ast.walk(parse(file)) if isinstance(node, ast.ClassDef))
    assert [name for name, count in names.items() if count > 1] == []


def test_exceptions_end_in_error() -> None:
    errors = {
        node.name
        for file in MODULES
        for node in ast.walk(parse(file))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name) and (base.id.endswith("Error") or base.id == "Exception")
    }
    assert {name for name in errors if not name.endswith("Error")} == set()


def test_module_names_are_nouns() -> None:
    """Names in -ing or -ed must be in the glossary, and replaced names must not return."""
    stems = {file.stem for file in MODULES}
    assert stems & FORBIDDEN_STEMS == set()
    glossary = set(re.findall(r"`(\w+)\.py`", DESIGN))
    assert {stem for stem in stems if stem.endswith(("ing", "ed"))} <= glossary


def test_glossary_terms_exist_in_the_code() -> None:
    """Each term that the glossary writes as code is a class, function or module of the project."""
    table = DESIGN.split("## Glossary", 1)[1].split("\n## ", 1)[0]
    terms = set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))
    assert len(terms) > 20
    assert terms <= identifiers() | {file.stem for file in MODULES}


def test_test_modules_do_not_import_each_other() -> None:
    offenders = {
        name_of(file): node.module
        for file in TEST_MODULES
        for node in ast.walk(parse(file))
        if isinstance(node, ast.ImportFrom) and node.module and re.search(r"tests\..*\btest_\w+$", node.module)
    }
    assert offenders == {}


@cache
def identifiers() -> frozenset[str]:
    """All names and all words of string constants in the code, without docstrings and comments."""
    names: set[str] = set()
    for file in [*MODULES, *(ROOT / "storage" / "migrations").rglob("*.py"), *TEST_MODULES]:
        docstrings = {node.value.lineno for node in iterate_docstrings(file)}
        for token in tokenize.generate_tokens(io.StringIO(file.read_text("utf-8")).readline):
            if token.type == tokenize.NAME:
                names.add(token.string)
            elif token.type == tokenize.STRING and token.start[0] not in docstrings:
                names.update(re.findall(r"\w+", token.string))
    return frozenset(names)


def iterate_docstrings(file: Path) -> Iterator[ast.Expr]:
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            match node.body[0]:
                case ast.Expr(value=ast.Constant(value=str())) as docstring:
                    yield docstring


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_quote_names_that_exist(package: str) -> None:
    unknown = {
        f"{name_of(file)}: {quoted}"
        for file in MODULES
        if file.is_relative_to(ROOT / package)
        for docstring in iterate_docstrings(file)
        for quoted in re.findall(r"`([A-Za-z_][\w.]*)(?:\(\))?`", str(docstring.value.value))  # type: ignore[attr-defined]
        if not set(quoted.split(".")) <= identifiers() | {"py", "toml", "ftl", "md"}
    }
    assert unknown == set()
