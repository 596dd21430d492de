"""An invitation to print and hang on a door, or to forward: a title, a few words in each language, a QR code."""

from __future__ import annotations

import io
from dataclasses import dataclass

import segno
from PIL import Image, ImageDraw

from bot.views.lettering import Place, draw, fitted

WIDTH, HEIGHT = 1080, 1350
MAX_BYTES = 150_000
# Green that comes out black on a printer without colours.
INK, PAPER, GREEN = "#101512", "#ffffff", "#12492f"
EDGE, FRAME, MARGIN = 40, 6, 96  # where the frame is, how thick, and where letters begin
WITHIN = WIDTH - 2 * MARGIN
# On one line if it is large there; else on two, then three.
TITLES = [
    Place(WITHIN, 250, range(largest, smallest, -4), spacing=1.14, lines=lines)
    for largest, smallest, lines in ((112, 80, 1), (108, 68, 2), (72, 40, 3))
]
TEXTS_WIDTH, TEXT_SIZES = WITHIN - 24, range(58, 21, -2)
ADDRESS = Place(WITHIN, 100, range(32, 17, -2), lines=3)
FOOTER = Place(WITHIN, 66, range(26, 17, -2), lines=2)
CODE = 430  # the side of the QR code
QUIET_SQUARES = 4  # kept white around the code. Source: ISO/IEC 18004
CODE_CHARACTERS = 300  # more makes squares too small for a phone at arm's length


@dataclass(frozen=True)
class Poster:
    """What a poster says: `texts` is one block a language, `address` what the QR code holds."""

    title: str
    texts: tuple[str, ...]
    address: str
    footer: str = ""


def drawn(poster: Poster) -> bytes:
    """Return a JPEG, 1080 wide and 1350 high, of at most 150 KB.

    Words too long for their place are set smaller, then cut; characters that the font has not are left out.
    An address too long to be scanned stands there in letters alone.
    """
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    pen = ImageDraw.Draw(image)
    for inside, width in ((0, FRAME), (FRAME + 6, 2)):
        edge = EDGE + inside
        pen.rectangle((edge, edge, WIDTH - edge, HEIGHT - edge), outline=GREEN, width=width)
    top = _title(pen, poster.title)
    bottom = _foot(image, poster)
    _texts(pen, poster.texts, top + 24, bottom)
    return _compressed(image)


def _title(pen: ImageDraw.ImageDraw, title: str) -> int:
    """Draw title and ornament; return where the room below them begins."""
    words = fitted((title,), *TITLES)
    draw(pen, words, MARGIN, GREEN, bold=True)
    middle = MARGIN + words.height + 40
    for left in (-170, 34):
        pen.rectangle((WIDTH // 2 + left, middle - 2, WIDTH // 2 + left + 136, middle + 2), GREEN)
    _diamond(pen, middle, 14)
    return middle + 14


def _diamond(pen: ImageDraw.ImageDraw, middle: int, radius: int) -> None:
    x = WIDTH // 2
    pen.polygon([(x - radius, middle), (x, middle - radius), (x + radius, middle), (x, middle + radius)], GREEN)


def _texts(pen: ImageDraw.ImageDraw, texts: tuple[str, ...], top: int, bottom: int) -> None:
    """Draw the blocks in the middle of their room, a small diamond between two."""
    words = fitted(texts, Place(TEXTS_WIDTH, bottom - top, TEXT_SIZES))
    top += (bottom - top - words.height) // 2
    draw(pen, words, top, INK)
    middles = [middle for _, middle in words.middles(top)]
    for at in words.breaks:
        # Letters hang a little low in their line, so the middle looks too high.
        _diamond(pen, (middles[at - 1] + middles[at]) // 2 + words.size // 12, 7)


def _foot(image: Image.Image, poster: Poster) -> int:
    """Draw footer, address and code, from below; return where the room above them ends."""
    pen = ImageDraw.Draw(image)
    bottom = HEIGHT - EDGE - 36
    for words, place in ((poster.footer, FOOTER), (poster.address, ADDRESS)):
        lettering = fitted((words,), place)
        bottom -= lettering.height
        draw(pen, lettering, bottom, INK)
        bottom -= 8 if lettering.lines else 0
    code = _code(poster.address)
    if code is None:
        return bottom - 20
    image.paste(code, ((WIDTH - code.width) // 2, bottom - code.height))
    return bottom - code.height


def _code(address: str) -> Image.Image | None:
    """Return the QR code on its white, whole pixels a square so that no edge is grey; None when nobody could scan it."""
    if not address or len(address) > CODE_CHARACTERS:
        return None
    try:
        rows = list(segno.make_qr(address, error="m").matrix_iter(border=QUIET_SQUARES))
    except ValueError:
        return None
    squares = Image.frombytes("L", (len(rows), len(rows)), bytes(0 if dark else 255 for row in rows for dark in row))
    side = len(rows) * (CODE // (len(rows) - 2 * QUIET_SQUARES))
    return squares.resize((side, side), Image.Resampling.NEAREST).convert("RGB")


def _compressed(image: Image.Image) -> bytes:
    # Two colours need few bytes; a page full of small letters needs a step down. Full colour keeps edges sharp.
    for quality in (90, 75, 55, 35, 20, 10):
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality, subsampling=0, optimize=True)
        if file.tell() <= MAX_BYTES:
            break
    return file.getvalue()
