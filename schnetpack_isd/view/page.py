"""The page: one HTML file with its data, its programs and its styles, which asks the network for nothing."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from schnetpack_isd.spectra.experimental_axis import ExperimentalAxis

from .data import ViewedStructure, structure_data

__all__ = ["ViewedSpectra", "build_page"]

MODULES = (
    "arithmetic", "words", "data", "state", "measured", "model", "molecule", "spectrum", "polar", "atoms", "save",
    "controls", "main",
)  # fmt: skip
"""Modules of the page, each after those that it imports."""

IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE | re.DOTALL)
EXPORT = re.compile(r"^export ", re.MULTILINE)
MARKER = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class ViewedSpectra:
    """What a page shows.

    Attributes:
        title: title of the page.
        energies: (n_energies,) axis in eV, with equal steps.
        structures: the structures.
        element: symbol of the absorbing element.
        record: origin of the spectra, as text or numbers by name.
        experimental_axis: the shift to measured energies that `energies` contain; None if they contain none.
    """

    title: str
    energies: NDArray[np.float64]
    structures: Sequence[ViewedStructure]
    element: str
    record: Mapping[str, str | float]
    experimental_axis: ExperimentalAxis | None = None


def build_page(spectra: ViewedSpectra) -> str:
    """Return the HTML of a page.

    Scripts and styles are allowed by their hashes alone, and nothing is loaded: names in the data cannot become code.
    """
    style = _read("libraries/uPlot.min.css") + _read("style.css")
    script = _read("language.js") + _read("libraries/uPlot.iife.min.js") + _program()
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": policy,
        "title": escape(spectra.title),
        "style": style,
        "script": script,
        "data": _data(spectra),
    }
    return MARKER.sub(lambda found: parts[found[1]], _read("index.html"))


def _data(spectra: ViewedSpectra) -> str:
    """Return the data as JSON that holds no tag."""
    data = {
        "title": spectra.title,
        "element": spectra.element,
        "energies": [round(float(energy), 6) for energy in spectra.energies],
        "record": dict(spectra.record),
        "axis_uncertainty": None if spectra.experimental_axis is None else spectra.experimental_axis.uncertainty,
        "structures": [structure_data(structure) for structure in spectra.structures],
    }
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("&", r"\u0026").replace("<", r"\u003c").replace(">", r"\u003e")


def _program() -> str:
    """Return the modules as one function."""
    modules = (EXPORT.sub("", IMPORT.sub("", _read(f"{name}.js"))) for name in MODULES)
    return "\n(() => {\n'use strict';\n" + "\n".join(modules) + "})();\n"


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _read(name: str) -> str:
    return (files(__package__) / "web" / name).read_text(encoding="utf-8")
