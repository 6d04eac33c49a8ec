"""Sphinx configuration."""

from pathlib import Path

from ase.build import molecule

import schnetpack_isd
from schnetpack_isd.interfaces import SpectrumCalculator

project = "schnetpack-isd"
author = "The schnetpack-isd developers"
project_copyright = f"2026, {author}"
release = schnetpack_isd.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

exclude_patterns = ["_build", "ablation_table.md"]
html_theme = "furo"
html_title = f"schnetpack-isd {release}"

EXTRA = Path(__file__).parent / "_build" / "extra"
EXTRA.mkdir(parents=True, exist_ok=True)
view = SpectrumCalculator(experimental_axis=True).view(molecule("C5H5N"))
view.save(EXTRA / "example_view.html", overwrite=True)
html_extra_path = ["_build/extra"]
