"""Slips in a database's address are said with what to write instead, and without the password."""

from pathlib import Path

import pytest

from storage.db.url import format_safe_url, parse_url
from storage.errors import StorageUnreadableError


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("sqlite://data/x.db", "lacks a slash: write sqlite:///data/x.db."),
        ("sqlite://x.db", "lacks a slash: write sqlite:///x.db."),
        ("sqlite:///data/", "names a folder: write sqlite:///data/connection-test.db."),
        ("sqlite:///.", "names a folder: write sqlite:///connection-test.db."),
        (
            "sqlite:///var/lib/x.db",
            "is a relative path, and there is no folder var here: write sqlite:////var/lib/x.db.",
        ),
        (
            "postgresql://me:hu@sh@host/bot",
            "has more than one @: write %40 for an @ in a name or password.",
        ),
        (
            "postgres://me:hu@s/h@host/bot",
            "has more than one @: write %40 for an @ in a name or password.",
        ),
        ("postgresql://me:hush@host", "names no database: add it as in postgresql://user:password@host/name."),
    ],
)
def test_a_slip_is_said_with_what_to_write_instead(address: str, says: str) -> None:
    with pytest.raises(StorageUnreadableError) as refused:
        parse_url(address)
    assert str(refused.value) == f"DATABASE_URL {says}"


@pytest.mark.parametrize("password", ["hu/sh", "hu#sh", "hu:sh", "hu?sh", "hu%40sh", "hu%25sh"])
@pytest.mark.parametrize("kind", ["postgres", "postgresql", "postgresql+psycopg"])
def test_other_marks_do_no_harm_in_a_password(kind: str, password: str) -> None:
    url = parse_url(f"{kind}://me:{password}@host/bot")
    assert (url.host, url.database) == ("host", "bot")
    assert url.password == password.replace("%40", "@").replace("%25", "%")
    assert format_safe_url(url) == "postgresql://me:***@host/bot"


def test_a_folder_here_may_be_called_like_one_at_the_root(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    assert format_safe_url(parse_url("sqlite:///var/x.db")) == str(tmp_path / "var" / "x.db")
