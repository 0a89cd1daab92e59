"""How much of it: short in every run of the tests, long in `make chaos`. Each number may be set in the environment."""

import os

IS_LONG_RUN = "CHAOS" in os.environ
KILL_COUNT = int(os.environ.get("KILLS", "100" if IS_LONG_RUN else "20"))
CROWD_SIZE = int(os.environ.get("PEOPLE", "300" if IS_LONG_RUN else "30"))
PATIENCE_SECONDS = (
    600 if IS_LONG_RUN else 60
)  # seconds: on a busy machine a start takes long, and the next kill may come right after
TEST_TIMEOUT_SECONDS = 3600 if IS_LONG_RUN else 120
