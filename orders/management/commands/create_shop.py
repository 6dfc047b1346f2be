from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from ops_portal.lib.doors.commands import JsonCommand
from orders.models.shops import is_a_timezone
from orders.operations.shops import ShopDraft, create_shops


class Command(JsonCommand):
    help = "Open a shop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--platform", required=True)
        parser.add_argument("--name", default="")
        parser.add_argument("--timezone", default="Asia/Shanghai")
        parser.add_argument("--currency", default="CNY")

    def work(self, **options: Any) -> dict[str, Any]:
        try:
            is_a_timezone(options["timezone"])
        except ValidationError as error:
            raise CommandError(error.messages[0]) from error
        draft = ShopDraft(
            **{name: options[name] for name in ("code", "platform", "name", "timezone", "currency")}
        )
        shop = create_shops([draft], actor=self.principal, at=self.now()).one()
        return {"shop": shop.code, "platform": shop.platform, "timezone": shop.timezone}
