"""Names of settings that there are not: what is misspelt would else be passed over in silence.

`.env` is ours: whatever stands there is named. The environment is everybody's: only what is nearly one of ours.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic_settings import DotEnvSettingsSource

from bot.settings import Settings

OURS = [name.upper() for name in Settings.model_fields]
KNOWN = {*OURS, "BOT_DOMAIN", "POSTGRES_PASSWORD", "WORKERS"}  # compose.yaml reads these three from the same file
PLAIN = re.compile(r"[A-Z][A-Z0-9_]{,30}")  # a secret that lost its name could be taken for one, but is no such
NEAR = 0.85  # of 1, as difflib rates it


@dataclass(frozen=True, slots=True)
class Stranger:
    """A name that is no setting's, and the setting's that is nearest, if one is near."""

    name: str
    nearest: str | None
    in_file: bool

    def __str__(self) -> str:
        fix = f"write {self.nearest}" if self.nearest else "the README lists those that there are"
        return f"{self.name}{' in .env' * self.in_file} is no setting: {fix}."


def strangers() -> Iterator[Stranger]:
    """Those in `.env`, then those in the environment."""
    file = DotEnvSettingsSource(Settings, case_sensitive=True, env_ignore_empty=False).env_vars
    for name in [*file, *sorted(os.environ.keys() - file)]:
        nearest, in_file = _nearest(name), name in file
        if name.upper() not in KNOWN and (nearest or (in_file and PLAIN.fullmatch(name))):
            yield Stranger(name, nearest, in_file)


def _nearest(name: str) -> str | None:
    return next(iter(get_close_matches(name.upper(), OURS, n=1, cutoff=NEAR)), None)
