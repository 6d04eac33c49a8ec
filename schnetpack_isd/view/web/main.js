// The page: it takes what the reader does to the model, and shows what follows.
import { apply, interpolate, transposed } from "./arithmetic.js";
import { AtomList } from "./atoms.js";
import { Controls, directionOf, get, write } from "./controls.js";
import { readData } from "./data.js";
import { fitMeasured, largestShift, readMeasured } from "./measured.js";
import { Model } from "./model.js";
import { colourOf, Molecule } from "./molecule.js";
import { PolarDiagram } from "./polar.js";
import { fileName, saveDrawing, savePicture, saveTable } from "./save.js";
import { SpectrumChart } from "./spectrum.js";
import { fromHash, toHash } from "./state.js";
import { describeAxis, describeChart, describeFit, describeLeast, describeNormal, describeStale, figures, nameOfDirection, nameOfSelection, sentence, sharesOf } from "./words.js";

const COLOURS = ["surface", "ink", "faint", "grid", "bond", "plain", "arrow", "first", "band", "second", "third"];

class Page {
  constructor() {
    this.data = readData();
    this.model = new Model(this.data, fromHash(location.hash, this.data));
    [this.hovered, this.picks, this.fitted, this.isAdding] = [null, null, null, false];
    this.molecule = new Molecule(get("molecule"), this);
    this.chart = new SpectrumChart(get("chart"), this);
    this.polar = new PolarDiagram(get("polar"));
    this.list = new AtomList(get("sites"), get("groups"), this);
    this.controls = new Controls(this);
    this.controls.describe(this.data);
    this.load();
    this.recolour();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
    addEventListener("hashchange", () => this.follow());
    addEventListener("keydown", (event) => event.key === "Escape" && this.picks && this.pick());
  }

  get state() {
    return this.model.state;
  }

  // ---- what the reader does

  change(values) {
    const { energy, shift } = this.state;
    if ("shift" in values && energy !== null) this.state.energy = energy + values.shift - shift; // the same place in the spectrum
    Object.assign(this.state, values);
    this.schedule();
  }

  choose(structure) {
    this.change({ structure, selected: null, rotation: null });
    this.load();
  }

  select(sites, isAdded) {
    const old = this.state.selected ?? [];
    let chosen = sites;
    if (sites && (isAdded || this.isAdding)) chosen = [...old.filter((one) => !sites.includes(one)), ...sites.filter((one) => !old.includes(one))];
    this.change({ selected: chosen?.length ? [...chosen].sort((a, b) => a - b) : null });
  }

  hover(energy) {
    this.hovered = energy;
    this.schedule();
  }

  turn(rotation) {
    const { held, direction } = this.state;
    const onScreen = apply(this.model.rotation, direction);
    this.change({ rotation, direction: held ? apply(transposed(rotation), onScreen) : direction });
  }

  zoom(factor) {
    this.change({ zoom: Math.min(4, Math.max(0.4, this.state.zoom * factor)) });
  }

  several() {
    this.isAdding = !this.isAdding;
    this.schedule();
  }

  previous() {
    this.goTo(this.model.neighbouringPeak(-1));
  }

  next() {
    this.goTo(this.model.neighbouringPeak(1));
  }

  goTo(energy) {
    if (energy !== null) this.change({ energy }); // two clicks can come before the button is disabled
  }

  reset() {
    this.change({ rotation: null, zoom: 1 });
  }

  towards() {
    this.change({ direction: apply(transposed(this.model.rotation), [0, 0, 1]) });
  }

  strongest() {
    this.change({ direction: this.model.principalAxes()[0].axis });
  }

  weakest() {
    this.change({ direction: this.model.principalAxes()[2].axis });
  }

  click(atom, isAdded) {
    const { sites, symbols } = this.model.structure;
    if (this.picks) this.addPick(atom);
    else if (sites.includes(atom)) this.select([sites.indexOf(atom)], isAdded);
    else this.say(`${symbols[atom]}${atom} is not a ${this.data.element} atom, so it has no spectrum here.`);
  }

  // ---- a direction by atoms

  pick() {
    this.picks = this.picks ? null : [];
    if (this.picks) this.controls.sayPicked("Click two atoms for the direction of their bond, and a third for the normal of their plane.");
    this.schedule();
  }

  addPick(atom) {
    if (!this.picks.includes(atom)) this.picks.push(atom);
    get("picked").value = this.picks.join(" ");
    if (this.picks.length >= 2) this.along(this.picks);
    if (this.picks.length === 3) this.picks = null;
    this.schedule();
  }

