"""What a product may say of itself: attributes of its category, axes, and variants each in a place of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog.choices import AttributeKind, PriceRole, SkuStage
from catalog.drafts import ProductDraft, VariantDraft
from catalog.models import Attribute
from catalog.operations.prices import check_floor, checked_amount
from ops_portal.lib.refusals import Refused

MOST_AXES = 4
MOST_VARIANTS = 1_000
LONGEST = {"code": 60, "name": 200, "sku_code": 60, "barcode": 40, "packaging": 200, "axis": 40, "value": 120}
AMOUNTS = ("list_price", "cost", "floor_price", "reference_price")
MEASURES = ("weight_grams", "length_mm", "width_mm", "height_mm", "shelf_life_days")
LARGEST = 2_147_483_647

Axes = tuple[tuple[str, tuple[str, ...]], ...]


class ValueMissing(Refused):
    """A product has no code or no name."""

    code = "value_missing"


class TooLong(Refused):
    """A text is longer than there is room for."""

    code = "too_long"


class BadAxes(Refused):
    """Axes are blank, named twice, have a value twice or none, or are too many."""

    code = "bad_axes"


class TooManyVariants(Refused):
    """A product has more variants than anyone can choose from."""

    code = "too_many_variants"


class UnknownAxisValue(Refused):
    """A variant names an axis or a value that the product does not have."""

    code = "unknown_axis_value"


class OptionMissing(Refused):
    """A variant says nothing of one of the axes."""

    code = "option_missing"


class VariantTwice(Refused):
    """Two variants have the same options."""

    code = "variant_twice"


class SkuTwice(Refused):
    """Two variants have the same SKU code."""

    code = "sku_twice"


class UnknownAttribute(Refused):
    """An attribute is none of the product's category."""

    code = "unknown_attribute"


class BadAttribute(Refused):
    """The value of an attribute is not of its type, or none of those to choose from."""

    code = "bad_attribute"


class BadMeasure(Refused):
    """A weight, a length or a shelf life is no whole number above or at zero."""

    code = "bad_measure"


class UnknownPriceRole(Refused):
    """A price has no such role."""

    code = "unknown_price_role"


class UnknownStage(Refused):
    """A SKU stands in no such stage of life."""

    code = "unknown_stage"


def check_texts(draft: ProductDraft) -> None:
    """Refuse what is blank or too long."""
    for column, value in (("code", draft.code), ("name", draft.name)):
        if not value.strip():
            raise ValueMissing(_("The product has no %(column)s."), column=column)
    values = [("code", draft.code), ("name", draft.name)]
    values += [("axis", name) for name, _values in draft.axes]
    values += [("value", value) for _name, of_axis in draft.axes for value in of_axis]
    for variant in draft.variants:
        values += [(column, getattr(variant, column)) for column in ("sku_code", "barcode", "packaging")]
    for column, value in values:
        if len(value) > LONGEST[column]:
            detail = _("“%(value)s” has more than %(most)s characters.")
            raise TooLong(detail, value=f"{value[:40]}…", most=LONGEST[column])


def clean_axes(axes: Axes) -> Axes:
    """Return the axes without blanks around their names and values. Refuses BadAxes."""
    cleaned = tuple((name.strip(), tuple(value.strip() for value in values)) for name, values in axes)
    names = [name for name, _values in cleaned]
    if len(cleaned) > MOST_AXES:
        raise BadAxes(_("A product has %(most)s axes at most."), most=MOST_AXES)
    if len(set(names)) < len(names) or not all(names):
        raise BadAxes(_("Every axis needs a name of its own."))
    for name, values in cleaned:
        if not values or not all(values) or len(set(values)) < len(values):
            raise BadAxes(_("The axis “%(axis)s” needs values, each of them once."), axis=name)
    return cleaned


def check_variants(axes: Axes, variants: Sequence[VariantDraft]) -> None:
    """Refuse variants that have no place in the grid, or share one; without axes, those that share a code."""
    if len(variants) > MOST_VARIANTS:
        raise TooManyVariants(_("A product has %(most)s variants at most."), most=MOST_VARIANTS)
    offered = {name: set(values) for name, values in axes}
    places: set[tuple[str, ...]] = set()
    codes: set[str] = set()
    for variant in variants:
        place = place_of(axes, offered, variant)
        if place in places and (axes or not variant.sku_code):
            detail = _("Two variants are “%(variant)s”.")
            raise VariantTwice(detail, variant=" / ".join(place) or variant.sku_code)
        places.add(place)
        if variant.sku_code and variant.sku_code in codes:
            raise SkuTwice(_("Two variants have the SKU code %(sku)s."), sku=variant.sku_code)
        codes.add(variant.sku_code)


