"""Lists of people: whatever program wrote them, whoever typed them, whatever was hidden inside."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import lists
from bot.lists import Fault, Listed, Unreadable, fold, written
from bot.names import clean_name

SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
KNOWN = {
    "places": {"villejuif": "villejuif", "bamako": "bamako", "cote d or": "dijon"},
    "languages": {"francais": "fr", "bambara": "bm", "bamanankan": "bm"},
    "regions": {"villejuif": "FR", "bamako": "ML", "dijon": "FR"},
    "default_region": "FR",
}
FANTA = Listed(1, "Fanta", "bamako", "fr", "+22376123456")


def read(content):
    return lists.read(content.encode() if isinstance(content, str) else content, **KNOWN)


def refused(content):
    with pytest.raises(Unreadable) as caught:
        read(content)
    return caught.value.kind


def workbook(*rows, first_line=0, more_sheets=()):
    """An XLSX as Excel writes it; texts that begin with = are formulas whose value is « Moussa »."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "dd/mm/yy"}) as book:
        for sheet_rows in (rows, *more_sheets):
            sheet = book.add_worksheet()
            for line, row in enumerate(sheet_rows, first_line):
                for column, value in enumerate(row):
                    if str(value).startswith("="):
                        sheet.write_formula(line, column, value, None, "Moussa")
                    else:
                        sheet.write(line, column, value)
    return file.getvalue()


def changed(content, part, old, new, packing=zipfile.ZIP_DEFLATED):
    """The same workbook, one of its parts tampered with."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(file, "w", packing) as tampered:
        for name in given.namelist():
            unpacked = given.read(name)
            if name == part:
                assert old in unpacked
                unpacked = unpacked.replace(old, new)
            tampered.writestr(name, unpacked)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_program_is_read(encoding, separator, end):
    rows = [["Zoé", "Villejuif", "Français", "06 12 34 56 78"], ["Fanta", "Bamako", "bambara", ""]]

    found = read(end.join(separator.join(row) for row in rows).encode(encoding))

    assert found == ([Listed(1, "Zoé", "villejuif", "fr", "+33612345678"), Listed(2, "Fanta", "bamako", "bm", None)], [])


@pytest.mark.parametrize(
    "header",
    [
        "Langue;Téléphone;PRÉNOM;Lieu", "kan;nimɔrɔ;tɔgɔ;yɔrɔ", "Kan;Telefɔni;Tɔgɔ;Dugu",
        "language;phone;first name;place", "Langue;Portable;Nom;Ville", "Langue;Tel;name;ville",
        '"langue";"N° de téléphone";"Prénom et nom";"Lieu de résidence"',
    ],
)  # fmt: skip
def test_headers_are_known_in_three_languages_and_any_order(header):
    assert read(f"{header}\nBamanankan;76123456;Fanta;Bamako") == ([Listed(2, "Fanta", "bamako", "bm", "+22376123456")], [])


def test_without_a_header_the_order_is_name_place_language_phone():
    assert read("Fanta;Bamako;français;76 12 34 56") == ([FANTA], [])


def test_the_first_name_is_taken_where_there_is_a_family_name_too():
    assert read("Nom;Prénom;Jamu\nDiallo;Awa;x")[0] == [Listed(2, "Awa", None, None, None)]


def test_a_list_of_names_alone_is_a_list():
    assert read("\nAwa\n\n ;; \nKan\n") == ([Listed(2, "Awa", None, None, None), Listed(5, "Kan", None, None, None)], [])


def test_columns_we_do_not_know_are_left_alone():
    assert read("N°;Prénom;Remarque\n1;Awa;=cmd()\n2;;\n") == (
        [Listed(2, "Awa", None, None, None)], [])  # fmt: skip


@pytest.mark.parametrize(
    ("row", "reason", "value"),
    [
        (";Bamako", "no_name", ""),
        ("=cmd();Bamako", "name_unreadable", "=cmd()"),
        ("@x", "name_unreadable", "@x"),
        ("😀😀", "name_unreadable", "😀😀"),
        ("1234", "name_unreadable", "1234"),
        ("Demba;Atlan\u202etis", "place_unknown", "Atlantis"),
        ("Demba;" + "Loin" * 30, "place_unknown", "Loin" * 10),
        ("Demba;;Klingon", "language_unknown", "Klingon"),
        ("Demba;Bamako;;06 12 34 56 78", "phone_wrong", "06 12 34 56 78"),
        ("Demba;;;76 12 34 56", "phone_wrong", "76 12 34 56"),
        ("Demba;;;06ABCDEFGH", "phone_wrong", "06ABCDEFGH"),
        ("Demba;;;0", "phone_wrong", "0"),
        ("Autre;;;+223 76 12 34 56", "twice", "1"),
        ("AWA;Villejuif", "twice", "2"),
    ],
)
def test_each_fault_has_its_reason_and_its_line(row, reason, value):
    before = "Fanta;Bamako;français;76 12 34 56\nAwa;Villejuif\nAwa;Bamako\n"

    listed, faults = read(before + row + "\nMoussa")

    assert [person.first_name for person in listed] == ["Fanta", "Awa", "Awa", "Moussa"]
    assert faults == [Fault(4, reason, value)]
    assert reason in lists.REASONS


@pytest.mark.parametrize(
    ("phone", "place"),
    [
        ("06 12 34 56 78", "Villejuif"), ("612345678", ""), ("33612345678", "Bamako"), ("0033 6.12.34.56.78", "Bamako"),
        ("+33 (0)6 12-34-56-78", "Bamako"), ("\u202a+33 6 12 34 56 78\u202c", "Bamako"), ("'+33612345678", "Bamako"),
    ],
)  # fmt: skip
def test_a_phone_is_read_as_it_is_dialled_there(phone, place):
    assert [person.phone for person in read(f"Moussa;{place};;{phone}")[0]] == ["+33612345678"]


def test_places_are_known_however_they_are_typed():
    assert read("Awa;CÔTE-d’Or\nAli;cote  d'or")[1] == []
    assert (fold("Ɲɔɔnin-Ŋɛ"), fold(" Kayes/Rive  DROITE ")) == ("nyoonin nge", "kayes rive droite")


def test_a_mark_left_open_does_not_swallow_who_comes_after():
    assert [person.first_name for person in read('"Awa;Bamako\nAli\nDemba')[0]] == ["Awa", "Ali", "Demba"]


def test_marks_hold_separators():
    assert read('"Awa;B.";"Bamako"\n"Ali ""le grand""";Bamako')[0] == [
        Listed(1, "Awa B.", "bamako", None, None), Listed(2, "Ali le grand", "bamako", None, None)]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n;;\r\n", "empty"),
        ("Prénom;Ville\n;\n", "empty"),
        ("Ville;Téléphone\nBamako;76123456", "no_name_column"),
        ("Téléphone\n76123456", "no_name_column"),
        (b"%PDF-1.7\nAwa", "not_a_list"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "not_a_list"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "not_a_list"),
        (b"Awa\0Bamako", "not_a_list"),
        (b"\x81\x8d\x8f", "not_a_list"),
        (b"PK\x03\x04", "not_a_list"),
        (b"PK\x03\x04" + b"Awa;Bamako\n" * 40, "not_a_list"),
        ('"' + "x" * 200_000 + '"', "not_a_list"),
        (b"Awa\n" * 250_001, "too_large"),
        (b"Awa;Bamako\n" * 2001, "too_many"),
        ("Prénom\n" + "Awa\n" * 2001, "too_many"),
    ],
)
def test_what_is_no_list_is_refused_whole(content, kind):
    assert refused(content) == kind