  along(atoms) {
    const { positions } = this.model.structure;
    const direction = directionOf(atoms, positions);
    if (direction) this.change({ direction });
    const kind = atoms.length === 2 ? "Along the bond" : "Normal to the plane";
    this.controls.sayPicked(
      direction
        ? `${kind} of atoms ${atoms.join(", ")}.`
        : `Give two atoms, or three that are not on a line: numbers from 0 to ${positions.length - 1}.`,
    );
  }

  // ---- a measured spectrum

  async read(file) {
    try {
      this.model.measured = await readMeasured(file);
      this.fit();
    } catch (error) {
      this.remove();
      get("measured-text").textContent = error.message;
    }
    get("file").value = ""; // the same file can be chosen again
    this.schedule();
  }

  // Fit the shown curve, or the isotropic one, to the measured spectrum.
  fit(isIsotropic = false) {
    const { measured } = this.model;
    const { spectrum, isotropic } = this.model.hasSites ? this.model.spectra(0) : {};
    const limit = largestShift(this.data);
    const fit = spectrum ? fitMeasured(measured, this.data.energies, isIsotropic ? isotropic : spectrum, limit) : null;
    const before = this.shiftBefore();
    if (fit) this.change({ shift: fit.shift });
    this.model.scale = fit ? fit.scale : 1;
    const curve = this.state.film ? "spectrum of the film" : "spectrum along the arrow";
    get("measured-text").textContent = describeFit(measured, fit, isIsotropic ? "isotropic spectrum" : curve, limit);
    this.fitted = { before, shift: this.state.shift, isIsotropic, key: this.model.key(isIsotropic) };
  }

  // The shift without the fit, unless the reader has moved it since.
  shiftBefore() {
    return this.fitted?.shift === this.state.shift ? this.fitted.before : this.state.shift;
  }

  remove() {
    this.change({ shift: this.shiftBefore() });
    [this.model.measured, this.model.scale, this.fitted] = [null, 1, null];
    get("measured-text").textContent = "";
  }

  // ---- what is shown

  load() {
    const { structure, hasSites } = this.model;
    this.model.start();
    this.molecule.load(structure);
    this.list.load(structure, this.data.element);
    [this.picks, this.hovered, this.isAdding] = [null, null, false];
    clearTimeout(this.later);
    this.controls.showStructure(structure, hasSites, this.data.element);
    this.schedule();
  }

  recolour() {
    const style = getComputedStyle(document.documentElement);
    this.palette = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    this.chart.build(this.palette);
    this.schedule();
  }

