"""All views by name, who may read which, and which are made once for a crowd: the tables of the features, put together."""

from __future__ import annotations

from bot.rendering import announcements, delegations, desk, meetings, members, questions, tasks, volunteers
from bot.rendering.moment import View

_FEATURES = (announcements, delegations, desk, meetings, members, questions, tasks, volunteers)

VIEWS: dict[str, View] = {name: view for feature in _FEATURES for name, view in feature.VIEWS.items()}
# What only those may read who may do this: asked again when it is sent, and when it is redrawn.
READERS: dict[str, str] = {name: action for feature in _FEATURES for name, action in feature.READERS.items()}
# Views whose message depends on what was queued and on the reader's language and place alone, on nothing else of theirs:
# it is made once for all who read alike.
FOR_A_CROWD = announcements.FOR_A_CROWD
