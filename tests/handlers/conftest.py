"""Who is at home where most features are tried."""

from __future__ import annotations

import pytest

from bot.domain import members
from tests.conftest import HERE


@pytest.fixture
async def people(house):
    """Aminata coordinates; Moussa reads Bambara in France, Fanta French in Bamako; both are members; Demba is not."""
    for name, language, place in (
        ("Aminata", "Français", HERE),
        ("Moussa", "Bamanankan", HERE),
        ("Fanta", "Français", "🌉 Bamako"),
        ("Demba", "Français", HERE),
    ):
        await house.phone(name).settles_in(language, place)
    await let_in(house, "Moussa", "Fanta")
    return house


async def let_in(house, *names, role="member"):
    """Make members of people."""

    def give(session):
        for name in names:
            members.by_telegram_id(session, house.phone(name).id).role = role

    await house.database.transaction(give)
