"""What the house says of itself to who looks after it."""

from __future__ import annotations

from bot.domain import health
from bot.rendering.moment import View
from bot.views import desk as desk_views
from bot.views import health as health_views

VIEWS: dict[str, View] = {
    health.RESTORED: lambda moment: health_views.restored(moment.values["number"], moment.reader),
    health.ALARM: lambda moment: health_views.alarm(moment.values["cause"], moment.reader),
    "outbox.parked": lambda moment: desk_views.parked(moment.values["delivery_id"], moment.reader),
}
READERS = {health.RESTORED: "health.release", health.ALARM: "health.look"}
