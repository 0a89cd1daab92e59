"""The sizes of the chaos tests: short in every run of the tests, long in `make chaos`, or as the environment says."""

import os

IS_LONG_RUN = "CHAOS" in os.environ
KILL_COUNT = int(os.environ.get("KILLS", "100" if IS_LONG_RUN else "20"))
CROWD_SIZE = int(os.environ.get("PEOPLE", "300" if IS_LONG_RUN else "30"))
# After which a person taps again. A start takes long on a busy machine, and the next kill may come right after.
REPLY_TIMEOUT_SECONDS = 600 if IS_LONG_RUN else 60
TEST_TIMEOUT_SECONDS = 3600 if IS_LONG_RUN else 120