def test_two_thousand_are_not_too_many():
    names = ["Awa" + "".join("abcdefghij"[int(digit)] for digit in str(number)) for number in range(2000)]

    listed, faults = read("\n".join(["Prénom", *names]))

    assert (len(listed), faults) == (2000, [])
    assert len(read(workbook(["Prénom"], *([name] for name in names)))[0]) == 2000
    assert refused(workbook(["Prénom"], *([name] for name in [*names, "Awa"]))) == "too_many"


@pytest.mark.parametrize("row", [b"Awa;Bamako;bambara;76123456\n", b"a\n", b"\n"])
def test_a_million_rows_are_found_out_fast(row):
    content = row * 1_000_000
    before = time.process_time()

    assert refused(content) in ("too_large", "empty")
    assert time.process_time() - before < 2


@pytest.mark.parametrize("content", [b";" * 999_000, b";;;\n" * 240_000, b'"\n' * 490_000, b'"' * 999_001, b" \n" * 490_000])
def test_a_megabyte_of_nothing_is_found_out_fast(content):
    before = time.process_time()

    assert refused(content) in ("empty", "not_a_list", "too_many")
    assert time.process_time() - before < 3


def test_a_workbook_is_read_with_its_own_line_numbers():
    content = workbook(
        ["Tɔgɔ", "Nimɔrɔ", "Yɔrɔ", "Depuis"],
        ["Moussa", 33612345678.0, "Villejuif", date(2020, 1, 2)],
        ["Fanta", "76 12 34 56", "Bamako"],
        [],
        [12, "", ""],
        first_line=2,
    )  # fmt: skip

    assert read(content) == (
        [Listed(4, "Moussa", "villejuif", None, "+33612345678"), Listed(5, "Fanta", "bamako", None, "+22376123456")],
        [Fault(7, "name_unreadable", "12")],
    )


