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

export function describeFit(measured, fit) {
  if (!fit) return `${measured.name} was read, but no shift within 15 eV makes it overlap with the prediction.`;
  return (
    `${measured.name}: the predicted spectrum, shifted by ${fit.shift.toFixed(2)} eV and multiplied by ` +
    `${fit.scale.toPrecision(3)}, leaves ${(100 * fit.left).toFixed(1)} % of the squared intensities.`
  );
}
