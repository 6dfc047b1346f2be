"""People and what they may see, the keys of machines, and the record of who did what."""

from ops_portal.accounts.models.keys import ApiKey
from ops_portal.accounts.models.people import Department, Grant, User
from ops_portal.accounts.models.records import AccessRecord, AuditEntry

__all__ = ["AccessRecord", "ApiKey", "AuditEntry", "Department", "Grant", "User"]
