"""From a template and variables to a letter: subject, HTML in our frame, text, and its tracked links; then MIME."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr
from html import unescape
from pathlib import Path
from typing import Any

from css_inline import CSSInliner
from django.conf import settings as house
from django.utils.translation import gettext as _
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from zhiji.flow.deliver import tokens
from zhiji.flow.deliver.models import PICTURES, DeliverySettings, Message
from zhiji.flow.deliver.sandbox import door
from zhiji.flow.deliver.textpart import collapsed
from zhiji.flow.deliver.variables import LINKS_OF_NOBODY
from zhiji.flow.deliver.wording import Wording

LETTERS = Path(__file__).parent / "letters"
MOST_LINKS = 100
WIRE = compat32.clone(linesep="\r\n", max_line_length=0)
_frames = Environment(loader=FileSystemLoader(LETTERS), autoescape=True)  # our own frames, not users' templates
_inliner = CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)  # what narrow screens need stays a rule
_HREF = re.compile(r"""(<a\b[^>]*?\bhref\s*=\s*)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[a-z0-9\[][a-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*", re.IGNORECASE)  # as RFC 3986 has it


@dataclass
class Letter:
    """A filled-in mail. `links` are where its tracked links lead, by index; `empty` the variables that left a hole."""

    subject: str
    html: str
    text: str
    links: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)


def written(subject: str, text: str) -> Wording:
    """The wording of what a person wrote without a template: paragraphs, and nothing is a variable."""
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]
    html = "".join(f"<p>{_linked(part)}</p>" for part in paragraphs).replace("\n", "<br>")
    return Wording(_literal(subject), _literal(html), _literal(text))


def _linked(text: str) -> str:
    """A paragraph as HTML, its addresses as links."""
    found, end = [], 0
    for address in _ADDRESS.finditer(text):
        url = escape(bare_address(address[0]))
        found += [escape(text[end : address.start()]), Markup('<a href="{0}">{0}</a>').format(url)]
        end = address.start() + len(bare_address(address[0]))
    return "".join([*found, escape(text[end:])])


def bare_address(found: str) -> str:
    """An address without the marks of the sentence around it: a closing dot, comma, quote, or bracket never opened."""
    while found:
        last = found[-1]
        opened = {")": "(", "]": "["}.get(last)
        if last not in ".,:;!?'" and (opened is None or found.count(opened) >= found.count(last)):
            break
        found = found[:-1]
    return found


def _literal(text: str) -> str:
    return "{% raw %}" + text.replace("{%", "{\u200b%") + "{% endraw %}"


def fill(
    wording: Wording, variables: Mapping[str, Any], settings: DeliverySettings, *, message_id: int | None
) -> Letter:
    """Fill a wording in. With a message id its links are tracked and the pixel is in; without, it is a preview.

    Raises TemplateRefused.
    """
    links = LINKS_OF_NOBODY
    if message_id:
        token = tokens.make(tokens.PREFERENCES, message_id)
        links = {"unsubscribe_url": tokens.link("u", token), "preferences_url": tokens.link("p", token)}
    filled = door.fill(wording.sources, {**variables, **links})
    subject = " ".join(filled.texts[0].split())[:300]
    frame = {
        "subject": subject,
        "content": Markup(filled.texts[1]),  # noqa: S704 - made by the sandbox, escaped
        "settings": settings,
        **links,
        "pixel": tokens.link("o", tokens.make(tokens.OPEN, message_id) + ".gif") if message_id else "",
        "text": collapsed(filled.texts[2]) if wording.follows else filled.texts[2].strip(),
    }
    letter = Letter(
        subject=subject,
        html=_as_programmes_show_it(_frames.get_template("frame.html").render(frame)),
        text=_frames.get_template("frame.txt").render(frame),
        empty=filled.empty,
    )
    if message_id:
        _track(letter, message_id)
    return letter


def _as_programmes_show_it(html: str) -> str:
    """With its looks at each element, as many programmes drop style sheets, and our pictures by their whole address."""
    return _inliner.inline(html).replace(f' src="{PICTURES}', f' src="{house.PUBLIC_URL}{PICTURES}')


def _track(letter: Letter, message_id: int) -> None:
    """Lead every outward link over our redirect; other schemes than http and mail are taken out."""
    own = tokens.link("", "").rstrip("/")

    def tracked(url: str) -> str:
        if url.startswith(own):
            return url
        if url not in letter.links:
            if len(letter.links) >= MOST_LINKS:
                return url
            letter.links.append(url)
        return tokens.link("c", tokens.make(tokens.CLICK, message_id, letter.links.index(url)))

    def in_html(found: re.Match[str]) -> str:
        url = unescape(found[2] or found[3] or found[4] or "").strip()
        if url.startswith(("http://", "https://")):
            url = tracked(url)
        elif not url.startswith(("mailto:", "tel:", "#")):
            url = "#"
        return f'{found[1]}"{escape(url)}"'

    def in_text(found: re.Match[str]) -> str:
        url = bare_address(found[0])
        return tracked(url) + found[0][len(url) :]

    letter.html = _HREF.sub(in_html, letter.html)
    letter.text = _ADDRESS.sub(in_text, letter.text)


def message_id_of(send_key: str, settings: DeliverySettings) -> str:
    """The Message-ID: always the same for one send key, so that a repeat is known as one by whoever receives it."""
    return f"<{hashlib.blake2b(send_key.encode(), digest_size=16).hexdigest()}@{domain_of(settings)}>"


def domain_of(settings: DeliverySettings) -> str:
    return settings.sender_address.rpartition("@")[2]


def mime(letter: Letter, message: Message, to: str, settings: DeliverySettings, at: datetime) -> bytes:
    """The mail as it goes over the wire. Raises ValueError for an address that can't stand in a header.

    Made of the older, much faster classes of `email`, as the newer ones take most of a sender's time.
    """
    mail = MIMEMultipart("alternative", policy=WIRE)
    mail["From"] = header_address(settings.sender_name, settings.sender_address)
    mail["To"] = header_address("", to)
    mail["Subject"] = Header(letter.subject, "utf-8")  # type: ignore[assignment]
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id_of(message.send_key, settings)
    if settings.reply_to:
        mail["Reply-To"] = header_address("", settings.reply_to)
    if message.purpose == "marketing":
        address = tokens.link("u", tokens.make(tokens.PREFERENCES, message.pk))
        mail["List-Unsubscribe"] = f"<{address}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail["Precedence"] = "bulk"
    mail["Auto-Submitted"] = "auto-generated" if message.by_id is None else "no"
    mail.attach(MIMEText(letter.text, "plain", "utf-8", policy=WIRE))
    mail.attach(MIMEText(letter.html, "html", "utf-8", policy=WIRE))
    return mail.as_bytes()


def header_address(name: str, address: str) -> str:
    """An address header. Raises ValueError for what would break the line or isn't ASCII."""
    if not address.isascii() or any(one.isspace() or one in "<>,;" for one in address):
        raise ValueError(_("地址里有邮件不能写的字符，请改正"))
    return formataddr((" ".join(name.split()), address))
