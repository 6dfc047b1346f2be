import base64

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from ops_portal.lib.checks import check_keys
from ops_portal.lib.refusals import Refused
from ops_portal.lib.sealing import (
    NotGenuine,
    blind_index,
    is_sealed_by_current_key,
    mask_address,
    mask_name,
    mask_phone,
    seal,
    unseal,
)

BUYER = {"name": "张三丰", "phone": "13812345678", "address": "浙江省杭州市余杭区文一西路969号"}
NEW_KEY = base64.b64encode(b"n" * 32).decode()


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=80), max_size=5))
def test_what_is_sealed_opens_to_the_same(data):
    assert unseal(seal(data)) == data


def test_sealing_twice_gives_different_bytes_that_hold_nothing_readable():
    first, second = seal(BUYER), seal(BUYER)
    assert first != second
    assert "张三丰".encode() not in first
    assert b"13812345678" not in first


@pytest.mark.parametrize("place", [0, 1, 12, 13, 20, -1])
def test_one_changed_bit_is_noticed(place):
    sealed = bytearray(seal(BUYER))
    sealed[place] ^= 1
    with pytest.raises(NotGenuine):
        unseal(bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"x", b"x" * 12, b"x" * 40])
def test_what_was_never_sealed_is_refused(sealed):
    with pytest.raises(Refused) as refused:
        unseal(sealed)
    assert refused.value.code == "not_genuine"


def test_a_cut_seal_is_refused():
    sealed = seal(BUYER)
    for length in range(len(sealed)):
        with pytest.raises(NotGenuine):
            unseal(sealed[:length])


def test_an_old_key_still_opens_and_a_forgotten_one_does_not(settings):
    old, sealed = settings.SEALING_KEY, seal(BUYER)
    settings.SEALING_KEYS_OLD = [old]
    settings.SEALING_KEY = NEW_KEY
    assert unseal(sealed) == BUYER
    assert not is_sealed_by_current_key(sealed)
    assert is_sealed_by_current_key(seal(BUYER))
    settings.SEALING_KEYS_OLD = []
    with pytest.raises(NotGenuine):
        unseal(sealed)


def test_unseal_takes_what_the_database_gives():
    assert unseal(memoryview(seal(BUYER))) == BUYER


def test_one_phone_has_one_blind_index_however_it_is_written():
    index = blind_index("13812345678", "phone")
    assert len(index) == 16
    for written in (
        "+86 138-1234-5678",
        "8613812345678",
        "0086 138 1234 5678",
        "138 1234 5678",
        "１３８１２３４５６７８",
    ):
        assert blind_index(written, "phone") == index
    assert blind_index("13812345679", "phone") != index
    assert blind_index("+86 571 8888 8888", "phone") == blind_index("0571-88888888", "phone")
    assert blind_index("+1 861 234 5678", "phone") != blind_index("12345678", "phone")


def test_a_blind_index_is_bound_to_its_purpose_and_key(settings):
    name = blind_index("Zhang San", "name")
    assert blind_index("zhang　SAN", "name") == name
    assert blind_index("Zhang San", "address") != name
    settings.BLIND_INDEX_KEY = NEW_KEY
    assert blind_index("Zhang San", "name") != name


@pytest.mark.parametrize(
    ("mask", "plain", "masked"),
    [
        (mask_name, "张三丰", "张**"),
        (mask_name, "张三", "张*"),
        (mask_name, "张", "*"),
        (mask_name, "", ""),
        (mask_name, "张**", "张**"),
        (mask_phone, "13812345678", "138****5678"),
        (mask_phone, "+86 138 1234 5678", "138****5678"),
        (mask_phone, "138****5678", "138****5678"),
        (mask_phone, "88881234", "****34"),
        (mask_phone, "110", "***"),
        (mask_phone, "", ""),
        (mask_address, "浙江省杭州市余杭区文一西路969号", "浙江省杭州市****"),
        (mask_address, "西路9号", "西路****"),
        (mask_address, "浙江省杭州市****", "浙江省杭州市****"),
        (mask_address, "", ""),
    ],
)
def test_masks(mask, plain, masked):
    assert mask(plain) == masked


@given(st.text(min_size=2, max_size=60))
def test_masks_never_show_the_whole_of_what_was_readable(text):
    if not text.strip() or "*" in text:
        return
    assert mask_name(text) != text.strip()
    assert mask_address(text) != text.strip()


@pytest.mark.parametrize("bad", ["", "short", "not base64!", base64.b64encode(b"x" * 31).decode(), None])
def test_a_bad_key_is_named_in_a_clear_sentence(settings, bad):
    settings.SEALING_KEY = bad
    with pytest.raises(ImproperlyConfigured, match="SEALING_KEY must be the Base64 of 32 random bytes"):
        seal(BUYER)
    assert [problem.id for problem in check_keys()] == ["lib.E001"]


def test_the_check_also_reads_old_keys_and_refuses_one_key_for_two_purposes(settings):
    assert check_keys() == []
    settings.SEALING_KEYS_OLD = ["nonsense"]
    assert [problem.id for problem in check_keys()] == ["lib.E001"]
    settings.SEALING_KEYS_OLD = []
    settings.BLIND_INDEX_KEY = settings.SEALING_KEY
    assert [problem.id for problem in check_keys()] == ["lib.E002"]
