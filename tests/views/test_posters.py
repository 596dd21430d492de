"""Posters: beautiful is judged by eyes; what a machine can judge is here."""

from __future__ import annotations

import io
import time
from itertools import pairwise

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.views import lettering, posters
from bot.views.posters import Poster, drawn

WORDS = ("Viens avec nous.\nTu es invité comme membre.", "Na an fɛ.\nI welela tɔnden ye.")
INVITATION = Poster("Enndam Diombuxu", WORDS, "https://t.me/enndam_bot?start=k7Qm2xVb", "Kayes · Paris")
LONG = Poster("Assemblée" * 30, ("mot " * 900, "x" * 3000, "€%W@" * 300), "https://example.org/" + "ab" * 200, "pied " * 90)


def opened(jpeg):
    return Image.open(io.BytesIO(jpeg))


def forwarded(jpeg):
    """What arrives after a messenger has made the picture small and coarse."""
    file = io.BytesIO()
    opened(jpeg).resize((720, 900), Image.Resampling.BILINEAR).save(file, "JPEG", quality=40)
    return Image.open(file)


def ink_rows(jpeg):
    """Lines of the picture, between the frame's sides, that are not empty."""
    grey = opened(jpeg).convert("L").point(lambda value: 255 * (value < 128)).crop((70, 70, 1010, 1280))
    return [y for y in range(grey.height) if grey.crop((0, y, grey.width, y + 1)).getbbox()]


@pytest.mark.parametrize("length", [30, 45, 60, 75, 90, 105, 120])
def test_the_code_is_read_after_being_forwarded(length):
    address = ("https://t.me/enndam_bot?start=" + "aZ3-k9_Qm2xVb7" * 8)[:length]

    found = zxingcpp.read_barcodes(forwarded(drawn(Poster("Enndam Diombuxu", WORDS, address))))

    assert [code.text for code in found] == [address]


def test_the_longest_words_leave_the_code_readable():
    address = "https://t.me/enndam_bot?start=" + "k7Qm2xVb9" * 10

    poster = Poster(LONG.title, LONG.texts, address, LONG.footer)

    assert [code.text for code in zxingcpp.read_barcodes(forwarded(drawn(poster)))] == [address]


@pytest.mark.parametrize("poster", [INVITATION, LONG, Poster("", (), ""), Poster("", ("",), "x" * 5000)])
def test_size_weight_and_time_are_kept(poster):
    drawn(INVITATION)  # the font is loaded
    before = time.process_time()

    jpeg = drawn(poster)

    assert time.process_time() - before < 0.5
    assert (opened(jpeg).format, opened(jpeg).size) == ("JPEG", (1080, 1350))
    assert len(jpeg) <= 150_000


texts = st.one_of(
    st.text(max_size=400),
    st.text("aɛWi .,-/\n", max_size=3000),
    st.text("\u0301\u0489ɔ\u202e👩🏿\u200d ", max_size=90),
)


@settings(max_examples=60, deadline=None)
@given(texts, st.lists(texts, max_size=4), texts, texts)
def test_whatever_is_written_the_margin_stays_white(title, blocks, address, footer):
    jpeg = drawn(Poster(title, tuple(blocks), address, footer))

    picture = opened(jpeg).convert("L")
    assert picture.size == (1080, 1350)
    assert len(jpeg) <= 150_000
    for box in ((0, 0, 1080, 34), (0, 1316, 1080, 1350), (0, 0, 34, 1350), (1046, 0, 1080, 1350), (64, 64, 84, 1286)):
        assert picture.crop(box).getextrema()[0] > 150


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, max_size=4), st.integers(60, 900), st.integers(0, 500), st.integers(1, 5))
def test_words_never_leave_their_place(blocks, width, height, lines):
    place = lettering.Place(width, height, range(60, 19, -4), lines=lines)

    found = lettering.fitted(blocks, place)

    assert found.height <= height
    assert len(found.lines) <= lines
    assert all(lettering.font(found.size).getlength(line) <= width + 6 for line in found.lines if len(line) > 1)


def test_title_texts_code_address_and_footer_stand_apart():
    rows = ink_rows(drawn(INVITATION))

    white = [after - before for before, after in pairwise(rows) if after - before > 8]
    # Title, ornament, four lines with a diamond between, code, address, footer.
    assert len(white) == 9


def test_what_the_font_cannot_draw_is_left_out():
    assert drawn(Poster("🌸 Réunion 🌸", ("Viens\u202e 😀!\x07",), "")) == drawn(Poster("Réunion", ("Viens !",), ""))


def test_hooked_letters_are_drawn_each_in_its_shape():
    shapes = {char: bytes(lettering.font(40).getmask(char)) for char in "ɛɔɲŋƐƆƝŊ"}

    assert lettering.fitted(["ɛɔɲŋƐƆƝŊ"], posters.ADDRESS).lines == ("ɛɔɲŋƐƆƝŊ",)
    assert len(set(shapes.values())) == 8


def test_what_is_cut_says_so():
    place = lettering.Place(300, 60, (20,), lines=2)

    assert lettering.fitted(["un deux trois quatre cinq six sept huit neuf dix onze douze treize"], place).lines == (
        "un deux trois quatre cinq six", "sept huit neuf dix onze douze…")  # fmt: skip


def test_an_address_too_long_to_scan_has_no_code():
    assert zxingcpp.read_barcodes(opened(drawn(Poster("", (), "https://example.org/" + "a" * 400)))) == []
