// The chart of the spectra: uPlot, with the energy under the cursor and the ionisation thresholds.

const NAMES = { spectrum: "along the arrow", isotropic: "isotropic", measured: "measured" };

export class SpectrumChart {
  // `act` has hover(energy or null) and change({ energy }).
  constructor(container, act) {
    [this.container, this.act] = [container, act];
    this.marks = { energy: null, thresholds: [], lowest: 0, highest: 1 };
    new ResizeObserver(() => this.resize()).observe(container);
  }

  // Make the chart again, in other colours.
  build(palette) {
    this.plot?.destroy();
    this.palette = palette;
    this.plot = new uPlot(this.options(this.size(), 1), this.columns ?? [[], [], [], [], [], []], this.container);
    this.listen(this.plot.over);
  }

  // Draw the chart into a canvas of its own, larger by a factor in pixels, with the same proportions.
  picture({ width, height }, pixels) {
    const factor = pixels / (window.devicePixelRatio || 1);
    return new Promise((resolve) => {
      const options = this.options({ width: width * factor, height: height * factor }, factor);
      options.hooks.draw.push((plot) => resolve(plot.ctx.canvas));
      new uPlot(options, this.columns, document.createElement("div"));
    });
  }

  // Options of uPlot for a size in pixels of the page, with everything larger by a factor.
  options({ width, height }, factor) {
    const palette = this.palette;
    const line = (label, stroke, width, more = {}) => ({ label, stroke, width: factor * width, points: { show: false }, ...more });
    const dash = (...lengths) => lengths.map((length) => factor * length);
    const font = `${12 * factor}px system-ui, sans-serif`;
    const axis = {
      stroke: palette.ink, grid: { stroke: palette.grid, width: factor }, ticks: { stroke: palette.grid, width: factor, size: 10 * factor },
      font, labelFont: `bold ${font}`, gap: 5 * factor, labelGap: 0,
    };
    return {
      width,
      height,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false }, y: { range: () => [1.06 * this.marks.lowest, 1.06 * this.marks.highest] } },
      axes: [
        { ...axis, label: "energy / eV", labelSize: 22 * factor, size: 34 * factor, space: 50 * factor },
        { ...axis, label: "intensity / arb. unit", labelSize: 20 * factor, size: 46 * factor, space: 30 * factor },
      ],
      series: [
        {},
        line("lower", "transparent", 0),
        line("upper", "transparent", 0),
        line(NAMES.isotropic, palette.second, 1.6, { dash: dash(6, 4) }),
        line(NAMES.spectrum, palette.first, 2.4),
        line(NAMES.measured, palette.third, 1.8, { dash: dash(2, 3) }),
      ],
      bands: [{ series: [2, 1], fill: palette.band }],
      padding: [12 * factor, 12 * factor, 0, 0],
      hooks: { draw: [(plot) => this.mark(plot, factor)] },
    };
  }

  listen(over) {
    const energyAt = (event) => this.plot.posToVal(event.clientX - over.getBoundingClientRect().left, "x");
    over.addEventListener("pointermove", (event) => this.act.hover(energyAt(event)));
    over.addEventListener("pointerleave", () => this.act.hover(null));
    over.addEventListener("click", (event) => this.act.change({ energy: energyAt(event) }));
  }

  size() {
    return { width: Math.max(this.container.clientWidth, 200), height: Math.max(this.container.clientHeight, 180) };
  }

  resize() {
    if (this.plot && this.container.clientWidth > 0) this.plot.setSize(this.size());
  }

  // The first and the last energy of the axis.
  get range() {
    const { min, max } = this.plot.scales.x;
    return [min, max];
  }

  // Show spectra: energies, spectrum, std or null, isotropic, points of a measured one or null; and marks. The axis has all energies.
  draw(shown, marks) {
    this.marks = marks;
    const { energies, spectrum, std, isotropic, points } = shown;
    const empty = Array(energies.length).fill(null);
    const lower = std ? spectrum.map((value, index) => Math.max(0, value - std[index])) : empty;
    const upper = std ? spectrum.map((value, index) => value + std[index]) : empty;
    const predicted = [energies, lower, upper, isotropic, spectrum];
    this.columns = points ? uPlot.join([predicted, [points.energies, points.values]]) : [...predicted, empty];
    this.plot.setData(this.columns);
  }

  // Draw the chosen energy as a line, and thresholds as triangles on the axis.
  mark(plot, factor) {
    const { ctx, bbox } = plot;
    const { energy, thresholds } = this.marks;
    const position = (value) => Math.round(plot.valToPos(value, "x", true));
    const inside = (x) => x >= bbox.left && x <= bbox.left + bbox.width;
    const bottom = bbox.top + bbox.height;
    const size = 5 * factor * (window.devicePixelRatio || 1);
    ctx.save();
    ctx.fillStyle = this.palette.ink;
    for (const x of thresholds.map(position).filter(inside)) {
      ctx.beginPath();
      ctx.moveTo(x, bottom - 2 * size);
      ctx.lineTo(x - size, bottom);
      ctx.lineTo(x + size, bottom);
      ctx.fill();
    }
    if (energy !== null && inside(position(energy))) {
      ctx.strokeStyle = this.palette.ink;
      ctx.lineWidth = size / 5;
      ctx.beginPath();
      ctx.moveTo(position(energy), bbox.top);
      ctx.lineTo(position(energy), bottom);
      ctx.stroke();
    }
    ctx.restore();
  }
}
