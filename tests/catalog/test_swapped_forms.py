"""Forms that a page exchanges while they are filled in."""

from __future__ import annotations

import re
from pathlib import Path

TEMPLATES = Path(__file__).parents[2] / "templates"
# A field is a property of its form: under one of these names it stands before what the browser's script calls
# there, and the form is never exchanged.
CALLED = {
    "remove",
    "closest",
    "matches",
    "querySelector",
    "querySelectorAll",
    "getAttribute",
    "dispatchEvent",
}


def test_no_field_of_a_form_takes_the_name_of_what_is_called_on_the_form():
    named = {
        (str(path.relative_to(TEMPLATES)), name)
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r'\bname="([^"{]+)"', path.read_text())
    }
    assert len(named) > 300
    assert {pair for pair in named if pair[1] in CALLED} == set()
