"""Words that break things elsewhere: markup, templates, formulas, calendars, terminals, scripts, sizes.

Source: FAULTS G1-G5, F7.
"""
# ruff: noqa: E501 - words stand as they are

from __future__ import annotations

import random

MARK = "evil.example"  # where every link of this corpus leads, so that a live one is seen
SEEDS = (
    # markup, closed and open, in text and in attributes
    "<b>gras", "</b>", "<b>a</b>", "&", "&amp;", "&lt;b&gt;", "&#60;b&#62;", "<", ">", "<>", "</a><a href=\"https://evil.example\">x</a>",
    "<a href=tg://user?id=1001>Aminata</a>", "tg://user?id=1001", "<tg-time unix=\"0\" format=\"\">x</tg-time>", "<!--", "<script>",
    "<span class=\"tg-spoiler\">", "`code`", "```", "*gras* _penché_ [a](https://evil.example)", "||x||", "]]>", "\"'>", "<pre>", "<tg-emoji",
    # templates
    "{0.__class__}", "{name}", "{", "}", "{{}}", "{number!r:>9999999}", "%s", "%(x)s", "%", "%n", "$x ${x}", "{title.__init__.__globals__}",
    # spreadsheets
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "\r=1+1", "=cmd|' /C calc'!A0", "=HYPERLINK(\"https://evil.example\")", "'=1", "＝1+1", ";=1",
    "\"=1", "{=1+1}", "a\n=1",
    # calendars and headers
    "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:b", "a\nEND:VCALENDAR", "DTSTART:20200101", "a\\nb;c,d:e", "Subject: x\r\n\r\ny", "\\", "\\N",
    # the unseen, the turned round, the joined
    "\u202egnp.exe", "\u2066a\u2069", "\u200b", "\u200b\u200c\u200d\u2060\ufeff", "\u3164", "\u00a0", "\u2028a", "\u0085", "e\u0301\u0301\u0301",
    "Z" + "\u0351" * 60, "👨‍👩‍👧‍👦" * 20, "🇲🇱🇫🇷🇲🇱", "🇲", "👍🏿", "🎉" * 60, "\ufe0f", "a\u0600b",
    # scripts
    "ߒߞߏ ߞߊ߲", "السلام عليكم", "שלום", "ɛɔɲŋ Ɛ Ɔ", "សួស្តី", "ａｂｃ", "Сооrdinаtriсе", "ﷺ", "İıſß", "𝕬𝖒𝖎𝖓𝖆𝖙𝖆", "一二三",
    # machines
    "\x00", "a\x00b", "\x1b[31mrouge", "\x1b]0;x\x07", "\x07\x08", "\x7f", "\x9b31m", "\ud800", "a\udfffb", "\ufffe", "\U000fffff",
    "' OR 1=1 --", "'; DROP TABLE members; --", "\"a\" NEAR b", "a* OR b NOT", "%_%", "a^b", "(a|a)*b", "/../../etc/passwd", "C:\\con",
    "NULL", "None", "nan", "true", "0", "-0", "1e309", "[]", "{}", "1:lang:bm", "/start", "/effacer", "@enndam_test_bot", "i-AAAAAAAAAAAAAAAAAAAAAA",
    # sizes
    "a" * 64, "a" * 65, "mot " * 60, "é" * 129, "🎉" * 2048, "x" * 4096, "<b>" * 1000, "&" * 1000, "\n" * 50 + "a", "a\n" * 200, " ", "", "a b" * 300,
)  # fmt: skip


def corpus(how_many: int) -> list[str]:
    """Return that many words, the same at each run: the seeds, then seeds joined, cut and doubled."""
    dice = random.Random(2007)
    words = list(SEEDS)
    while len(words) < how_many:
        first, second = dice.choice(SEEDS), dice.choice(SEEDS)
        words.append(dice.choice((f"{first}{second}", f"Awa {first}", f"{first}\n{second}", first * 3, (first + second)[1:], f"{second} 14h"))[:4096])
    return words[:how_many]


def typed(word: str) -> str:
    """Return a word as a phone can send it: no lone surrogates, no NUL, something in it."""
    kept = word.encode("utf-8", "ignore").decode().replace("\x00", "")
    return kept if kept.strip() else "mot"
