"""Words are looked at once more when they are sealed: a run may have begun before anybody looked."""

from flows.run import Answer, Run, Said
from storage.database import Database
from storage.sealed.envelope import seal
from tests.storage.sent import said

TYPED = "Mary, 07700 900456"


def sealed(database: Database, *parts: Said) -> list[str]:
    """The comment that is kept of an answer in these parts."""
    given = Answer(said=parts)
    run = Run("", "connection_test", 1, "en", answers={"informed_why": given})
    with database.transaction() as tx:
        seal(tx, database.cipher, run, 1, {"informed_why": given.value}, "receipt")
    return said(database)["informed_why"]


def test_what_is_sure_is_taken_out_and_a_name_is_not(database: Database) -> None:
    assert sealed(database, Said(TYPED)) == ["Mary, [phone number]"]


def test_words_that_somebody_chose_to_keep_are_kept(database: Database) -> None:
    assert sealed(database, Said(TYPED, whole=True), Said("LS6 2AB")) == [f"{TYPED}\n[postcode]"]


def test_words_of_which_no_run_is_known_are_looked_at_too(database: Database) -> None:
    run = Run("", "connection_test", 1, "en")
    with database.transaction() as tx:
        seal(tx, database.cipher, run, 1, {"informed_why": TYPED}, "receipt")
    assert said(database)["informed_why"] == ["Mary, [phone number]"]
