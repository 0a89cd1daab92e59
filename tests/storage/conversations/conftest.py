from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from storage.db.database import Database, open_database
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.worker_threads import WORKERS


@pytest.fixture
def workers(postgresql_url: str) -> Iterator[list[Database]]:
    with ExitStack() as stack:
        yield [stack.enter_context(closing(open_database(postgresql_url, TEST_SECRET_KEY))) for _ in range(WORKERS)]
