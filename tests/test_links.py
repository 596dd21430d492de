"""Links that lead elsewhere than they look."""

import pytest

from bot.links import Link, links_of


@pytest.mark.parametrize(
    ("markup", "tricky"),
    [
        ('Voir <a href="https://villetaneuse.fr/fete">le programme</a>.', False),
        ('Voir <a href="https://evil.example/x">www.villetaneuse.fr</a>', True),
        ('Voir <a href="https://www.villetaneuse.fr/x">villetaneuse.fr</a>', False),
        ('<a href="https://villetaneuse.fr@evil.example/">le site</a>', True),
        ('<a href="tg://user?id=5">Awa</a>', True),
        ('<a href="tg://resolve?domain=x">ici</a>', True),
        ("https://xn--villetneuse-x7a.fr/", True),
        ("https://villetаneuse.fr/ avec un a cyrillique", True),
        ("Tout est sur https://villetaneuse.fr/agenda.", False),
        ("Le programme : villetaneuse.fr", False),
        ('<a href="https://[bad/">x</a>', True),
    ],
)
def test_g12_what_leads_elsewhere_is_seen(markup, tricky):
    assert [link.is_tricky for link in links_of(markup)] == [tricky]


def test_a_text_without_a_link_has_none():
    assert links_of("Réunion samedi à 14:00. <b>Venez.</b> M.Traoré, 3.5 kg, a@b.fr") == []


def test_each_link_comes_once_with_its_true_target():
    markup = '<a href="https://a.fr/?x=1&amp;y=2"><b>Ici</b></a> ou a.fr. Encore a.fr.'

    assert links_of(markup) == [Link("Ici", "https://a.fr/?x=1&y=2"), Link("", "a.fr")]