  // Draw once before the next picture of the screen, however much has changed.
  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    const { picks, isAdding, fitted } = this;
    this.controls.show(this.state, { isPicking: picks !== null, isAdding, hasMeasured: this.model.measured !== null });
    if (fitted && fitted.key !== this.model.key(fitted.isIsotropic)) get("measured-text").textContent = describeStale(this.model.measured);
    if (this.model.hasSites) this.drawSpectra();
    else this.drawMolecule([], 1);
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.remember(), 300);
  }

  drawSpectra() {
    const { model, state, palette } = this;
    const shown = model.spectra(state.shift);
    const energy = model.energy(shown, this.hovered);
    const ceiling = model.ceiling(shown);
    const drawn = JSON.stringify([model.key(), model.scale, state.own, energy]);
    if (drawn !== this.drawn || model.measured !== this.drawnMeasured) { // a molecule that turns leaves the chart as it is
      this.chart.draw(shown, { energy, thresholds: model.thresholds(), lowest: model.floor(shown), highest: ceiling });
      [this.drawn, this.drawnMeasured] = [drawn, model.measured];
    }
    const { sum, values, isotropic, most } = model.atEnergy(energy);
    this.list.draw(values, model.highest(), values.map((value) => colourOf(value / most).fill), state.selected);
    const components = { components: sum, scale: model.highest(), rotation: model.rotation, direction: state.direction, palette };
    get("polar-text").textContent = this.polar.draw(components);
    this.controls.showEnergy(shown.energies, state.energy);
    for (const [name, step] of [["previous", -1], ["next", 1]]) get(name).disabled = model.neighbouringPeak(step) === null;
    this.readOut(shown, energy, most, ceiling);
    write(get("shares"), sharesOf(model, isotropic));
    this.describeAxes(model.principalAxes(energy), model.planeOfAtoms(isotropic));
    this.drawMolecule(values, most);
  }

  readOut(shown, energy, most, ceiling) {
    const at = (values) => (values ? interpolate(shown.energies, values, energy) : 0);
    const text = sentence(this.model, shown, [shown.spectrum, shown.std, shown.isotropic].map(at), energy);
    write(get("readout"), text);
    write(get("most"), figures(most, this.model.highest()));
    write(get("legend-text"), `at ${energy.toFixed(2)} eV; yellow: largest value that any atom reaches along any direction`);
    const name = this.state.film ? "film" : "along the arrow";
    write(document.querySelector("#key .first"), `${name}${shown.std ? " ± one standard deviation" : ""}`);
    document.querySelector("#key .third").hidden = !shown.measured;
    clearTimeout(this.later);
    this.later = setTimeout(() => {
      this.say(text);
      get("chart-text").textContent = describeChart(this.model, this.chart.range, ceiling);
    }, 600); // not while something is dragged
  }

  describeAxes(axes, plane) {
    const highest = this.model.highest();
    write(get("strongest"), describeAxis("Strongest", axes[0], highest));
    write(get("weakest"), describeAxis("Weakest", axes[2], highest));
    write(get("plane-of-least"), `${describeLeast(axes)}${describeNormal(axes[0], plane)}`);
  }

  say(text) {
    get("live").textContent = text;
  }

  drawMolecule(values, most) {
    const { model, state, palette } = this;
    const { structure } = model;
    const paint = structure.symbols.map((symbol, atom) => {
      const site = structure.sites.indexOf(atom);
      const isFar = structure.spectra?.score?.[site] > 1;
      const isChosen = site >= 0 && state.selected?.includes(site);
      const halo = (this.picks?.includes(atom) && palette.third) || (isChosen && palette.first) || (isFar && palette.third) || null;
      if (site < 0) return { fill: palette.plain, ink: palette.ink, label: symbol === "H" && !this.picks ? "" : `${symbol}${this.picks ? atom : ""}`, halo };
      const value = state.labels ? figures(values[site], model.highest()) : "";
      return { ...colourOf(values[site] / most), label: String(atom), value, halo, dashed: isFar };
    });
    this.molecule.draw({ rotation: model.rotation, zoom: state.zoom, direction: state.direction, palette, paint });
    const name = nameOfDirection(state);
    get("molecule").setAttribute("aria-label", `${structure.formula}, ${name}. Arrow keys turn it, plus and minus zoom.`);
    get("arrow").setAttribute("aria-label", `Arrow, ${name}. Arrow keys turn it.`);
  }

  // ---- the address

  remember() {
    this.hash = `#${toHash(this.state)}`;
    try {
      history.replaceState(null, "", this.hash);
    } catch {
      this.hash = location.hash; // a frame of a notebook has no address
    }
  }

  follow() {
    if (location.hash === this.hash) return;
    this.model.state = fromHash(location.hash, this.data);
    this.load();
  }

  // ---- downloads

  csv() {
    const { film, direction, tilt, angle, width, shift } = this.state;
    const { measured, scale, structure } = this.model;
    const { energies, spectrum, std, isotropic, measured: points } = this.model.spectra(shift);
    const columns = { energy_eV: energies, spectrum, spectrum_std: std, isotropic };
    for (const { name, values } of this.model.siteSpectra()) columns[name] = values;
    saveTable(fileName(this.data.title, "_spectra.csv"), { ...columns, measured: points }, {
      structure: structure.name,
      spectrum: `${film ? "uniaxial film" : "along a direction"}, sum of ${nameOfSelection(this.model)}`,
      [film ? "molecular_axis" : "direction"]: direction.join(" "),
      ...(film ? { tilt, beam_to_surface: angle } : {}),
      further_broadening_fwhm_eV: width,
      further_energy_shift_eV: shift,
      ...(measured ? { measured: measured.name, measured_divided_by: scale } : {}),
      ...this.data.record,
    });
  }

  png() {
    const caption = `${this.model.structure.formula}: ${get("readout").textContent}`;
    return savePicture(fileName(this.data.title, "_view.png"), get("molecule"), (size, pixels) => this.chart.picture(size, pixels), caption, this.palette);
  }

  svg() {
    saveDrawing(fileName(this.data.title, "_molecule.svg"), get("molecule"), this.palette.surface);
  }
}

new Page();
