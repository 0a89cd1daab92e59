"""What all tests share. HYPOTHESIS_PROFILE=long looks much longer, and elsewhere each time, for what breaks a law."""

import os

from hypothesis import settings

settings.register_profile("ci", deadline=None, derandomize=True, max_examples=100, stateful_step_count=30)
settings.register_profile("long", deadline=None, max_examples=3000, stateful_step_count=60)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
