"""The invariants of replies, with the run saved to a database and loaded from it after every reply."""

import tempfile
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from hypothesis import settings

from flows.engine import handle_reply
from flows.models import Reply
from storage.conversations.chats import lock_chat_for_update
from storage.conversations.runs import UpdateContext, load_run, save_turn, start_run
from storage.db.database import open_database
from tests.support.engine_chat import NOW
from tests.support.postgresql import TEST_SECRET_KEY, create_migrated_database
from tests.support.reply_machine import ReplyMachine


class StoredReplyMachine(ReplyMachine):
    """One person with any replies, and a bot that keeps state in its database only."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.database = self.stack.enter_context(closing(open_database(self.new_database(), TEST_SECRET_KEY)))
        self.update = 0

    def new_database(self) -> str:
        return f"sqlite:///{Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / 'any.db'}"

    def reply(self, reply: Reply) -> None:
        before = self.screen.run
        turn = handle_reply(self.screen.walk, before, self.screen.resolve_reply(reply), NOW)
        super().reply(reply)
        self.update += 1
        context = UpdateContext(self.update, 5_000_000_007, before.flow, before.version, before.language)
        with self.database.transaction() as session:
            save_turn(session, context, before, turn, NOW)
        with self.database.transaction() as session:
            assert not lock_chat_for_update(session, context.chat_id, self.update), "an update was processed twice"
            loaded = load_run(session, context.chat_id) or start_run(session, context)
        loaded = replace(
            loaded, has_responded=before.has_responded
        )  # the database also knows responses of earlier runs
        assert loaded == turn.run if turn.run and turn.run.prompt else not loaded.prompt

    def teardown(self) -> None:
        self.stack.close()


class PostgresqlReplyMachine(StoredReplyMachine):
    """The same on PostgreSQL."""

    def new_database(self) -> str:
        return self.stack.enter_context(create_migrated_database())


TestAnyRepliesSaved, TestAnyRepliesSavedOnPostgreSQL = StoredReplyMachine.TestCase, PostgresqlReplyMachine.TestCase
TestAnyRepliesSaved.settings = settings(max_examples=max(10, settings().max_examples // 6))
TestAnyRepliesSavedOnPostgreSQL.settings = settings(max_examples=max(5, settings().max_examples // 20))
