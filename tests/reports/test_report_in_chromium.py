import pytest

from reports.exports import export


@pytest.fixture(scope="module")
def file(summary, tmp_path_factory):
    made = export(summary, "html")
    path = tmp_path_factory.mktemp("report") / made.filename
    path.write_bytes(made.content)
    return path


@pytest.fixture
def tab(browser):
    context = browser.new_context()
    yield context.new_page()
    context.close()


def shown(tab, selector):
    return tab.locator(f"{selector}:visible").count()


def test_file_opens_alone_without_a_request_or_a_complaint(tab, file):
    requests, complaints = [], []
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(file.as_uri())
    assert (requests, complaints) == ([file.as_uri()], [])


@pytest.mark.parametrize(("width", "wide", "narrow"), [(1000, 12, 0), (390, 0, 12)])
def test_page_shows_the_drawing_for_its_width_and_never_scrolls_sideways(tab, file, width, wide, narrow):
    tab.set_viewport_size({"width": width, "height": 800})
    tab.goto(file.as_uri())
    assert (shown(tab, "svg.plot-wide"), shown(tab, "svg.plot-narrow")) == (wide, narrow)
    assert tab.evaluate("document.documentElement.scrollWidth") == width


def test_words_in_plots_stay_legible_on_a_phone(tab, file):
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.goto(file.as_uri())
    smallest = tab.evaluate(
        """Math.min(...[...document.querySelectorAll("svg.plot-narrow text")].map(
            text => parseFloat(getComputedStyle(text).fontSize) * text.ownerSVGElement.getScreenCTM().a))"""
    )
    assert smallest >= 11


def test_words_in_plots_stay_inside_their_drawing_with_real_fonts(tab, file):
    tab.set_viewport_size({"width": 1000, "height": 800})
    tab.goto(file.as_uri())
    outside = tab.evaluate(
        """[...document.querySelectorAll("svg.plot-wide text")].filter(text => {
            const word = text.getBoundingClientRect(), sheet = text.ownerSVGElement.getBoundingClientRect();
            return word.left < sheet.left - 3 || word.right > sheet.right + 3;
        }).map(text => text.textContent)"""
    )
    assert outside == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1000), ("dark", 1000), ("light", 390)])
def test_axe_finds_nothing_with_everything_unfolded(tab, file, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    tab.emulate_media(color_scheme=scheme)
    tab.set_viewport_size({"width": width, "height": 800})
    tab.goto(file.as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(tab, options={"runOnly": rules}).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found] == []
