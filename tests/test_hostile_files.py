"""Files that somebody sends: one kind is opened, a list of people; no other is even fetched. Source: FAULTS G6-G8, F17."""

from __future__ import annotations

import io
import resource
import struct
import zipfile
import zlib

import pytest
from sqlalchemy import select

from db.models import DeadLetter, Document, Invitation

TOO_LARGE = "📄 Ce document est trop lourd."
NO_LIST = "📄 Je ne sais pas lire ce document.\nEnvoie un tableau, comme l'exemple."
NAMES = (
    "../../../etc/passwd", "/etc/passwd", "C:\\con", "con", "a\x00b.csv", "x" * 300 + ".csv",
    "facture\u202evsc.exe", "", ".", "..", "-rf", "liste.csv; rm -rf ~", "<b>liste</b>.csv", "=cmd.csv", "%s{0.__class__}.csv",
    "a\r\nX: y.csv",
)
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


async def waits_for_list(house, aminata):
    """Aminata is asked for her list."""
    await aminata.types("/inviter")
    await aminata.presses("📄 Une liste")


def document(house, content, name="liste.csv", **fields):
    """Return a document as an update has it; nothing in it is believed but its id."""
    stored = house.world.store_file("document", content, name, "text/csv")
    return {"file_id": stored.file_id, "file_unique_id": stored.file_unique_id, "file_name": name, **fields}


def on_disk(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.name.endswith(("-wal", "-shm")))


def peak_megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def dead(house):
    return await house.database.read(lambda session: session.scalars(select(DeadLetter.reason)).all())


def zipped(unpacked_bytes):
    """Return a workbook whose sheet is that many spaces."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as book:
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(unpacked_bytes // 1_000_000):
                part.write(b" " * 1_000_000)
        book.writestr("xl/workbook.xml", "<workbook/>")
        book.writestr("[Content_Types].xml", "<Types/>")
    return file.getvalue()


def entities_bomb():
    """Return a workbook whose sheet is a billion laughs, and one that wants a file of this machine."""
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    sheet = f'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY l0 "ha"><!ENTITY f SYSTEM "file:///etc/hostname">{lines}]>' \
            '<worksheet><sheetData><row><c t="inlineStr"><is><t>&l11;&f;</t></is></c></row></sheetData></worksheet>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("xl/worksheets/sheet1.xml", sheet)
        book.writestr("xl/workbook.xml", "<workbook/>")
        book.writestr("[Content_Types].xml", "<Types/>")
    return file.getvalue()


async def test_g8_bombs_are_refused_in_a_sentence_and_take_no_memory(house, aminata):
    await waits_for_list(house, aminata)
    before = peak_megabytes()
    bombs = [
        (zipped(900_000_000), TOO_LARGE), (entities_bomb(), NO_LIST), (b"Awa;Bamako\n" * 1_000_000, TOO_LARGE),
        (b"\x89PNG\r\n" + b"x" * 1000, NO_LIST), (b"PK\x03\x04" + b"\xff" * 5000, NO_LIST),
        (b"!!python/object/apply:os.system ['x']\x00", NO_LIST),
    ]  # fmt: skip
    for content, told in bombs:
        await aminata.sends(document=document(house, content, file_size=len(content)))
        assert aminata.text == told, content[:20]
    assert peak_megabytes() - before < 120
    assert await house.database.read(lambda session: session.scalars(select(Invitation)).all()) == []
    assert await dead(house) == []


@pytest.mark.parametrize(
    ("fields", "told"),
    [({}, TOO_LARGE), ({"file_size": 9}, TOO_LARGE), ({"file_size": 21 * 1024**2}, TOO_LARGE), ({"file_id": "gone"}, NO_LIST)],
    ids=["size untold", "size a lie", "size true", "gone"],
)  # fmt: skip
async def test_g8_a_list_that_telegram_does_not_hand_out_is_told_in_a_sentence(house, aminata, fields, told):
    await waits_for_list(house, aminata)

    await aminata.sends(document={**document(house, b"a;b\n" * (21 * 1024 * 256)), **fields})

    assert aminata.text == told
    assert await dead(house) == []


async def test_g8_two_megabytes_of_untold_size_are_refused_before_they_are_fetched(house, aminata):
    await waits_for_list(house, aminata)

    await aminata.sends(document=document(house, b"Awa;Bamako\n" * 200_000))

    assert aminata.text == TOO_LARGE
    assert await dead(house) == []


async def test_g6_names_of_files_make_no_file_and_are_shown_clean(house, aminata, tmp_path):
    kept = on_disk(tmp_path)
    for name in NAMES:
        await aminata.types("/documents")
        await aminata.presses("➕ Ajouter")
        await aminata.sends(document=document(house, b"%PDF-1.7", name))
    found = await house.database.read(lambda session: session.scalars(select(Document.titles)).all())
    titles = [one.get("fr", "") for one in found]

    assert on_disk(tmp_path) == kept
    assert len(titles) >= len(NAMES) - 3  # a name of nothing is no title: it is asked for
    assert not [title for title in titles if set(title) & set("\x00\r\n\u202e") or len(title) > 80]
    assert not [call for call in house.world.calls if "error" in call]
    assert await dead(house) == []


def png(width, height):
    """Return a PNG of that many black pixels, small as a file."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    row = zlib.compress(b"\0" * (width + 1) * min(height, 2000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", row) + chunk(b"IEND", b"")


async def test_g7_f17_pictures_and_voices_are_passed_on_by_their_id_and_never_fetched(house, aminata):
    """Bombs, disguises, 21 MB: wherever somebody may send them, nothing of ours opens them."""
    before = peak_megabytes()
    bomb = png(20_000, 20_000)
    frames = b"GIF89a\xff\xff\xff\xff\x00\x00\x00" + b"\x2c\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x00" * 20_000 + b";"
    tiff = b"II*\x00\x08\x00\x00\x00" + b"\xff" * 2000
    photo = {"file_id": house.world.store_file("document", bomb, "a.png", "image/png").file_id, "file_unique_id": "p",
             "width": 20_000, "height": 20_000, "file_size": len(bomb)}  # fmt: skip
    house.world.calls.clear()
    sent = [
        {"photo": [photo]}, {"document": document(house, bomb, "a.jpg")}, {"document": document(house, tiff, "photo.jpg")},
        {"animation": {**document(house, frames, "a.gif"), "width": 65_535, "height": 65_535, "duration": 1}},
        {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3600, "file_size": 21 * 1024 * 1024}},
        {"voice": {"file_id": "v0", "file_unique_id": "v0", "duration": 0, "file_size": 0, "mime_type": "text/html"}},
        {"video_note": {"file_id": "n", "file_unique_id": "n", "duration": 1, "length": 10**6}},
        {"sticker": {"file_id": "s", "file_unique_id": "s", "width": 10**6, "height": 10**6, "is_animated": True,
                     "is_video": False, "type": "regular"}},
    ]  # fmt: skip
    doors = [(), ("/annonces", "➕ Nouvelle annonce"), ("/documents", "➕ Ajouter")]
    for door in doors:
        for content in sent:
            for step in door:
                await (aminata.types(step) if step.startswith("/") else aminata.presses(step))
            await aminata.sends(**content)
            assert aminata.text or "caption" in aminata.screen, content

    assert not house.calls("getFile")
    assert await dead(house) == []
    assert peak_megabytes() - before < 100