def place_of(axes: Axes, offered: Mapping[str, set[str]], variant: VariantDraft) -> tuple[str, ...]:
    """Return the values of a variant, axis by axis. Refuses UnknownAxisValue, OptionMissing."""
    for name, value in variant.options.items():
        if value not in offered.get(name, ()):
            detail = _("The product has no %(axis)s “%(value)s”.")
            raise UnknownAxisValue(detail, axis=name, value=value)
    for name, _values in axes:
        if name not in variant.options:
            detail = _("The variant %(variant)s has no %(axis)s.")
            shown = variant.sku_code or " / ".join(variant.options.values()) or "–"
            raise OptionMissing(detail, variant=shown, axis=name)
    return tuple(variant.options[name] for name, _values in axes)


def clean_facts(variant: VariantDraft, code: str, listed: Any) -> dict[str, Any]:
    """Return what is told of a variant alone, amounts to the cent; ``listed`` is its list price so far.

    Refuses BadPrice, BelowFloor, BadMeasure, UnknownPriceRole, UnknownStage.
    """
    facts: dict[str, Any] = {
        "barcode": variant.barcode.strip(),
        "price_role": variant.price_role,
        "stage": variant.stage,
        "packaging": variant.packaging.strip(),
        "tracks_batches": variant.tracks_batches,
    }
    if variant.price_role and variant.price_role not in PriceRole.values:
        raise UnknownPriceRole(_("A price has no role “%(role)s”."), role=variant.price_role)
    if variant.stage and variant.stage not in SkuStage.values:
        raise UnknownStage(_("There is no stage of life “%(stage)s”."), stage=variant.stage)
    for name in AMOUNTS:
        amount = getattr(variant, name)
        facts[name] = None if amount is None else checked_amount(amount)
    for name in MEASURES:
        measure = facts[name] = getattr(variant, name)
        if measure is not None and not 0 <= measure <= LARGEST:
            detail = _("%(sku)s: %(value)s is no weight, length or number of days.")
            raise BadMeasure(detail, sku=code, value=measure)
    if facts["list_price"] is None:
        facts["list_price"] = listed
    elif facts["list_price"] != listed:
        check_floor(code, facts["list_price"], facts["floor_price"])
    return facts


def clean_attributes(given: Mapping[str, Any], known: Sequence[Attribute]) -> dict[str, Any]:
    """Return the attributes that say something, in the order of the category: numbers as plain text.

    Refuses UnknownAttribute, BadAttribute.
    """
    unknown = sorted(given.keys() - {attribute.code for attribute in known})
    if unknown:
        detail = _("The category has no attribute %(attributes)s.")
        raise UnknownAttribute(detail, attributes=", ".join(unknown))
    values = {a.code: clean_value(a, given[a.code]) for a in known if a.code in given}
    return {code: value for code, value in values.items() if value not in (None, "", [])}


def clean_value(attribute: Attribute, value: Any) -> Any:
    """Return the value of one attribute. Refuses BadAttribute."""
    if value is None:
        return None
    if attribute.kind == AttributeKind.CHOICES:
        chosen = [value] if isinstance(value, str) else value
        if not isinstance(chosen, list | tuple):
            raise bad_attribute(attribute, value)
        for each in chosen:
            if each and each not in attribute.options:
                raise bad_attribute(attribute, each)
        return [option for option in attribute.options if option in chosen]
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise bad_attribute(attribute, value)
    text = str(value).strip()
    if not text:
        return None
    if attribute.kind == AttributeKind.NUMBER:
        return number_in(attribute, text)
    if (attribute.kind == AttributeKind.CHOICE and text not in attribute.options) or len(text) > 500:
        raise bad_attribute(attribute, text)
    return text


def number_in(attribute: Attribute, text: str) -> str:
    """Return a number as plain text: ``1.5``, ``50``. Refuses BadAttribute."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise bad_attribute(attribute, text) from None
    if not number.is_finite() or abs(number.adjusted()) > 15:
        raise bad_attribute(attribute, text)
    return f"{number.normalize() + 0:f}"


def bad_attribute(attribute: Attribute, value: Any) -> BadAttribute:
    """Return the refusal that names the attribute and quotes the value."""
    detail = _("“%(value)s” is no value for %(attribute)s.")
    return BadAttribute(detail, value=str(value)[:60], attribute=attribute.name)
