"""A transaction with the cipher of its database: the first argument of storage functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVarTuple, overload

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.sql.selectable import TypedReturnsRows

from storage.db.encryption import Cipher

Columns = TypeVarTuple("Columns")
Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


@dataclass(frozen=True, slots=True)
class Session:
    """One transaction on `connection`. `cipher` encrypts what is written and decrypts what is read."""

    connection: Connection
    cipher: Cipher

    @overload
    def execute(
        self, statement: TypedReturnsRows[*Columns], parameters: Parameters = None, **options: Any
    ) -> CursorResult[*Columns]: ...

    @overload
    def execute(
        self, statement: Executable, parameters: Parameters = None, **options: Any
    ) -> CursorResult[*tuple[Any, ...]]: ...

    def execute(self, statement: Executable, parameters: Parameters = None, **options: Any) -> CursorResult[Any]:
        """Runs a statement in the transaction. Raises SQLAlchemy's `DBAPIError`."""
        return self.connection.execute(statement, parameters, **options)
