"""What colleagues tell each other."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from ops_portal.desk.models import Note
from ops_portal.desk.operations.notes import NoteDraft, write_notes
from ops_portal.lib.principals import Principal
from ops_portal.lib.testing.statements import statements_of
from tests.desk.papers import paper, person
from tests.factories import ACTOR, NOON


def test_a_note_keeps_its_words_and_its_author(kind):
    mei = person("mei")
    paper("P-1")
    actor = Principal("person", "mei", user_id=mei.pk)
    write_notes([NoteDraft("paper", "P-1", "  call her after six \n")], actor=actor, at=NOON).one()
    (note,) = Note.objects.values_list("document_kind", "document_number", "text", "author", "actor", "at")
    assert note == ("paper", "P-1", "call her after six", mei.pk, "person:mei", NOON)


def test_3_notes_that_say_nothing_or_too_much_or_to_nobody_are_refused_and_the_4th_stands(kind):
    paper("P-1")
    drafts = [
        NoteDraft("paper", "P-1", " \n"),
        NoteDraft("paper", "P-1", "x" * 4001),
        NoteDraft("paper", "P-0", "hello"),
        NoteDraft("paper", "P-1", "x" * 4000),
    ]
    outcome = write_notes(drafts, actor=ACTOR, at=NOON)
    assert [refusal.code for _index, refusal in outcome.refused] == [
        "note_empty",
        "note_too_long",
        "no_such_document",
    ]
    assert Note.objects.count() == 1


def test_30_notes_take_as_many_statements_as_1(kind):
    paper("P-1")
    drafts = [NoteDraft("paper", "P-1", f"note {index}") for index in range(30)]
    counts = [
        len(statements_of(lambda batch=batch: write_notes(batch, actor=ACTOR, at=NOON)))
        for batch in (drafts[:1], drafts)
    ]
    assert counts == [3, 3]


def test_a_note_is_never_rewritten(kind):
    paper("P-1")
    write_notes([NoteDraft("paper", "P-1", "a")], actor=ACTOR, at=NOON)
    for change in (lambda: Note.objects.update(text="b"), lambda: Note.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
