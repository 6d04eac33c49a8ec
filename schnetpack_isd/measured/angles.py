"""Angles between field and film normal: their grammar and their checks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

__all__ = ["HEADER", "Angles", "angle_of_label", "check_angles", "check_degrees", "parse_angles"]

HEADER: Literal["header"] = "header"
"""The labels of the columns of a file are the angles."""

ISOTROPIC_WORDS = ("isotropic", "none")

LARGEST_IN_RADIANS = 1.6

Angles: TypeAlias = float | tuple[float, ...] | Literal["header"] | None
"""Angle of a file in degrees; one for each of its columns; :data:`HEADER`; or None for an unoriented sample."""

NUMBER = r"\d+(?:\.\d*)?|\.\d+"


def parse_angles(text: str) -> Angles:
    """Read ``20``, ``20,55,90``, ``header`` or ``isotropic``.

    Raises:
        ValueError: it is none of these, or an angle is not from 0 to 90 degrees.
    """
    word = text.strip().lower()
    if word == HEADER:
        return HEADER
    if word in ISOTROPIC_WORDS:
        return None
    try:
        angles = tuple(float(part) for part in word.split(","))
    except ValueError:
        raise ValueError(
            f"The angle {text!r} is not a number of degrees, such numbers with commas between them, `{HEADER}` or "
            f"`{ISOTROPIC_WORDS[0]}`."
        ) from None
    check_angles(angles)
    return angles if len(angles) > 1 else angles[0]


def angle_of_label(label: str) -> float | None:
    """Return the angle that a label of a column consists of, such as ``20``, ``20deg`` or ``mu_55.5°``; else None."""
    match = re.fullmatch(rf"(?:[a-z_ ]*[\s_=:])?({NUMBER})[\s_]*(?:°|deg|degrees?)?", label.strip().lower())
    return None if match is None else float(match[1])


def check_angles(angles: Iterable[float | None], source: str = "") -> None:
    """Check that angles are degrees from 0 to 90.

    Args:
        angles: angles in degrees; None is passed over.
        source: name of the file for messages.

    Raises:
        ValueError: they are not; the message says whether they look like radians.
    """
    known = [angle for angle in angles if angle is not None]
    where = f"{source}: " if source else ""
    if bad := [angle for angle in known if not 0 <= angle <= 90]:
        raise ValueError(
            f"{where}the angle between field and film normal must be from 0 to 90 degrees, not {bad[0]:g}; give the "
            "angle of incidence measured from the surface: 180 minus an angle beyond 90, 20 for -20."
        )
    check_degrees(known, f"{where}the {'angle' if len(known) == 1 else 'angles'}")


def check_degrees(angles: Sequence[float], name: str) -> None:
    """Check that angles do not look like radians.

    Args:
        angles: angles in degrees.
        name: what they are, for the message, such as "the angles".

    Raises:
        ValueError: all are small, and one is not a whole number.
    """
    if angles and 0 <= min(angles) <= max(angles) <= LARGEST_IN_RADIANS and any(a != round(a) for a in angles):
        shown = ", ".join(f"{angle:g}" for angle in angles)
        raise ValueError(f"{name} {shown} {'look' if name.endswith('s') else 'looks'} like radians; give degrees.")
