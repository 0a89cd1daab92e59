"""Words, apart from code: Fluent files, one per language, read once.

Fluent (https://projectfluent.org) has keys rather than English sentences as keys, plural forms from CLDR, and falls
back from one language to another message by message.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources.abc import Traversable

from fluent.runtime import FluentBundle, FluentResource
from fluent.runtime.resolver import Pattern
from fluent.syntax import ast as tree
from fluent.syntax.visitor import Visitor

from flows.errors import WordMissing

Value = str | int
NONE = frozenset[str]()
MOST_KNOWN = 2_000  # texts with their arguments, of one language


class Wording:
    """The words of one language, with others to fall back to.

    `sources` are Fluent texts with the file they came from, the best first: a key missing from the first is looked for
    in the next.
    """

    def __init__(self, language: str, sources: Sequence[tuple[str, Traversable]]) -> None:
        self.language = language
        self.files = [file for _, file in sources]
        self._bundles = [_bundle(locale, file) for locale, file in sources]
        self._named: dict[str, frozenset[str] | None] = {}
        self._same: dict[str, str] = {}  # texts that name nothing, and so are always the same
        self._there: dict[str, bool] = {}
        self._known = lru_cache(MOST_KNOWN)(self._with)

    def text(self, key: str, args: Mapping[str, Value] | None = None) -> str:
        """The text of `message` or `message.attribute`. Raises `WordMissing` where none has it or it fails.

        An argument that it doesn't name costs nothing.
        """
        if key in self._same:
            return self._same[key]
        names, given = self._names(key), args or {}
        if names is not None:
            given = {name: given[name] for name in names if name in given}
        text = self._rendered(key, given)
        if names == NONE:
            self._same[key] = text
        return text

    def known(self, key: str, args: Mapping[str, Value]) -> str:
        """As `text`, and remembered with what it names of its arguments: for those that are no respondent's words."""
        names = self._names(key)
        return self._known(key, **{name: args[name] for name in (args if names is None else names) if name in args})

    def _with(self, key: str, /, **args: Value) -> str:
        return self.text(key, args)

    def _names(self, key: str) -> frozenset[str] | None:
        """The arguments that the text names, in any language that it may fall back to. None: they can't be told."""
        if key not in self._named:
            found = _Named()
            for _, pattern in self._patterns(key):
                found.visit(pattern)
            self._named[key] = None if found.others else frozenset(found.names)
        return self._named[key]

    def _rendered(self, key: str, args: Mapping[str, Value]) -> str:
        for bundle, pattern in self._patterns(key):
            short, long = _apart(args)
            text, errors = bundle.format_pattern(pattern, short)
            if errors:
                raise WordMissing(f"{self.files[0].name}: {key} can't be rendered: {errors[0]}")
            return _whole(str(text), long)
        raise WordMissing(f"{self.files[0].name}: {key} is missing; add a text under that name")

    def has(self, key: str) -> bool:
        """Whether any of the files has this text."""
        if key not in self._there:
            self._there[key] = any(True for _ in self._patterns(key))
        return self._there[key]

    def listed(self, key: str) -> tuple[str, ...]:
        """A text of words with commas between, as a tuple; empty where there is none."""
        parts = self.text(key).split(",") if self.has(key) else []
        return tuple(part.strip() for part in parts if part.strip())

    def _patterns(self, key: str) -> Iterator[tuple[FluentBundle, Pattern]]:
        message_id, _, attribute = key.partition(".")
        for bundle in self._bundles:
            if not bundle.has_message(message_id):
                continue
            message = bundle.get_message(message_id)
            pattern = message.attributes.get(attribute) if attribute else message.value
            if pattern is not None:
                yield bundle, pattern


class _Named(Visitor):
    """Collects the arguments that patterns name; `others`: whether they take in other texts, which may name more."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.others = False

    def visit_VariableReference(self, node: tree.VariableReference) -> None:  # noqa: N802 - the library's name for it
        self.names.add(node.id.name)

    def visit_MessageReference(self, _: tree.MessageReference) -> None:  # noqa: N802 - as above
        self.others = True


_MARK = re.compile("\ue000(\\d+)\ue000")
_SHORT = 200  # characters


def _apart(args: Mapping[str, Value]) -> tuple[dict[str, Value], list[str]]:
    """The arguments with a mark in place of each long one, and the long ones, which are put in afterwards.

    Fluent refuses more than 2,500 characters in one argument (its resolver, MAX_PART_LENGTH): four comments are more.
    """
    short: dict[str, Value] = {}
    long: list[str] = []
    for name, value in args.items():
        bare = value.replace("\ue000", "") if isinstance(value, str) else value
        if isinstance(bare, str) and len(bare) > _SHORT:
            long.append(bare)
            bare = f"\ue000{len(long) - 1}\ue000"
        short[name] = bare
    return short, long


def _whole(text: str, long: list[str]) -> str:
    return _MARK.sub(lambda mark: long[int(mark[1])], text)


def _bundle(locale: str, file: Traversable) -> FluentBundle:
    try:
        resource = FluentResource(file.read_text("utf-8"))
    except UnicodeDecodeError as fault:
        raise WordMissing(f"{file.name}: this is not UTF-8 text; save it as UTF-8") from fault
    junk = next((entry for entry in resource.body if isinstance(entry, tree.Junk)), None)
    if junk is not None:
        first = (junk.content or "").strip().splitlines()[0]
        raise WordMissing(f"{file.name}: this can't be read as Fluent: {first!r}; look at the lines around it")
    bundle = FluentBundle([locale], use_isolating=False)  # all our languages run left to right so far
    bundle.add_resource(resource)
    return bundle
