"""What the house says of itself to who looks after it."""

from __future__ import annotations

from datetime import datetime

from bot.domain import health
from bot.rendering.moment import Moment, Rendered, View
from bot.views import desk as desk_views
from bot.views import health as health_views


def _alarm(moment: Moment) -> Rendered:
    until = moment.values.get("until")
    return health_views.alarm(moment.values["cause"], moment.reader, until=datetime.fromisoformat(until) if until else None)


VIEWS: dict[str, View] = {
    health.RESTORED: lambda moment: health_views.restored(moment.values["number"], moment.reader),
    health.ALARM: _alarm,
    "outbox.parked": lambda moment: desk_views.parked(moment.values["delivery_id"], moment.reader),
}
READERS = {health.RESTORED: "health.release", health.ALARM: "health.look"}