@pytest.mark.parametrize("number", [b"33612345678", b"612345678", b"33612345678.0", b"3.3612345678E10"])
def test_a_phone_in_a_column_of_dates_is_still_a_phone(number):
    content = workbook(["Prénom", "Portable"], ["Moussa", date(2020, 1, 2)])

    found = read(changed(content, SHEET, b"<v>43832</v>", b"<v>" + number + b"</v>"))

    assert found == ([Listed(2, "Moussa", None, None, "+33612345678")], [])


@pytest.mark.parametrize("number", [b"1e308", b"-1e308", b"inf", b"nan", b"99999999999999999999", b"-1"])
@pytest.mark.parametrize("kind", [b"", b't="d" ', b't="b" ', b't="s" ', b't="e" '])
def test_a_figure_that_is_none_harms_nobody(number, kind):
    content = workbook([date(2020, 1, 2)], ["Moussa"])
    content = changed(content, SHEET, b"<v>43832</v>", b"<v>" + number + b"</v>")

    gives_people_or_a_refusal(changed(content, SHEET, b'<c r="A1" ', b'<c r="A1" ' + kind))


def test_a_formula_is_its_value():
    assert read(workbook(["=CONCAT(B1)", "Villejuif"]))[0] == [Listed(1, "Moussa", "villejuif", None, None)]


def test_the_other_sheets_may_be_as_large_as_they_like():
    content = workbook(["Awa"], more_sheets=[[["x"]] * 2500])

    assert read(content) == ([Listed(1, "Awa", None, None, None)], [])


def test_the_end_of_the_sheet_may_be_styled():
    tail = b'<row r="1048576" ht="12"><c r="XFD1048576" s="0"/></row></sheetData>'

    assert len(read(changed(workbook(["Awa"]), SHEET, b"</sheetData>", tail))[0]) == 1


BOOK = workbook(["Awa", "Bamako"], ["Ali", "Bamako"])


@pytest.mark.parametrize(
    ("part", "old", "new", "kind"),
    [
        # Unpacked, 100 MB.
        (SHEET, b"</sheetData>", b" " * 100_000_000 + b"</sheetData>", "too_large"),
        # Seventeen billion cells between two.
        (SHEET, b'r="B2"', b'r="XFD1048576"', "too_large"),
        (SHEET, b'<row r="2" spans="1:2"><c r="A2"', b'<row r="1048576"><c', "too_large"),
        (SHEET, b'r="B2"', b'r="B99999999"', "not_a_list"),
        (SHEET, b"</sheetData>", b"<row><c/></row>" * 300_000 + b"</sheetData>", "too_large"),
        (SHEET, b"</sheetData>", b"<row><c><v>1</v></c></row>" * 2001 + b"</sheetData>", "too_many"),
        # Memory for as many texts as are announced ends the process.
        (STRINGS, b'uniqueCount="3"', b'uniqueCount="99999999999"', "not_a_list"),
        (SHEET, b"<worksheet", b"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet", "not_a_list"),
        (SHEET, b"</sheetData>", b"", "not_a_list"),
        ("xl/workbook.xml", b"<sheets>", b"<!--", "not_a_list"),
        ("xl/workbook.xml", b'sheetId="1"', b'sheetId="1" state="hidden"', "not_a_list"),
    ],
)
def test_a_workbook_that_is_a_trap_is_refused_fast(part, old, new, kind):
    content = changed(BOOK, part, old, new)
    before = time.process_time()

    assert refused(content) == kind
    assert time.process_time() - before < 2
    assert len(read(BOOK)[0]) == 2


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_is_not_unpacked_in_pieces_is_refused(packing):
    content = changed(BOOK, SHEET, b"</sheetData>", b" " * 40_000_000 + b"</sheetData>", packing)

    assert refused(content) == "not_a_list"


def test_other_zips_are_no_lists():
    def zipped(*names):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as made:
            for name in names:
                made.writestr(name, "Awa;Bamako")
        return file.getvalue()

    assert refused(zipped("a.csv")) == "not_a_list"
    assert refused(zipped("mimetype", "content.xml")) == "not_a_list"
    assert refused(zipped("xl/workbook.bin")) == "not_a_list"
    assert refused(zipped("xl/workbook.xml", *map(str, range(1001)))) == "too_large"


