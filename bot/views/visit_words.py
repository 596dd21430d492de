"""How visits, stops, tasks and skills are called, in one reader's language."""

from __future__ import annotations

from bot.i18n import Html, Reader
from bot.views.meeting_words import titled
from db.models import Delegation, Stop, Task

_STOPS = {
    "flight": "delegations.stop.flight", "flight_back": "delegations.stop.flight_back", "road": "delegations.stop.road",
    "lodging": "delegations.stop.lodging", "courtesy": "delegations.stop.courtesy", "ceremony": "delegations.stop.ceremony",
    "farewell": "delegations.stop.farewell", "visit": "delegations.stop.visit", "meal": "delegations.stop.meal",
    "other": "delegations.stop.other",
}  # fmt: skip
_TASKS = {
    "airport": "tasks.kind.airport", "vehicle": "tasks.kind.vehicle", "driver": "tasks.kind.driver",
    "women": "tasks.kind.women", "sim": "tasks.kind.sim", "lodging": "tasks.kind.lodging", "meal": "tasks.kind.meal",
    "interpreter": "tasks.kind.interpreter", "health": "tasks.kind.health", "accompany": "tasks.kind.accompany",
    "ceremony": "tasks.kind.ceremony", "farewell": "tasks.kind.farewell", "other": "tasks.kind.other",
}  # fmt: skip
_SKILLS = {
    "vehicle": "skills.vehicle", "woman": "skills.woman", "french": "skills.french", "bambara": "skills.bambara",
    "soninke": "skills.soninke", "pulaar": "skills.pulaar", "cooking": "skills.cooking", "photo": "skills.photo",
}  # fmt: skip
STOP_KINDS = tuple(_STOPS)


def stop_name(kind: str, reader: Reader) -> str:
    """Return what a kind of stop is called, with its sign."""
    return reader.say(_STOPS.get(kind, _STOPS["other"]))


def task_name(task: Task, reader: Reader) -> str:
    """Return what a task is called: its own title, else its kind."""
    return titled(task.titles, reader) or reader.say(_TASKS.get(task.kind, _TASKS["other"]))


def skill_name(name: str, reader: Reader) -> str:
    """Return what a skill is called."""
    return reader.say(_SKILLS[name])


def visit_name(delegation: Delegation, reader: Reader) -> str:
    """Return what a visit is called; without a title by where it goes."""
    names = {"south": "delegations.to_the_south", "north": "delegations.to_the_north"}
    return titled(delegation.titles, reader) or reader.say(names[delegation.direction])


def when(stop: Stop, reader: Reader) -> Html:
    """Return when a stop is, on both clocks; from leaving to landing for a flight."""
    if stop.at is None:
        return reader.say("delegations.no_hour_yet")
    if stop.leaves_at is None:
        return reader.short_moment(stop.at)
    return Html(f"{reader.short_moment(stop.leaves_at)} → {reader.short_moment(stop.at)}")
