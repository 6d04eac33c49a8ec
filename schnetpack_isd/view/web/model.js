// What follows from the data and from what is chosen: spectra, and the numbers of each site.
import { componentsAt, directionWeights, dotAll, filmWeights, interpolate, ISOTROPIC, largestEigenvalue, largestSize, peaks, principalAxes, project, standardDeviation, sumOf } from "./arithmetic.js";
import { decodeStructure, tensorsOf } from "./data.js";

const OFF = 0.15; // root mean square of distances from a line or plane, Å, up to which atoms lie on it
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

  // The most that all atoms together have along any direction at any energy, with one standard deviation and without
  // further broadening, so that it depends on the structure only. A deviation has at most its eigenvalue of largest size.
  highestOfAll() {
    const { structure } = this;
    if (structure.highest) return structure.highest;
    const length = 6 * this.data.energies.length;
    const [sum, ...members] = [structure.tensors, ...structure.members].map((tensors) => sumOf(tensors, length));
    const most = this.data.energies.map((_, index) => {
      const squares = members.reduce((total, member) => total + largestSize(componentsAt(member, index)) ** 2, 0);
      return largestEigenvalue(componentsAt(sum, index)) + Math.sqrt(squares / Math.max(members.length, 1));
    });
    structure.highest = Math.max(...most, 1e-30);
    return structure.highest;
  }

  // Where the intensity axis ends: for every selection and direction the same, unless it fits the selection, or
  // something would not fit.
  ceiling({ spectrum, std, points }) {
    const upper = std ? spectrum.map((value, index) => value + std[index]) : spectrum;
    const most = this.state.own ? this.highest() : this.highestOfAll();
    return (points?.values ?? []).reduce((a, b) => Math.max(a, b), Math.max(most, ...upper));
  }

  // Where it begins: at zero, or at the lowest measured value below.
  floor({ points }) {
    return (points?.values ?? []).reduce((a, b) => Math.min(a, b), 0);
  }

  // Choose the first peak and the direction in which it is strongest, where nothing is chosen.
  start() {
    const { state } = this;
    if (this.hasSites) {
      state.energy ??= this.firstPeak() + state.shift;
      state.direction ??= this.principalAxes()[0].axis;
    }
    state.direction ??= [0, 0, 1];
  }

  // Energies and heights of the peaks of the isotropic spectrum of the selection, on the axis of the data.
  isotropicPeaks() {
    const isotropic = project(this.tensors().sum, ISOTROPIC);
    return peaks(isotropic).map((index) => ({ energy: this.data.energies[index], height: isotropic[index] }));
  }

  // The first peak that is a quarter as high as the highest one.
  firstPeak() {
    const found = this.isotropicPeaks();
    const highest = Math.max(...found.map(({ height }) => height));
    return found.find(({ height }) => height >= highest / 4)?.energy ?? this.data.energies[0];
  }

  // The next peak after the chosen energy, or before it, on the shown axis; null if there is none.
  neighbouringPeak(step) {
    const { energy, shift } = this.state;
    const beyond = this.isotropicPeaks().map((peak) => peak.energy + shift).filter((one) => step * (one - energy) > 0.03);
    return beyond.length ? beyond.at(step > 0 ? 0 : -1) : null;
  }

  // Spectra of the selection on an axis that is shifted by some eV, and the measured spectrum on this axis and at its own points.
  spectra(shift) {
    const { sum, members } = this.tensors();
    const { measured, scale } = this;
    const weights = this.weights();
    const energies = this.data.energies.map((energy) => energy + shift);
    const points = measured && { energies: measured.energies, values: measured.values.map((value) => value / scale) };
    return {
      energies,
      spectrum: project(sum, weights),
      std: standardDeviation(members, weights),
      isotropic: project(sum, ISOTROPIC),
      measured: points && energies.map((energy) => interpolate(points.energies, points.values, energy)),
      points,
    };
  }

  // Spectra of each site of the selection, by name.
  siteSpectra() {
    const weights = this.weights();
    this.tensors();
    return this.sites().map((site) => ({ name: this.nameOfSite(site), values: project(this.structure.broadened[site], weights) }));
  }

  // What the spectra of the selection depend on, as text; the isotropic one does not depend on the light.
  key(isIsotropic = false) {
    const { structure, selected, direction, film, tilt, angle, width, shift } = this.state;
    return JSON.stringify([structure, selected, width, shift, isIsotropic ? null : [film ? [tilt, angle] : null, direction]]);
  }

  // Directions of most and of least absorption of the selection at an energy, with those intensities.
  principalAxes(energy = this.state.energy) {
    const axes = principalAxes(componentsAt(this.tensors().sum, this.positionOf(energy)));
    return axes.map(({ value, axis }) => ({ value, axis: pointingUp(axis) }));
  }

  // The plane of those shown atoms that have at least a tenth of the largest intensity: their names, and its normal. Null
  // for fewer than three of them, for atoms on a line, and for atoms off a plane.
  planeOfAtoms(isotropic) {
    const most = Math.max(...this.sites().map((site) => isotropic[site]));
    const sites = this.sites().filter((site) => isotropic[site] >= most / 10);
    const places = sites.map((site) => this.structure.positions[this.structure.sites[site]]);
    const [x, y, z] = [0, 1, 2].map((axis) => {
      const mean = places.reduce((sum, place) => sum + place[axis], 0) / places.length;
      return places.map((place) => place[axis] - mean);
    });
    const spread = [[x, x], [y, y], [z, z], [y, z], [x, z], [x, y]].map(([a, b]) => dotAll(a, b) / places.length);
    const [, short, out] = principalAxes(spread);
    if (places.length < 3 || short.value < OFF ** 2 || out.value > OFF ** 2) return null;
    return { names: sites.map((site) => this.nameOfSite(site)), normal: out.axis };
  }

  // Ionisation thresholds of the selection on the shown axis, each once.
  thresholds() {
    const { threshold } = this.structure.spectra;
    return threshold ? [...new Set(this.sites().map((site) => threshold[site] + this.state.shift))] : [];
  }

  // The chosen energy on the shown axis, or that under the cursor.
  energy({ energies }, hovered) {
    const within = (energy) => Math.min(Math.max(energy, energies[0]), energies[energies.length - 1]);
    this.state.energy = within(this.state.energy);
    return within(hovered ?? this.state.energy);
  }

  // The index of an energy on the shown axis, with a fraction.
  positionOf(energy) {
    return (energy - this.data.energies[0] - this.state.shift) / this.data.step;
  }

  // Intensities of the sites at an energy, along the arrow and isotropic, and the most that one of them has along any direction.
  atEnergy(energy) {
    const position = this.positionOf(energy);
    const weights = this.weights();
    const { sum } = this.tensors();
    const components = this.structure.broadened.map((tensor) => componentsAt(tensor, position));
    return {
      sum: componentsAt(sum, position),
      values: components.map((one) => dotAll(weights, one)),
      isotropic: components.map((one) => dotAll(ISOTROPIC, one)),
      most: Math.max(...components.map(largestEigenvalue), 1e-30),
    };
  }
}

// Of the two ends of an axis, the one whose largest component is positive.
function pointingUp(axis) {
  const largest = axis.reduce((a, b) => (Math.abs(b) > Math.abs(a) + 1e-9 ? b : a));
  return largest < 0 ? axis.map((value) => 0 - value) : axis;
}
