"""The page, as a person uses it in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from ase.build import bulk, molecule
from PIL import Image
from scipy.ndimage import gaussian_filter1d
from support.pages import ENERGIES, random_spectra, viewed
from support.tables import read_table

from schnetpack_isd.spectra import ExperimentalAxis, domain_average, light_matrix, weighted_spectra, weights_of_tilt
from schnetpack_isd.view.data import ViewedStructure
from schnetpack_isd.view.notebook import View
from schnetpack_isd.view.page import build_page

if TYPE_CHECKING:
    from playwright.sync_api import Page

expect = pytest.importorskip("playwright.sync_api", reason="needs the extra `browser`: pip install playwright").expect

ATOMS = molecule("CH3CH2OH")
SPECTRA = random_spectra(ATOMS)
NASTY = '</script></title><img src=x onerror=alert(1)>{{script}}" onload="alert(2)'

DROP = """text => {
    const data = new DataTransfer();
    data.items.add(new File([text], "mine<b>.dat"));
    document.body.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


def shown_spectra(page: Page, folder: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    with page.expect_download() as download:
        page.click("#csv")
    download.value.save_as(folder / "shown.csv")
    return read_table(str(folder / "shown.csv"))


def aim(page: Page, direction: np.ndarray) -> None:
    for axis, value in zip("xyz", direction, strict=True):
        page.fill(f"#{axis}", repr(float(value)))


def slide(page: Page, name: str, value: float) -> None:
    page.locator(f"#{name}").fill(str(value))


def direction_of(page: Page, folder: Path) -> np.ndarray:
    comments, _ = shown_spectra(page, folder)
    return np.array(comments["direction"].split(), dtype=float)


def test_the_downloaded_spectra_are_those_of_the_library(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page()
    for direction in np.random.default_rng(1).normal(size=(3, 3)):
        aim(page, direction)
        comments, table = shown_spectra(page, tmp_path)
        expected = SPECTRA.along(direction[None] / np.linalg.norm(direction))
        scale = expected.molecular_spectrum.max()
        np.testing.assert_allclose(table["energy_eV"], ENERGIES, atol=1e-6)
        np.testing.assert_allclose(table["spectrum"], expected.molecular_spectrum[0], rtol=1e-6, atol=1e-6 * scale)
        np.testing.assert_allclose(table["C0"], expected.spectrum[0, 0], rtol=1e-6, atol=1e-6 * scale)
        np.testing.assert_allclose(table["spectrum_std"], expected.molecular_spectrum_std[0], atol=1e-4 * scale)
        isotropic = np.trace(SPECTRA.molecular_tensor) / 3
        np.testing.assert_allclose(table["isotropic"], isotropic, rtol=1e-6, atol=1e-6 * scale)
        assert comments["model"] == "random"


@pytest.mark.parametrize(("width", "height"), [(1300, 900), (1366, 768), (390, 844)])
def test_the_first_view_has_the_first_peak_its_atoms_and_where_it_vanishes(
    open_page: Callable[..., Page], width: int, height: int
) -> None:
    tensor = np.zeros((2, 3, 3, len(ENERGIES)), dtype=np.float32)
    first, highest = (np.exp(-(((ENERGIES - centre) / 0.5) ** 2)) for centre in (285, 295))
    tensor[0, 1, 1], tensor[1, 1, 1], tensor[1, 0, 0] = 3 * first, first, 8 * highest
    tensor[1, 2, 2] = 0.5 * first
    shown = replace(SPECTRA, tensor=tensor, molecular_tensor=tensor.sum(axis=0), deviations=None)
    page = open_page(replace(viewed(), structures=[ViewedStructure("first", ATOMS, shown)]))
    page.set_viewport_size({"width": width, "height": height})
    for name, text in {
        "readout": "285.00 eV: 4.00 along (0, 1, 0); isotropic 1.50; all C atoms.",
        "shares": "Shares of the isotropic intensity: C0 67 %, C1 33 %.",
        "strongest": "Strongest: 4.00 along (0, 1, 0)",
        "weakest": "Weakest: 0.00 along (1, 0, 0)",
        "plane-of-least": "Nearly vanishes (below 5 %) along the weakest direction.",
    }.items():
        expect(page.locator(f"#{name}")).to_have_text(text)
        expect(page.locator(f"#{name}")).to_be_in_viewport(ratio=1)
    expect(page.locator("#previous")).to_be_disabled()
    page.click("#weakest")
    expect(page.locator("#readout")).to_contain_text("285.00 eV: 0.00 along (1, 0, 0)")
    page.click("#next")
    expect(page.locator("#readout")).to_contain_text("295.00 eV: 8.00")
    expect(page.locator("#shares")).to_have_text("Shares of the isotropic intensity: C1 100 %; C0 below 1 %.")
    expect(page.locator("#next")).to_be_disabled()
    page.click("#previous")
    expect(page.locator("#energy-number")).to_have_value("285.00")


def test_the_intensity_axis_is_the_same_for_every_selection_unless_it_is_fitted(open_page: Callable[..., Page]) -> None:
    page = open_page(address="#d=1,0,0&e=290")
    greatest = np.linalg.eigvalsh(np.moveaxis(SPECTRA.molecular_tensor, -1, 0))[:, -1]
    deviations = SPECTRA.deviations.tensor.sum(axis=1)[:, [[0, 5, 4], [5, 1, 3], [4, 3, 2]]]
    sizes = np.abs(np.linalg.eigvalsh(np.moveaxis(deviations, -1, 1))).max(axis=-1)
    end = (greatest + np.sqrt((sizes**2).mean(axis=0))).max()
    expect(page.locator("#chart-text")).to_contain_text(f"ends at {end:.2f}.")
    page.click("#sites button >> text=C1")
    page.click('[data-axis="0 0 1"]')
    slide(page, "width", 1)
    expect(page.locator("#readout")).to_contain_text("along (0, 0, 1)")
    page.check("#own")
    expect(page.locator("#chart-text")).not_to_contain_text(f"ends at {end:.2f}.")
    page.uncheck("#own")
    expect(page.locator("#chart-text")).to_contain_text(f"ends at {end:.2f}.")


def test_films_broadening_and_shift_are_those_of_the_library(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page()
    aim(page, np.array([1.0, 2.0, -1.0]))
    page.check("#film")
    slide(page, "tilt", 35)
    slide(page, "angle", 20)
    slide(page, "width", 1.5)
    slide(page, "shift", -7.4)
    _, table = shown_spectra(page, tmp_path)
    light = domain_average(light_matrix([20.0]), None)
    [film] = weighted_spectra(weights_of_tilt(light, [1.0, 2.0, -1.0], 35.0), SPECTRA.molecular_tensor)
    sigma = 1.5 / (2 * np.sqrt(2 * np.log(2))) / (ENERGIES[1] - ENERGIES[0])
    np.testing.assert_allclose(table["spectrum"], gaussian_filter1d(film, sigma, mode="nearest"), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(table["energy_eV"], ENERGIES - 7.4, atol=1e-6)


def test_the_arrow_is_dragged_and_turned_by_keys(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page(address="#v=1,0,0,0,1,0&d=0.6,0.8,0")
    box = page.locator("#molecule").bounding_box()
    centre = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    length = min(box["width"], box["height"]) * 0.46
    page.mouse.move(*(centre + length * np.array([0.6, -0.8])))
    page.mouse.down()
    page.mouse.move(*(centre + length * np.array([0.9, -0.5])), steps=3)
    page.mouse.move(*(centre + length * np.array([0.5, 0.0])), steps=3)
    page.mouse.up()
    np.testing.assert_allclose(direction_of(page, tmp_path), [0.5, 0, np.sqrt(0.75)], atol=0.02)
    page.click('[data-axis="0 0 1"]')
    page.focus("#arrow")
    page.keyboard.press("ArrowRight")
    turned = np.radians(5)
    np.testing.assert_allclose(direction_of(page, tmp_path), [np.sin(turned), 0, np.cos(turned)], atol=1e-6)
    page.focus("#molecule")
    page.keyboard.press("ArrowLeft")
    page.click("#towards")
    np.testing.assert_allclose(direction_of(page, tmp_path), [np.sin(turned), 0, np.cos(turned)], atol=1e-3)


def test_a_language_that_the_browser_does_not_know_is_english(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.add_init_script("Object.defineProperty(navigator, 'language', {value: 'C', configurable: true})")
    page.reload()
    expect(page.locator("#readout")).to_contain_text("isotropic")
    assert page.evaluate("() => navigator.language") == "en"


def test_atoms_are_clicked(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page(address="#v=1,0,0,0,1,0")
    page.click('#molecule [data-atom="1"]')
    _, table = shown_spectra(page, tmp_path)
    assert {"C1"} == {name for name in table if name.startswith("C")}
    np.testing.assert_allclose(table["isotropic"], np.trace(SPECTRA.tensor[1]) / 3, rtol=1e-5, atol=1e-6)
    page.click("#sites button >> text=C0", modifiers=["Shift"])
    page.locator("#readout", has_text="C0 + C1").wait_for()
    page.click("#pick")
    for atom in (0, 1, 2):
        page.click(f'#molecule [data-atom="{atom}"]')
    normal = np.cross(*(ATOMS.positions[[1, 2]] - ATOMS.positions[0]))
    expected = normal / np.linalg.norm(normal)
    np.testing.assert_allclose(direction_of(page, tmp_path), expected, atol=1e-3)
    page.fill("#picked", "0 C1")
    page.press("#picked", "Enter")
    bond = ATOMS.positions[1] - ATOMS.positions[0]
    np.testing.assert_allclose(direction_of(page, tmp_path), bond / np.linalg.norm(bond), atol=1e-3)


def test_several_atoms_are_selected_without_keys(open_page: Callable[..., Page]) -> None:
    page = open_page(address="#v=1,0,0,0,1,0&d=0,0,1&s=0")
    page.click("#several")
    expect(page.locator("#several")).to_have_attribute("aria-pressed", "true")
    page.click('#molecule [data-atom="1"]')
    expect(page.locator("#readout")).to_contain_text("C0 + C1")
    page.click("#sites button >> text=C0")
    expect(page.locator("#readout")).to_contain_text("; C1.")


def test_an_end_of_the_arrow_lets_clicks_through(open_page: Callable[..., Page]) -> None:
    page = open_page(address="#v=1,0,0,0,1,0&d=0,0,1&s=0")
    box = page.locator('#molecule [data-atom="1"] circle').nth(1).bounding_box()
    frame = page.locator("#molecule").bounding_box()
    x, y = (box[axis] + box[size] / 2 for axis, size in (("x", "width"), ("y", "height")))
    right, down = x - frame["x"] - frame["width"] / 2, y - frame["y"] - frame["height"] / 2
    length = 0.47 * min(frame["width"], frame["height"])
    page = open_page(address=f"#v=1,0,0,0,1,0&d={right},{-down},{np.sqrt(length**2 - right**2 - down**2)}&s=0")
    assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).closest('.tip') !== null", [x, y])
    page.mouse.click(x, y)
    expect(page.locator("#readout")).to_contain_text("; C1.")


def test_every_control_has_a_name(open_page: Callable[..., Page]) -> None:
    page = open_page(viewed(ATOMS, molecule("C2H4")))
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    can_focus = {"name": "focusable", "value": {"type": "booleanOrUndefined", "value": True}}
    focusable = [node for node in nodes if can_focus in node.get("properties", [])]
    nameless = [node["role"]["value"] for node in focusable if not node["name"]["value"]]
    assert len(focusable) > 30
    assert nameless == []


def test_a_crystal_has_its_cell_in_the_picture_and_bonds_to_images(open_page: Callable[..., Page]) -> None:
    page = open_page(viewed(bulk("C", "diamond", 3.567, cubic=True)))
    for turn in ("ArrowLeft", "ArrowUp", "ArrowLeft"):
        lines = page.locator("#molecule g:first-child > line:not(.shaft)")
        assert lines.count() == 12 + 8 * 4
        ends = [[float(line.get_attribute(key)) for key in ("x1", "x2", "y1", "y2")] for line in lines.all()]
        assert np.abs(ends).max() < 100
        for _ in range(5):
            page.press("#molecule", turn)


def test_the_arrow_finds_the_strongest_and_the_weakest_direction(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(address="#d=1,0,0&e=290")
    index = int(np.argmin(np.abs(ENERGIES - 290)))
    for tensor in (SPECTRA.molecular_tensor, SPECTRA.tensor[1]):
        axes = np.linalg.eigh(tensor[..., index].astype(np.float64))[1]
        for button, axis in (("strongest", axes[:, -1]), ("weakest", axes[:, 0])):
            page.click(f"#{button}")
            assert abs(direction_of(page, tmp_path) @ axis) == pytest.approx(1, abs=1e-8)
        page.click("#sites button >> text=C1")


def test_a_resonance_normal_to_the_atoms_is_named_and_seen_in_a_film(open_page: Callable[..., Page]) -> None:
    benzene = molecule("C6H6")
    axis = np.array([0, np.sin(np.radians(7.5)), np.cos(np.radians(7.5))])  # the ring is in the plane of x and y
    tensor = np.einsum("i,j,e->ije", axis, axis, np.exp(-((ENERGIES - 285) ** 2)))[None].repeat(6, axis=0)
    tensor[3] *= 0.01
    shown = replace(random_spectra(benzene), tensor=tensor, molecular_tensor=tensor.sum(axis=0), deviations=None)
    page = open_page(replace(viewed(), structures=[ViewedStructure("benzene", benzene, shown)]))
    sentence = "The strongest is normal to the plane of C0, C1, C2, C4, C5, within 8°."
    expect(page.locator("#plane-of-least")).to_contain_text(sentence)
    page.check("#film")
    expect(page.locator("#readout")).to_contain_text(f"285.00 eV: {5.01 * np.cos(np.radians(20)) ** 2:.2f} film")
    page.uncheck("#film")
    page.click("#sites button >> text=C1")
    expect(page.locator("#plane-of-least")).not_to_contain_text("plane of")


def test_fields_show_what_is_wrong_or_what_is_taken(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page(address="#d=0,0,1&e=290")
    page.fill("#z", "")
    page.locator("#direction-text", has_text="three numbers").wait_for()
    page.hover("#chart")
    assert page.get_attribute("#z", "aria-invalid") == "true"
    np.testing.assert_allclose(direction_of(page, tmp_path), [0, 0, 1])
    page.click('[data-axis="1 0 0"]')
    page.locator("#direction-text").wait_for(state="hidden")
    for typed, shown in (("999", "306.00"), ("", "306.00"), ("12", "282.00"), ("290", "290.00")):
        page.fill("#energy-number", typed)
        page.press("#energy-number", "Enter")
        assert page.input_value("#energy-number") == shown
    page.focus("#molecule")
    slide(page, "shift", -2.5)
    expect(page.locator("#energy-number")).to_have_value("287.50")


def test_the_shown_numbers_are_those_of_the_energy(open_page: Callable[..., Page]) -> None:
    page = open_page(address="#d=1,0,0&e=290")
    index = int(np.argmin(np.abs(ENERGIES - 290)))
    cells = page.locator("#sites tbody tr:nth-child(2) td").all_inner_texts()
    assert float(cells[1]) == pytest.approx(SPECTRA.tensor[1, 0, 0, index], abs=0.006)
    assert cells[2:] == ["292.0", "1.50 ⚠"]
    greatest = np.linalg.eigvalsh(SPECTRA.molecular_tensor[..., index])[-1]
    assert f"outer ring, is {greatest:.2f}" in page.inner_text("#polar-text")


def test_a_measured_file_is_dropped_and_fitted(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page(address="#d=0,0,1")
    spectrum = 0.03 * SPECTRA.molecular_tensor[2, 2]
    lines = [
        f"{energy - 4.2:.3f};{value:.6f}".replace(".", ",") for energy, value in zip(ENERGIES, spectrum, strict=True)
    ]
    page.evaluate(DROP, "# energy; intensity\n" + "\n".join(lines))
    page.locator("#measured-text").filter(has_text="mine").wait_for()
    text = page.inner_text("#measured-text")
    fitted = "mine<b>.dat: the spectrum along the arrow, shifted by -4.20 eV and multiplied by 0.0300; misfit 0.0 %."
    assert text == fitted
    comments, table = shown_spectra(page, tmp_path)
    np.testing.assert_allclose(table["measured"][1:-1], table["spectrum"][1:-1], atol=1e-3)
    assert comments["measured"] == "mine<b>.dat"
    page.click('[data-axis="1 0 0"]')
    page.locator("#measured-text", has_text="has changed since the fit").wait_for()
    page.click('[data-axis="0 0 1"]')
    page.click("#fit")
    page.locator("#measured-text", has_text="along the arrow, shifted").wait_for()
    assert page.inner_text("#measured-text") == fitted
    page.click("#fit-isotropic")
    expect(page.locator("#measured-text")).to_contain_text("the isotropic spectrum, shifted by")
    assert "misfit 0.0 %" not in page.inner_text("#measured-text")
    page.evaluate(
        DROP, "\n".join(f"{e + 1} {v}" for e, v in zip(ENERGIES, np.trace(SPECTRA.molecular_tensor), strict=True))
    )
    page.click("#fit-isotropic")
    isotropic = "mine<b>.dat: the isotropic spectrum, shifted by 1.00 eV and multiplied by 3.00; misfit 0.0 %."
    expect(page.locator("#measured-text")).to_have_text(isotropic)
    page.click('[data-axis="0 1 0"]')
    expect(page.locator("#readout")).to_contain_text("along (0, 1, 0)")
    expect(page.locator("#measured-text")).to_have_text(isotropic)
    (tmp_path / "empty.dat").write_text("nothing\n1 2\n")
    page.set_input_files("#file", tmp_path / "empty.dat")
    page.locator("#measured-text").filter(has_text="empty.dat has 1 line of two numbers").wait_for()
    assert page.input_value("#file") == ""
    comments, table = shown_spectra(page, tmp_path)
    assert "measured" not in table
    assert float(comments["further_energy_shift_eV"]) == 0


def test_a_film_on_the_experimental_axis_is_fitted_within_1_ev(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page(replace(viewed(), experimental_axis=ExperimentalAxis(-7.4, 0.2, -6.65, 0.21)))
    expect(page.locator("#about")).to_have_text("C K edge, predicted by random on the experimental axis (± 0.2 eV)")
    page.check("#film")
    spectrum = shown_spectra(page, tmp_path)[1]["spectrum"]

    def drop(shift: float, further: str = "") -> None:
        rows = (f"{energy + shift} {value}" for energy, value in zip(ENERGIES, spectrum, strict=True))
        page.evaluate(DROP, "\n".join([*rows, further]))

    end = 2 * SPECTRA.molecular_tensor.max()
    drop(2.5)
    expect(page.locator("#measured-text")).to_have_text(
        re.compile(r"mine<b>\.dat fits badly: the spectrum of the film, shifted by -?(0|1)\.\d\d eV")
    )
    drop(0.1, f"320 {end}")
    expect(page.locator("#measured-text")).to_contain_text("shifted by 0.10 eV and multiplied by 1.00; misfit 0.0 %")
    expect(page.locator("#chart-text")).to_contain_text(f"to 320.00 eV. The axis of intensities ends at {end:.2f}")


def test_a_fit_at_its_limit_warns(open_page: Callable[..., Page]) -> None:
    page = open_page(address="#d=0,0,1&h=1.5")
    spectrum = SPECTRA.molecular_tensor[2, 2]
    rows = (f"{energy + 15.6} {value} 7" for energy, value in zip(ENERGIES, spectrum, strict=True))
    page.evaluate(DROP, "\n".join(rows))
    page.locator("#measured-text", has_text="(columns 1 and 2 of 3: energy and intensity)").wait_for()
    text = page.inner_text("#measured-text")
    assert "Warning: the shift is at its limit of ±15 eV" in text
    assert "shifted by 15.00 eV" in text
    page.click("#remove")
    page.locator('output[for="shift"]', has_text="1.50").wait_for()


def test_the_address_keeps_the_view(open_page: Callable[..., Page]) -> None:
    page = open_page()
    aim(page, np.array([0.0, 3.0, 4.0]))
    page.click("#sites button >> text=C1")
    slide(page, "width", 0.5)
    page.focus("#molecule")
    page.keyboard.press("ArrowUp")
    expect(page).to_have_url(re.compile("#.*v="))  # the address follows after a moment
    again = open_page(address=page.evaluate("location.hash"))
    for locator in ("#readout", "#polar-text"):
        assert again.inner_text(locator) == page.inner_text(locator)
    assert again.get_attribute("#molecule .tip", "transform") == page.get_attribute("#molecule .tip", "transform")
    open_page(address="#d=a,b,c&n=99&s=17&v=0,0,0,0,0,0&e=x&f=1")  # nothing of it is valid


def test_structures_are_chosen_and_one_without_sites_says_so(open_page: Callable[..., Page]) -> None:
    page = open_page(viewed(ATOMS, molecule("H2O")))
    page.select_option("#structure", "1")
    page.locator("#warning", has_text="H2O has no C atom").wait_for()
    page.locator("#spectra").wait_for(state="hidden")
    assert page.locator("#molecule .atom").count() == 3
    aim(page, np.array([1.0, 0.0, 0.0]))
    page.select_option("#structure", "0")
    page.locator("#warning").wait_for(state="hidden")
    page.locator("#readout", has_text="along (1, 0, 0)").wait_for()


def test_the_wheel_zooms_with_ctrl_only_and_a_film_has_no_polar_diagram(open_page: Callable[..., Page]) -> None:
    page = open_page()
    radius = page.locator("#molecule .atom circle").nth(1)
    before = radius.get_attribute("r")
    page.click("#molecule", position={"x": 5, "y": 5})
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "none"
    page.mouse.wheel(0, -100)
    page.wait_for_timeout(100)
    assert radius.get_attribute("r") == before
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    expect(radius).not_to_have_attribute("r", before)
    page.check("#film")
    page.locator("#plane").wait_for(state="hidden")
    assert page.is_hidden("#strongest")
    page.uncheck("#film")
    page.locator("#plane").wait_for(state="visible")


def test_names_cannot_become_code(open_page: Callable[..., Page]) -> None:
    spectra = viewed(title=NASTY)
    named = [replace(structure, name=NASTY) for structure in spectra.structures]
    page = open_page(replace(spectra, structures=named * 2, record={"model": NASTY, NASTY: NASTY}))
    assert page.title() == NASTY
    assert page.locator("img").count() == 0
    assert NASTY in page.inner_text("#about")
    page.locator("#save details").click()
    page.wait_for_timeout(200)


def test_pictures_are_saved(open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page()
    for name, start in (("png", b"\x89PNG"), ("svg", b"<svg")):
        with page.expect_download() as download:
            page.click(f"#{name}")
        download.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(start)
    picture = np.asarray(Image.open(tmp_path / "png").convert("L"), dtype=float)
    chart = picture[:900, 900:]
    assert chart.shape[1] >= 1200
    assert np.abs(np.diff(chart, axis=1)).max() > 0.95 * np.ptp(chart)  # sharp, not enlarged


def test_a_notebook_shows_the_page(open_page: Callable[..., Page]) -> None:
    page = open_page(html=f"<!doctype html><title>notebook</title>{View(build_page(viewed()))._repr_html_()}")
    assert "all C atoms" in page.frame_locator("iframe").locator("#readout").inner_text()
