"""Human voices beside what is written: who would rather listen hears first, the others get a 🔊."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from bot import callbacks
from bot.i18n import Reader
from bot.messages import Button, OutgoingMessage

# Sentences that are spoken, the most heard first; entries follow.
SENTENCES = (
    "privacy.notice", "home.welcome", "home.title", "members.place.ask", "questions.passed_on", "questions.unknown",
    "questions.received", "questions.answer_comes", "questions.menu", "questions.person", "questions.taken",
    "questions.late_24", "questions.late_48", "questions.declined", "questions.say_more", "questions.more_passed_on",
    "questions.settled", "questions.nothing_planned", "questions.stop", "home.help", "agenda.title", "agenda.nothing",
    "meetings.reminder.week", "meetings.reminder.eve", "meetings.reminder.hours", "meetings.reminder.coming",
    "meetings.reminder.today", "heard.meeting_changed", "heard.meeting_off", "heard.seated", "heard.meeting_thanks",
    "heard.visit_comes", "heard.visit_moved", "heard.visit_off", "heard.visit_late", "heard.flight_off",
    "heard.arrived", "heard.back_home",
    "heard.visit_thanks", "heard.left_team", "heard.task_call", "heard.task_off", "heard.task_on_again", "heard.task_reminder",
    "volunteers.listed", "heard.help_call", "heard.help_offered", "heard.help_off", "heard.help_changed", "heard.help_soon",
    "heard.help_thanks",
)  # fmt: skip
LONGEST_CAPTION = 1024


class Voices:
    """The recordings there are, mirrored from the database: (what is said, language) → file id."""

    def __init__(self) -> None:
        self.files: Mapping[tuple[str, str], str] = {}

    def dress(self, message: OutgoingMessage, reader: Reader, *, listens: bool) -> OutgoingMessage:
        """Return a message with its voice: above the text for who listens, behind a button for who reads."""
        file_id = self.files.get((message.spoken, reader.language.code)) if message.spoken else None
        if file_id is None or message.voice:
            return message
        if (listens or message.speaks_to_all) and len(message.text) <= LONGEST_CAPTION and not message.edits:
            return dataclasses.replace(message, voice=file_id)
        if message.has_home_key:
            return message
        listen = Button(reader.say("recordings.button.listen"), callbacks.Listen(message.spoken).pack())
        return dataclasses.replace(message, buttons=((listen,), *message.buttons))
