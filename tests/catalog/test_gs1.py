"""What labels say in one scan, and days as people type them."""

from __future__ import annotations

from datetime import date

import pytest

from catalog.gs1 import Label, barcodes_of, read_day, read_label

GTIN = "06901234567892"
WHOLE = Label(GTIN, "LOT1", date(2028, 12, 31))


@pytest.mark.parametrize(
    ("code", "label"),
    [
        (f"01{GTIN}17281231" + "10LOT1", WHOLE),
        (f"]C101{GTIN}10LOT1\x1d17281231", WHOLE),
        (f"]d201{GTIN}10LOT1\x1d17281231", WHOLE),
        (f"01{GTIN}10LOT1|17281231", WHOLE),
        (f"01{GTIN}10LOT1<GS>17281231", WHOLE),
        (f"01{GTIN}10LOT1^]17281231", WHOLE),
        (f"(01){GTIN}(17)281231(10)LOT1", WHOLE),
        (f"(01){GTIN}(15)281231(10)LOT1", WHOLE),
        (f"(01){GTIN}(17)281200", Label(GTIN, expires_on=date(2028, 12, 31))),
        (f"(02){GTIN}(37)24", Label(GTIN, units=24)),
        (f"(01){GTIN}(11)280101", Label(GTIN, made_on=date(2028, 1, 1))),
        ("6901234567892", None),
        ("A-100", None),
        ("", None),
        ("(", None),
        ("(01)", None),
        ("]C1", None),
        ("01" + "9" * 200, None),
    ],
)
def test_a_label_is_read_however_the_scanner_separates_its_groups(code, label):
    assert read_label(code) == label


def test_a_gtin_is_found_with_and_without_the_zeros_before_it():
    assert barcodes_of(GTIN) == barcodes_of("6901234567892") == [GTIN, "6901234567892"]
    assert barcodes_of("00000012345670") == ["00000012345670", "0000012345670", "000012345670", "12345670"]
    assert barcodes_of("A-100") == ["A-100"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("281231", date(2028, 12, 31)),
        ("20281231", date(2028, 12, 31)),
        ("2028-12-31", date(2028, 12, 31)),
        ("2028/2/29", date(2028, 2, 29)),
        ("2028.2.9", date(2028, 2, 9)),
        ("280200", date(2028, 2, 29)),
        ("17281231", date(2028, 12, 31)),
        ("(17)281231", date(2028, 12, 31)),
        ("280230", None),
        ("281331", None),
        ("281300", None),
        ("2028-02-30", None),
        ("0000-00-00", None),
        ("99999999", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_day_is_read_as_people_and_labels_write_it(text, day):
    assert read_day(text) == day
