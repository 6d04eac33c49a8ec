// The data of the page: text of the document becomes arrays of numbers.
import { broaden, sumOf } from "./arithmetic.js";

function decode(text, kind) {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new kind(bytes.buffer);
}

// Arrays of `length` numbers each.
const split = (array, length) =>
  Array.from({ length: array.length / length }, (_, part) => array.subarray(part * length, (part + 1) * length));

// Read the data; tensors and deviations are decoded when their structure is first shown.
export function readData() {
  const data = JSON.parse(document.getElementById("data").textContent);
  data.step = data.energies[1] - data.energies[0];
  return data;
}

export function decodeStructure(structure, n) {
  const spectra = structure.spectra;
  if (!spectra || structure.tensors) return;
  structure.tensors = split(decode(spectra.tensor, Float32Array), 6 * n);
  if (spectra.members) {
    const whole = Float32Array.from(decode(spectra.deviations, Int16Array), (value) => value * spectra.unit);
    structure.members = split(whole, structure.sites.length * 6 * n).map((member) => split(member, 6 * n));
  } else {
    structure.members = [];
  }
}

// Broadened tensors: of each site, and the sum over the selected sites with the deviations of each member.
// A molecule's deviations are sums too: errors of its sites are alike, and their standard deviations do not just add.
export function tensorsOf(structure, sites, n, sigma) {
  const length = 6 * n;
  if (structure.sigma !== sigma) {
    structure.broadened = structure.tensors.map((tensor) => broaden(tensor, n, sigma));
    structure.sigma = sigma;
  }
  return {
    sum: sumOf(sites.map((site) => structure.broadened[site]), length),
    members: structure.members.map((member) => broaden(sumOf(sites.map((site) => member[site]), length), n, sigma)),
  };
}
