"""Another association takes the house over: words, knowledge, places, visits, contact and settings; not one line of Python.

Badenya, of the invented towns Saint-Aubin and Fanadugu, changes the files of `locales/` and nothing else.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil

import pytest
from conftest import built, cast_simulator
from test_hostile_words import Walk

from bot import __main__ as door

both_languages = pytest.mark.parametrize("language", ["fr", "bm"])
OLD = re.compile(r"koniakary|villetaneuse|enndam|diombuxu|kayes|kayi", re.IGNORECASE)
NAMES = (
    ("places.villetaneuse", "places.saint_aubin"), ("places.koniakary", "places.fanadugu"), ("Enndam Diombuxu", "Badenya"),
    ("Villetaneuse", "Saint-Aubin"), ("Koniakary", "Fanadugu"), ('"villetaneuse"', '"saint_aubin"'),
    ('"koniakary"', '"fanadugu"'), ("Kayes", "Sikasso"),
)  # fmt: skip
PLACES = """
[saint_aubin]
time_zone = "Europe/Paris"
region = "FR"
clock = "paris"
icon = "🏘"

[bamako]
time_zone = "Africa/Bamako"
region = "ML"
clock = "bamako"
icon = "🌉"

[fanadugu]
time_zone = "Africa/Bamako"
region = "ML"
clock = "bamako"
icon = "🌳"
"""
SHELVES = """
[village]
icon = "🌳"
groups = ["village"]
"""
FAQ = {
    "fr": (
        "Où est la banque de céréales ?",
        ["où est la banque de céréales", "la banque de mil elle est où", "où trouver le mil", "banque de céréales c'est où",
         "adresse de la banque"],
        "La banque est derrière le marché de Fanadugu.",
    ),
    "bm": (
        "Suman mara so bɛ min?",
        ["suman mara so bɛ min", "banki bɛ min", "suman bɛ mara min", "so bɛ min", "an ka suman bɛ min"],
        "Suman mara so bɛ Fanadugu sugu kɔfɛ.",
    ),
}  # fmt: skip


def entry(language):
    title, questions, answer = FAQ[language]
    fields = {"group": "village", "title": title, "questions": questions, "answer": answer, "source": ["B1"], "valid": "2026"}
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    return "[entries.grain_bank]\n" + "\n".join(lines) + "\n"


@pytest.fixture
def locales_dir(fewer_phrasings, tmp_path, monkeypatch):
    """What Badenya has made of the files; what the house asks for by name (answers to « bonjour » and the like) stays."""
    folder = shutil.copytree(fewer_phrasings, tmp_path / "badenya")
    for path in [*folder.glob("*/LC_MESSAGES/bot.po"), folder / "visits.toml"]:
        content = path.read_text("utf-8")
        for old, new in NAMES:
            content = content.replace(old, new)
        path.write_text(content, "utf-8")
        if path.suffix == ".po":  # their shelf has a name in each language
            path.write_text(content + '\nmsgid "shelves.village"\nmsgstr "Fanadugu"\n', "utf-8")
    (folder / "places.toml").write_text(PLACES, "utf-8")
    (folder / "shelves.toml").write_text(SHELVES, "utf-8")
    (folder / "towns.toml").write_text('ours = ["Saint-Aubin", "Fanadugu"]\nothers = ["Paris"]\n', "utf-8")
    (folder / "contact.toml").write_text('name = "Awa"\nphone = "01 00 00 00 00"\nemail = "a@b.example"\nchecked_on = "2026"\n')
    for language in FAQ:
        path = folder / language / "faq.toml"
        talk = [block for block in path.read_text("utf-8").split("\n[") if not block.startswith(("#", "entries.", "[entries."))]
        path.write_text(entry(language) + "".join("\n[" + block for block in talk), "utf-8")
    monkeypatch.setenv("LOCALES_DIR", str(folder))
    return folder


@pytest.fixture
async def badenya(fresh_database, client, locales_dir, tmp_path):
    """Their house, and the cast's phones."""
    async with cast_simulator() as simulator, built(simulator, fresh_database, client, locales_dir, tmp_path) as house:
        yield house


def said(house):
    """Everything the bot has sent or called itself, as one text; its buttons too."""
    return json.dumps([call["values"] for call in house.world.calls], ensure_ascii=False)


@both_languages
async def test_row_109_another_association_takes_it_over(badenya, language):
    """Their places are offered, their answer is told, and no screen that can be walked to knows the old names."""
    demba, aminata = badenya.phone("Demba"), badenya.phone("Aminata")
    names = {"fr": ("Français", "🏘 Saint-Aubin"), "bm": ("Bamanankan", "🏘 Saint-Aubin")}[language]
    await demba.types("/start")
    await demba.presses(names[0])
    places = demba.labels
    await demba.presses(names[1])
    await demba.types(FAQ[language][1][0])
    answered = demba.all_texts("")
    await aminata.settles_in(*names)
    await Walk(demba, itertools.repeat("kalo")).goes(25)
    await Walk(aminata, itertools.repeat("kalo")).goes(40)

    assert [label[2:] for label in places][:3] == ["Saint-Aubin", {"fr": "Bamako", "bm": "Bamakɔ"}[language], "Fanadugu"]
    assert any(FAQ[language][2] in text for text in answered), answered
    assert "Fanadugu" in said(badenya)
    assert sorted({found.group() for found in OLD.finditer(said(badenya))}) == []


def test_row_109_their_files_are_checked_like_ours(locales_dir, tmp_path, monkeypatch, capsys):
    """All is well; then a shelf and a place are added, and their names forgotten."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    well = door.main(["check"])
    told = capsys.readouterr().err
    (locales_dir / "shelves.toml").write_text(SHELVES.replace("village]", "river]"), "utf-8")
    (locales_dir / "places.toml").write_text(PLACES.replace("[bamako]", "[segu]"), "utf-8")
    ill = door.main(["check"])

    assert (well, told, ill) == (0, "", 78)
    assert capsys.readouterr().err.splitlines() == [
        "fr: places.segu is missing; places.toml asks for it", "fr: shelves.river is missing; shelves.toml asks for it"
    ]  # fmt: skip
