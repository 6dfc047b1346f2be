"""Make an API key: as accounts does, or for a partner, whose brands and whose changes of brands it then follows."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from consignment.drafts import PartnerKeyDraft
from consignment.operations.partners import create_partner_keys
from ops_portal.accounts.management.commands.create_api_key import Command as AnyKey


class Command(AnyKey):
    help = (
        "Make an API key that acts as a service user with the given roles, or for a partner; print it once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--partner",
            metavar="CODE",
            help="The partner for whom the key acts, instead of roles and grants.",
        )
        for action in parser._actions:
            if action.dest == "role":
                action.required = False

    def work(self, **options: Any) -> dict[str, Any]:
        code: str | None = options.pop("partner")
        if code is None:
            if not options["role"]:
                raise CommandError("Name a --role, or a --partner.")
            return super().work(**options)
        if options["role"] or options["shop"] or options["brand"]:
            raise CommandError(
                "A partner's key has the partner's brands; leave --role, --shop and --brand out."
            )
        draft = PartnerKeyDraft(
            partner_code=code,
            name=options["name"],
            scopes=options["scope"],
            expires_days=options["expires_days"],
        )
        return {"key": create_partner_keys([draft], actor=self.principal, at=self.now()).one().text}
