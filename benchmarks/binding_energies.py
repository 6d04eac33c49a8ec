"""Compare predicted C 1s binding energies with measured ones of gases (`experiment/binding_energies.csv`).

    python benchmarks/binding_energies.py [--model ck_edge] [--cebeconf]

Predicted thresholds are on the experimental axis. Lines and sites are matched as in `energy_axis.py`. Errors of
molecules that the model was not trained on stand by themselves, and so do those of structures that it marks as unlike
its training data. `--cebeconf` adds the errors of cebeconf 1.0 (`pip install cebeconf 'setuptools<81'`), a kernel model
of binding energies, for the lines of molecules that its descriptor can take: at most 23 atoms of H, C, N, O and F. That
is its direct model with the Coulomb matrix, on geometries of the universal force field, as its authors use it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from ase import Atoms
from energy_axis import GEOMETRIES, Line, match_lines, measured_lines
from rdkit import Chem
from rdkit.Chem import AllChem

from schnetpack_isd.data.sources import Site, iter_structures, open_spectra
from schnetpack_isd.datasets import MOLECULES_SPECTRA, MOLECULES_STRUCTURES
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.pretrained import DEFAULT_MODEL

CEBECONF_ELEMENTS, CEBECONF_ATOMS = frozenset({"H", "C", "N", "O", "F"}), 23
"""Elements and largest number of atoms of cebeconf's descriptor."""


@dataclass(frozen=True)
class Molecule:
    """A molecule with measured lines that match its sites."""

    number: int
    atoms: Atoms
    lines: list[Line]
    sites: list[Site]

    def errors(self, thresholds: dict[int, float]) -> list[float]:
        """Return predicted minus measured energies in eV, from the threshold of each atom."""
        predicted = [replace(site, ionization_energy=thresholds[site.atom]) for site in self.sites]
        return [threshold - energy for (energy, _, _), threshold in match_lines(self.lines, predicted)]


def measured_molecules() -> Iterator[Molecule]:
    """Iterate over the bundled molecules whose binding energies were measured."""
    lines = measured_lines()
    with open_spectra(MOLECULES_SPECTRA) as file:
        for number, atoms in iter_structures(MOLECULES_STRUCTURES, set(file.ids)):
            if atoms is None or atoms.info.get("kind") in GEOMETRIES:
                continue
            found, sites = lines.get(Chem.CanonSmiles(atoms.info["smiles"]), []), file.sites(number)
            if match_lines(found, sites):
                yield Molecule(number, atoms, found, sites)


def cebeconf_thresholds() -> Callable[[Molecule], dict[int, float]]:
    """Return the function that predicts binding energies in eV with cebeconf."""
    import matplotlib

    matplotlib.use("agg")  # cebeconf shows a figure of each molecule
    from cebeconf import calc_be

    def predict(molecule: Molecule) -> dict[int, float]:
        chemical = Chem.AddHs(Chem.MolFromSmiles(molecule.atoms.info["smiles"]))
        AllChem.EmbedMolecule(chemical, randomSeed=0)
        AllChem.UFFOptimizeMolecule(chemical, maxIters=1000)
        numbers = [atom.GetAtomicNum() for atom in chemical.GetAtoms()]
        assert numbers == molecule.atoms.numbers.tolist()
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            path = Path(folder) / "molecule.xyz"
            path.write_text(Chem.MolToXYZBlock(chemical).replace("\n\n", "\nmolecule\n", 1))
            energies = calc_be(str(path), "direct", "ACM")
        heavy = [atom for atom, number in enumerate(numbers) if number > 1]
        return dict(zip(heavy, map(float, energies), strict=True))

    return predict


def summarise(what: str, errors: list[float]) -> None:
    """Print the size of errors in eV."""
    if errors:
        size = np.sqrt(np.mean(np.square(errors)))
        print(f"{what}: {len(errors)} lines, root mean square error {size:.2f} eV, mean {np.mean(errors):+.2f} eV")


def main() -> None:
    """Print the errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--cebeconf", action="store_true")
    options = parser.parse_args()
    predictor = SpectrumPredictor(options.model, experimental_axis=True)
    other = cebeconf_thresholds() if options.cebeconf else None
    trained_on = predictor.model.training_ids or set()
    errors: dict[str, list[float]] = defaultdict(list)
    for molecule in measured_molecules():
        [spectra] = predictor.predict([molecule.atoms], ["x"])
        assert spectra.ionization_energy is not None
        found = molecule.errors(dict(zip(spectra.site_atom.tolist(), spectra.ionization_energy.tolist(), strict=True)))
        group = "trained on" if molecule.number in trained_on else "not trained on"
        mark = "" if spectra.is_plausible else " (marked)"
        errors[group + mark] += found
        line = f"{molecule.atoms.info['smiles']:24s} {' '.join(f'{error:+.2f}' for error in found)}  {group}{mark}"
        is_known = set(molecule.atoms.symbols) <= CEBECONF_ELEMENTS and len(molecule.atoms) <= CEBECONF_ATOMS
        if other is not None and is_known:
            of_other = molecule.errors(other(molecule))
            line += f"  cebeconf {' '.join(f'{error:+.2f}' for error in of_other)}"
            errors[f"{group}{mark}; molecules of cebeconf"] += found
            errors[f"{group}{mark}; molecules of cebeconf, by cebeconf"] += of_other
        print(line, flush=True)
    for group in sorted(errors):
        summarise(group, errors[group])


if __name__ == "__main__":
    main()
