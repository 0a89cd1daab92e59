import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.deployments import Deployment
from tests.support.exports import list_export_processes, list_files


@pytest.fixture
def temporary_folder(deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that exports are written to. A file left there fails the test."""
    del deployment  # starts the test server first, as it keeps files in the default folder
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def no_leftovers(temporary_folder: Path) -> Iterator[None]:
    yield
    assert (list_files(temporary_folder), list_export_processes()) == ([], [])
