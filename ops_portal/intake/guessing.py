"""What a file that somebody dropped may be: held against the heading row that each kind asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ops_portal.accounts.models import User
from ops_portal.intake.kinds import ImportKind, Options, all_kinds, offered_to
from ops_portal.lib.refusals import Refused


@dataclass(frozen=True, slots=True)
class Guess:
    """A kind that can read the file, and how many of the file's columns it knows."""

    kind: ImportKind
    columns: int


def guess_kinds(user: User, path: Path) -> list[Guess]:
    """Return the kinds that ``user`` may take in and that can read the file, the likeliest first."""
    guesses = []
    for kind in all_kinds():
        if kind.is_folder != path.is_dir() or not user.has_perm(kind.permission):
            continue
        with suppress(Refused):
            source = kind.open(path, any_options(user, kind))
            guesses.append(Guess(kind, len(source.own_headings)))
    return sorted(guesses, key=lambda guess: (-guess.columns, guess.kind.code))


def any_options(user: User, kind: ImportKind) -> Options:
    """Return options under which a file of this kind can be opened."""
    shop, brand = (
        next((code for code, _name in offered_to(user, name)), "") if name in kind.wants else ""
        for name in ("shop", "brand")
    )
    return Options(shop=shop, brand=brand)


def guess_option(offered: Iterable[tuple[str, str]], names: Sequence[str]) -> str:
    """Return the only code that is offered, or the only one whose code or name stands in a file's name; else none."""
    choices = list(offered)
    if len(choices) == 1:
        return choices[0][0]
    said = " ".join(names).casefold()
    found = [code for code, name in choices if code.casefold() in said or name.casefold() in said]
    return found[0] if len(found) == 1 else ""
