// The list of sites: buttons for all, for groups of atoms with similar spectra and for each atom, with their numbers.

import { isAdding } from "./molecule.js";
import { figures } from "./words.js";

const dash = (values, site, digits) => (values ? values[site].toFixed(digits) : "–");

export class AtomList {
  // `act` has select(sites or null, isAdded).
  constructor(table, groups, act) {
    [this.body, this.groups, this.act] = [table.tBodies[0], groups, act];
  }

  // Make the rows of a structure.
  load(structure, element) {
    this.structure = structure;
    this.rows = structure.sites.map((atom, site) => this.makeRow(`${element}${atom}`, site));
    this.body.replaceChildren(...this.rows.map((row) => row.node));
    const groups = structure.spectra ? structure.spectra.groups.filter((group) => group.length > 1) : [];
    this.buttons = [
      { sites: null, node: this.button("All", "the sum of all atoms", null) },
      ...groups.map((sites) => {
        const names = sites.map((site) => `${element}${structure.sites[site]}`);
        const text = names.length > 3 ? `${names.slice(0, 2).join(", ")} … (${names.length})` : names.join(", ");
        return { sites, node: this.button(text, `the sum of ${names.join(", ")}, which have similar spectra`, sites) };
      }),
    ];
    this.groups.replaceChildren(...this.buttons.map((one) => one.node));
  }

  button(text, title, sites) {
    const node = document.createElement("button");
    Object.assign(node, { type: "button", textContent: text, title });
    node.setAttribute("aria-label", `Show ${title}`);
    node.addEventListener("click", (event) => this.act.select(sites, isAdding(event)));
    return node;
  }

  makeRow(name, site) {
    const { threshold, score } = this.structure.spectra;
    const node = document.createElement("tr");
    const button = this.button(name, `the spectrum of ${name}`, [site]);
    const cells = ["", "", dash(threshold, site, 1), dash(score, site, 2)].map((text) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      return cell;
    });
    const head = document.createElement("th");
    head.scope = "row";
    head.append(button);
    if (score && score[site] > 1) {
      cells[3].textContent += " ⚠";
      cells[3].className = "warning";
    }
    node.append(head, ...cells);
    return { node, button, swatch: cells[0].appendChild(document.createElement("i")), value: cells[1] };
  }

  // Show intensities with their colours, and what is selected.
  draw(values, highest, fills, selected) {
    this.rows.forEach(({ button, swatch, value }, site) => {
      const text = figures(values[site], highest);
      if (value.textContent !== text) value.textContent = text;
      swatch.style.background = fills[site];
      button.setAttribute("aria-pressed", String(selected !== null && selected.includes(site)));
    });
    const name = (sites) => (sites === null ? "all" : [...sites].sort((a, b) => a - b).join());
    for (const { sites, node } of this.buttons) node.setAttribute("aria-pressed", String(name(sites) === name(selected)));
  }
}
