"""What the desk asks: deadlines in working time, the rows that wait, the papers of one document."""

from ops_portal.desk.queries.clocks import (
    DEFAULT_CALENDAR,
    calendar_of_team,
    team_calendar,
    team_calendars,
    team_deadline,
)

__all__ = [
    "DEFAULT_CALENDAR",
    "calendar_of_team",
    "team_calendar",
    "team_calendars",
    "team_deadline",
]
