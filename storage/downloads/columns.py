"""What a column of a download holds, and what its codes mean."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Value:
    """A code and what it means. `missing`: there is nothing to count with."""

    code: str
    label: str
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it holds, its codes. Where it has a unit, it holds numbers, and codes for the rest.

    `short`: what a question is called in the chat and in the chart.
    """

    name: str
    label: str
    codes: tuple[Value, ...] = ()
    unit: str = ""
    short: str = ""

    @property
    def is_number(self) -> bool:
        return bool(self.unit)

    @property
    def missing(self) -> list[str]:
        """The codes that are no value."""
        return [value.code for value in self.codes if value.missing]

    def label_of(self, code: str) -> str:
        """What a code means; the code itself where nothing says so."""
        return next((value.label for value in self.codes if value.code == code), code)
