import gettext
import os
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError
from django.core.management import CommandError, call_command
from django.utils.translation import gettext as translated
from django.utils.translation import override

from ops_portal.lib import messages
from ops_portal.lib.catalogues import catalogue_path, compile_if_stale, locales

PAGE = """{% load i18n %}
  {% if a %}
      <h1>{% translate "Stock now" %} {{ x|default:_("none") }}</h1>
  {% endif %}
    {% blocktranslate trimmed with n=order.number %}
      Order {{ n }}
      is 100% paid
    {% endblocktranslate %}
 {% blocktranslate count units=units %}{{ units }} unit{% plural %}{{ units }} units{% endblocktranslate %}
{% translate "May" context "month" %}
"""
CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext

SENTENCE = _(
    "%(number)s is short of "
    "%(units)s units."
)
f(_("Ship"), ngettext("%(n)s row", "%(n)s rows", 2), pgettext("verb", "Order"), _(variable))
"""


@pytest.fixture
def house(settings, tmp_path) -> Path:
    """Return a small project of its own, with no catalogue yet."""
    settings.BASE_DIR = tmp_path
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    for place, text in {
        "app/operations.py": CODE,
        "app/migrations/0001.py": '_("not a text of ours")',
        "tests/test_app.py": '_("nor this")',
        ".venv/lib/x.py": '_("nor this")',
        "templates/app/page.html": PAGE,
        "docs/page.html": '{% translate "nor this" %}',
    }.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text(text)
    return tmp_path


def texts_of(catalog) -> set:
    return {
        (message.id, message.context) if message.context else message.id
        for message in messages.messages_of(catalog)
    }


def say(command: str) -> str:
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


def translate(locale: str, **texts: str) -> None:
    """Fill the catalogue: what ``texts`` doesn't name gets its own placeholders around a 好."""
    catalog = messages.own_catalogue(locale)
    for message in messages.messages_of(catalog):
        last = message.id if isinstance(message.id, str) else message.id[-1]
        text = texts.get(last, "好" + "".join(messages.PLACEHOLDER.findall(last)))
        message.string = text if isinstance(message.id, str) else (text,)
    messages.write_catalogue(locale, catalog)


def test_texts_are_found_in_python_and_templates_and_not_where_no_user_reads(house):
    found = messages.portal_texts()
    assert texts_of(found) == {
        "%(number)s is short of %(units)s units.",
        "Ship",
        ("%(n)s row", "%(n)s rows"),
        ("Order", "verb"),
        "Stock now",
        "none",
        "Order %(n)s is 100%% paid",
        ("%(units)s unit", "%(units)s units"),
        ("May", "month"),
    }
    assert found.get("Ship").locations == [("app/operations.py", 0)]


def test_a_source_that_cannot_be_read_is_an_error(house):
    (house / "app/broken.py").write_text('f(_("""open')
    with pytest.raises(Exception, match="multi-line"):
        messages.portal_texts()


def test_collecting_keeps_translations_guesses_none_and_writes_nothing_twice(house):
    assert "written" in say("collect_messages")
    translate("zh_Hans", Ship="发货")
    before = catalogue_path("zh_Hans").read_text()
    assert "zh_Hans/LC_MESSAGES/django.po" in say("collect_messages").splitlines()[0]
    assert catalogue_path("zh_Hans").read_text() == before
    (house / "app/operations.py").write_text(CODE.replace("Ship", "Ships"))
    say("collect_messages")
    catalog = messages.own_catalogue("zh_Hans")
    assert (catalog.get("Ships").string, catalog.get("Ships").fuzzy) == ("", False)
    assert catalog.get("Ship") is None
    (house / "app/operations.py").write_text(CODE)
    say("collect_messages")
    assert messages.own_catalogue("zh_Hans").get("Ship").string == "发货"


