import pytest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from ops_portal.lib.refusals import Outcome, Refused, raise_first
from ops_portal.lib.states import IllegalMove

SENTENCE = _("%(number)s is “%(here)s”; it can't become “%(there)s”.")


def test_a_refusal_fills_its_facts_into_its_sentence():
    assert str(Refused("Only %(left)s of %(sku)s.", left=2, sku="A-1")) == "Only 2 of A-1."


def test_a_refusal_without_facts_says_its_sentence_as_it_stands():
    assert str(Refused("At most 50% off.")) == "At most 50% off."
    assert str(Refused()) == ""


def test_a_refusal_speaks_the_language_of_who_reads_it():
    refused = IllegalMove(SENTENCE, number="SO1", here="a", there="b")
    assert str(refused) == "SO1 is “a”; it can't become “b”."
    with override("zh-hant"):
        assert str(refused) != "SO1 is “a”; it can't become “b”."
        assert "SO1" in str(refused)


def test_facts_stay_for_machines():
    refused = Refused("no", skus=["A-1"])
    assert (refused.code, refused.facts) == ("refused", {"skus": ["A-1"]})


def test_one_gives_the_only_result_of_a_batch_of_one():
    assert Outcome(done=["order"]).one() == "order"


def test_one_raises_the_refusal_of_a_batch_of_one():
    outcome: Outcome[str] = Outcome(refused=[(0, Refused("no"))])
    with pytest.raises(Refused, match="no"):
        outcome.one()


@pytest.mark.parametrize("done", [[], ["a", "b"]])
def test_one_is_only_for_a_batch_of_one(done):
    with pytest.raises(ValueError, match="values to unpack"):
        Outcome(done=done).one()


def test_raise_first_raises_the_first_and_nothing_where_there_is_none():
    raise_first([])
    with pytest.raises(Refused, match="first"):
        raise_first([(3, Refused("first")), (1, Refused("second"))])
