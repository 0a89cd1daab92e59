"""What a coordinator is given, put into messages, pictures and files. Pure."""

import re
import unicodedata

from bot.coordinator.buttons import desk_button
from bot.linking import link, link_for_groups
from bot.pictures.drawing import Shared
from bot.says import Alert, Button, Download, Message, Page, Picture, Say
from bot.speaking import Voice
from bot.together.asking import BEFORE
from bot.together.inviting import invitation_of, link_to_pass_on, words_to_pass_on
from flows import giving
from flows.link import Link

ENDINGS: dict[giving.Format, str] = {"xlsx": "xlsx", "sav": "sav", "package": "zip"}
LONGEST_NAME = 40  # signs of a file's name, without its day


def tell_given(event: giving.AnyEvent, voice: Voice) -> Say:
    """What is said of one event."""
    match event:
        case giving.InviteGiven():
            return Message(words_to_pass_on(event.link, voice.me, event.language))
        case giving.ShapeGiven():
            return _shape(event, voice)
        case giving.ShareTold():
            return _share(event.link, voice)
        case giving.ShareRefused():
            return Message(voice.say("share_refused", _about(event.link, voice)), (_page(event.link, voice),))
        case giving.DownloadOffered():
            return _offer(event, voice)
        case giving.DownloadBegun():
            return Message(voice.say("download_begun"))
        case giving.DownloadGiven():
            return _file(event, voice)
        case giving.GivenAlready():
            return Alert(voice.say("given_already"))


def name_of(about: str, code: str) -> str:
    """What a campaign's files are called: its subject in plain letters, or its code where that leaves none."""
    plain = unicodedata.normalize("NFKD", about).encode("ascii", "ignore").decode().casefold()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return (name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME].rpartition("-")[0]) or code


def _shape(event: giving.ShapeGiven, voice: Voice) -> Picture | Page:
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


def _offer(event: giving.DownloadOffered, voice: Voice) -> Message:
    key = "download_offered" if event.formats else "download_early"
    formats = (desk_button(voice, f"desk_{one}", event.link.code) for one in event.formats)
    return Message(voice.say(key, _about(event.link, voice)), (*formats, _page(event.link, voice)))


def _file(event: giving.DownloadGiven, voice: Voice) -> Download:
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
