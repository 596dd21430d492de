"""« Is it well? », in plain words."""

from __future__ import annotations

from datetime import datetime

from bot import callbacks
from bot.domain.health import DOOR, Health
from bot.i18n import Reader
from bot.messages import Button, OutgoingMessage
from bot.views import buttons


def state(found: Health, held: int, reader: Reader, *, now: datetime) -> OutgoingMessage:
    """Three lines: what arrives, what goes out, the last copy; then what to do, if anything."""
    received = reader.short_moment(found.received_at) if found.received_at else "–"
    lines: list[str] = [reader.say("health.receives", when=received)]
    if found.is_stuck(now) and found.due_since:
        lines.append(reader.say_n("health.stuck", found.due, when=reader.short_moment(found.due_since)))
    else:
        lines.append(reader.say_n("health.sends", found.due))
    if found.silent_until:
        lines.append(reader.say("health.silent", when=reader.short_moment(found.silent_until)))
    copied = reader.short_moment(found.backed_up_at) if found.backed_up_at else "–"
    lines.append(reader.say("health.backup_old" if found.is_backup_old(now) else "health.backup", when=copied))
    if found.put_aside:
        lines.append(reader.say_n("health.put_aside", found.put_aside))
    is_well = not (found.is_stuck(now) or found.is_backup_old(now))
    lines.append(reader.say("health.well" if is_well else "health.call_for_help"))
    rows = (_choice(held, reader),) if held else ()
    return OutgoingMessage("\n".join(lines), buttons=(*rows, (buttons.coordination(reader), buttons.home(reader))))


_ALARMS = {"deaf": "health.alarm.deaf", "queue": "health.alarm.queue", "backup": "health.alarm.backup",
           "disk": "health.alarm.disk", "clock": "health.alarm.clock", "door": "health.alarm.door",
           "aside": "health.alarm.aside", "rival": "health.alarm.rival"}  # fmt: skip


def alarm(cause: str, reader: Reader, *, until: datetime | None = None) -> OutgoingMessage:
    """Something is wrong with the machine: what, and whom to call; or when it is over by itself."""
    if until is not None:
        text: str = reader.say("health.silent", when=reader.short_moment(until))
    else:
        text = "\n".join([reader.say(_ALARMS[cause]), *([] if cause == DOOR else [reader.say("health.call_for_help")])])
    look = Button(reader.say("coordination.button.health"), callbacks.Open("health").pack())
    return OutgoingMessage(text, buttons=((look,),))


def restored(number: int, reader: Reader) -> OutgoingMessage:
    """An older copy was put back: what it would send was perhaps sent already, who was put out since is in again."""
    waits = reader.say_n("health.restored", number) if number else reader.say("health.restored.none")
    text = "\n".join([waits, reader.say("health.restored.roles")])
    look = (Button(reader.say("coordination.button.members"), callbacks.Open("directory").pack()),
            Button(reader.say("health.button.invitations"), callbacks.Open("invitations").pack()))  # fmt: skip
    return OutgoingMessage(text, buttons=(*((_choice(number, reader),) if number else ()), look, (buttons.home(reader),)))


def _choice(number: int, reader: Reader) -> tuple[Button, ...]:
    return (Button(reader.say_n("health.button.send", number), callbacks.LetGo(1).pack()),
            Button(reader.say("health.button.leave"), callbacks.LetGo(0).pack()))  # fmt: skip


def let_go(number: int, reader: Reader, *, sends: bool) -> OutgoingMessage:
    """It goes out now, or never."""
    text = reader.say_n("health.sent" if sends else "health.left", number)
    return OutgoingMessage(text, buttons=((buttons.home(reader),),))
