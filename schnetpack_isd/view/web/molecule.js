// The molecule and the arrow of the polarisation, as a drawing in SVG: it needs no WebGL, stays sharp, and can be saved.
// View coordinates: x to the right, y up, z towards the reader.
import { apply, dot, multiply, rotationAbout, subtract, transposed, unit } from "./arithmetic.js";

const SVG = "http://www.w3.org/2000/svg";
const SIZE = 100; // half of the view box
const REACH = 84; // radius of the molecule in it
const CELL = 98; // radius of its cell
const ARROW = 94; // half the length of the arrow
const TURN = 0.012; // radians for each unit of the view box
const CLICK = 4; // pixels; a longer way of the pointer turns the molecule

export function element(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Set attributes where they have changed.
export function set(node, attributes) {
  node.known ??= {};
  for (const [key, value] of Object.entries(attributes)) {
    if (node.known[key] !== value) node.setAttribute(key, value);
    node.known[key] = value;
  }
}

// Colours of shares from 0 to 1: viridis, which grows lighter evenly.
const VIRIDIS = [[68, 1, 84], [65, 68, 135], [42, 120, 142], [34, 168, 132], [122, 209, 81], [253, 231, 37]];

export function colourOf(share) {
  const position = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1);
  const left = Math.min(Math.floor(position), VIRIDIS.length - 2);
  const mix = VIRIDIS[left].map((value, index) => value + (position - left) * (VIRIDIS[left + 1][index] - value));
  return { fill: `rgb(${mix.map(Math.round).join(",")})`, ink: share > 0.55 ? "#111" : "#fff" };
}

// Whether a click adds to what is selected.
export const isAdding = (event) => event.shiftKey || event.ctrlKey || event.metaKey;

export class Molecule {
  // `act` has the present `model` and `state`, and the functions turn(rotation), zoom(factor), change({ direction }), and click(atom, isAdded).
  constructor(svg, act) {
    [this.svg, this.act] = [svg, act];
    this.body = svg.appendChild(element("g"));
    this.values = svg.appendChild(element("g", { "pointer-events": "none" }));
    this.axes = ["x", "y", "z"].map((name) => this.makeAxis(name));
    this.tips = [1, -1].map((sign) => this.makeTip(sign));
    svg.addEventListener("pointerdown", (event) => this.press(event));
    svg.addEventListener("pointermove", (event) => this.move(event));
    svg.addEventListener("pointerup", (event) => this.release(event));
    svg.addEventListener("pointercancel", () => (this.drag = null));
    svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    svg.addEventListener("keydown", (event) => this.key(event));
  }

  makeTip(sign) {
    const tip = this.svg.appendChild(element("g", { class: "tip", "data-sign": sign }));
    const line = { fill: "none", "stroke-linejoin": "round", "stroke-linecap": "round" }; // open, to hide no atom
    tip.append(element("circle", { r: 11, fill: "transparent" }), element("path", line), element("path", line));
    if (sign > 0) set(tip, { tabindex: 0, role: "button", id: "arrow" });
    return tip;
  }

  // A line and a letter for an axis of the coordinates, in the corner.
  makeAxis(name) {
    const font = { "text-anchor": "middle", "font-family": "system-ui, sans-serif", "font-size": 5.5 };
    const [line, text] = [element("line", { "stroke-width": 0.9 }), element("text", font)];
    text.textContent = name;
    this.svg.append(element("g", { "pointer-events": "none" }, line, text));
    return { line, text };
  }

  // Make the parts of a structure: the two halves of each bond, the atoms, and the halves of the arrow.
  load(structure) {
    this.structure = structure;
    const edges = cellEdges(structure.cell);
    const centre = centreOf([...structure.positions, ...edges.flat()], structure.view);
    this.positions = structure.positions.map((position) => subtract(position, centre));
    const reach = (places) => Math.max(1.5, ...places.map((place) => Math.hypot(...subtract(place, centre)) + 0.4));
    this.scale = Math.min(REACH / reach(structure.positions), CELL / reach(edges.flat()));
    this.atoms = structure.symbols.map((symbol, atom) => this.makeAtom(symbol, atom));
    this.bonds = halfBonds(structure).map((half) => ({ ...half, node: element("line") }));
    this.shafts = [1, -1].map((sign) => ({ sign, node: element("line", { class: "shaft" }) }));
    this.edges = edges.map((ends) => ({
      ends: ends.map((corner) => subtract(corner, centre)),
      node: element("line"),
    }));
    this.body.replaceChildren();
    this.values.replaceChildren(...this.atoms.map((atom) => atom.value)); // above all atoms
  }

  makeAtom(symbol, atom) {
    const font = { "text-anchor": "middle", "font-family": "system-ui, sans-serif" };
    const parts = { halo: element("circle"), ball: element("circle"), text: element("text", font) };
    const node = element("g", { class: "atom", "data-atom": atom }, ...Object.values(parts));
    node.append(element("title"));
    node.lastChild.textContent = `${symbol}${atom}`;
    return { ...parts, node, value: element("text", font), radius: 0.2 + 0.27 * this.structure.radii[atom] };
  }

