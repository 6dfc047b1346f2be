"""Where feedback comes in, and who may read it and bring it."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.choices import Role


class Channel(models.TextChoices):
    """The way on which a customer spoke."""

    REVIEW = "review", _("review")
    QUESTION = "question", _("question on the product page")
    CHAT = "chat", _("chat")
    CALL = "call", _("telephone")
    EMAIL = "email", _("e-mail")
    SURVEY = "survey", _("survey")
    SOCIAL = "social", _("social media")
    OTHER = "other", _("other")


# Two stars and fewer are negative.
NEGATIVE_RATING: Final = 2

READERS: Final = frozenset(
    {
        Role.CUSTOMER_SERVICE,
        Role.AFTERSALES,
        Role.OPERATIONS,
        Role.ONSITE_OPERATOR,
        Role.SALES,
        Role.PRODUCT,
        Role.PRODUCT_SUPERVISOR,
        Role.RESEARCH,
        Role.PROCESS_TEAM,
        Role.OPERATIONS_MANAGER,
        Role.MANAGEMENT,
    }
)

IMPORTERS: Final = frozenset(
    {Role.CUSTOMER_SERVICE, Role.OPERATIONS, Role.ONSITE_OPERATOR, Role.OPERATIONS_MANAGER}
)

PERMISSIONS: Final[dict[str, frozenset[Role]]] = {
    "feedback.view_feedbackitem": READERS,
    "feedback.import_feedback": IMPORTERS,
}
