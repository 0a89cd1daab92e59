"""What a coordinator is given, put into messages, pictures and files. Pure."""

import re
import unicodedata
from html import escape

from bot.graphics.drawing import ShareMaterial
from bot.graphics.poster import CampaignInvitation
from bot.render.buttons import RESULTS_LINK_PREFIX, make_chat_link, make_coordinator_button, make_group_link
from bot.render.localization import Localizer, format_date, load_bot_texts
from bot.render.messages import Alert, Button, ExportDocument, Message, PdfDocument, Photo, RenderedMessage
from flows.campaign import CampaignInfo
from flows.events import coordinator


# @@DOC What a campaign's poster, its picture and the message to pass on say.
def make_invitation(campaign_info: CampaignInfo, bot_username: str, language: str) -> CampaignInvitation:
    """The invitation to a campaign. `me`: the bot's username."""
    return CampaignInvitation(
        make_chat_link(bot_username, campaign_info.code),
        campaign_info.about,
        campaign_info.asker,
        _render_dated_promise(campaign_info, language),
        campaign_info.welcome,
        language,
    )


def render_share_text(campaign_info: CampaignInfo, bot_username: str, language: str) -> str:
    """A message that asks people to answer, as HTML: in plain words, and whole for whoever gets it on its own."""
    texts = load_bot_texts(language)
    about = escape(campaign_info.about) or texts.format_text("about_anything")
    parts = [
        texts.format_text(
            "pass_on_asker" if campaign_info.asker else "pass_on",
            {"about": about, "asker": escape(campaign_info.asker)},
        )
    ]
    parts += (
        [texts.format_text("pass_on_welcome", {"welcome": escape(campaign_info.welcome)})]
        if campaign_info.welcome
        else []
    )
    parts += [texts.format_text("pass_on_how")]
    parts += (
        [texts.format_text("pass_on_promise", {"promise": escape(_render_dated_promise(campaign_info, language))})]
        if campaign_info.promise
        else []
    )
    return "\n\n".join([*parts, render_share_link(campaign_info, bot_username, language)])


def render_share_link(campaign_info: CampaignInfo, bot_username: str, language: str) -> str:
    """One line, and the link to press."""
    return load_bot_texts(language).format_text(
        "pass_on_link", {"link": make_chat_link(bot_username, campaign_info.code)}
    )


def _render_dated_promise(campaign_info: CampaignInfo, language: str) -> str:
    """With the day, where it has one."""
    day = campaign_info.promised_by
    if not (campaign_info.promise and day):
        return campaign_info.promise
    texts = load_bot_texts(language)
    return campaign_info.promise + texts.format_text("promised_by", {"date": format_date(texts, day)})


FILE_EXTENSIONS: dict[coordinator.ExportFormat, str] = {"xlsx": "xlsx", "sav": "sav", "package": "zip"}
MAX_FILE_NAME_LENGTH = 40  # signs of a file's name, without its day


def render_sharing(event: coordinator.SharingEvent, localizer: Localizer) -> RenderedMessage:
    """What is said of one event."""
    match event:
        case coordinator.ShareMessageShown():
            return Message(render_share_text(event.campaign_info, localizer.bot_username, event.language))
        case coordinator.ShareMediumShown():
            return _render_shape(event, localizer)
        case coordinator.ShareOverviewShown():
            return _render_share_links(event.campaign_info, localizer)
        case coordinator.ShareRefused():
            return Message(
                localizer.get_text("share_refused", _subject_args(event.campaign_info, localizer)),
                (_campaign_page_button(event.campaign_info, localizer),),
            )
        case coordinator.ExportOffered():
            return _render_export_offer(event, localizer)
        case coordinator.ExportStarted():
            return Message(localizer.get_text("download_begun"))
        case coordinator.ExportSent():
            return _make_export_document(event, localizer)
        case coordinator.RequestRepeated():
            return Alert(localizer.get_text("given_already"))


def make_file_name(about: str, campaign_code: str) -> str:
    """What a campaign's files are called: its subject in plain letters, or its code where that leaves none."""
    ascii_name = unicodedata.normalize("NFKD", about).encode("ascii", "ignore").decode().casefold()
    name = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")
    return (
        name if len(name) <= MAX_FILE_NAME_LENGTH else name[:MAX_FILE_NAME_LENGTH].rpartition("-")[0]
    ) or campaign_code


def _render_shape(event: coordinator.ShareMediumShown, localizer: Localizer) -> Photo | PdfDocument:
    drawing = ShareMaterial(make_invitation(event.campaign_info, localizer.bot_username, event.language), event.medium)
    fallback = localizer.get_text(f"share_{event.medium}_undrawn")
    if event.medium == "picture":  # it is passed on with its caption: a link on a picture can't be pressed
        return Photo(drawing, render_share_link(event.campaign_info, localizer.bot_username, event.language), fallback)
    caption = localizer.get_text(f"share_{event.medium}")
    if event.medium == "poster":
        return PdfDocument(
            f"{make_file_name(event.campaign_info.about, event.campaign_info.code)}.pdf", drawing, caption, fallback
        )
    return Photo(drawing, caption, fallback)


def _render_share_links(campaign_info: CampaignInfo, localizer: Localizer) -> Message:
    links = {
        "group": make_group_link(localizer.bot_username, campaign_info.code),
        "results": make_chat_link(localizer.bot_username, RESULTS_LINK_PREFIX + campaign_info.results_code),
    }
    text = localizer.get_text("share_told", {**_subject_args(campaign_info, localizer), **links})
    return Message(text, (_campaign_page_button(campaign_info, localizer), make_coordinator_button(localizer, "desk")))


def _render_export_offer(event: coordinator.ExportOffered, localizer: Localizer) -> Message:
    text_key = "download_offered" if event.formats else "download_early"
    format_buttons = (
        make_coordinator_button(localizer, f"desk_{export_format}", event.campaign_info.code)
        for export_format in event.formats
    )
    return Message(
        localizer.get_text(text_key, _subject_args(event.campaign_info, localizer)),
        (*format_buttons, _campaign_page_button(event.campaign_info, localizer)),
    )


def _make_export_document(event: coordinator.ExportSent, localizer: Localizer) -> ExportDocument:
    campaign_info, text_args = event.campaign_info, _subject_args(event.campaign_info, localizer)
    buttons = (
        make_coordinator_button(localizer, "desk_download_more", campaign_info.code),
        _campaign_page_button(campaign_info, localizer),
    )

    def render_fallback(reason: str) -> Message:
        return Message(localizer.get_text(f"download_{reason}", {**text_args, "code": campaign_info.code}), buttons)

    return ExportDocument(
        campaign_info.code,
        event.format,
        f"{make_file_name(campaign_info.about, campaign_info.code)}-{event.day.isoformat()}.{FILE_EXTENSIONS[event.format]}",
        localizer.get_text(f"download_{event.format}", text_args),
        buttons,
        lambda percent: localizer.get_text("download_progress", {"part": percent}),
        render_fallback,
    )


def _subject_args(campaign_info: CampaignInfo, localizer: Localizer) -> dict[str, str]:
    return {"about": localizer.format_subject(campaign_info.about)}


def _campaign_page_button(campaign_info: CampaignInfo, localizer: Localizer) -> Button:
    return make_coordinator_button(localizer, "desk_back", campaign_info.code)