  // Draw a scene: rotation, zoom, direction, palette, and for each atom `paint`: fill, ink, label, value, halo, dashed.
  draw(scene) {
    this.scene = scene;
    const scale = this.scale * scene.zoom;
    const places = this.positions.map((position) => apply(scene.rotation, position).map((value) => value * scale));
    const arrow = apply(scene.rotation, scene.direction).map((value) => value * ARROW);
    const parts = [
      ...this.edges.map((edge) => this.placeEdge(edge, scale)),
      ...this.bonds.map((bond) => this.placeBond(bond, places, scale)),
      ...this.atoms.map((atom, index) => this.placeAtom(atom, places[index], scene.paint[index], scale)),
      ...this.shafts.map((shaft) => this.placeShaft(shaft, arrow, scale)),
    ];
    parts.sort((a, b) => a.depth - b.depth);
    if (parts.some((part, index) => part.node !== this.body.childNodes[index])) {
      this.body.replaceChildren(...parts.map((part) => part.node));
    }
    this.axes.forEach((axis, index) => this.placeAxis(axis, index));
    this.tips.forEach((tip) => this.placeTip(tip, arrow));
  }

  placeAxis({ line, text }, index) {
    const [x, y] = this.scene.rotation.map((row) => 10 * row[index]);
    set(line, { x1: -84, y1: 84, x2: -84 + x, y2: 84 - y, stroke: this.scene.palette.second });
    set(text, { x: -84 + 1.4 * x, y: 86 - 1.4 * y, fill: this.scene.palette.ink });
  }

  placeEdge({ ends, node }, scale) {
    const [a, b] = ends.map((end) => apply(this.scene.rotation, end).map((value) => value * scale));
    set(node, { x1: a[0], y1: -a[1], x2: b[0], y2: -b[1], stroke: this.scene.palette.faint, "stroke-width": 0.6 });
    return { node, depth: -1e3 };
  }

  placeBond({ atom, towards, node }, places, scale) {
    const along = apply(this.scene.rotation, towards).map((value) => value * scale);
    const start = (0.85 * this.atoms[atom].radius * scale) / Math.max(Math.hypot(...along), 1e-9); // under the surface
    const [from, to] = [start, 0.5].map((share) => places[atom].map((value, axis) => value + share * along[axis]));
    set(node, { x1: from[0], y1: -from[1], x2: to[0], y2: -to[1], "stroke-linecap": "round" });
    set(node, { stroke: this.scene.palette.bond, "stroke-width": Math.max(0.13 * scale, 1) });
    return { node, depth: (from[2] + to[2]) / 2 };
  }

  placeAtom({ node, halo, ball, text, value, radius }, [x, y, z], paint, scale) {
    const r = radius * scale;
    const palette = this.scene.palette;
    set(ball, { r, fill: paint.fill, stroke: palette.ink, "stroke-width": 0.6 });
    set(halo, { r: r + 2, fill: "none", stroke: paint.halo ?? "none", "stroke-width": 1.6 });
    set(halo, { "stroke-dasharray": paint.dashed ? "2 1.6" : "none" });
    if (text.textContent !== paint.label) text.textContent = paint.label;
    set(text, { y: 0.36 * Math.min(1.2 * r, 7), "font-size": Math.min(1.2 * r, 7), fill: paint.ink });
    if (value.textContent !== (paint.value ?? "")) value.textContent = paint.value ?? "";
    set(value, { x, y: -y - r - 2, "font-size": 5, fill: palette.ink, stroke: palette.surface, "stroke-width": 1.4 });
    set(value, { "paint-order": "stroke", "font-weight": 600 });
    set(node, { transform: `translate(${x.toFixed(2)} ${(-y).toFixed(2)})` });
    return { node, depth: z };
  }

  // Atoms that the arrow goes through hide it, and keep their numbers.
  placeShaft({ sign, node }, arrow, scale) {
    const [x, y, z] = arrow.map((value) => value * sign);
    set(node, { x1: 0, y1: 0, x2: x * 0.99, y2: -y * 0.99, stroke: this.scene.palette.arrow, "stroke-width": 2 });
    return { node, depth: z / 2 - 0.4 * scale };
  }

  // A head is shorter the more it points at the reader.
  placeTip(tip, arrow) {
    const sign = Number(tip.dataset.sign);
    const [x, y, z] = arrow.map((value) => value * sign);
    const length = 3 + 7 * Math.hypot(x, y) / ARROW;
    const angle = (Math.atan2(-y, x) * 180) / Math.PI;
    set(tip, { transform: `translate(${x.toFixed(2)} ${(-y).toFixed(2)}) rotate(${angle.toFixed(1)})` });
    set(tip, { opacity: z < -1 ? 0.55 : 1 });
    const [, casing, head] = tip.children;
    const shape = { d: `M${-length} 5L0 0L${-length} -5` };
    set(casing, { ...shape, stroke: this.scene.palette.surface, "stroke-width": 4 });
    set(head, { ...shape, stroke: this.scene.palette.arrow, "stroke-width": 2.4 });
  }

