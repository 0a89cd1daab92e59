"""How much of it: short in every run of the tests, long in `make chaos`. Each number may be set in the environment."""

import os

LONG = "CHAOS" in os.environ
KILLS = int(os.environ.get("KILLS", "100" if LONG else "20"))
PEOPLE = int(os.environ.get("PEOPLE", "300" if LONG else "30"))
PATIENCE = 600 if LONG else 60  # seconds: on a busy machine a start takes long, and the next kill may come right after
SECONDS = 3600 if LONG else 120
