"""`ask`: what the bot would answer, without a phone."""

from __future__ import annotations

import html
import re
from dataclasses import asdict
from typing import Any

from bot.i18n import Words
from bot.knowledge import Knowledge
from bot.views import questions

_MARKUP = re.compile(r"<[^>]+>")


def replied(base: Knowledge, words: Words, language: str, text: str) -> dict[str, Any]:
    """Return kind, answer and options of one question, markup removed, as the scorer reads them."""
    verdict = base.judge(text)
    reader = words.reader(language, None)
    texts = [plain(questions.answer(one.entry, reader, message_id=None).text) for one in verdict.candidates]
    if verdict.kind == "answer":
        return {"kind": "answer", "answer": texts[0], "options": []}
    if verdict.kind == "clarify":
        return {"kind": "clarify", "answer": plain(reader.say("questions.clarify")), "options": texts}
    if verdict.kind == "service":
        return {"kind": f"service:{verdict.entry.name}", "answer": "", "options": []}
    if verdict.kind == "smalltalk":
        return {"kind": "service:small_talk", "answer": verdict.entry.text(language).answer, "options": []}
    return {"kind": "handoff", "answer": plain(reader.say("questions.unknown")), "options": []}


def shown(base: Knowledge, words: Words, language: str, text: str, *, explain: bool) -> str:
    """Return the same for a person at a terminal."""
    reply = replied(base, words, language, text)
    lines = [reply["kind"], reply["answer"], *(f"  - {option}" for option in reply["options"])]
    if explain:
        lines += ["", *_scores(base, text)]
    return "\n".join(line for line in lines if line is not None).strip()


def _scores(base: Knowledge, text: str) -> list[str]:
    reading = base.read(text)
    signs = "  ".join(f"{name} {value:.2f}" for name, value in asdict(reading.signs).items())
    candidates = [f"{one.score:.3f}  {one.entry.kind}  {one.entry.name}" for one in reading.candidates[:8]]
    return [f"sureness {base.decide(reading).sureness:.3f}", signs, *candidates]


def plain(text: str) -> str:
    """Return a screen's text without markup."""
    return html.unescape(_MARKUP.sub("", text))
