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

from flows.errors import MissingTextError

FluentValue = str | int
NO_ARGUMENTS = frozenset[str]()
MAX_CACHED_TEXTS = 2_000  # texts with their arguments, of one language


class Localization:
    """The words of one language, with others to fall back to.

    `sources` are Fluent texts with the file they came from, the best first: a key missing from the first is looked for
    in the next.
    """

    def __init__(self, language: str, sources: Sequence[tuple[str, Traversable]]) -> None:
        self.language = language
        self.files = [file for _, file in sources]
        self._bundles = [_read_bundle(locale, file) for locale, file in sources]
        self._arguments_by_key: dict[str, frozenset[str] | None] = {}
        self._constant_texts: dict[str, str] = {}  # texts that name nothing, and so are always the same
        self._key_exists: dict[str, bool] = {}
        self._format_memoised = lru_cache(MAX_CACHED_TEXTS)(self._format_keywords)

    def format_text(self, key: str, args: Mapping[str, FluentValue] | None = None) -> str:
        """The text of `message` or `message.attribute`. Raises `WordMissing` where none has it or it fails.

        An argument that it doesn't name costs nothing.
        """
        if key in self._constant_texts:
            return self._constant_texts[key]
        names, used_arguments = self._argument_names(key), args or {}
        if names is not None:
            used_arguments = {name: used_arguments[name] for name in names if name in used_arguments}
        text = self._render(key, used_arguments)
        if names == NO_ARGUMENTS:
            self._constant_texts[key] = text
        return text

    def format_cached(self, key: str, args: Mapping[str, FluentValue]) -> str:
        """As `text`, and remembered with what it names of its arguments: for those that are no respondent's words."""
        names = self._argument_names(key)
        return self._format_memoised(
            key, **{name: args[name] for name in (args if names is None else names) if name in args}
        )

    def _format_keywords(self, key: str, /, **args: FluentValue) -> str:
        return self.format_text(key, args)

    def _argument_names(self, key: str) -> frozenset[str] | None:
        """The arguments that the text names, in any language that it may fall back to. None: they can't be told."""
        if key not in self._arguments_by_key:
            collector = _ArgumentCollector()
            for _, pattern in self._find_patterns(key):
                collector.visit(pattern)
            self._arguments_by_key[key] = None if collector.has_references else frozenset(collector.names)
        return self._arguments_by_key[key]

    def _render(self, key: str, args: Mapping[str, FluentValue]) -> str:
        for bundle, pattern in self._find_patterns(key):
            inline_arguments, long_values = _extract_long_arguments(args)
            text, errors = bundle.format_pattern(pattern, inline_arguments)
            if errors:
                raise MissingTextError(f"{self.files[0].name}: {key} can't be rendered: {errors[0]}")
            return _restore_long_arguments(str(text), long_values)
        raise MissingTextError(f"{self.files[0].name}: {key} is missing; add a text under that name")

    def has_text(self, key: str) -> bool:
        """Whether any of the files has this text."""
        if key not in self._key_exists:
            self._key_exists[key] = any(True for _ in self._find_patterns(key))
        return self._key_exists[key]

    def read_list(self, key: str) -> tuple[str, ...]:
        """A text of words with commas between, as a tuple; empty where there is none."""
        parts = self.format_text(key).split(",") if self.has_text(key) else []
        return tuple(part.strip() for part in parts if part.strip())

    def _find_patterns(self, key: str) -> Iterator[tuple[FluentBundle, Pattern]]:
        message_id, _, attribute = key.partition(".")
        for bundle in self._bundles:
            if not bundle.has_message(message_id):
                continue
            message = bundle.get_message(message_id)
            pattern = message.attributes.get(attribute) if attribute else message.value
            if pattern is not None:
                yield bundle, pattern


class _ArgumentCollector(Visitor):
    """Collects the arguments that patterns name; `others`: whether they take in other texts, which may name more."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.has_references = False

    def visit_VariableReference(self, node: tree.VariableReference) -> None:  # noqa: N802 - the library's name for it
        self.names.add(node.id.name)

    def visit_MessageReference(self, _: tree.MessageReference) -> None:  # noqa: N802 - as above
        self.has_references = True


_PLACEHOLDER_PATTERN = re.compile("\ue000(\\d+)\ue000")
_MAX_INLINE_LENGTH = 200  # characters


def _extract_long_arguments(args: Mapping[str, FluentValue]) -> tuple[dict[str, FluentValue], list[str]]:
    """The arguments with a mark in place of each long one, and the long ones, which are put in afterwards.

    Fluent refuses more than 2,500 characters in one argument (its resolver, MAX_PART_LENGTH): four comments are more.
    """
    inline_arguments: dict[str, FluentValue] = {}
    long_values: list[str] = []
    for name, value in args.items():
        cleaned = value.replace("\ue000", "") if isinstance(value, str) else value
        if isinstance(cleaned, str) and len(cleaned) > _MAX_INLINE_LENGTH:
            long_values.append(cleaned)
            cleaned = f"\ue000{len(long_values) - 1}\ue000"
        inline_arguments[name] = cleaned
    return inline_arguments, long_values


def _restore_long_arguments(text: str, long_values: list[str]) -> str:
    return _PLACEHOLDER_PATTERN.sub(lambda mark: long_values[int(mark[1])], text)


def _read_bundle(locale: str, file: Traversable) -> FluentBundle:
    try:
        resource = FluentResource(file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise MissingTextError(f"{file.name}: this is not UTF-8 text; save it as UTF-8") from error
    junk = next((entry for entry in resource.body if isinstance(entry, tree.Junk)), None)
    if junk is not None:
        first_line = (junk.content or "").strip().splitlines()[0]
        raise MissingTextError(
            f"{file.name}: this can't be read as Fluent: {first_line!r}; look at the lines around it"
        )
    bundle = FluentBundle([locale], use_isolating=False)  # all our languages run left to right so far
    bundle.add_resource(resource)
    return bundle
