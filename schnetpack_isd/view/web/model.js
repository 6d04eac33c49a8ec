// What follows from the data and from what is chosen: spectra, and the numbers of each site.
import { componentsAt, directionWeights, dotAll, filmWeights, interpolate, ISOTROPIC, largestEigenvalue, principalAxes, project, standardDeviation } from "./arithmetic.js";
import { decodeStructure, tensorsOf } from "./data.js";

const FWHM = 2 * Math.sqrt(2 * Math.log(2)); // of a Gaussian, in standard deviations

export class Model {
  constructor(data, state) {
    [this.data, this.state] = [data, state];
    [this.measured, this.scale] = [null, 1]; // a measured spectrum, and the factor of the predicted one
  }

  get structure() {
    const structure = this.data.structures[this.state.structure];
    decodeStructure(structure, this.data.energies.length);
    return structure;
  }

  get rotation() {
    return this.state.rotation ?? this.structure.view;
  }

  get hasSites() {
    return this.structure.sites.length > 0;
  }

  nameOfSite(site) {
    return `${this.data.element}${this.structure.sites[site]}`;
  }

  // Sites whose sum is shown.
  sites() {
    return this.state.selected ?? this.structure.sites.map((_, site) => site);
  }

  weights() {
    const { film, direction, tilt, angle } = this.state;
    return film ? filmWeights(direction, tilt, angle) : directionWeights(direction);
  }

  // Tensors of the selection; they change with structure, selection and broadening only.
  tensors() {
    const key = JSON.stringify([this.state.structure, this.state.selected, this.state.width]);
    if (this.cached?.key !== key) {
      const sigma = this.state.width / FWHM / this.data.step;
      this.cached = { key, ...tensorsOf(this.structure, this.sites(), this.data.energies.length, sigma) };
    }
    return this.cached;
  }

  // The most that any direction has at any energy.
  highest() {
    const cached = this.tensors();
    cached.highest ??= Math.max(...this.data.energies.map((_, index) => largestEigenvalue(componentsAt(cached.sum, index))));
    return Math.max(cached.highest, 1e-30);
  }

  // Spectra of the selection on an axis that is shifted by some eV.
  spectra(shift) {
    const { sum, members } = this.tensors();
    const { measured, scale } = this;
    const weights = this.weights();
    const energies = this.data.energies.map((energy) => energy + shift);
    return {
      energies,
      spectrum: project(sum, weights),
      std: standardDeviation(members, weights),
      isotropic: project(sum, ISOTROPIC),
      measured: measured && energies.map((energy) => interpolate(measured.energies, measured.values, energy) / scale),
    };
  }

  // Spectra of each site of the selection, by name.
  siteSpectra() {
    const weights = this.weights();
    this.tensors();
    return this.sites().map((site) => ({ name: this.nameOfSite(site), values: project(this.structure.broadened[site], weights) }));
  }

  // What the spectra of the selection depend on, as text.
  key() {
    const { structure, selected, direction, film, tilt, angle, width, shift } = this.state;
    return JSON.stringify([structure, selected, film ? [tilt, angle] : null, direction, width, shift]);
  }

  // Directions of most and of least absorption of the selection at the chosen energy, with those intensities.
  principalAxes() {
    return principalAxes(this.atEnergy(this.state.energy).sum);
  }

  // Ionisation thresholds of the selection on the shown axis, each once.
  thresholds() {
    const { threshold } = this.structure.spectra;
    return threshold ? [...new Set(this.sites().map((site) => threshold[site] + this.state.shift))] : [];
  }

  // The chosen energy on the shown axis; without one, that of the highest peak of the isotropic spectrum.
  energy({ energies, isotropic }, hovered) {
    this.state.energy ??= energies[isotropic.indexOf(Math.max(...isotropic))];
    const within = (energy) => Math.min(Math.max(energy, energies[0]), energies[energies.length - 1]);
    this.state.energy = within(this.state.energy);
    return within(hovered ?? this.state.energy);
  }

  // Intensities of the sites at an energy, and the most that one of them has along any direction.
  atEnergy(energy) {
    const position = (energy - this.data.energies[0] - this.state.shift) / this.data.step;
    const weights = this.weights();
    const { sum } = this.tensors();
    const components = this.structure.broadened.map((tensor) => componentsAt(tensor, position));
    return {
      sum: componentsAt(sum, position),
      values: components.map((one) => dotAll(weights, one)),
      most: Math.max(...components.map(largestEigenvalue), 1e-30),
    };
  }
}
