// A measured spectrum: two columns of a text file, and the shift and the scale that fit a spectrum to it.
import { interpolate } from "./arithmetic.js";

const LARGEST = 5e6; // bytes
const SHIFTS = { experimental: 1, calculated: 15 }; // eV, largest shift that is tried on an axis; the first as in `spkisd orient`
const OVERLAP = 0.6; // smallest overlap, relative to the shorter of the two spectra

// The words of a line between semicolons, blanks or commas. A comma that does not separate is a decimal one.
function wordsOf(line) {
  const plain = line.replace(/,\s+|\s+,/g, " ");
  if (plain.includes(";")) return plain.split(";");
  return /\s/.test(plain) ? plain.split(/\s+/) : plain.split(",");
}

const toNumber = (word) => (word.trim() === "" ? NaN : Number(word.trim().replace(",", ".")));

// Read the first two numbers of each line, and count the numbers; lines without two are comments.
export function parseColumns(text, name) {
  const rows = text
    .split(/\r\n|\r|\n/)
    .map((line) => wordsOf(line.trim()).map(toNumber))
    .filter((row) => row.length >= 2 && row.slice(0, 2).every(Number.isFinite))
    .sort((a, b) => a[0] - b[0])
    .filter((row, index, all) => index === 0 || row[0] > all[index - 1][0]);
  if (rows.length < 5) {
    const lines = rows.length === 1 ? "1 line" : `${rows.length} lines`;
    throw new Error(`${name} has ${lines} of two numbers; at least 5 are needed, of energies in eV and intensities.`);
  }
  const columns = Math.max(...rows.map((row) => row.filter(Number.isFinite).length));
  return { name, columns, energies: rows.map((row) => row[0]), values: rows.map((row) => row[1]) };
}

export async function readMeasured(file) {
  if (file.size > LARGEST) throw new Error(`${file.name} has more than 5 MB; is it a text file of two columns?`);
  return parseColumns(await file.text(), file.name);
}

// The largest shift of the energies of the page that a fit tries, in eV.
export const largestShift = ({ axis_uncertainty: uncertainty }) => (uncertainty === null ? SHIFTS.calculated : SHIFTS.experimental);

// The overlap of two axes, relative to the shorter one.
function overlapAt(measured, energies, shift) {
  const [first, last] = [energies[0] + shift, energies[energies.length - 1] + shift];
  const [from, to] = [measured[0], measured[measured.length - 1]];
  return (Math.min(last, to) - Math.max(first, from)) / Math.min(last - first, to - from);
}

// The factor on a spectrum, and the share of the measured squares that it leaves, for one shift.
function scaleAt(measured, energies, spectrum, shift) {
  if (overlapAt(measured.energies, energies, shift) < OVERLAP) return null;
  let [both, predicted, all, points] = [0, 0, 0, 0];
  measured.energies.forEach((energy, index) => {
    const value = interpolate(energies, spectrum, energy - shift);
    if (Number.isNaN(value)) return;
    both += value * measured.values[index];
    predicted += value * value;
    all += measured.values[index] ** 2;
    points += 1;
  });
  return points >= 5 && both > 0 ? { shift, scale: both / predicted, left: 1 - both ** 2 / (predicted * all), points } : null;
}

// The shift of the energies, up to a limit in eV, and the scale of a spectrum with the least squares; null if they never
// overlap.
export function fitMeasured(measured, energies, spectrum, limit) {
  const best = (centre, reach, step) => {
    let found = null;
    for (let shift = Math.max(centre - reach, -limit); shift <= Math.min(centre + reach, limit) + 1e-6; shift += step) {
      const fit = scaleAt(measured, energies, spectrum, Math.round(shift * 100) / 100);
      if (fit && (!found || fit.left < found.left)) found = fit;
    }
    return found;
  };
  const coarse = best(0, limit, 0.1);
  return coarse && best(coarse.shift, 0.1, 0.01);
}
