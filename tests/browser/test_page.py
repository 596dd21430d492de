"""The page with phones, as a thumb meets it: headless Chromium, the real bot behind it."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import AsyncIterator

import aiohttp
import pytest
from PIL import Image
from playwright.async_api import Page, async_playwright, expect

from bot.simulator import SIMULATOR_TOKEN

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
]
DOT = bytes.fromhex(  # a PNG of one pixel
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63606060600000"
    "00050001a5f645400000000049454e44ae426082"
)
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


@pytest.fixture
async def page(house, request) -> AsyncIterator[Page]:
    """The page, opened; `indirect` parameters give another size. A script error fails the test."""
    problems = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--use-fake-ui-for-media-stream",
                  "--use-fake-device-for-media-stream"],
        )  # fmt: skip
        opened = await browser.new_page(viewport=getattr(request, "param", DESK), timezone_id="Europe/Paris")
        opened.set_default_timeout(8000)
        opened.on("pageerror", lambda error: problems.append(str(error)))
        await opened.goto(house.simulator.url)
        await expect(opened.locator("section.phone").first).to_be_visible()
        yield opened
        await browser.close()
    assert problems == []


def phone(page, house, name):
    return page.locator(f'section.phone[data-person="{house.phone(name).id}"]')


async def presses(whose, label):
    await whose.get_by_role("button", name=label, exact=True).last.click()


async def types(whose, words):
    await whose.locator(".composer textarea").fill(words)
    await whose.locator(".composer .send").click()


async def says(whose, words):
    await expect(whose.locator("article.message:not(.mine) .text").last).to_contain_text(words)


async def settles_in(whose, language="Français", place="🗼 Île-de-France", home="Accueil"):
    await whose.locator(".start").click()
    await presses(whose, language)
    await presses(whose, place)
    await says(whose, home)


@pytest.mark.parametrize("page", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
@pytest.mark.parametrize(
    ("language", "place", "home"),
    [("Français", "🗼 Île-de-France", "Écris ou dis ta question."), ("Bamanankan", "🌉 Bamakɔ", "I ka ɲininkali sɛbɛn")],
)
async def test_row_106_a_newcomer_comes_in_by_clicking(house, page, language, place, home):
    aminata = phone(page, house, "Aminata")

    await settles_in(aminata, language, place, home)

    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


async def test_a_question_is_typed_and_a_button_pressed(house, page):
    moussa = phone(page, house, "Moussa")
    await settles_in(moussa)

    await types(moussa, "C'est quoi, la coopération ?")

    await says(moussa, "C'est une coopération décentralisée")
    await presses(moussa, "❌ Ce n'est pas ça")
    await says(moussa, "C'est transmis.")


async def test_a_change_is_seen_in_place(house, page):
    moussa = phone(page, house, "Moussa")
    await settles_in(moussa)
    await presses(moussa, "👤 Moi")
    await says(moussa, "Moi")
    number = await moussa.locator("article.message").last.get_attribute("data-message")

    await presses(moussa, "🗣 Langue")
    await presses(moussa, "Bamanankan")

    await expect(moussa.locator(f'article.message[data-message="{number}"] .text')).to_contain_text("Kan: Bamanankan")


async def test_markup_somebody_types_is_text(house, page):
    moussa = phone(page, house, "Moussa")
    await settles_in(moussa)

    await types(moussa, "<img src=x onerror=alert(1)><b>gras</b>")

    await expect(moussa.locator("article.message.mine .text").last).to_have_text("<img src=x onerror=alert(1)><b>gras</b>")


async def test_block_and_unblock(house, page):
    moussa = phone(page, house, "Moussa")
    await settles_in(moussa)

    await moussa.locator(".menu").click()
    await moussa.get_by_role("button", name=re.compile("Bloquer")).click()
    await moussa.locator(".unblock").click()

    await expect(moussa.locator(".composer")).to_be_visible()
    await house.settled()


async def test_the_clock_moves(house, page):
    before = house.simulator.clock.now()
    await page.locator(".hour-later").click()
    await expect(page.locator(".clock")).to_be_visible()
    await page.locator(".tomorrow").click()

    await expect(page.locator(".clock .hour").first).to_have_text("08:00")
    assert house.simulator.clock.now() > before


async def test_a_new_phone_comes_in(house, page):
    await page.locator(".new-phone").click()
    await page.locator("[name=first_name]").fill("Salif")
    await page.get_by_role("button", name="Ajouter").click()

    salif = page.locator("section.phone", has_text="Salif")
    await salif.locator(".start").click()

    await says(salif, "Choisis ta langue.")


async def test_files_and_places_are_shown(house, page):
    moussa = phone(page, house, "Moussa")
    await settles_in(moussa)

    async def attaches(kind, name, mime_type, content):
        await moussa.locator(".attach").click()
        async with page.expect_file_chooser() as chooser:
            await moussa.get_by_role("button", name=kind).click()
        await (await chooser.value).set_files([{"name": name, "mimeType": mime_type, "buffer": content}])

    await attaches("Photo", "dot.png", "image/png", DOT)
    await expect(moussa.locator(".photo img")).to_be_visible()
    await attaches("Document", "ordre-du-jour.pdf", "application/pdf", b"%PDF-1.4")
    await expect(moussa.locator(".message", has_text="ordre-du-jour.pdf").first).to_be_visible()
    await moussa.locator(".mic").click()
    await moussa.locator(".send-voice").click()
    await expect(moussa.locator("audio").first).to_be_attached()
    source = await moussa.locator("audio").first.get_attribute("src")
    assert source
    assert (await page.request.get(house.simulator.url + source)).ok


async def test_the_home_key_and_the_commands_are_there(house, page):
    moussa = phone(page, house, "Moussa")
    await settles_in(moussa)
    await types(moussa, "/aide")
    await says(moussa, "Je réponds sur")

    await moussa.locator(".reply-keyboard button", has_text="🏠").click()

    await says(moussa, "Accueil")


@pytest.mark.parametrize("page", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
async def test_a_group_is_made_and_the_bot_comes_and_goes(house, page):
    if await page.locator(".more").is_visible():
        await page.locator(".more").click()
    await page.locator(".new-group").click()
    await page.locator("#group-form [name=title]").fill("Jeunes de Kayes")
    await page.locator("#group-form [name=by]").select_option(label="Fanta")
    await page.get_by_role("button", name="Créer").click()

    fanta = phone(page, house, "Fanta")
    await expect(fanta.locator(".message.service .text")).to_have_text(["Fanta ajoute Enndam"])
    await fanta.locator(".menu").click()
    await fanta.get_by_role("button", name="En faire un grand groupe").click()
    await expect(fanta.locator(".message.service .text")).to_have_text(["Le groupe devient un grand groupe"])
    await fanta.locator(".menu").click()
    await fanta.get_by_role("button", name="Retirer Enndam").click()
    await expect(fanta.locator(".message.service .text").last).to_have_text("Fanta retire Enndam")
    await expect(fanta.locator(".where")).to_have_text("Jeunes de Kayes · sans Enndam")
    await house.settled()


@pytest.mark.parametrize("page", [DESK, PHONE], indirect=True, ids=["desk", "phone"])
async def test_people_and_one_s_own_number_are_shared(house, page, bot_calls):
    moussa = phone(page, house, "Moussa")
    if await page.locator(".tabs").is_visible():
        await page.locator(".tabs .tab", has_text="Moussa").click()
    house.world.people[house.phone("Moussa").id].has_started = True
    ask = {"request_id": 7, "max_quantity": 3, "user_is_bot": False, "request_name": True}
    keys = [[{"text": "Inviter", "request_users": ask}], [{"text": "Mon numéro", "request_contact": True}]]
    await bot_calls("sendMessage", chat_id=house.phone("Moussa").id, text="Qui ?", reply_markup={"keyboard": keys})

    await moussa.locator(".key", has_text="Inviter").click()
    await moussa.locator(".people-form .choice", has_text="Fanta").click()
    await moussa.locator(".people-form [name=other]").fill("Salif")
    await moussa.get_by_role("button", name="Partager").click()
    await expect(moussa.locator(".message.service .text")).to_have_text(["Moussa partage : Fanta, Salif"])

    await moussa.locator(".key", has_text="Mon numéro").click()
    await expect(moussa.locator(".message.mine .card-detail")).to_have_text("+33639980002")
    await house.settled()


async def test_what_the_bot_sends_as_a_file_is_shown_whole_and_can_be_kept(house, page, bot_calls, client):
    moussa, person_id = phone(page, house, "Moussa"), house.phone("Moussa").id
    house.world.people[person_id].has_started = True
    poster = io.BytesIO()
    Image.new("RGB", (400, 200), "teal").save(poster, "JPEG")

    async def uploads(method, part, content, name):
        form = aiohttp.FormData({"chat_id": str(person_id)})
        form.add_field(part, content, filename=name)
        async with client.post(f"{house.simulator.url}/bot{SIMULATOR_TOKEN}/{method}", data=form) as answer:
            assert answer.status == 200

    await uploads("sendPhoto", "photo", poster.getvalue(), "affiche.jpg")
    await uploads("sendDocument", "document", b"PK..", "membres.xlsx")

    box = await moussa.locator(".photo img").bounding_box()
    async with page.expect_download() as download:
        await moussa.locator(".card.document").click()
    assert box["width"] / box["height"] == pytest.approx(2, rel=0.02)
    assert (await download.value).suggested_filename == "membres.xlsx"


async def test_a_hidden_administrator_bears_the_name_of_the_group(house, page):
    names = ["Aminata", "Moussa"]
    group = await house.new_group("Kayes", *names)
    await house.phone("Aminata").types_hidden("Bonjour", group)
    moussa = phone(page, house, "Moussa")

    await moussa.locator(".menu").click()
    await moussa.get_by_role("button", name="Kayes").first.click()

    await expect(moussa.locator(".sender")).to_have_text("Kayes")
