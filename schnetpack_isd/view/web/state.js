// What the reader has chosen, and its text in the address of the page.
import { orthonormal, unit } from "./arithmetic.js";

export const START = {
  structure: 0,
  selected: null, // indices of sites; null for all
  direction: null, // null until the strongest one is found
  rotation: null, // of the view; null for the first view of the structure
  zoom: 1,
  energy: null, // eV on the shown axis; null for the first peak
  width: 0, // full width at half maximum, eV
  shift: 0, // eV
  film: false,
  tilt: 0,
  angle: 20, // grazing: no resonance of a film vanishes, whatever the tilt
  held: false, // the arrow stays where it is on the screen while the molecule turns
  labels: true,
  own: false, // the axis of intensities ends at the highest of the selection, not of all atoms
};

const short = (value, digits = 4) => String(Number(value.toFixed(digits)));
const list = (values, digits) => values.map((value) => short(value, digits)).join(",");
const numbers = (text) => (text ? text.split(",").map(Number) : []);
const finite = (values) => values.every(Number.isFinite);

export function toHash(state) {
  const parts = {
    n: state.structure || "",
    d: list(state.direction, 6),
    s: state.selected === null ? "" : state.selected.join(","),
    e: state.energy === null ? "" : short(state.energy, 2),
    w: state.width ? short(state.width) : "",
    h: state.shift ? short(state.shift) : "",
    f: state.film ? list([state.tilt, state.angle]) : "",
    v: state.rotation ? list([...state.rotation[0], ...state.rotation[1]], 5) : "",
    y: state.own ? 1 : "",
    z: state.zoom === 1 ? "" : short(state.zoom, 2),
  };
  return Object.entries(parts).filter(([, text]) => text !== "").map(([key, text]) => `${key}=${text}`).join("&");
}

// Read the text of an address. Whatever is not valid is left as it starts.
export function fromHash(text, data) {
  const state = { ...START };
  const parts = new URLSearchParams(text.replace(/^#/, ""));
  const within = (key, low, high) => {
    const value = parts.has(key) ? Number(parts.get(key)) : NaN;
    return value >= low && value <= high ? value : null;
  };
  const structure = within("n", 0, data.structures.length - 1);
  if (Number.isInteger(structure)) state.structure = structure;
  const direction = numbers(parts.get("d"));
  if (direction.length === 3 && finite(direction)) state.direction = unit(direction);
  const sites = data.structures[state.structure].sites.length;
  const selected = numbers(parts.get("s")).filter((site) => Number.isInteger(site) && site >= 0 && site < sites);
  if (selected.length > 0) state.selected = [...new Set(selected)];
  state.energy = within("e", 0, 1e5);
  state.width = within("w", 0, 3) ?? 0;
  state.shift = within("h", -20, 20) ?? 0;
  state.own = parts.get("y") === "1";
  const film = numbers(parts.get("f"));
  if (film.length === 2 && film.every((value) => value >= 0 && value <= 90)) {
    [state.film, state.tilt, state.angle] = [true, ...film];
  }
  const view = numbers(parts.get("v"));
  if (view.length === 6 && finite(view)) state.rotation = orthonormal(view.slice(0, 3), view.slice(3));
  state.zoom = within("z", 0.4, 4) ?? 1;
  return state;
}