  // Position of the pointer in the units of the view box, y up.
  at(event) {
    const { box } = this;
    const side = Math.min(box.width, box.height);
    const x = event.clientX - box.left - box.width / 2;
    const y = event.clientY - box.top - box.height / 2;
    return [(2 * SIZE * x) / side, (-2 * SIZE * y) / side];
  }

  press(event) {
    if (event.button !== 0) return;
    this.box = this.svg.getBoundingClientRect();
    const tip = event.target.closest(".tip");
    const atom = event.target.closest(".atom");
    this.drag = { last: this.at(event), start: [event.clientX, event.clientY], moved: false };
    if (atom) this.drag.atom = Number(atom.dataset.atom);
    if (tip) {
      this.drag.sign = Number(tip.dataset.sign);
      this.drag.side = apply(this.act.model.rotation, this.act.state.direction)[2] * this.drag.sign < -1e-6 ? -1 : 1;
    }
    this.svg.setPointerCapture(event.pointerId);
  }

  move(event) {
    if (!this.drag) return;
    const { start, last } = this.drag;
    if (!this.drag.moved && Math.hypot(event.clientX - start[0], event.clientY - start[1]) < CLICK) return;
    this.drag.moved = true;
    const now = this.at(event);
    if (this.drag.sign) this.aimAt(now);
    else this.turnBy((now[0] - last[0]) * TURN, (now[1] - last[1]) * TURN);
    this.drag.last = now;
  }

  release(event) {
    const drag = this.drag;
    this.drag = null;
    if (!drag || drag.moved) return;
    const under = document.elementsFromPoint(event.clientX, event.clientY).map((node) => node.closest(".atom")); // an end of the arrow hides no atom
    const atom = drag.atom ?? under.find((node) => node)?.dataset.atom;
    if (atom !== undefined) this.act.click(Number(atom), isAdding(event));
  }

  // Turn the arrow so that the pointed end lies under the pointer, on the side of the reader where it was.
  aimAt([x, y]) {
    const { sign, side } = this.drag;
    const [a, b] = [x / ARROW, y / ARROW];
    const height = Math.sqrt(Math.max(0, 1 - a * a - b * b));
    const vector = unit([a * sign, b * sign, side * height * sign]);
    if (vector) this.act.change({ direction: apply(transposed(this.act.model.rotation), vector) });
  }

  // Turn the molecule about the vertical and the horizontal axis of the screen.
  turnBy(right, up) {
    const turn = multiply(rotationAbout([1, 0, 0], -up), rotationAbout([0, 1, 0], right));
    this.act.turn(multiply(turn, this.act.model.rotation));
  }

  wheel(event) {
    if (!event.ctrlKey) return; // a wheel scrolls the page
    event.preventDefault();
    this.act.zoom(Math.exp(-event.deltaY / 500));
  }

  key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const step = steps[event.key];
    if (step && event.target.closest(".tip")) {
      const [right, up] = step.map((value) => (value * Math.PI) / 36);
      const turn = multiply(rotationAbout([1, 0, 0], -up), rotationAbout([0, 1, 0], right));
      const vector = apply(turn, apply(this.act.model.rotation, this.act.state.direction));
      this.act.change({ direction: apply(transposed(this.act.model.rotation), vector) });
    } else if (step) this.turnBy(...step.map((value) => (value * Math.PI) / 36));
    else if (event.key === "+" || event.key === "=") this.act.zoom(1.1);
    else if (event.key === "-") this.act.zoom(1 / 1.1);
    else return;
    event.preventDefault();
  }
}

// The middle of places along the axes of a view.
function centreOf(places, view) {
  const seen = places.map((place) => apply(view, place));
  const middle = [0, 1, 2].map((axis) => {
    const values = seen.map((place) => place[axis]);
    return (Math.min(...values) + Math.max(...values)) / 2;
  });
  return apply(transposed(view), middle);
}

// The two halves of each bond, from an atom towards its neighbour; those across faces of the cell end outside.
function halfBonds({ positions, bonds, across }) {
  const inside = bonds.flatMap(([a, b]) => [[a, b], [b, a]]);
  return [
    ...inside.map(([a, b]) => ({ atom: a, towards: subtract(positions[b], positions[a]) })),
    ...across.map(([atom, ...towards]) => ({ atom, towards })),
  ];
}

function cellEdges(cell) {
  if (!cell) return [];
  const corner = (bits) => [0, 1, 2].map((axis) => bits.reduce((sum, bit, row) => sum + bit * cell[row][axis], 0));
  const corners = [...Array(8).keys()].map((number) => [number & 1, (number >> 1) & 1, (number >> 2) & 1]);
  const follows = (a, b) => dot(subtract(b, a), [1, 1, 1]) === 1 && b.every((bit, axis) => bit >= a[axis]);
  const pairs = corners.flatMap((a) => corners.filter((b) => follows(a, b)).map((b) => [a, b]));
  return pairs.map((ends) => ends.map(corner));
}
