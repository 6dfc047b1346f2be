from django.utils.translation import override

from ops_portal.lib.wording import called, kind_called, listed


def test_who_acted_is_said_without_the_code_of_its_kind():
    with override("zh-hans"):
        assert called("person:linxiaoman") == "linxiaoman"
        assert called("key:73b2eb772016") == "API 密钥 73b2eb772016"
        assert [called("system:portal"), called("job:intake.run")] == ["系统", "系统"]
        assert called("") == ""


def test_a_kind_of_document_and_a_list_of_words_are_said_in_the_readers_language():
    with override("zh-hant"):
        assert kind_called("order") == "訂單"
        assert listed(["待審核", "缺貨"]) == "待審核、缺貨"
    assert listed(["a", "b"]) == "a, b"
