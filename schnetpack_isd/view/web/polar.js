// The polar diagram: intensity at one energy for every field in the plane of the screen.
import { apply, directionWeights, dotAll, ISOTROPIC, largestEigenvalue, transposed } from "./arithmetic.js";
import { element, set } from "./molecule.js";
import { figures } from "./words.js";

const RADIUS = 40;
const POINTS = 72;

export class PolarDiagram {
  constructor(svg) {
    this.svg = svg;
    this.rings = [0.5, 1].map((share) => svg.appendChild(element("circle", { r: RADIUS * share, fill: "none" })));
    this.isotropic = svg.appendChild(element("circle", { fill: "none", "stroke-dasharray": "3 2" }));
    this.curve = svg.appendChild(element("path", { "stroke-linejoin": "round", "fill-opacity": 0.2 }));
    this.arrow = svg.appendChild(element("line", { "stroke-width": 1.6, "stroke-linecap": "round" }));
    this.text = svg.appendChild(element("text", { x: RADIUS, y: -RADIUS + 2, "font-size": 6, "text-anchor": "middle" }));
  }

  // Draw the six components of a tensor at an energy; returns the text of the diagram.
  draw({ components, scale, rotation, direction, palette }) {
    const most = Math.max(largestEigenvalue(components), 1e-30);
    const back = transposed(rotation);
    const values = Array.from({ length: POINTS }, (_, point) => {
      const angle = (2 * Math.PI * point) / POINTS;
      const weights = directionWeights(apply(back, [Math.cos(angle), Math.sin(angle), 0]));
      return dotAll(weights, components);
    });
    const points = values.map((value, point) => {
      const angle = (2 * Math.PI * point) / POINTS;
      const r = (RADIUS * Math.max(value, 0)) / most;
      return `${(r * Math.cos(angle)).toFixed(2)} ${(-r * Math.sin(angle)).toFixed(2)}`;
    });
    const [x, y] = apply(rotation, direction).map((value) => value * RADIUS * 1.1);
    const isotropic = dotAll(ISOTROPIC, components);
    set(this.curve, { d: `M${points.join("L")}Z`, stroke: palette.first, fill: palette.first, "stroke-width": 1.4 });
    set(this.arrow, { x1: -x, y1: y, x2: x, y2: -y, stroke: palette.arrow });
    set(this.isotropic, { r: (RADIUS * isotropic) / most, stroke: palette.second });
    this.rings.forEach((ring) => set(ring, { stroke: palette.grid, "stroke-width": 0.7 }));
    set(this.text, { fill: palette.ink });
    this.text.textContent = figures(most, scale);
    return this.describe(values, most, scale);
  }

  describe(values, most, scale) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const degrees = ((values.indexOf(high) * 360) / POINTS) % 180;
    const text =
      `In the plane of the screen, from ${figures(low, scale)} to ${figures(high, scale)}, greatest at ${degrees}° from the ` +
      `horizontal. The greatest along any direction, the outer ring, is ${figures(most, scale)}.`;
    set(this.svg, { "aria-label": text });
    return text;
  }
}
