// Numbers and names as text.
import { dot } from "./arithmetic.js";

const LOW = 0.05; // share of the strongest direction below which an intensity all but vanishes
const BAD = 0.1; // misfit above which a fit is bad
const NORMAL = 10; // degrees from the normal of a plane within which a direction is said to be normal to it
const MOST_SHARES = 8; // atoms that are named
const asText = (vector) => `(${vector.map((value) => String(Number(value.toFixed(2)) + 0)).join(", ")})`;

// An intensity with the digits that the highest one deserves.
export function figures(value, highest) {
  if (highest < 0.1) return value.toExponential(2);
  return value.toFixed(highest >= 100 ? 1 : 2);
}

export function nameOfSelection(model) {
  const { selected } = model.state;
  if (selected === null) return `all ${model.data.element} atoms`;
  const names = selected.map((site) => model.nameOfSite(site));
  return names.length > 6 ? `${names.length} atoms` : names.join(" + ");
}

export function nameOfDirection({ film, direction, tilt, angle }) {
  const vector = asText(direction);
  return film ? `film, axis ${vector} tilted by ${tilt}°, beam at ${angle}°` : `along ${vector}`;
}

// What the chart has at an energy, in one sentence.
export function sentence(model, { std }, values, energy) {
  const [spectrum, deviation, isotropic] = values.map((value) => figures(value, model.highest()));
  return (
    `${energy.toFixed(2)} eV: ${spectrum}${std ? ` ± ${deviation}` : ""} ${nameOfDirection(model.state)}; isotropic ` +
    `${isotropic}; ${nameOfSelection(model)}.`
  );
}

// The shares of the atoms in the isotropic intensity at an energy, the largest first.
export function sharesOf(model, isotropic) {
  const total = isotropic.reduce((sum, value) => sum + value, 0);
  if (!(total > 0)) return "No atom absorbs at this energy.";
  const order = [...isotropic.keys()].sort((a, b) => isotropic[b] - isotropic[a]);
  const named = order.slice(0, MOST_SHARES).filter((site) => isotropic[site] > 0.005 * total);
  const share = (site) => `${((100 * isotropic[site]) / total).toFixed(0)}\u00a0%`;
  const text = named.map((site) => `${model.nameOfSite(site)}\u00a0${share(site)}`).join(", ");
  const rest = order.slice(named.length);
  if (rest.length === 0) return `Shares of the isotropic intensity: ${text}.`;
  const isLow = named.length < MOST_SHARES || isotropic[rest[0]] <= 0.005 * total;
  const most = isLow ? "below\u00a01\u00a0%" : `${rest.length > 1 ? "at most\u00a0" : ""}${share(rest[0])}`;
  const name = rest.length === 1 ? model.nameOfSite(rest[0]) : `${rest.length} others`;
  return `Shares of the isotropic intensity: ${text}; ${name} ${most}.`;
}

// The text of a button for the strongest or the weakest direction.
export function describeAxis(name, { value, axis }, highest) {
  return `${name}: ${figures(value, highest)} along ${asText(axis)}`;
}

// Where light is hardly absorbed, from the three principal directions, the strongest first.
export function describeLeast([first, second, third]) {
  const isLow = ({ value }) => value < LOW * first.value;
  if (isLow(second)) return `Nearly vanishes (below ${100 * LOW} %) along every direction normal to the strongest.`;
  if (isLow(third)) return `Nearly vanishes (below ${100 * LOW} %) along the weakest direction.`;
  return `Vanishes along no direction: the weakest has ${((100 * third.value) / first.value).toFixed(0)} % of the strongest.`;
}

// Says that the strongest direction is normal to the plane of the atoms that make it, if it is; else nothing.
export function describeNormal({ axis }, plane) {
  if (plane === null) return "";
  const angle = (Math.acos(Math.min(1, Math.abs(dot(axis, plane.normal)))) * 180) / Math.PI;
  if (angle > NORMAL) return "";
  const names = plane.names.length > 6 ? `${plane.names.length} atoms` : plane.names.join(", ");
  return ` The strongest is normal to the plane of ${names}, within ${Math.max(1, Math.ceil(angle))}°.`;
}

// The text of the chart for those who do not see it.
export function describeChart(model, [first, last], ceiling) {
  const found = model.isotropicPeaks().map(({ energy, height }) => {
    return `${(energy + model.state.shift).toFixed(2)} eV (${figures(height, model.highest())})`;
  });
  return `Intensity against energy, ${first.toFixed(2)} to ${last.toFixed(2)} eV. The axis of intensities ends at ${figures(ceiling, ceiling)}. Peaks of the isotropic spectrum: ${found.join(", ") || "none"}.`;
}

// The name of a measured file, and which of its columns are taken.
function nameOfMeasured({ name, columns }) {
  return columns > 2 ? `${name} (columns 1 and 2 of ${columns}: energy and intensity)` : name;
}

// The fit of a curve to a measured spectrum, for shifts up to a limit in eV.
export function describeFit(measured, fit, curve, limit) {
  const name = nameOfMeasured(measured);
  if (!fit) return `${name}: no shift within ${limit} eV makes it overlap with the prediction.`;
  const isAtLimit = Math.abs(fit.shift) > limit - 0.005;
  return (
    `${name}${fit.left > BAD ? " fits badly" : ""}: the ${curve}, shifted by ${fit.shift.toFixed(2)} eV and multiplied by ` +
    `${fit.scale.toPrecision(3)}; misfit ${(100 * fit.left).toFixed(1)} %.` +
    (isAtLimit ? ` Warning: the shift is at its limit of ±${limit} eV; the best one may lie beyond.` : "")
  );
}

export const describeStale = (measured) => `${nameOfMeasured(measured)}: what is shown has changed since the fit. Fit again for its misfit.`;
