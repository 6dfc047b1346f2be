"""What a file that somebody dropped may be: held against the heading row that each kind asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from ops_portal.accounts.models import User
from ops_portal.intake.kinds import ImportKind, Options, all_kinds, offered_to
from ops_portal.intake.reading import FileRefused
from ops_portal.intake.tables import ColumnsMissing
from ops_portal.lib.refusals import Refused


class SeveralFiles(Refused):
    """Several files were dropped that don't belong together."""

    code = "several_files"


class NotYourKind(Refused):
    """The file is of a kind that its sender may not bring in."""

    code = "not_your_kind"


@dataclass(frozen=True, slots=True)
class Guess:
    """A kind that can read the file, and how many of the file's columns it knows."""

    kind: ImportKind
    columns: int


def guess_kinds(user: User, path: Path) -> list[Guess]:
    """Return the kinds that ``user`` may take in and that can read the file, the likeliest first.

    Refuses what no kind can read, SeveralFiles, and NotYourKind where a kind of others knows more of its columns.
    """
    guesses = []
    refusals = []
    for kind in all_kinds():
        if kind.is_folder != path.is_dir():
            continue
        try:
            source = kind.open(path, any_options(user, kind))
            guesses.append(Guess(kind, len(source.own_headings)))
        except Refused as refused:
            refusals.append(refused)
    if not guesses and path.is_dir():
        raise SeveralFiles(_("These files are not of one kind that comes in several. Drop them one by one."))
    if not guesses and all(is_of_any_kind(refusal) for refusal in refusals):
        raise refusals[0]
    guesses.sort(key=lambda guess: (-guess.columns, guess.kind.code))
    own = [guess for guess in guesses if user.has_perm(guess.kind.permission)]
    if own[:1] != guesses[:1] and (not own or own[0].columns < guesses[0].columns):
        detail = _(
            "This looks like “%(kind)s”, which is not yours to bring in. Give it to a colleague who may."
        )
        raise NotYourKind(detail, kind=str(guesses[0].kind.label))
    return own


def is_of_any_kind(refusal: Refused) -> bool:
    """Tell whether a file is refused whatever kind it may be: not for the columns that one kind misses."""
    return isinstance(refusal, FileRefused) and not isinstance(refusal, ColumnsMissing)


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
