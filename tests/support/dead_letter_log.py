"""What is logged and said when an update becomes a dead letter."""

import pytest

from bot.render.localization import DEFAULT_LANGUAGE, load_bot_texts
from tests.support.deployments import DEPLOYMENTS

APOLOGY_TEXT = load_bot_texts(DEFAULT_LANGUAGE).format_text("apology")


DEAD_LETTER_EVENT = "update moved to dead letters"


ON_ALL_DEPLOYMENTS = pytest.mark.deployments(*DEPLOYMENTS)
