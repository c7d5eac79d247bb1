"""What the shells do in a browser: accessible, no wider than the window, quick under the fingers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.urls("tests.ui.urls")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ADDRESSES = ["/parts/", "/work-sample/", "/accounts/login/", "/accounts/password/reset/", "/nothing-here/"]


def violations(page: Page) -> list[str]:
    """Return what axe has against the page: rule and the first element."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [f"{rule['id']}: {rule['nodes'][0]['html']}" for rule in found]


def settle(page: Page) -> None:
    """Wait for the fonts and for whatever still moves: half-faded words have half their contrast."""
    page.evaluate("Promise.all([document.fonts.ready, ...document.getAnimations().map(one => one.finished)])")


def chosen(page: Page) -> str | None:
    """Return the answer that is chosen on the sample work page."""
    value: str | None = page.evaluate("document.querySelector('[name=label]:checked')?.value ?? null")
    return value


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("address", ADDRESSES)
def test_page_is_accessible_and_fits_the_window(page: Page, address: str, width: int, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(address)
    settle(page)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dock_targets_are_44_pixels_high_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/work-sample/")
    heights = page.locator(".dock :is(.choice, .button)").evaluate_all(
        "elements => elements.map(element => element.getBoundingClientRect().height)"
    )
    assert len(heights) == 4
    assert min(heights) >= 44


def test_keys_choose_answers_and_send_them(page: Page) -> None:
    page.goto("/work-sample/")
    page.keyboard.press("2")
    assert chosen(page) == "negative"
    page.keyboard.press("ArrowLeft")
    assert chosen(page) == "positive"
    page.keyboard.press("Enter")
    page.wait_for_url("**/sent/**")
    assert page.inner_text("body") == "label=positive&comment="


def test_keys_are_letters_while_somebody_types(page: Page) -> None:
    page.goto("/work-sample/")
    page.keyboard.press("c")
    page.keyboard.type("2 of them?")
    assert (page.input_value("textarea"), chosen(page)) == ("2 of them?", None)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/sent/**")


def test_help_lists_the_keys_and_can_switch_them_off(page: Page) -> None:
    page.goto("/work-sample/")
    page.keyboard.press("?")
    assert page.locator("#help-dialog").is_visible()
    page.uncheck("[data-keys-switch]")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    assert chosen(page) is None
    page.reload()
    page.keyboard.press("1")
    assert chosen(page) is None


def test_confirmation_sends_nothing_until_it_is_given(page: Page) -> None:
    page.goto("/work-sample/")
    page.get_by_role("button", name="Remove").click()
    page.locator("#confirm-dialog").get_by_role("button", name="Cancel").click()
    assert page.url.endswith("/work-sample/")
    page.get_by_role("button", name="Remove").click()
    page.locator("#confirm-dialog").get_by_role("button", name="Remove").click()
    page.wait_for_url("**/sent/**")
    assert page.inner_text("body") == "comment=&way=removed"


def test_theme_changes_at_once_and_stays(page: Page) -> None:
    page.goto("/work-sample/")
    page.locator("summary[title=Theme]").click()
    with page.expect_response("**/preferences/"):
        page.get_by_role("button", name="Dark").click()
    assert page.get_attribute("html", "data-theme") == "dark"
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_guideline_folds_and_stays_folded(page: Page) -> None:
    page.goto("/work-sample/")
    assert page.locator(".drawer .prose").is_visible()
    page.locator(".drawer summary").click()
    page.wait_for_function("localStorage.getItem('concord-guideline') === 'closed'")
    page.reload()
    assert not page.locator(".drawer .prose").is_visible()


def test_lost_server_leaves_a_notice_that_speaks_of_the_work(browser: Browser, live_server: object) -> None:
    context = browser.new_context(base_url=str(live_server))
    page = context.new_page()
    page.goto("/parts/")
    page.evaluate(
        """() => {
          const button = document.createElement("button");
          button.id = button.textContent = "probe";
          button.setAttribute("hx-post", "/work-sample/");
          document.querySelector(".page-main").prepend(button);
          htmx.process(button);
        }"""
    )
    context.set_offline(True)
    page.locator("#probe").click()
    page.locator("#notices [role=alert]").wait_for()
    assert "not saved" in page.inner_text("#notices")
    context.close()


def test_header_works_without_script(browser: Browser, live_server: object) -> None:
    context = browser.new_context(base_url=str(live_server), java_script_enabled=False)
    page = context.new_page()
    page.goto("/work-sample/")
    page.locator("summary[title=Theme]").click()
    page.get_by_role("button", name="Dark").click()
    assert page.url.endswith("/work-sample/")
    assert page.get_attribute("html", "data-theme") == "dark"
    page.locator("summary[title=Language]").click()
    page.locator("button[value=zh-hans]").click()
    assert page.get_attribute("html", "lang") == "zh-hans"
    assert not page.locator("[data-dialog=help-dialog]").is_visible()
    context.close()