def test_collecting_takes_in_what_installed_packages_leave_untranslated(house):
    say("collect_messages")
    catalog = messages.own_catalogue("zh_Hant")
    foreign = [message for message in messages.messages_of(catalog) if not message.locations]
    shipped = messages.shipped_translations("zh_Hant")
    named = {name for message in foreign for name in message.auto_comments}
    assert named == set(messages.FOREIGN_APPS)
    assert len([message for message in foreign if "unfold" in message.auto_comments]) > 90
    assert not any(messages.is_translated(messages.find(shipped, message)) for message in foreign)


def test_the_check_passes_where_all_is_translated(house):
    say("collect_messages")
    for locale in locales():
        translate(locale)
    assert say("check_catalogues") == "Every text is translated.\n"


@pytest.mark.parametrize(
    ("ruin", "said"),
    [
        (lambda text: text.replace('msgstr "好"', 'msgstr ""', 1), "is not translated"),
        (lambda text: text.replace('msgid "Ship"', 'msgid "Sheep"'), "“Ship” is not in the catalogue"),
        (lambda text: text.replace('msgid "Ship"', '#, fuzzy\nmsgid "Ship"'), "“Ship” is fuzzy"),
        (lambda text: text.replace('msgstr "好%(number)s', 'msgstr "好%(numbr)s'), "has other placeholders"),
        (lambda text: text.replace('msgstr[0] "好%(n)s"', 'msgstr[0] "好"'), "has other placeholders"),
        (lambda text: text.replace('msgstr[0] "好%(n)s"', 'msgstr[0] ""'), "“%(n)s row” is not translated"),
        (lambda text: text.replace('msgstr "好"', 'msgstr "門市"'), "characters of the other script: 門"),
        (lambda text: text.replace('msgstr "好%(number)s', 'msgstr "好%(number)s,'), "has “,” where Chinese"),
    ],
)
def test_the_check_names_what_is_wrong(house, ruin, said):
    say("collect_messages")
    for locale in locales():
        translate(locale)
    path = catalogue_path("zh_Hans")
    ruined = ruin(path.read_text())
    assert ruined != path.read_text()
    path.write_text(ruined)
    out = StringIO()
    with pytest.raises(CommandError, match="missing or wrong"):
        call_command("check_catalogues", stdout=out)
    assert said in out.getvalue()
    assert "zh_Hant" not in out.getvalue()


def test_the_check_fails_without_any_catalogue(house):
    with pytest.raises(CommandError):
        call_command("check_catalogues", stdout=StringIO())


def test_compiling_makes_what_gettext_reads_and_then_nothing(house):
    say("collect_messages")
    for locale in locales():
        translate(locale, Ship="发货" if locale == "zh_Hans" else "發貨")
    assert len(compile_if_stale()) == 2
    assert compile_if_stale() == []
    assert say("compile_catalogues") == ""
    found = gettext.translation("django", house / "locale", ["zh_Hant"])
    assert found.gettext("Ship") == "發貨"
    assert found.ngettext("%(n)s row", "%(n)s rows", 5) == "好%(n)s"


def test_a_catalogue_of_another_age_is_compiled_again_even_an_older_one(house):
    say("collect_messages")
    compile_if_stale()
    path = catalogue_path("zh_Hans")
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert compile_if_stale() == [path.with_suffix(".mo")]


def test_many_may_compile_at_once(house):
    say("collect_messages")
    translate("zh_Hans")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: compile_if_stale(), range(16)))
    assert gettext.translation("django", house / "locale", ["zh_Hans"]).gettext("Ship") == "好"
    assert not list(house.glob("locale/*/*/.django-*"))


def test_what_cannot_be_written_stays_as_it_is(house, monkeypatch):
    say("collect_messages")

    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    assert compile_if_stale() == []


def test_a_catalogue_that_cannot_be_read_is_an_error(house):
    say("collect_messages")
    catalogue_path("zh_Hans").write_text('msgid "Ship"\nmsgstr "x"\nnonsense\n')
    with pytest.raises(PoFileError):
        compile_if_stale()


def test_the_portal_speaks_both_kinds_of_chinese():
    with override("zh-hans"):
        simplified = translated("record of moves")
    with override("zh-hant"):
        traditional = translated("record of moves")
    assert len({simplified, traditional, "record of moves"}) == 3
