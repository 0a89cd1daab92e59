"""What a campaign's poster and picture say."""

from bot.linking import link
from bot.pictures.inviting import Invitation
from bot.words import date_in, spoken
from flows.link import Link


def invitation_of(of: Link, me: str, language: str) -> Invitation:
    """The invitation to a campaign. `me`: the bot's username."""
    return Invitation(link(me, of.code), of.about, of.asker, _promise(of, language), of.welcome, language)


def _promise(of: Link, language: str) -> str:
    """With the day, where it has one."""
    day = of.promised_by
    if not (of.promise and day):
        return of.promise
    words = spoken(language)
    return of.promise + words.text("promised_by", {"date": date_in(words, day)})
