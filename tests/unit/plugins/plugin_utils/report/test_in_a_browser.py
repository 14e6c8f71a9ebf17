# Copyright: (c) 2026, the pve.drs authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the pve.drs authors

"""The page in headless Chromium, at the width of a desk, of a phone, and on paper."""

import contextlib
import os
import shutil

import pytest

from ansible_collections.pve.drs.plugins.plugin_utils.report.filters import report_html
from ansible_collections.pve.drs.tests import results

CHROMIUM = os.environ.get("PVE_DRS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
# It runs as root in CI, and asks nobody for updates.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDTHS = {"desk": 1280, "phone": 360}
RUNS = {
    "trouble": results.a_troubled_run,
    "hostile": results.a_hostile_run,
    "large": results.a_large_run,
    "evacuation": results.an_evacuation,
    "nothing": lambda: results.a_result(results.a_plan()),
}
# What is wider than the page, if anything; what scrolls or cuts off on its own is not.
OVERFLOWING = """() => [...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
                 && !e.closest('.plot, .lane > span, .track'))
    .map(e => e.tagName + '.' + e.className).slice(0, 5)"""
# Rows that have been written over each other.
OVERLAPPING = """() => [...document.querySelectorAll('tbody tr')]
    .filter(e => e.nextElementSibling && e.getBoundingClientRect().bottom > e.nextElementSibling.getBoundingClientRect().top + 1)
    .length"""


@pytest.fixture(scope="module")
def browser():
    """Start Chromium; skips with one line where it, or what drives it, is missing."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is missing: pip install playwright")
    if not CHROMIUM:
        pytest.skip("no Chromium: apt-get install chromium, or name one in PVE_DRS_CHROMIUM")
    with contextlib.ExitStack() as stack:
        playwright = stack.enter_context(driver.sync_playwright())
        yield stack.enter_context(
            contextlib.closing(playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS]))
        )


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Write each page once."""
    folder = tmp_path_factory.mktemp("pages")
    files = {name: folder / f"{name}.html" for name in RUNS}
    for name, file in files.items():
        file.write_text(report_html(RUNS[name](), generated=results.BEGAN), encoding="utf-8")
    return files


@contextlib.contextmanager
def opened(browser, file, width, **context):
    """Open the page, and let nothing of what the browser complains about pass."""
    with contextlib.closing(browser.new_context(viewport={"width": width, "height": 900}, **context)) as tab:
        page, complaints, asked = tab.new_page(), [], []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        yield page
        assert complaints == []
        assert [url for url in asked if url != file.as_uri() and not url.startswith("data:")] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("name", RUNS)
def test_nothing_is_wider_than_the_page(browser, pages, name, width, scheme):
    with opened(browser, pages[name], width, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(OVERFLOWING) == []
        assert page.evaluate(OVERLAPPING) == 0
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 22, 28)"
        assert dark == (scheme == "dark")


@pytest.mark.parametrize("name", RUNS)
def test_the_page_is_readable_without_scripts(browser, pages, name):
    with opened(browser, pages[name], WIDTHS["desk"], java_script_enabled=False) as page:
        assert page.locator("h1").is_visible()
        assert page.locator(".verdict").is_visible()


@pytest.mark.parametrize("name", ["trouble", "large"])
def test_the_page_can_be_printed_in_light_colors_without_anything_cut_off(browser, pages, name):
    with opened(browser, pages[name], 700, color_scheme="dark") as page:
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate(OVERFLOWING) == []
        pdf = page.pdf(prefer_css_page_size=True)
        assert pdf.startswith(b"%PDF-")
        assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") >= 2


def test_bars_are_as_long_as_the_loads(browser, pages):
    with opened(browser, pages["trouble"], WIDTHS["desk"]) as page:
        track, before, after, limit = (
            page.locator(f".track {part}").first.bounding_box() if part else page.locator(".track").first.bounding_box()
            for part in ("", ".was", ".is", ".limit")
        )
        assert before["width"] / track["width"] == pytest.approx(0.92, abs=0.01)
        assert after["width"] / track["width"] == pytest.approx(0.58, abs=0.01)
        assert (limit["x"] - track["x"]) / track["width"] == pytest.approx(0.90, abs=0.01)
