"""Whom one answers to, about what, and what comes back: at the welcome, on the way, before sending, and after."""

from html import escape

from bot.speaking import Voice
from flows.link import Link


def asked_by(link: Link | None, voice: Voice) -> list[str]:
    """Whom one answers to, about what, and what comes back when."""
    if link is None:
        return []
    asker, about = escape(link.asker), escape(link.about)
    asked = "asker_about" if asker and about else "asker" if asker else "about"
    lines = [voice.say(f"asked_{asked}", {"asker": asker, "about": about})] if asker or about else []
    lines += [f"“{escape(link.welcome)}”"] if link.welcome else []
    if link.promise:
        lines.append(promised(link, voice))
    return lines


def promised(link: Link, voice: Voice) -> str:
    """What comes back, and by when: of a day that is over, nothing is said."""
    day = link.promised_by
    by = voice.say("promised_by", {"date": voice.date(day)}) if day and not voice.is_past(day) else ""
    return voice.say("promise", {"promise": escape(link.promise), "by": by})


def welcome_back(link: Link, voice: Voice) -> list[str]:
    """Whose questions these are, and about what: the welcome that said so may be days above."""
    told = {"asker": escape(link.asker), "about": escape(link.about)}
    asked = "_".join(name for name, said in told.items() if said)
    return [voice.say(f"welcome_back_{asked}" if asked else "welcome_back", told)]


def whose(link: Link | None, voice: Voice) -> list[str]:
    """The first lines of the check page, in a campaign."""
    told = {"about": link.about, "asker": link.asker} if link else {}
    lines = [voice.say(f"check_{name}", {name: escape(said)}) for name, said in told.items() if said]
    return ["\n".join(lines)] if lines else []


def leads_nowhere(notice: str | None, led: Link, voice: Voice) -> list[str]:
    """Why a link leads nowhere today, and where it would have led."""
    day = voice.date(led.opens_on) if led.opens_on else ""
    return [voice.say(notice, {"led": voice.subject(led.about), "day": day})] if notice else []
