// Downloads: the shown spectra as a table, and what is shown as a picture.

function download(name, blob) {
  const link = document.createElement("a");
  link.download = name;
  link.href = URL.createObjectURL(blob);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// A name for files, of letters, digits and a few signs.
export const fileName = (text, ending) => `${text.replace(/\.[^.]*$/, "").replace(/[^\w.-]+/g, "_") || "spectra"}${ending}`;

// One line of a comment: names from outside have no line breaks.
const comment = ([name, value]) => `# ${name}: ${String(value).replace(/[\r\n]+/g, " ")}`;

// Save columns by name, the axis first; one without numbers is left out, and comments say what they are.
export function saveTable(name, columns, comments) {
  const present = Object.entries(columns).filter(([, values]) => values);
  const text = (value, column) => (Number.isNaN(value) ? "" : column === 0 ? value.toFixed(6) : value.toPrecision(8));
  const rows = present[0][1].map((_, row) => present.map(([, values], column) => text(values[row], column)).join(","));
  const lines = [...Object.entries(comments).map(comment), present.map(([key]) => key).join(","), ...rows];
  download(name, new Blob([`${lines.join("\n")}\n`], { type: "text/csv" }));
}

// The text of a drawing, with a background and a size of its own.
function drawingText(svg, background, pixels) {
  const copy = svg.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", pixels);
  copy.setAttribute("height", pixels);
  copy.removeAttribute("class");
  const [x, y, width, height] = svg.getAttribute("viewBox").split(" ");
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [key, value] of Object.entries({ x, y, width, height, fill: background })) paper.setAttribute(key, value);
  copy.prepend(paper);
  return new XMLSerializer().serializeToString(copy);
}

export function saveDrawing(name, svg, background) {
  download(name, new Blob([drawingText(svg, background, 800)], { type: "image/svg+xml" }));
}

// Save the molecule beside the chart, with a line of text below. `draw` draws the chart in a size, with so many pixels for each unit.
export async function savePicture(name, svg, draw, caption, palette) {
  const [side, margin] = [900, 60];
  const chart = await draw({ width: 600, height: 450 }, 2);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawingText(svg, palette.surface, side))}`;
  await image.decode();
  const width = (chart.width / chart.height) * side;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [side + width, side + margin];
  const context = canvas.getContext("2d");
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, side, side);
  context.drawImage(chart, side, 0, width, side);
  context.fillStyle = palette.ink;
  context.font = "26px system-ui, sans-serif";
  context.fillText(caption, 30, side + 36, canvas.width - 60);
  download(name, await new Promise((resolve) => canvas.toBlob(resolve, "image/png")));
}
