"""A certificate of participation: one page that prints on A4, in every language of the association."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PIL import Image, ImageDraw

from bot.i18n import Reader
from bot.messages import Document
from bot.views.announcement_copies import plain
from bot.views.lettering import Place, draw, fitted
from bot.views.volunteer_words import figure, need_name
from db.models import HelpCall, Need

WIDTH, HEIGHT = 1240, 1754  # A4 at 150 dots an inch
INK, PAPER, GREEN = "#101512", "#ffffff", "#12492f"
EDGE, MARGIN = 60, 130
TITLE = Place(WIDTH - 2 * MARGIN, 260, range(76, 40, -4), spacing=1.2, lines=3)
NAME = Place(WIDTH - 2 * MARGIN, 150, range(96, 40, -4), lines=1)
BODY = Place(WIDTH - 2 * MARGIN, 900, range(44, 21, -1))
LISTED = 8


@dataclass(frozen=True)
class Certificate:
    """What it says: whose it is, a block a language, what was done, where and when it was made."""

    association: str
    name: str
    blocks: tuple[str, ...]


def of(name: str, given: Sequence[tuple[HelpCall, Need, float]], readers: Sequence[Reader], *, now: datetime) -> Certificate:
    """Return what a certificate says of these hours."""
    hours = figure(sum(one for _, _, one in given))
    blocks = tuple(
        plain(reader.say("volunteers.certificate", name=name, hours=hours, day=reader.date(now),
                         association=reader.say("association.name"))) for reader in readers
    )  # fmt: skip
    first = readers[0]
    done = "\n".join(
        f"{plain(need_name(need, first))}, {first.short_date(need.starts_at) if need.starts_at else ''} : {figure(one)} h"
        for _, need, one in given[-LISTED:]
    )
    return Certificate(first.say("association.name"), name, (*blocks, done))


def drawn(certificate: Certificate) -> Document:
    """Return a PNG of one A4 page; a document, so that Telegram leaves it sharp."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    for inside, width in ((0, 6), (14, 2)):
        edge = EDGE + inside
        pen.rectangle((edge, edge, WIDTH - edge, HEIGHT - edge), outline=GREEN, width=width)
    title = fitted((certificate.association,), TITLE)
    draw(pen, title, MARGIN + 40, GREEN, bold=True)
    name = fitted((certificate.name,), NAME)
    top = MARGIN + 40 + title.height + 90
    draw(pen, name, top, INK, bold=True)
    top += name.height + 70
    draw(pen, fitted(certificate.blocks, BODY), top, INK)
    file = io.BytesIO()
    image.quantize(32).save(file, "PNG", optimize=True, dpi=(150, 150))
    return Document("attestation.png", file.getvalue())
