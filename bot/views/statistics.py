"""What was asked, in words with bars, and as a picture that reads on a phone."""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from bot.domain.askings import Statistics
from bot.i18n import Reader
from bot.messages import OutgoingMessage
from bot.views import buttons
from bot.views.desk import short

FONT = Path(__file__).parent.parent / "fonts" / "NotoSans-Regular.ttf"
BAR = 10
WIDTH, MARGIN, ROW = 1080, 60, 120
INK, PAPER, GREEN, PALE = "#1d2b24", "#ffffff", "#1f7a4d", "#e3efe8"
NAMED = 5


def questions(found: Statistics, title_of: Callable[[str], str], reader: Reader) -> OutgoingMessage:
    """Most asked, not known, how fast people answer."""
    lines = [
        reader.say("statistics.title", days=30),
        reader.say("statistics.counts", asked=found.asked, known=found.known, offered=found.offered, unknown=found.unknown),
        *bars([(title_of(name), count) for name, count in found.most[:NAMED]]),
    ]
    if found.missed:
        lines += [
            reader.say("statistics.missed"),
            *(f"• {html.escape(short(text)[:60], quote=False)}" for text in found.missed),
        ]
    lines.append(_delays(found, reader))
    return OutgoingMessage("\n".join(lines), buttons=((buttons.home(reader),),))


def bars(rows: Sequence[tuple[str, int]]) -> list[str]:
    """Return a line with a bar for each (words, count)."""
    most = max((count for _, count in rows), default=1)

    def bar(count: int) -> str:
        return "▇" * max(1, round(BAR * count / most)) if count else "▁"

    return [f"{bar(count)} {count} · {html.escape(title, quote=False)}" for title, count in rows]


def _delays(found: Statistics, reader: Reader) -> str:
    hours = found.median_hours
    figure = "–" if hours is None else f"{hours:.1f}".replace(".", ",") if hours < 10 else str(round(hours))
    return reader.say("statistics.delays", answered=found.answered, waiting=found.waiting, hours=figure)


def picture(found: Statistics, title_of: Callable[[str], str], reader: Reader) -> OutgoingMessage:
    """The same as bars in a picture: few words, large."""
    rows = [(title_of(name), count) for name, count in found.most[:NAMED]]
    rows += [(reader.say("statistics.not_known"), found.unknown)] if found.unknown else []
    return OutgoingMessage(picture=drawn(reader.say("statistics.picture", days=30), rows), buttons=((buttons.home(reader),),))


def drawn(title: str, rows: Sequence[tuple[str, int]]) -> bytes:
    """Return a PNG of horizontal bars, 1080 wide: a title, then each row's words above its bar."""
    height = 2 * MARGIN + ROW + max(1, len(rows)) * ROW
    image = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(image)
    large, small = ImageFont.truetype(FONT, 56), ImageFont.truetype(FONT, 38)
    pen.text((MARGIN, MARGIN), title, INK, large)
    most = max((count for _, count in rows), default=1) or 1
    full = WIDTH - 2 * MARGIN - 120
    for number, (words, count) in enumerate(rows):
        top = MARGIN + ROW + number * ROW
        pen.text((MARGIN, top), words[:44], INK, small)
        pen.rounded_rectangle((MARGIN, top + 56, MARGIN + full, top + 92), 10, PALE)
        pen.rounded_rectangle((MARGIN, top + 56, MARGIN + max(20, round(full * count / most)), top + 92), 10, GREEN)
        pen.text((MARGIN + full + 20, top + 50), str(count), INK, small)
    file = io.BytesIO()
    image.quantize(32).save(file, "PNG", optimize=True)
    return file.getvalue()
