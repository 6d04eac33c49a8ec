// The controls: each writes what the reader has chosen, and shows what is chosen.
import { cross, subtract, unit } from "./arithmetic.js";

export const get = (id) => document.getElementById(id);

// Write a text where it has changed: what stays costs no layout while something is dragged.
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const SLIDERS = { width: 2, shift: 2, tilt: 0, angle: 0 }; // and their decimals
const EXTRAPOLATION =
  "This structure is unlike the training data: its spectra are extrapolations and may be wrong. Atoms with a score " +
  "above 1 have a dashed ring.";
const BUTTONS = ["reset", "several", "towards", "strongest", "weakest", "previous", "next", "pick", "fit", "remove", "csv", "png", "svg"];
const BOXES = ["film", "held", "labels", "own"];
const AXES = ["x", "y", "z"];

export class Controls {
  // `act` has the present state, change(values), and the functions that buttons are named for.
  constructor(act) {
    this.act = act;
    this.bindSliders();
    this.bindDirection();
    this.bindFiles();
    for (const name of BOXES) {
      get(name).addEventListener("change", (event) => act.change({ [name]: event.target.checked }));
    }
    get("structure").addEventListener("change", (event) => act.choose(Number(event.target.value)));
    for (const name of BUTTONS) get(name).addEventListener("click", () => act[name]());
    get("fit-isotropic").addEventListener("click", () => act.fit(true));
  }

  bindSliders() {
    for (const name of Object.keys(SLIDERS)) {
      get(name).addEventListener("input", (event) => this.act.change({ [name]: Number(event.target.value) }));
    }
    get("energy").addEventListener("input", (event) => this.act.change({ energy: Number(event.target.value) }));
    get("energy-number").addEventListener("change", (event) => {
      const field = event.target;
      const energy = field.value === "" ? this.act.state.energy : Math.min(Math.max(Number(field.value), field.min), field.max);
      field.value = energy.toFixed(2);
      this.act.change({ energy });
    });
  }

  bindDirection() {
    for (const axis of AXES) {
      get(axis).addEventListener("input", () => {
        const vector = AXES.map((name) => (get(name).value === "" ? NaN : Number(get(name).value)));
        const direction = vector.every(Number.isFinite) && unit(vector);
        this.typed = direction || this.act.state.direction; // the fields keep what was typed until the direction changes otherwise
        this.act.change({ direction: this.typed });
        this.sayDirection(direction ? "" : "A direction is three numbers, not all of them zero. The arrow stays where it was.");
      });
    }
    for (const button of document.querySelectorAll("[data-axis]")) {
      button.addEventListener("click", () => this.act.change({ direction: button.dataset.axis.split(" ").map(Number) }));
    }
    get("picked").addEventListener("change", (event) => {
      const atoms = event.target.value.trim().split(/[\s,]+/).map((word) => Number(word.replace(/^[A-Za-z]+/, "") || NaN));
      this.act.along(atoms);
    });
  }

  bindFiles() {
    get("file").addEventListener("change", (event) => event.target.files[0] && this.act.read(event.target.files[0]));
    const carriesFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    document.addEventListener("dragover", (event) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      document.body.classList.add("over");
    });
    document.addEventListener("dragleave", (event) => event.relatedTarget === null && document.body.classList.remove("over"));
    document.addEventListener("drop", (event) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      document.body.classList.remove("over");
      this.act.read(event.dataTransfer.files[0]);
    });
  }

  // Show what does not change: the origin of the spectra and the names of the structures.
  describe({ title, element, structures, record, axis_uncertainty: uncertainty }) {
    document.title = title;
    get("structures").hidden = structures.length < 2;
    get("structure").replaceChildren(...structures.map(({ name }, index) => new Option(name, String(index))));
    const axis = uncertainty === null ? "" : ` on the experimental axis (±\u00a0${uncertainty}\u00a0eV)`;
    get("about").textContent = `${element} K edge, predicted by ${record.model}${axis}`;
    for (const [name, value] of Object.entries(record)) {
      get("record").appendChild(document.createElement("dt")).textContent = name.replaceAll("_", " ");
      get("record").appendChild(document.createElement("dd")).textContent = String(value);
    }
  }

  // Show what a structure has.
  showStructure({ formula, spectra }, hasSites, element) {
    let text = "";
    if (!hasSites) text = `${formula} has no ${element} atom, so there are no spectra of it.`;
    else if (!spectra.plausible) text = EXTRAPOLATION;
    get("warning").textContent = text;
    get("warning").hidden = text === "";
    for (const name of ["spectra", "atoms", "plane", "shape", "legend"]) get(name).hidden = !hasSites;
    for (const name of ["csv", "png", "strongest", "weakest"]) get(name).disabled = !hasSites;
  }

  // Show what is chosen; a field that has the focus keeps what is typed.
  show(state, { isPicking, isAdding, hasMeasured }) {
    for (const [name, digits] of Object.entries(SLIDERS)) {
      get(name).value = state[name];
      write(document.querySelector(`output[for="${name}"]`), state[name].toFixed(digits));
    }
    if (state.direction !== this.typed) {
      AXES.forEach((axis, index) => fill(get(axis), String(Number(state.direction[index].toFixed(4)))));
      this.sayDirection("");
    }
    for (const name of BOXES) get(name).checked = state[name];
    for (const name of ["fit", "fit-isotropic", "remove"]) get(name).disabled = !hasMeasured;
    get("film-controls").hidden = !state.film;
    get("extremes").hidden = state.film;
    get("plane").hidden = state.film || get("spectra").hidden;
    write(get("light-title"), state.film ? "Molecular axis of the film" : "Direction of the field");
    get("structure").value = String(state.structure);
    get("pick").setAttribute("aria-pressed", String(isPicking));
    get("several").setAttribute("aria-pressed", String(isAdding));
  }

  showEnergy(energies, energy) {
    for (const name of ["energy", "energy-number"]) {
      get(name).min = energies[0].toFixed(2);
      get(name).max = energies[energies.length - 1].toFixed(2);
      fill(get(name), energy.toFixed(2));
    }
  }

  // Say what is wrong with the fields of the direction; nothing if they are right.
  sayDirection(text) {
    AXES.forEach((name) => get(name).setAttribute("aria-invalid", String(text !== "")));
    get("direction-text").textContent = text;
    get("direction-text").hidden = text === "";
  }

  sayPicked(text) {
    get("pick-text").textContent = text;
  }
}

function fill(field, text) {
  if (field.value !== text && (field !== document.activeElement || field.type === "range")) field.value = text;
}

// The direction along the bond of two atoms, or normal to the plane of three; null if there is none.
export function directionOf(atoms, positions) {
  const [a, b, c] = atoms.map((atom) => positions[atom]);
  if (atoms.length < 2 || atoms.length > 3 || !b || !a || (atoms.length === 3 && !c)) return null;
  return unit(c ? cross(subtract(b, a), subtract(c, a)) : subtract(b, a));
}
