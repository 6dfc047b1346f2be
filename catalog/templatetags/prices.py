"""What templates say of prices."""

from __future__ import annotations

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Price
from catalog.queries.prices import end_of

register = template.Library()
FORM = "%Y-%m-%d %H:%M"


@register.simple_tag
def price_time(price: Price) -> str:
    """Say from when until when a price holds, or until when it was to before it was ended."""
    ends = end_of(price)
    since = timezone.localtime(price.since).strftime(FORM)
    if ends is None:
        return _("from the beginning") if price.since.year <= 2000 else _("from %(since)s") % {"since": since}
    if ends <= price.since:
        return _("from %(since)s, ended before") % {"since": since}
    until = timezone.localtime(ends).strftime(FORM)
    said = _("%(since)s to %(until)s, ended early") if ends != price.until else _("%(since)s to %(until)s")
    return said % {"since": since, "until": until}
