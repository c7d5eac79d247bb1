import pytest

from reports.exports import export
from reports.summary import Cell, Column, Section, Summary, Table


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


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """A wide table whose numbers have signs, with words beside them, after one too long for a page."""
    names = [f"v{n}" for n in range(12)]
    columns = [
        Column(key="s", label="System"),
        *(Column(key=k, label="Rowan, as a judge", kind="number") for k in names),
    ]
    columns.append(Column(key="d", label="Better"))
    row = ["A system with a name", *[Cell(4.6, mark="•+")] * 12, "3 / 0"]
    long = Table(key="long", caption="Long", columns=columns[:2], rows=[["A", 1.0]] * 60)
    wide = Table(key="wide", caption="Wide", columns=columns, rows=[row] * 4)
    short = [Table(key=f"t{n}", caption=f"Short {n}", columns=columns[:2], rows=[["A", 1.0]] * 9) for n in range(6)]
    sections = [Section(key="a", title="Long", blocks=[long, *short]), Section(key="b", title="Wide", blocks=[wide])]
    made = export(Summary(title="T", headline="H", sections=sections), "html")
    path = tmp_path_factory.mktemp("marked") / made.filename
    path.write_bytes(made.content)
    return path


def test_a_sign_beside_a_number_keeps_off_the_next_column(tab, marked):
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.goto(marked.as_uri())
    gaps = tab.evaluate(
        """[...document.querySelectorAll(".sign-after")].map(sign => {
            const range = document.createRange();
            range.selectNodeContents(sign);
            const next = sign.closest("td").nextElementSibling.firstChild, words = document.createRange();
            words.selectNodeContents(next.nodeType === 3 ? next.parentNode : next);
            return words.getBoundingClientRect().left - range.getBoundingClientRect().right;
        })"""
    )
    assert len(gaps) == 48
    assert min(gaps) > 4


def test_on_paper_short_tables_stay_whole_and_headings_lie_with_their_tables(tab, marked):
    tab.goto(marked.as_uri())
    tab.emulate_media(media="print")
    broken = tab.evaluate(
        """[...document.querySelectorAll(".report-table")].map(one => getComputedStyle(one).breakInside)"""
    )
    assert broken == ["auto", *["avoid"] * 7]
    sheets = tab.evaluate("""[...document.querySelectorAll("h2")].map(one => getComputedStyle(one).page)""")
    assert sheets[:2] == ["auto", "across"]
    # No interval or heading is set larger than the numbers.
    size = "parseFloat(getComputedStyle(document.querySelector('.table.wide {}')).fontSize)"
    assert tab.evaluate(size.format("thead th")) < tab.evaluate(size.format("tbody td"))


def test_on_paper_captions_heads_and_headings_stay_with_the_first_rows(tab, tmp_path):
    columns = [Column(key="s", label="System"), Column(key="v", label="Value", kind="number")]
    long = Table(key="long", caption="Long", columns=columns, rows=[["A", 1.0]] * 20)
    made = export(
        Summary(title="T", headline="H", sections=[Section(key="a", title="A", intro="I", blocks=[long])]), "html"
    )
    path = tmp_path / made.filename
    path.write_bytes(made.content)
    tab.goto(path.as_uri())
    tab.emulate_media(media="print")
    for part in (
        ".report-section > h2",
        ".report-section > .stack > p",
        ".report-table caption",
        ".report-table thead",
    ):
        style = tab.evaluate("part => getComputedStyle(document.querySelector(part)).breakAfter", part)
        assert (part, style) == (part, "avoid")
    # It is said again on each sheet.
    head = tab.evaluate("getComputedStyle(document.querySelector('.report-table thead')).display")
    assert head == "table-header-group"
