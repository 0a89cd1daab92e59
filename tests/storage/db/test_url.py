"""Mistakes in DATABASE_URL are reported with the correction and without the password."""

from pathlib import Path

import pytest

from storage.db.url import format_safe_url, parse_url
from storage.errors import StorageUnreadableError


@pytest.fixture(autouse=True)
def _working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("address", "expected"),
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
def test_a_mistake_in_the_address_is_reported_with_the_correction(address: str, expected: str) -> None:
    with pytest.raises(StorageUnreadableError) as error_info:
        parse_url(address)
    assert str(error_info.value) == f"DATABASE_URL {expected}"


@pytest.mark.parametrize("password", ["hu/sh", "hu#sh", "hu:sh", "hu?sh", "hu%40sh", "hu%25sh"])
@pytest.mark.parametrize("kind", ["postgres", "postgresql", "postgresql+psycopg"])
def test_other_special_characters_in_a_password_are_accepted(kind: str, password: str) -> None:
    url = parse_url(f"{kind}://me:{password}@host/bot")
    assert (url.host, url.database) == ("host", "bot")
    assert url.password == password.replace("%40", "@").replace("%25", "%")
    assert format_safe_url(url) == "postgresql://me:***@host/bot"


def test_a_relative_folder_may_have_the_name_of_a_root_folder(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    assert format_safe_url(parse_url("sqlite:///var/x.db")) == str(tmp_path / "var" / "x.db")
