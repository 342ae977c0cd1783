# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: 2026 The mod_session_store authors

"""The page of a user's own sessions in a real browser: Chromium, without a
window and without script."""

import os

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from rig import conf
from rig.members import COOKIE, logged_in, who
from rig.selfpage import PLACES
from rig.wait import LIMIT_S

FLAGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
         " --disable-background-networking --disable-component-update"
         " --disable-sync --disable-dev-shm-usage").split()
PHONE = (360, 740)
DESK = (1024, 800)


def set_style(chromium, scheme):
    """Light or dark, as the user's system would say."""
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "prefers-color-scheme", "value": scheme}]})


@pytest.fixture
def chromium(tmp_path):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in [*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"]:
        options.add_argument(flag)
    # Pages may run no script; the driver's own still does.
    options.add_experimental_option("prefs", {
        "profile.managed_default_content_settings.javascript": 2})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"),
                              options=options)
    driver.set_page_load_timeout(LIMIT_S)
    yield driver
    driver.quit()


@pytest.fixture
def server(httpd):
    return httpd(conf.SESSIONS + conf.FORM + PLACES)


def open_page(chromium, server, user):
    """Signs in as a person does, and goes to the page."""
    site = f"http://localhost:{server.port}"
    browser = logged_in(server.browser(), user)
    chromium.get(f"{site}/index.html")
    chromium.add_cookie({"name": COOKIE, "value": browser.jar[COOKIE],
                         "path": "/", "httpOnly": True})
    chromium.get(f"{site}/sessions")
    return browser


def press(chromium, label):
    """Presses the one button of this name, and waits for the next page."""
    before = chromium.find_element(By.TAG_NAME, "html")
    buttons = [b for b in chromium.find_elements(By.TAG_NAME, "button")
               if b.text == label]
    assert len(buttons) == 1, [b.text for b in buttons]
    buttons[0].click()
    WebDriverWait(chromium, LIMIT_S).until(
        lambda _: chromium.find_element(By.TAG_NAME, "html") != before)


def items(chromium):
    return chromium.find_elements(By.TAG_NAME, "li")


def keep_picture(chromium, name):
    """For people who want to look: SST_PICTURES names a folder."""
    folder = os.environ.get("SST_PICTURES")
    if folder:
        chromium.save_screenshot(os.path.join(folder, f"{name}.png"))


def test_a_user_ends_sessions_with_a_browser(chromium, server):
    others = [logged_in(server.browser(), "alice") for _ in range(3)]
    own = open_page(chromium, server, "alice")
    assert chromium.title == "Your sessions"
    assert len(items(chromium)) == 4
    press(chromium, "End all other sessions")
    assert len(items(chromium)) == 1
    assert "signed out" in chromium.find_element(
        By.CSS_SELECTOR, "[role=status]").text
    assert [who(browser) for browser in others] == [None] * 3
    press(chromium, "Sign out")
    assert who(own) is None
    assert "Forbidden" in chromium.page_source
    assert chromium.get_cookies() == []


def test_one_other_session_is_ended_by_its_button(chromium, server):
    other = logged_in(server.browser(), "alice")
    own = open_page(chromium, server, "alice")
    press(chromium, "End")
    assert who(other) is None
    assert who(own) == "alice"
    assert [item.get_attribute("aria-current") for item in items(chromium)
            ] == ["true"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width,height", [PHONE, DESK])
def test_the_page_fits_and_can_be_read(chromium, server, scheme, width,
                                       height):
    for _ in range(2):
        logged_in(server.browser(), "alice")
    set_style(chromium, scheme)
    chromium.set_window_size(width, height)
    open_page(chromium, server, "alice")
    keep_picture(chromium, f"{scheme}-{width}")
    size = chromium.execute_script(
        "return [document.documentElement.scrollWidth, innerWidth]")
    assert size[0] <= size[1]
    for text, ground in colours(chromium):
        assert contrast(text, ground) >= 4.5
    for button in chromium.find_elements(By.TAG_NAME, "button"):
        assert button.size["height"] >= 44


def test_every_button_says_what_it_ends(chromium, server):
    logged_in(server.browser(), "alice")
    open_page(chromium, server, "alice")
    names = [b.accessible_name
             for b in chromium.find_elements(By.TAG_NAME, "button")]
    assert names[-1] == "End all other sessions"
    assert all("127.0.0.1" in name for name in names[:-1])
    assert len(names) == 3


# --- Contrast, as WCAG reckons it -------------------------------------------

COLOURS = """
const seen = [];
for (const e of document.querySelectorAll('h1,h2,p,dt,dd,button,.mark')) {
  let ground = e, paint;
  do {
    paint = getComputedStyle(ground).backgroundColor;
    ground = ground.parentElement;
  } while (ground && /, 0\\)$/.test(paint));
  seen.push([getComputedStyle(e).color, paint]);
}
return seen;
"""


def numbers(colour):
    return [int(part) for part in
            colour[colour.index("(") + 1:-1].split(",")[:3]]


def colours(chromium):
    found = chromium.execute_script(COLOURS)
    assert len(found) > 8
    return [(numbers(text), numbers(ground)) for text, ground in found]


def luminance(colour):
    parts = [c / 255 for c in colour]
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
             for c in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
