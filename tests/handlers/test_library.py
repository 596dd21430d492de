"""The library, the minutes that come back as answers, and opinion polls."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from bot import callbacks
from db.models import Delivery, Document, Meeting, Poll
from tests.conftest import let_in
from tests.handlers.test_meetings import begins, both_languages, invites, look_all, opens_board, stored

MINUTES = "Décidé : acheter deux pompes pour le puits. Budget 500 €."


@pytest.fixture
def locales_dir(fewer_phrasings):
    """Fewer phrasings: answers are not what is tested here."""
    return fewer_phrasings


async def keeps(house, *, caption, kind="Convention", readers="Membre"):
    """The coordinator keeps a document."""
    aminata = house.phone("Aminata")
    file_id = house.world.store_file("document", b"%PDF-1.7", "convention.pdf", "application/pdf").file_id
    await aminata.types("/documents")
    await aminata.presses("➕ Ajouter")
    await aminata.sends(document={"file_id": file_id, "file_unique_id": "d", "file_name": "convention.pdf"}, caption=caption)
    await aminata.presses(kind)
    if readers != "Membre":
        await aminata.presses(readers)
    return file_id


@both_languages
async def test_row_102_the_convention_comes_in_one_message_without_a_second_upload(people, language):
    file_id = await keeps(people, caption="Convention 2007")
    aminata = people.phone("Aminata")
    await aminata.presses("➕ Bamanankan")
    await aminata.types("Bɛnkan 2007")
    uploads = sum(1 for call in people.calls("sendDocument") if call.get("files"))
    phone = people.phone("Fanta" if language == "fr" else "Moussa")
    before = len(phone.bot_messages)
    await phone.types("la convention svp" if language == "fr" else "n b'a fɛ ka bɛnkan lajɛ")
    caption = {"fr": "📄 Convention 2007", "bm": "📄 Bɛnkan 2007"}[language]

    assert len(phone.bot_messages) - before == 1
    assert (phone.screen["document"]["file_id"], phone.screen["caption"]) == (file_id, caption)
    assert sum(1 for call in people.calls("sendDocument") if call.get("files")) == uploads


async def test_row_102_who_may_not_see_it_does_not_even_learn_of_it(people):
    await keeps(people, caption="Comptes 2026", kind="Rapport", readers="Comité technique")
    number = await people.database.read(lambda session: session.scalar(select(Document.id)))
    fanta = people.phone("Fanta")
    await fanta.types("/documents")
    shelf = fanta.text
    await fanta.types("comptes 2026")
    asked = [message for message in fanta.bot_messages if "document" in message]
    await fanta.presses_data(callbacks.ShowDocument(number).pack())
    pressed = fanta.text
    await let_in(people, "Fanta", role="committee")
    await fanta.types("comptes 2026")

    assert shelf == "📄 Aucun document pour le moment."
    assert asked == []
    assert pressed == "🤷 Ce document n'est pas là."
    assert fanta.screen["caption"] == "📄 Comptes 2026"


async def test_a_document_is_taken_out(people):
    await keeps(people, caption="Vieille affiche", kind="Affiche")
    aminata = people.phone("Aminata")
    await aminata.presses("🗑 Retirer")
    await people.phone("Fanta").types("/documents")

    assert people.phone("Fanta").text == "📄 Aucun document pour le moment."


async def test_the_title_of_a_document_taken_out_is_waited_for_no_more(people):
    await keeps(people, caption="Vieille affiche", kind="Affiche")
    aminata = people.phone("Aminata")
    number = await people.database.read(lambda session: session.scalar(select(Document.id)))
    await aminata.presses("➕ Bamanankan")
    await aminata.presses_data(callbacks.EditDocument(number, "remove", "").pack())
    await aminata.types("bonjour")

    assert aminata.text.startswith("Bonjour")


@both_languages
async def test_row_60_minutes_go_to_who_wants_them_and_come_back_as_answers(people, language):
    await invites(people)
    moussa, fanta, demba = people.phone("Moussa"), people.phone("Fanta"), people.phone("Demba")
    if language == "fr":
        await moussa.types("/langue")
        await moussa.presses("Français")
    await moussa.presses_data(callbacks.AnswerMeeting((await stored(people)).id, 1, 0, "yes").pack())
    await people.passes(days=13)
    aminata = await opens_board(people)
    await aminata.presses("📝 Présence et suite")
    await aminata.presses("📝 Compte rendu")
    await aminata.types(MINUTES)
    await aminata.presses("📤 L'envoyer")
    sent = aminata.text.splitlines()[-1]
    await aminata.presses("📤 L'envoyer")
    again = aminata.text.splitlines()[-1]
    await people.settled()
    await look_all(people)
    received = moussa.text
    await fanta.types("qu'a-t-on décidé sur le puits ?" if language == "fr" else "mun latigɛra puits kan?")
    await demba.types("qu'a-t-on décidé sur le puits ?")

    name = {
        "fr": "📄 Compte rendu · Assemblée générale 05/12/2026",
        "bm": "📄 Ɲɔgɔnye sɛbɛn · Lajɛba 05/12/2026",
    }[language]
    assert (sent, again) == ("📤 1 personne le reçoit.", "📤 0 personne le reçoit.")
    assert received == f"{name}\n\n{MINUTES}"
    assert fanta.text == f"📄 Compte rendu · Assemblée générale 05/12/2026\n\n{MINUTES}"
    assert MINUTES not in demba.text


async def test_row_60_who_was_away_asks_for_them_under_the_card(people):
    await invites(people)
    fanta = people.phone("Fanta")
    await people.passes(days=13)
    number = (await stored(people)).id
    await fanta.presses_data(callbacks.MoreMeeting(number, "minutes").pack())
    to_come = fanta.text
    await fanta.presses("📝 Je les veux")
    aminata = await opens_board(people)
    await aminata.presses("📝 Présence et suite")
    await aminata.presses("📝 Compte rendu")
    await aminata.types(MINUTES)
    await aminata.presses("📤 L'envoyer")
    await people.settled()
    await fanta.look()

    assert to_come == "📝 Assemblée générale\nLe compte rendu n'est pas encore là."
    assert fanta.text.splitlines()[-1] == MINUTES


# ---- of whatever kind, and in several pieces
def in_message(kind, file_id, **fields):
    """Return what a phone sends for a stored file."""
    file = {"file_id": file_id, "file_unique_id": file_id}
    bodies = {"photo": [{**file, "width": 8, "height": 6}], "voice": {**file, "duration": 4}, "document": {**file}}
    return {kind: bodies[kind], **fields}


def files_in(phone, kind):
    """Return the ids of the files of a kind that somebody has, in order."""
    found = [message[kind] for message in phone.bot_messages if kind in message]
    return [(one[-1] if kind == "photo" else one)["file_id"] for one in found]


def kept_by(house, kind, count=1):
    """Return ids of files on Telegram."""
    return [house.world.store_file(kind, b"\xff\xd8\xff", f"x.{kind}", "image/jpeg").file_id for _ in range(count)]


async def writes_minutes(house, *messages):
    """The meeting was yesterday; the coordinator sends its minutes and gives them to Fanta, who asked for them."""
    await invites(house)
    fanta = house.phone("Fanta")
    await house.passes(days=13)
    await fanta.presses_data(callbacks.WantMinutes((await stored(house)).id, 1).pack())
    aminata = await opens_board(house)
    await aminata.presses("📝 Présence et suite")
    await aminata.presses("📝 Compte rendu")
    await aminata.sends_many(*messages)
    return aminata


@pytest.mark.parametrize("kind", ["photo", "voice", "document"])
async def test_row_60_minutes_as_a_picture_a_voice_or_a_file_arrive_as_they_were_sent(people, kind):
    [file_id] = kept_by(people, kind)
    aminata = await writes_minutes(people, in_message(kind, file_id))
    await aminata.presses("📤 L'envoyer")
    await people.settled()
    fanta, demba = people.phone("Fanta"), people.phone("Demba")
    await fanta.look()
    await demba.types("/documents")

    assert files_in(fanta, kind) == [file_id]
    assert fanta.screen["caption"] == "📄 Compte rendu · Assemblée générale 05/12/2026"
    assert demba.text == "📄 Aucun document pour le moment."


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_row_60_minutes_in_several_pieces_arrive_whole_and_in_order(people, kind):
    pages = kept_by(people, kind, 3)
    aminata = await writes_minutes(
        people,
        *(in_message(kind, one, media_group_id="pages", **({"caption": "Décidé : le puits."} if one == pages[2] else {}))
          for one in pages),
    )  # fmt: skip
    board = aminata.text
    strays = aminata.all_texts("📨")
    await aminata.presses("📤 L'envoyer")
    await people.settled()
    fanta, moussa = people.phone("Fanta"), people.phone("Moussa")
    await fanta.look()
    sent = [message for message in fanta.bot_messages if kind in message]
    await moussa.types("mun latigɛra puits kan?")

    assert board.splitlines()[-1] == "📎 3 fichiers"
    assert strays == []
    assert files_in(fanta, kind) == files_in(moussa, kind) == pages
    assert len({message["media_group_id"] for message in sent}) == 1
    assert fanta.text == "📄 Compte rendu · Assemblée générale 05/12/2026\n\nDécidé : le puits."


async def test_what_follows_an_album_is_a_question_like_any_other(people):
    pages = kept_by(people, "photo", 2)
    aminata = await writes_minutes(people, *(in_message("photo", one, media_group_id="pages") for one in pages))
    await aminata.types("bonjour")
    greeted = aminata.text
    await aminata.sends(**in_message("photo", kept_by(people, "photo")[0], media_group_id="other"))
    more = await people.database.read(lambda session: session.scalar(select(Document.more)))

    assert greeted.startswith("Bonjour")
    assert more == [["photo", pages[1]]]


@both_languages
async def test_a_programme_in_several_pictures_loses_none(people, language):
    pages = kept_by(people, "photo", 3)
    aminata = await begins(people)
    if language == "bm":
        await aminata.types("/langue")
        await aminata.presses("Bamanankan")
        await opens_board(people)
    await aminata.presses({"fr": "📋 Programme", "bm": "📋 Porogaramu"}[language])
    await aminata.sends_many(*(in_message("photo", one, media_group_id="pages") for one in pages))
    told, label = aminata.text, aminata.labels[0]
    fanta = people.phone("Fanta")
    await fanta.types("/documents")
    of_a_draft = fanta.text
    await aminata.presses(label)

    assert (told, label) == {
        "fr": (
            "📋 Le programme montre le premier fichier.\nLes autres sont gardés aussi, sous « 📋 Programme ».",
            "📄 Les voir",
        ),
        "bm": ("📋 Papiye fɔlɔ bɛ jira porogaramu la.\nTɔw fana marala: u bɛ « 📋 Porogaramu » kɔnɔ.", "📄 U lajɛ"),
    }[language]
    assert of_a_draft == "📄 Aucun document pour le moment."
    assert files_in(aminata, "photo") == pages[1:]
    assert (await stored(people)).agenda_file == ["photo", pages[0]]


async def test_what_was_left_of_a_dropped_draft_is_nobody_s_to_read(people):
    aminata = await begins(people)
    await aminata.presses("📋 Programme")
    await aminata.sends_many(*(in_message("photo", one, media_group_id="pages") for one in kept_by(people, "photo", 2)))
    fanta = people.phone("Fanta")
    number = await people.database.read(lambda session: session.scalar(select(Document.id)))
    await people.database.transaction(lambda session: session.execute(update(Document).values(meeting_id=None)))
    await fanta.presses_data(callbacks.ShowDocument(number).pack())

    assert fanta.text == "🤷 Ce document n'est pas là."


# ---- of a meeting, of a project
@both_languages
async def test_a_document_is_linked_to_a_meeting_and_opened_from_its_programme_and_afterwards(people, language):
    await invites(people)
    number = (await stored(people)).id
    fanta = people.phone("Fanta")
    if language == "bm":
        await fanta.types("/langue")
        await fanta.presses("Bamanankan")
    file_id = await keeps(people, caption="Budget 2027", kind="Rapport")
    aminata = people.phone("Aminata")
    await aminata.presses("🔗 Réunion ou projet")
    asked, offered = aminata.text, aminata.labels
    await aminata.presses("sam. 5/12 · Assemblée générale")
    board = aminata.text
    programme, decisions = {"fr": ("📋 Programme", "📝 Décisions"), "bm": ("📋 Porogaramu", "📝 Latigɛlenw")}[language]
    await fanta.presses_data(callbacks.MoreMeeting(number, "more").pack())
    await fanta.presses(programme)
    await fanta.presses("📄 Budget 2027")
    before = files_in(fanta, "document")
    await people.passes(days=13)
    await fanta.presses_data(callbacks.MoreMeeting(number, "more").pack())
    await fanta.presses(decisions)
    afterwards, text = fanta.labels, fanta.text

    assert asked == "🔗 Budget 2027\nDe quelle réunion, de quel projet ?"
    assert offered == [
        "sam. 5/12 · Assemblée générale", "Le désenclavement ?", "Le jardin maraîcher ?", "Le projet de bibliothèque ?",
        "« Nous sommes d'ici... » ?", "La deuxième exposition ?", "Le chantier jeune ?", "✅ Aucun des deux", "⬅️ Retour",
        "🏠 Accueil",
    ]  # fmt: skip
    assert board == "📄 Budget 2027\n👁 Pour : Membre et plus\n🔗 sam. 5/12 · Assemblée générale"
    assert before == [file_id]
    assert afterwards[0] == "📄 Budget 2027"
    assert text == {
        "fr": "📝 Assemblée générale\nLe compte rendu n'est pas encore là.",
        "bm": "📝 Lajɛba\nƝɔgɔnye sɛbɛn ma na fɔlɔ.",
    }[language]


async def test_what_is_linked_to_a_meeting_is_seen_by_who_may_see_it_only(people):
    await invites(people)
    number = (await stored(people)).id
    await keeps(people, caption="Comptes 2026", kind="Rapport", readers="Comité technique")
    await people.phone("Aminata").presses("🔗 Réunion ou projet")
    await people.phone("Aminata").presses("sam. 5/12 · Assemblée générale")
    fanta, moussa = people.phone("Fanta"), people.phone("Moussa")
    await let_in(people, "Moussa", role="committee")
    for phone in (fanta, moussa):
        await phone.presses_data(callbacks.MoreMeeting(number, "agenda").pack())

    assert "📄 Comptes 2026" not in fanta.labels
    assert "📄 Comptes 2026" in moussa.labels


@both_languages
async def test_a_document_is_linked_to_a_project_and_opened_from_its_answer(people, language):
    file_id = await keeps(people, caption="Plan du jardin", kind="Rapport")
    aminata, fanta, demba = people.phone("Aminata"), people.phone("Fanta"), people.phone("Demba")
    if language == "bm":
        await fanta.types("/langue")
        await fanta.presses("Bamanankan")
    await aminata.presses("🔗 Réunion ou projet")
    await aminata.presses("Le jardin maraîcher ?")
    board = aminata.text
    show = callbacks.ShowEntry("maraichage").pack()
    await fanta.presses_data(show)
    shelf = {"fr": "📄 Documents", "bm": "📄 Sɛbɛnw"}[language]
    await fanta.presses(shelf)
    title = fanta.text
    await fanta.presses("📄 Plan du jardin")
    got = files_in(fanta, "document")
    await fanta.types("Parle-moi du jardin maraîcher" if language == "fr" else "Nakɔforo ye mun ye?")
    typed = fanta.labels
    await demba.presses_data(show)
    strange = demba.labels
    await demba.presses_data(callbacks.ShowProject(0, "maraichage").pack())
    await aminata.presses("🔗 Réunion ou projet")
    await aminata.presses("Aucun des deux")
    unlinked = aminata.text
    await fanta.presses_data(show)

    assert board.splitlines()[-1] == "🔗 Le jardin maraîcher ?"
    assert title == {"fr": "📄 Le jardin maraîcher ?", "bm": "📄 Nakɔforo ye mun ye?"}[language]
    assert got == [file_id]
    assert typed[0] == shelf
    assert "📄 Documents" not in strange
    assert demba.text == "📄 Aucun document pour le moment."
    assert unlinked == "📄 Plan du jardin\n👁 Pour : Membre et plus"
    assert shelf not in fanta.labels


async def test_a_link_to_nowhere_is_refused(people):
    await keeps(people, caption="Plan", kind="Rapport")
    aminata = people.phone("Aminata")
    number = await people.database.read(lambda session: session.scalar(select(Document.id)))
    said = []
    for what, value in (("meeting", "99"), ("meeting", "x"), ("project", "moon")):
        await aminata.presses_data(callbacks.EditDocument(number, what, value).pack())
        said.append(aminata.text)
    document = await people.database.read(lambda session: session.get(Document, number))
    await people.phone("Fanta").presses_data(callbacks.EditDocument(number, "project", "nsda").pack())
    after = await people.database.read(lambda session: session.get(Document, number).project)

    assert (document.meeting_id, document.project, after) == (None, None, None)
    assert said[0] != said[1] == said[2]


@both_languages
async def test_the_shelf_shows_one_kind_at_a_tap(people, language):
    await keeps(people, caption="Bilan", kind="Rapport")
    await keeps(people, caption="Convention 2007")
    phone = people.phone("Fanta" if language == "fr" else "Moussa")
    await phone.types("/documents")
    everything = phone.labels
    kind = {"fr": "Rapport", "bm": "Baara lakali sɛbɛn"}[language]
    await phone.presses(kind)
    reports = phone.labels
    await phone.presses(f"✅ {kind}")

    convention = {"fr": "Convention", "bm": "Bɛnkansɛbɛn"}[language]
    assert everything[:4] == ["📄 Convention 2007", "📄 Bilan", convention, kind]
    assert reports[:3] == ["📄 Bilan", convention, f"✅ {kind}"]
    assert phone.labels == everything


# ---- found by asking, as people ask
OF_THE_ASSEMBLY = {
    "fr": f"📄 Compte rendu · Assemblée générale 05/12/2026\n\n{MINUTES}",
    "bm": f"📄 Ɲɔgɔnye sɛbɛn · Lajɛba 05/12/2026\n\n{MINUTES}",
}


@pytest.fixture
async def library(people):
    """Minutes of the assembly, a convention, a report: all for members."""
    await invites(people)
    aminata = people.phone("Aminata")
    await aminata.presses_data(callbacks.NewDocument((await stored(people)).id).pack())
    await aminata.types(MINUTES)
    await keeps(people, caption="Accord de coopération 2007")
    await keeps(people, caption="Bilan 2008", kind="Rapport")
    return people


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("fr", "compte rendu de l'assemblée générale"),
        ("fr", "le compte rendu"),
        ("fr", "Bonjour, je cherche le PV de l'AG svp"),
        ("fr", "qu'a-t-on décidé à l'assemblée générale ?"),
        ("fr", "quelles décisions ont été prises à la dernière réunion ?"),
        ("fr", "compte-rendu du 5 décembre"),
        ("fr", "qu'est-ce qui a été décidé ?"),
        ("fr", "lajɛba sɛbɛn"),
        ("bm", "lajɛba sɛbɛn"),
        ("bm", "ɲɔgɔnye sɛbɛn jira n na"),
        ("bm", "mun latigɛra lajɛba la?"),
        ("bm", "nyogonye seben"),
        ("bm", "le compte rendu de l'assemblée"),
    ],
)
async def test_row_60_minutes_are_found_as_people_ask_for_them(library, language, question):
    phone, demba = library.phone("Fanta" if language == "fr" else "Moussa"), library.phone("Demba")
    await phone.types(question)
    await demba.types(question)

    assert phone.text.removeprefix("📄 ") == OF_THE_ASSEMBLY[language].removeprefix("📄 ")
    assert MINUTES not in "".join(message.get("text", "") for message in demba.bot_messages)


@pytest.mark.parametrize(
    ("language", "question", "caption"),
    [
        ("fr", "la convention", "📄 Accord de coopération 2007"),
        ("fr", "l'accord de 2007", "📄 Accord de coopération 2007"),
        ("fr", "bɛnkansɛbɛn", "📄 Accord de coopération 2007"),
        ("fr", "envoie-moi le rapport", "📄 Bilan 2008"),
        ("bm", "n b'a fɛ ka bɛnkansɛbɛn lajɛ", "📄 Accord de coopération 2007"),
        ("bm", "la convention svp", "📄 Accord de coopération 2007"),
        ("bm", "baara lakali sɛbɛn", "📄 Bilan 2008"),
    ],
)
async def test_row_102_a_document_is_found_by_its_kind_in_either_language(library, language, question, caption):
    phone, demba = library.phone("Fanta" if language == "fr" else "Moussa"), library.phone("Demba")
    await phone.types(question)
    await demba.types(question)

    assert phone.screen["caption"] == caption
    assert not any("document" in message for message in demba.bot_messages)


@pytest.mark.parametrize(
    "words",
    ["d'accord", "la coopération", "la réunion", "ɲɔgɔnye", "a bɛnna", "c'est quoi la convention de partenariat", "le document",
     "compte rendu de la fête"],
)  # fmt: skip
async def test_what_asks_for_no_document_brings_none(library, words):
    fanta = library.phone("Fanta")
    before = len(fanta.bot_messages)
    await fanta.types(words)
    said = fanta.bot_messages[before:]

    assert not any("document" in message or MINUTES in message.get("text", "") for message in said)
    assert said


async def test_row_60_of_several_the_newest_that_one_may_read_and_the_meeting_named_before_words_inside(library):
    await keeps(library, caption="Vu : l'assemblée générale", kind="Compte rendu")
    fanta, moussa = library.phone("Fanta"), library.phone("Moussa")
    await fanta.types("le compte rendu")
    newest = fanta.screen.get("caption")
    await library.phone("Aminata").presses("Comité technique")
    await fanta.types("le compte rendu")
    readable = fanta.text
    await let_in(library, "Moussa", role="committee")
    await moussa.types("le compte rendu")

    assert newest == moussa.screen.get("caption") == "📄 Vu : l'assemblée générale"
    assert readable == OF_THE_ASSEMBLY["fr"]


async def test_a_document_is_found_by_the_meeting_or_the_project_it_is_linked_to(library):
    aminata, fanta = library.phone("Aminata"), library.phone("Fanta")
    await keeps(library, caption="Budget", kind="Rapport")
    await aminata.presses("🔗 Réunion ou projet")
    await aminata.presses("Le jardin maraîcher ?")
    await aminata.presses("🔗 Réunion ou projet")
    await aminata.presses("sam. 5/12 · Assemblée générale")
    await keeps(library, caption="Autre bilan", kind="Rapport")
    await fanta.types("le rapport du jardin maraîcher")
    by_project = fanta.screen.get("caption")
    await fanta.types("les papiers de l'assemblée générale")

    assert (by_project, fanta.screen.get("caption")) == ("📄 Budget", "📄 Budget")


# ---- polls
QUESTION = "Quel jour pour la fête ?\nSamedi\nDimanche"
BAMBARA = "Seli ka kɛ don jumɛn?\nSibiri\nKari"


async def asks(house, *, anonymous=True):
    """The coordinator asks everybody, in both languages."""
    aminata = house.phone("Aminata")
    await aminata.types("/agenda")
    await aminata.presses("✏️ Préparer")
    await aminata.presses("🗳 Avis")
    await aminata.presses("➕ Nouvelle question")
    await aminata.types(QUESTION)
    await aminata.presses("➕ Bamanankan")
    await aminata.types(BAMBARA)
    if not anonymous:
        await aminata.presses("👁 Montrer les noms")
    await aminata.presses("📤 Demander à tous")
    await house.settled()
    await look_all(house)
    return aminata


@both_languages
async def test_row_62_each_reads_it_in_their_language_and_one_tap_is_one_vote(people, language):
    aminata = await asks(people)
    phone = people.phone("Fanta" if language == "fr" else "Moussa")
    shown, labels = phone.text, phone.labels
    await phone.presses(labels[0])
    await phone.presses(phone.labels[1])
    chosen = phone.labels
    await aminata.presses("⏹ Clore")
    await people.settled()
    await phone.look()

    assert shown == {
        "fr": "🗳 Quel jour pour la fête ?\n🔒 Personne ne voit ton choix.",
        "bm": "🗳 Seli ka kɛ don jumɛn?\n🔒 Mɔgɔ si tɛ i ka sugandili ye.",
    }[language]
    assert labels == {"fr": ["Samedi", "Dimanche"], "bm": ["Sibiri", "Kari"]}[language]
    assert chosen == {"fr": ["Samedi", "✅ Dimanche"], "bm": ["Sibiri", "✅ Kari"]}[language]
    assert phone.text.splitlines()[1:] == {
        "fr": ["▁ 0 · Samedi", "▇▇▇▇▇▇▇▇▇▇ 1 · Dimanche"], "bm": ["▁ 0 · Sibiri", "▇▇▇▇▇▇▇▇▇▇ 1 · Kari"],
    }[language]


async def test_row_62_by_place_where_enough_have_voted_that_nobody_is_recognised(people):
    for number, name in enumerate(("Oumar", "Awa")):
        phone = await people.new_phone(name, person_id=1300 + number)
        await phone.settles_in("Français", "🌉 Bamako")
    await let_in(people, "Oumar", "Awa")
    aminata = await asks(people)
    for name, answer in (("Fanta", "Samedi"), ("Oumar", "Samedi"), ("Awa", "Dimanche"), ("Moussa", "Kari")):
        await people.phone(name).presses(answer)
    await aminata.presses("⏹ Clore")
    await people.settled()
    await people.phone("Moussa").look()

    assert people.phone("Moussa").text.splitlines()[3:] == ["📍 Bamakɔ: Sibiri 2, Kari 1"]


async def test_row_62_names_only_when_it_was_said_so(people):
    aminata = await asks(people, anonymous=False)
    fanta = people.phone("Fanta")
    promised = fanta.text.splitlines()[1]
    await fanta.presses("Samedi")
    await aminata.types("/agenda")
    await aminata.presses("✏️ Préparer")
    await aminata.presses("🗳 Avis")
    await aminata.presses("🗳 Quel jour pour la fête ?")

    assert promised == "👁 Ton nom sera vu des responsables."
    assert aminata.text.splitlines()[-1] == "Samedi : Fanta"


async def test_row_62_an_anonymous_poll_shows_no_name_to_anybody(people):
    aminata = await asks(people)
    await people.phone("Fanta").presses("Samedi")
    await aminata.types("/agenda")
    await aminata.presses("✏️ Préparer")
    await aminata.presses("🗳 Avis")
    await aminata.presses("🗳 Quel jour pour la fête ?")

    assert "Fanta" not in aminata.text
    assert aminata.text.splitlines()[1] == "🗳 1 avis"


async def test_a_poll_is_asked_once_and_its_answers_keep_their_number(people):
    aminata = people.phone("Aminata")
    await aminata.types("/agenda")
    await aminata.presses("✏️ Préparer")
    await aminata.presses("🗳 Avis")
    await aminata.presses("➕ Nouvelle question")
    await aminata.types("Une question sans réponse")
    unreadable = aminata.text
    await aminata.types(QUESTION)
    await aminata.presses("➕ Bamanankan")
    await aminata.types("Seli ka kɛ don jumɛn?\nSibiri\nKari\nNtɛnɛn")
    other_number = aminata.text
    poll = await people.database.read(lambda session: session.scalars(select(Poll)).one())
    for _ in range(3):
        await aminata.presses_data(callbacks.EditPoll(poll.id, "open", "").pack())
    await people.settled()
    sent = await people.database.read(
        lambda session: session.scalar(select(func.count()).select_from(Delivery).where(Delivery.view == "polls.card"))
    )

    assert unreadable == "🗳 Une question, puis 2 à 5 réponses courtes (40 lettres), une par ligne."
    assert other_number == "🗳 Il faut 2 réponses, comme dans l'autre langue."
    assert sent == 3


async def test_the_question_box_tells_the_next_meeting(people):
    await invites(people)
    fanta = people.phone("Fanta")
    await fanta.types("la reunion c kan")
    asked = fanta.text
    held = await people.database.read(lambda session: session.scalar(select(func.count()).select_from(Meeting)))

    assert asked == "🗓 Ce qui vient"
    assert fanta.labels[0] == "📅 sam. 5/12 · Assemblée générale"
    assert held == 1
