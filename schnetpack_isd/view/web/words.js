// Numbers and names as text.

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
  const vector = `(${direction.map((value) => String(Number(value.toFixed(2)))).join(", ")})`;
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
    `${name}: the spectrum ${curve}, shifted by ${fit.shift.toFixed(2)} eV and multiplied by ` +
    `${fit.scale.toPrecision(3)}; misfit ${(100 * fit.left).toFixed(1)} %.` +
    (isAtLimit ? ` Warning: the shift is at its limit of ±${limit} eV; the best one may lie beyond.` : "")
  );
}

export const describeStale = (measured) => `${nameOfMeasured(measured)}: what is shown has changed since the fit. Fit again for its misfit.`;
