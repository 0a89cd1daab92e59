"""`Localization`: texts by key, from Fluent files with one language each. It knows neither flows nor the bot.

Each file is read once. Fluent (https://projectfluent.org) names texts by keys, has the plural forms of CLDR, and falls
back from one language to another text by text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from importlib.resources.abc import Traversable

from fluent.runtime import FluentBundle
from fluent.runtime.resolver import Pattern
from fluent.syntax import FluentParser
from fluent.syntax import ast as tree
from fluent.syntax.visitor import Visitor

from flows.errors import MissingTextError

FluentValue = str | int
NO_ARGUMENTS = frozenset[str]()
MAX_CACHED_TEXTS = 2_000  # texts with their arguments, of one language
MAX_INLINE_LENGTH = 200  # characters
_PLACEHOLDER_PATTERN = re.compile("\ue000(\\d+)\ue000")


class Localization:
    """The texts of one language.

    `sources` are the languages and their files, the preferred one first: a key that is missing from the first is looked
    up in the next. A key is the name of a message (`welcome`) or of its attribute (`role.name`).
    """

    def __init__(self, language: str, sources: Sequence[tuple[str, Traversable]]) -> None:
        self.language = language
        self.files = [file for _, file in sources]
        self._bundles = [_read_bundle(locale, file) for locale, file in sources]
        self._arguments_by_key: dict[str, frozenset[str] | None] = {}
        self._constant_texts: dict[str, str] = {}  # texts that use no arguments, and so are always the same
        self._key_exists: dict[str, bool] = {}
        self._format_memoised = lru_cache(MAX_CACHED_TEXTS)(self._format_keywords)

    def format_text(self, key: str, args: Mapping[str, FluentValue] | None = None) -> str:
        """The text of `key`. Arguments that it does not use are ignored.

        Raises `MissingTextError` where no source has the text, or it cannot be rendered.
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
        """Like `format_text`, with a cache. Only for arguments that respondents did not write."""
        names = self._argument_names(key)
        return self._format_memoised(
            key, **{name: args[name] for name in (args if names is None else names) if name in args}
        )

    def has_text(self, key: str) -> bool:
        """Whether any source has this text."""
        if key not in self._key_exists:
            self._key_exists[key] = any(True for _ in self._find_patterns(key))
        return self._key_exists[key]

    def has_translation(self, key: str) -> bool:
        """Whether a source in this language itself has this text."""
        return any(self.language in bundle.locales for bundle, _ in self._find_patterns(key))

    def read_list(self, key: str) -> tuple[str, ...]:
        """The items of a text that is a list with commas; empty where there is no such text."""
        parts = self.format_text(key).split(",") if self.has_text(key) else []
        return tuple(part.strip() for part in parts if part.strip())

    def _format_keywords(self, key: str, /, **args: FluentValue) -> str:
        return self.format_text(key, args)

    def _argument_names(self, key: str) -> frozenset[str] | None:
        """The arguments that the text uses, in any language. None: unknown, because it includes another text."""
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
                raise MissingTextError(f"{self.files[0].name}: {key} cannot be rendered: {errors[0]}; correct the text")
            return _restore_long_arguments(str(text), long_values)
        raise MissingTextError(f"{self.files[0].name}: {key} is missing; add a text with that name")

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
    """Collects the arguments that patterns use. `has_references`: they include other texts, which may use more."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.has_references = False

    def visit_VariableReference(self, node: tree.VariableReference) -> None:  # noqa: N802 - the library's name for it
        self.names.add(node.id.name)

    def visit_MessageReference(self, _: tree.MessageReference) -> None:  # noqa: N802 - the library's name for it
        self.has_references = True


def _extract_long_arguments(args: Mapping[str, FluentValue]) -> tuple[dict[str, FluentValue], list[str]]:
    """The arguments with a placeholder for each long one, and the long ones, which are put in after rendering."""
    # Fluent rejects arguments of more than 2,500 characters (its resolver, MAX_PART_LENGTH): four comments are longer.
    inline_arguments: dict[str, FluentValue] = {}
    long_values: list[str] = []
    for name, value in args.items():
        cleaned = value.replace("\ue000", "") if isinstance(value, str) else value
        if isinstance(cleaned, str) and len(cleaned) > MAX_INLINE_LENGTH:
            long_values.append(cleaned)
            cleaned = f"\ue000{len(long_values) - 1}\ue000"
        inline_arguments[name] = cleaned
    return inline_arguments, long_values


def _restore_long_arguments(text: str, long_values: list[str]) -> str:
    return _PLACEHOLDER_PATTERN.sub(lambda match: long_values[int(match[1])], text)


def _read_bundle(locale: str, file: Traversable) -> FluentBundle:
    try:
        # Nobody reads the positions of nodes, which would take as much memory again.
        resource = FluentParser(with_spans=False).parse(file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise MissingTextError(f"{file.name}: this is not UTF-8 text; save it as UTF-8") from error
    junk = next((entry for entry in resource.body if isinstance(entry, tree.Junk)), None)
    if junk is not None:
        first_line = (junk.content or "").strip().splitlines()[0]
        raise MissingTextError(f"{file.name}: this is not valid Fluent: {first_line!r}; correct the lines around it")
    bundle = FluentBundle([locale], use_isolating=False)  # all our languages run left to right so far
    bundle.add_resource(resource)
    return bundle
