"""What a campaign's poster, its picture and the message to pass on say."""

from html import escape

from bot.linking import link
from bot.pictures.inviting import Invitation
from bot.words import date_in, spoken
from flows.link import Link


def invitation_of(of: Link, me: str, language: str) -> Invitation:
    """The invitation to a campaign. `me`: the bot's username."""
    return Invitation(link(me, of.code), of.about, of.asker, _promise(of, language), of.welcome, language)


def words_to_pass_on(of: Link, me: str, language: str) -> str:
    """A message that asks people to answer, as HTML: in plain words, and whole for whoever gets it on its own."""
    words = spoken(language)
    about = escape(of.about) or words.text("about_anything")
    said = [words.text("pass_on_asker" if of.asker else "pass_on", {"about": about, "asker": escape(of.asker)})]
    said += [words.text("pass_on_welcome", {"welcome": escape(of.welcome)})] if of.welcome else []
    said += [words.text("pass_on_how")]
    said += [words.text("pass_on_promise", {"promise": escape(_promise(of, language))})] if of.promise else []
    return "\n\n".join([*said, link_to_pass_on(of, me, language)])


def link_to_pass_on(of: Link, me: str, language: str) -> str:
    """One line, and the link to press."""
    return spoken(language).text("pass_on_link", {"link": link(me, of.code)})


def _promise(of: Link, language: str) -> str:
    """With the day, where it has one."""
    day = of.promised_by
    if not (of.promise and day):
        return of.promise
    words = spoken(language)
    return of.promise + words.text("promised_by", {"date": date_in(words, day)})
