// Arithmetic of spectra and rotations: pure functions of numbers and arrays.
// A tensor has six components, xx, yy, zz, yz, xz, xy, each with n energies, one after the other.
// A spectrum is the sum of the components times six weights.

export const ISOTROPIC = [1 / 3, 1 / 3, 1 / 3, 0, 0, 0];

export const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];

export const subtract = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

// The unit vector along a vector; null for one of no length.
export function unit(vector) {
  const length = Math.hypot(...vector);
  return length > 1e-9 && Number.isFinite(length) ? vector.map((value) => value / length) : null;
}

// Weights of the spectrum along a unit vector u: the quadratic form of the tensor.
export const directionWeights = ([x, y, z]) => [x * x, y * y, z * z, 2 * y * z, 2 * x * z, 2 * x * y];

const secondLegendre = (degrees) => (3 * Math.cos((degrees * Math.PI) / 180) ** 2 - 1) / 2;

// Weights of a uniaxial film in p-polarised light. The molecules are turned at random about an axis, which is tilted
// from the film normal; the beam makes an angle with the surface (Stöhr, NEXAFS Spectroscopy, eqns 9.14 to 9.17).
export function filmWeights(axis, tilt, angle) {
  const order = secondLegendre(tilt) * secondLegendre(angle);
  return directionWeights(axis).map((along, index) => order * along + (1 - order) * ISOTROPIC[index]);
}

// The spectrum of a tensor with weights.
export function project(tensor, weights) {
  const n = tensor.length / 6;
  const spectrum = new Float64Array(n);
  for (let component = 0; component < 6; component++) {
    const weight = weights[component];
    const offset = component * n;
    for (let energy = 0; weight !== 0 && energy < n; energy++) spectrum[energy] += weight * tensor[offset + energy];
  }
  return spectrum;
}

export const dotAll = (a, b) => a.reduce((sum, value, index) => sum + value * b[index], 0);

// The six components of a tensor at a position between two energies.
export function componentsAt(tensor, position) {
  const n = tensor.length / 6;
  const left = Math.min(Math.floor(position), n - 2);
  const share = position - left;
  return [0, 1, 2, 3, 4, 5].map((component) => {
    const index = component * n + left;
    return (1 - share) * tensor[index] + share * tensor[index + 1];
  });
}

// Standard deviation of a spectrum: the root of the mean square of the members' deviations.
export function standardDeviation(members, weights) {
  if (members.length === 0) return null;
  const sum = new Float64Array(members[0].length / 6);
  for (const member of members) project(member, weights).forEach((value, index) => (sum[index] += value * value));
  return sum.map((value) => Math.sqrt(value / members.length));
}

export function sumOf(arrays, length) {
  const sum = new Float64Array(length);
  for (const array of arrays) for (let index = 0; index < length; index++) sum[index] += array[index];
  return sum;
}

// Convolve each row of n energies with a Gaussian of a standard deviation in steps; the ends continue as they are.
export function broaden(values, n, sigma) {
  if (sigma < 1e-3) return values;
  const radius = Math.round(4 * sigma);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, index) => Math.exp(-(((index - radius) / sigma) ** 2) / 2));
  const total = kernel.reduce((sum, value) => sum + value, 0);
  const broadened = new Float64Array(values.length);
  for (let row = 0; row < values.length; row += n) {
    for (let energy = 0; energy < n; energy++) {
      let sum = 0;
      for (let index = -radius; index <= radius; index++) {
        sum += kernel[index + radius] * values[row + Math.min(Math.max(energy + index, 0), n - 1)];
      }
      broadened[row + energy] = sum / total;
    }
  }
  return broadened;
}

// The largest eigenvalue of a symmetric matrix, the most that one direction has (Smith 1961, doi:10.1145/355578.366316).
export function largestEigenvalue([xx, yy, zz, yz, xz, xy]) {
  const mean = (xx + yy + zz) / 3;
  const [a, b, c] = [xx - mean, yy - mean, zz - mean];
  const spread = Math.sqrt((a * a + b * b + c * c + 2 * (yz * yz + xz * xz + xy * xy)) / 6);
  if (spread < 1e-30) return mean;
  const determinant = a * (b * c - yz * yz) - xy * (xy * c - yz * xz) + xz * (xy * yz - b * xz);
  const cosine = Math.min(1, Math.max(-1, determinant / (2 * spread ** 3)));
  return mean + 2 * spread * Math.cos(Math.acos(cosine) / 3);
}

// The largest size of an eigenvalue.
export const largestSize = (components) =>
  Math.max(largestEigenvalue(components), largestEigenvalue(components.map((value) => -value)));

// Eigenvalues and unit eigenvectors of a symmetric matrix, the largest value first: the directions of most and of least
// absorption. Cyclic rotations of Jacobi (Golub and Van Loan, Matrix Computations, section 8.5).
export function principalAxes([xx, yy, zz, yz, xz, xy]) {
  let matrix = [[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]];
  let axes = IDENTITY;
  for (let sweep = 0; sweep < 12; sweep++) {
    for (const [p, q, third] of [[0, 1, 2], [1, 2, 0], [2, 0, 1]]) {
      const difference = matrix[p][p] - matrix[q][q];
      const angle = Math.atan2(2 * matrix[p][q] * (difference < 0 ? -1 : 1), Math.abs(difference)) / 2;
      const turn = rotationAbout(IDENTITY[third], -angle);
      matrix = multiply(multiply(turn, matrix), transposed(turn));
      axes = multiply(turn, axes);
    }
  }
  return axes.map((axis, index) => ({ value: matrix[index][index], axis })).sort((a, b) => b.value - a.value);
}

// Indices of the maxima of a spectrum that have at least a tenth of the highest value.
export function peaks(values) {
  const least = Math.max(...values) / 10;
  return [...values.keys()].filter((index) => {
    const [before, value, after] = [values[index - 1], values[index], values[index + 1]];
    return value >= least && value > before && value >= after;
  });
}

// The linear interpolation of a function on an ascending axis; NaN outside.
export function interpolate(axis, values, at) {
  if (!(at >= axis[0] && at <= axis[axis.length - 1])) return NaN;
  let [low, high] = [0, axis.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (axis[middle] <= at) low = middle;
    else high = middle;
  }
  const share = (at - axis[low]) / (axis[high] - axis[low]);
  return (1 - share) * values[low] + share * values[high];
}

// Rotations are three rows of three numbers.
export const IDENTITY = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];

export const apply = (rotation, vector) => rotation.map((row) => dot(row, vector));

export const transposed = (rotation) => [0, 1, 2].map((column) => rotation.map((row) => row[column]));

export const multiply = (first, second) => first.map((row) => transposed(second).map((column) => dot(row, column)));

// The rotation by an angle in radians about a unit vector (Rodrigues).
export function rotationAbout([x, y, z], angle) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const d = 1 - c;
  return [
    [c + x * x * d, x * y * d - z * s, x * z * d + y * s],
    [y * x * d + z * s, c + y * y * d, y * z * d - x * s],
    [z * x * d - y * s, z * y * d + x * s, c + z * z * d],
  ];
}

// The rotation whose first rows are along two vectors; null if they have no plane.
export function orthonormal(first, second) {
  const x = unit(first);
  const z = x && unit(cross(x, second));
  return z && [x, cross(z, x), z];
}
