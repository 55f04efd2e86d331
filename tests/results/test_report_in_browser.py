"""A report in headless Chromium: it opens without errors, a layer switches, a click shows a row."""

import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

import coverage_sim
from coverage_sim import MemoryStore
from coverage_sim.reporting.report.page import languages_of, read_results, write_report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER),
    reason="NOT TESTED: no Chromium here; install the packages chromium and chromium-driver",
)


@pytest.fixture
def browser():
    options = Options()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.add_argument("--window-size=1280,1000")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


def test_a_reader_opens_it_switches_a_layer_and_chooses_a_village(project, tmp_path, browser):
    folder = coverage_sim.run(project / "tiny.toml", store=MemoryStore(), ledger=True).save(
        tmp_path / "result", maps=False
    )
    path = write_report(read_results([folder]), tmp_path / "report.html", languages_of("both"))
    browser.get(path.as_uri())
    wait = WebDriverWait(browser, 20)
    assert browser.title.startswith("Báo cáo phủ sóng di động")
    wait.until(lambda b: b.find_element(By.CSS_SELECTOR, "img.coverage"))
    # Nothing was asked of any network.
    asked = "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    assert [url for url in browser.execute_script(asked) if not url.startswith("data:")] == []
    # Another base layer: another picture.
    before = browser.find_element(By.CSS_SELECTOR, "img.coverage").get_attribute("src")
    radios = browser.find_elements(By.CSS_SELECTOR, ".leaflet-control-layers-base input")
    radios[1].click()
    wait.until(
        lambda b: b.find_element(By.CSS_SELECTOR, "img.coverage").get_attribute("src") != before
    )
    radios[2].click()
    wait.until(lambda b: not b.find_elements(By.CSS_SELECTOR, "img.coverage"))
    # A click on a village's dot shows its row.
    browser.execute_script("coverageReport.map.setView([20.424, 106.1724], 15, {animate: false})")
    box = browser.find_element(By.ID, "map")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
    x, y = browser.execute_script(
        """const data = JSON.parse(document.getElementById('data').textContent);
        const [, , , longitude, latitude] = data.results[0].villages.find((v) => v[0] === 'v1');
        const at = coverageReport.map.latLngToContainerPoint([latitude, longitude]);
        return [at.x, at.y];"""
    )
    size = box.size
    ActionChains(browser).move_to_element_with_offset(
        box, x - size["width"] / 2, y - size["height"] / 2
    ).click().perform()
    table = wait.until(lambda b: b.find_element(By.CSS_SELECTOR, "#detail table"))
    assert table.get_attribute("data-village") == "v1"
    assert "Đã phủ sóng" in table.text
    # The other language, everywhere.
    browser.find_element(By.CSS_SELECTOR, "[data-language=en]").click()
    assert "Covered" in browser.find_element(By.CSS_SELECTOR, "#detail table").text
    assert browser.find_element(By.TAG_NAME, "h1").is_displayed() is False
    assert browser.title.startswith("Mobile coverage report")
    names = browser.find_elements(By.CSS_SELECTOR, '.commune-name:not([style*="opacity: 0;"])')
    assert any(name.is_displayed() for name in names)
    # A table sorts, and turns round.
    heading = browser.find_element(By.CSS_SELECTOR, ".lang[lang=en] table.communes th.number")
    browser.execute_script("arguments[0].click()", heading)
    assert heading.get_attribute("aria-sort") == "ascending"
    first = "return document.querySelector('.lang[lang=en] table.communes tbody tr').cells[3]"
    low = float(browser.execute_script(f"{first}.dataset.value"))
    browser.execute_script("arguments[0].click()", heading)
    assert float(browser.execute_script(f"{first}.dataset.value")) > low
    assert browser.get_log("browser") == []


def test_it_fits_a_phone(project, tmp_path, browser):
    folder = coverage_sim.run(project / "tiny.toml", store=MemoryStore(), ledger=True).save(
        tmp_path / "result", maps=False
    )
    path = write_report(read_results([folder]), tmp_path / "report.html", languages_of("vi"))
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True},
    )
    browser.get(path.as_uri())
    wide = browser.execute_script("return document.documentElement.scrollWidth")
    assert wide == 390
    assert browser.get_log("browser") == []
