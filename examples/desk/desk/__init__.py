"""A support desk: customers open tickets, agents take care of them, and both talk until it is done."""

import os

from desk_wire.desk import errors, routes, table
from palaver_runtime.kit import Core, Http, Site, Surface, socketio

from desk import codec
from desk.duty import Duty
from desk.events import DeskEvents
from desk.rest import DeskRoutes
from desk.voice import DeskVoice

DEFAULT_PORT = 4010


def build(core: Core, site: Site) -> Surface:
    """Bind the handlers to the documents; palaver serve calls this. DESK_AGENTS names the agents, with commas."""
    agents = frozenset(name for each in os.environ.get("DESK_AGENTS", "").split(",") if (name := each.strip()))
    return socketio(
        core,
        site,
        dialect="desk",
        voice=DeskVoice(),
        events=table.bind_events(DeskEvents(core, Duty(), agents)),
        routes=routes.bind_routes(DeskRoutes(core)),
        http=Http(core, errors.CATALOGUE, codec.refused),
    )
