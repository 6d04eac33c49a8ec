"""Compare predicted C 1s binding energies with measured ones of gases (`experiment/binding_energies.csv`).

    python benchmarks/binding_energies.py [--model ck_edge]

Predicted thresholds are on the experimental axis. Lines and sites are matched as in `energy_axis.py`. Errors of
molecules that the model was not trained on stand by themselves.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
from energy_axis import GEOMETRIES, match_lines, measured_lines
from rdkit import Chem

from schnetpack_isd.data.sources import iter_structures, open_spectra
from schnetpack_isd.datasets import MOLECULES_SPECTRA, MOLECULES_STRUCTURES
from schnetpack_isd.prediction import SpectrumPredictor
from schnetpack_isd.pretrained import DEFAULT_MODEL


def main() -> None:
    """Print the errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    predictor = SpectrumPredictor(parser.parse_args().model, experimental_axis=True)
    trained_on, lines = predictor.model.training_ids or set(), measured_lines()
    errors: dict[bool, list[float]] = {True: [], False: []}
    with open_spectra(MOLECULES_SPECTRA) as file:
        for number, atoms in iter_structures(MOLECULES_STRUCTURES, set(file.ids)):
            if atoms is None or atoms.info.get("kind") in GEOMETRIES:
                continue
            found, sites = lines.get(Chem.CanonSmiles(atoms.info["smiles"]), []), file.sites(number)
            if not match_lines(found, sites):
                continue
            [spectra] = predictor.predict([atoms], ["x"])
            assert spectra.ionization_energy is not None
            thresholds = dict(zip(spectra.site_atom.tolist(), spectra.ionization_energy.tolist(), strict=True))
            predicted = [replace(site, ionization_energy=thresholds[site.atom]) for site in sites]
            differences = [threshold - energy for (energy, _, _), threshold in match_lines(found, predicted)]
            errors[number in trained_on] += differences
            mark = "" if number in trained_on else "  not trained on"
            print(f"{atoms.info['smiles']:24s} {' '.join(f'{error:+.2f}' for error in differences)}{mark}")
    for trained, values in errors.items():
        what = "trained on" if trained else "not trained on"
        print(
            f"molecules {what}: {len(values)} lines, root mean square error "
            f"{np.sqrt(np.mean(np.square(values))):.2f} eV, mean {np.mean(values):+.2f} eV"
        )


if __name__ == "__main__":
    main()
