"""The record of several databases as one."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from schnetpack_isd.metadata import DatabaseMetadata, SourceFile, describe_value, same_scale
from schnetpack_isd.utils.text import shorten

__all__ = ["join_metadata"]

Value = TypeVar("Value")


def join_metadata(records: Mapping[str, DatabaseMetadata]) -> DatabaseMetadata:
    """Return the record of several databases as one.

    Args:
        records: record of each database, by its name in messages.

    Raises:
        ValueError: the settings or the intensity scales differ; the message names two databases and the field.

    Warns:
        UserWarning: the levels of theory, or the shifts to the experimental axis, differ.
    """
    (first_name, first), *others = records.items()
    for name, record in others:
        _check_same(first_name, first, name, record)
    everything = list(records.values())
    levels = _distinct(record.level_of_theory for record in everything)
    axes = _distinct(record.experimental_axis for record in everything)
    for what, found in (("levels of theory", levels), ("shifts to the experimental axis", axes)):
        if len(found) > 1:
            warnings.warn(
                f"{shorten(list(records))} have different {what}: {'; '.join(text or 'none' for text in found)}.",
                stacklevel=2,
            )
    scales = {record.settings.scale for record in everything}
    elements = [record.elements for record in everything]
    return replace(
        first,
        settings=first.settings if len(scales) == 1 else replace(first.settings, scale=first.intensity_scale),
        level_of_theory=" | ".join(level for level in levels if level is not None) or None,
        sources={
            role: SourceFile.join(record.sources[role] for record in everything if role in record.sources)
            for role in dict.fromkeys(role for record in everything for role in record.sources)
        },
        version=", ".join(_distinct(record.version for record in everything)),
        n_sites=sum(record.n_sites for record in everything),
        all_sites=all(record.all_sites for record in everything),
        elements=None if None in elements else tuple(sorted({symbol for known in elements for symbol in known or ()})),
        experimental_axis=axes[0] if len(axes) == 1 else None,
    )


def _check_same(one_name: str, one: DatabaseMetadata, other_name: str, other: DatabaseMetadata) -> None:
    """Compare settings and intensity scales; a scale that was found as a mean equals the same number."""
    ones, others = (record.settings.to_json() | {"scale": None} for record in (one, other))
    for field, value in ones.items():
        if value != others[field]:
            raise ValueError(
                f"The databases differ in `{field}`: {one_name} has {describe_value(value)}, {other_name} has "
                f"{describe_value(others[field])}. Convert the spectra with the same settings."
            )
    if not same_scale(one.intensity_scale, other.intensity_scale):
        raise ValueError(
            f"The databases differ in `intensity_scale`: {one_name} has {one.intensity_scale:.6g}, {other_name} has "
            f"{other.intensity_scale:.6g}. Convert all with the same number (`--scale {one.intensity_scale:.6g}`)."
        )


def _distinct(values: Iterable[Value]) -> list[Value]:
    return list(dict.fromkeys(values))
