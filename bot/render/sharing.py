"""What a coordinator is given, put into messages, pictures and files. Pure."""

import re
import unicodedata
from html import escape

from bot.graphics.drawing import Shared
from bot.graphics.poster import Invitation
from bot.render.buttons import BEFORE, desk_button, link, link_for_groups
from bot.render.localization import Voice, date_in, spoken
from bot.render.messages import Alert, Button, Download, Message, Page, Picture, Say
from flows.campaign import Link
from flows.events import coordinator


# @@DOC What a campaign's poster, its picture and the message to pass on say.
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


ENDINGS: dict[coordinator.Format, str] = {"xlsx": "xlsx", "sav": "sav", "package": "zip"}
LONGEST_NAME = 40  # signs of a file's name, without its day


def tell_given(event: coordinator.ExportEvent, voice: Voice) -> Say:
    """What is said of one event."""
    match event:
        case coordinator.InviteGiven():
            return Message(words_to_pass_on(event.link, voice.me, event.language))
        case coordinator.ShapeGiven():
            return _shape(event, voice)
        case coordinator.ShareTold():
            return _share(event.link, voice)
        case coordinator.ShareRefused():
            return Message(voice.say("share_refused", _about(event.link, voice)), (_page(event.link, voice),))
        case coordinator.DownloadOffered():
            return _offer(event, voice)
        case coordinator.DownloadBegun():
            return Message(voice.say("download_begun"))
        case coordinator.DownloadGiven():
            return _file(event, voice)
        case coordinator.GivenAlready():
            return Alert(voice.say("given_already"))


def name_of(about: str, code: str) -> str:
    """What a campaign's files are called: its subject in plain letters, or its code where that leaves none."""
    plain = unicodedata.normalize("NFKD", about).encode("ascii", "ignore").decode().casefold()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return (name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME].rpartition("-")[0]) or code


def _shape(event: coordinator.ShapeGiven, voice: Voice) -> Picture | Page:
    drawing = Shared(invitation_of(event.link, voice.me, event.language), event.shape)
    instead = voice.say(f"share_{event.shape}_undrawn")
    if event.shape == "picture":  # it is passed on with its caption: a link on a picture can't be pressed
        return Picture(drawing, link_to_pass_on(event.link, voice.me, event.language), instead)
    caption = voice.say(f"share_{event.shape}")
    if event.shape == "poster":
        return Page(f"{name_of(event.link.about, event.link.code)}.pdf", drawing, caption, instead)
    return Picture(drawing, caption, instead)


def _share(of: Link, voice: Voice) -> Message:
    links = {"group": link_for_groups(voice.me, of.code), "results": link(voice.me, BEFORE + of.results)}
    text = voice.say("share_told", {**_about(of, voice), **links})
    return Message(text, (_page(of, voice), desk_button(voice, "desk")))


def _offer(event: coordinator.DownloadOffered, voice: Voice) -> Message:
    key = "download_offered" if event.formats else "download_early"
    formats = (desk_button(voice, f"desk_{one}", event.link.code) for one in event.formats)
    return Message(voice.say(key, _about(event.link, voice)), (*formats, _page(event.link, voice)))


def _file(event: coordinator.DownloadGiven, voice: Voice) -> Download:
    of, about = event.link, _about(event.link, voice)
    ways = desk_button(voice, "desk_download_more", of.code), _page(of, voice)

    def instead(why: str) -> Message:
        return Message(voice.say(f"download_{why}", {**about, "code": of.code}), ways)

    return Download(
        of.code,
        event.format,
        f"{name_of(of.about, of.code)}-{event.on.isoformat()}.{ENDINGS[event.format]}",
        voice.say(f"download_{event.format}", about),
        ways,
        lambda hundredths: voice.say("download_progress", {"part": hundredths}),
        instead,
    )


def _about(of: Link, voice: Voice) -> dict[str, str]:
    return {"about": voice.subject(of.about)}


def _page(of: Link, voice: Voice) -> Button:
    return desk_button(voice, "desk_back", of.code)