def gives_people_or_a_refusal(content):
    try:
        listed, faults = read(content)
    except Unreadable as error:
        assert error.kind in ("not_a_list", "too_large", "too_many", "empty", "no_name_column")
        return
    lines = [one.line for one in [*listed, *faults]]
    assert len(lines) == len(set(lines)) > 0
    assert all(person.first_name == clean_name(person.first_name) for person in listed)
    assert {fault.reason for fault in faults} <= set(lists.REASONS)
    assert all(len(fault.value) <= 40 and fault.value.isprintable() for fault in faults)


@settings(deadline=None)
@given(st.binary(max_size=2000) | st.binary(max_size=500).map(lambda tail: b"PK\x03\x04" + tail))
def test_any_bytes_are_read_or_refused(content):
    gives_people_or_a_refusal(content)


@settings(deadline=None)
@given(st.text(st.sampled_from('Aaé ɛ;,\t"\n\r=+@06123\u202e\0😀') | st.characters(codec="utf-8"), max_size=300))
def test_any_text_is_read_or_refused(text):
    gives_people_or_a_refusal(text)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damage_to_a_workbook_is_read_or_refused(data):
    part = data.draw(st.sampled_from([SHEET, STRINGS, "xl/workbook.xml", "xl/styles.xml"]))
    with zipfile.ZipFile(io.BytesIO(BOOK)) as book:
        whole = book.read(part)
    at = data.draw(st.integers(0, len(whole)))
    put = data.draw(st.binary(max_size=4) | st.sampled_from([b'"', b"<c>", b"9999999", b"-1", b"</row>", b"&#0;"]))

    gives_people_or_a_refusal(changed(BOOK, part, whole, whole[:at] + put + whole[at + data.draw(st.integers(0, 20)) :]))
    damaged = bytearray(BOOK)
    damaged[data.draw(st.integers(4, len(BOOK) - 1))] = data.draw(st.integers(0, 255))
    gives_people_or_a_refusal(bytes(damaged))


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Aminata   Diallo ", "Aminata Diallo"), ("N´Diaye", "N’Diaye"), ("ɲɛnɛba Ŋɔlɔ", "ɲɛnɛba Ŋɔlɔ"),
        ("M.-L. D'Arc", "M.-L. D'Arc"), ("ߒߞߏ", "ߒߞߏ"), ("محمد", "محمد"), ("🌸 Awa 🌸", "Awa"), ("Fa\u200btou\u202e", "Fatou"),
        ("Awa\nDiallo", "Awa Diallo"), ("𝓕𝓪𝓽𝓸𝓾", "Fatou"), ("- Awa (Kayes)", "Awa Kayes"), ("e\u0301" * 70, "é" * 64),
        ("\u3164", ""), ("=cmd()", ""), ("'=cmd()", ""), (" @x", ""), ("+1", ""), ("＝x", ""), ("12", ""), ("…", ""), ("", ""),
        ("A" + "\u0335" * 50, "A" + "\u0335" * 3), ("\u0301", ""), ("<b>Awa</b>", "b Awa b"),
    ],
)  # fmt: skip
def test_a_name_keeps_its_letters_and_nothing_else(typed, name):
    assert clean_name(typed) == name


@given(st.text())
def test_a_clean_name_is_clean(text):
    name = clean_name(text)

    assert clean_name(name) == name
    assert len(name) <= 64
    assert name.isprintable()


def test_what_is_written_opens_in_french_excel_and_runs_nothing():
    rows = [
        ["Prénom", "Téléphone"], ["Ɲɛnɛba; dite « N »", "+33612345678"], ["=1+1", "+22376123456"], ["-2", "+1cmd"],
        ["@x", "\tx"], ["a-b=c", "+12015550123"], ["", "+9990000000"],
    ]  # fmt: skip

    assert written(rows).decode("utf-8-sig") == (
        "Prénom;Téléphone\r\n"
        '"Ɲɛnɛba; dite « N »";+33 6 12 34 56 78\r\n'
        "'=1+1;+223 76 12 34 56\r\n"
        "'-2;'+1cmd\r\n"
        "'@x;'\tx\r\n"
        "a-b=c;+1 201 555 0123\r\n"
        ";'+9990000000\r\n"
    )
    assert written(rows).startswith(b"\xef\xbb\xbf")


def test_what_is_written_is_read_again():
    rows = [["Prénom", "Lieu", "Langue", "Téléphone"], ["Fanta", "Bamako", "Français", "+33612345678"]]

    assert read(written(rows)) == ([Listed(2, "Fanta", "bamako", "fr", "+33612345678")], [])
