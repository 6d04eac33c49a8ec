"""Measure how soon a page is drawn, and how many times a second while the arrow or the molecule is dragged.

``python benchmarks/view.py view.html`` needs the extra `browser` and a Chromium.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from time import perf_counter

from playwright.sync_api import CDPSession, sync_playwright

SECONDS = 5
DRAG = """(selector) => new Promise((resolve) => {
    const svg = document.getElementById("molecule");
    const box = svg.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const send = (kind, target, angle) => target.dispatchEvent(new PointerEvent(kind, {
        bubbles: true, pointerId: 1, button: 0,
        clientX: x + 120 * Math.cos(angle), clientY: y + 120 * Math.sin(angle),
    }));
    svg.setPointerCapture = () => {};
    send("pointerdown", document.querySelector(selector), 0);
    const start = performance.now();
    let frames = 0;
    const next = () => {
        frames += 1;
        send("pointermove", svg, frames / 20);
        if (performance.now() - start < 1000 * SECONDS) requestAnimationFrame(next);
        else {
            send("pointerup", svg, 0);
            resolve(1000 * frames / (performance.now() - start));
        }
    };
    requestAnimationFrame(next);
})""".replace("SECONDS", str(SECONDS))


def busy(session: CDPSession) -> float:
    """Return the time that the processor has spent on the page's thread, in seconds."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", type=Path, help="page of `spkisd view`")
    parser.add_argument(
        "--browser-option", action="append", default=[], help="of Chromium: --browser-option=--disable-gpu"
    )
    options = parser.parse_args()
    page_file = options.page.resolve()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", *options.browser_option])
        print(f"Chromium {browser.version}, {page_file.stat().st_size / 1e3:.0f} kB")
        page = browser.new_page(viewport={"width": 1366, "height": 820})
        start = perf_counter()
        page.goto(page_file.as_uri())
        page.locator("#readout", has_text="eV").wait_for()
        print(f"{1e3 * (perf_counter() - start):.0f} ms to the first picture")
        page.wait_for_timeout(1000)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        for what, selector in (("arrow", "#arrow"), ("molecule", "#molecule")):
            before = busy(session)
            rate = page.evaluate(DRAG, selector)
            spent = 1e3 * (busy(session) - before) / (SECONDS * rate)
            print(f"{what}: {rate:.0f} pictures a second, {spent:.1f} ms of the processor each")
        browser.close()


if __name__ == "__main__":
    main()
