"""Compiled templates do as Django does, in the usual case and in every odd one; what they show is escaped."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from django.template import Context, engines
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, override

from config.rendering.backend import included, quick
from config.rendering.compiler import Compiler
from projects.models import Study

HOSTILE = "<script>alert('x')</script>\"&"
ESCAPED = "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&quot;&amp;"


class Thing:
    """Something with attributes of every sort."""

    name = HOSTILE

    def __getitem__(self, key: str) -> str:
        if key == "kept":
            return "by key"
        raise KeyError(key)

    def said(self) -> str:
        return "called"

    def needs(self, one: str) -> str:
        return one

    def removes(self) -> str:
        raise AssertionError("never called")

    removes.alters_data = True

    @property
    def broken(self) -> str:
        raise ValueError("broken")

    def __str__(self) -> str:
        return HOSTILE


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("{{ it }}", {"it": HOSTILE}, ESCAPED),
        ("{{ it }}", {"it": Thing()}, ESCAPED),
        ("{{ it.name }}", {"it": Thing()}, ESCAPED),
        ("{{ it.name|truncatechars:9 }}", {"it": Thing()}, "&lt;script&gt;…"),
        ("{{ it|default:other }}", {"it": "", "other": HOSTILE}, ESCAPED),
        ("{{ it }}", {"it": gettext_lazy(HOSTILE)}, ESCAPED),
        ("{% with it=it %}{{ it }}{% endwith %}", {"it": HOSTILE}, ESCAPED),
        ("{% for it in all %}{{ it }}{% endfor %}", {"all": [HOSTILE]}, ESCAPED),
        ("{% for it, no in all %}{{ it }}{% endfor %}", {"all": [(HOSTILE, 1)]}, ESCAPED),
        ("{% load i18n %}{% blocktranslate %}{{ it }}{% endblocktranslate %}", {"it": HOSTILE}, ESCAPED),
        (
            "{% load i18n %}{% blocktranslate count n=n with a=it %}{{ a }}{% plural %}{{ n }}{% endblocktranslate %}",
            {"it": HOSTILE, "n": 1},
            ESCAPED,
        ),
        ('{% include "partials/progress.html" with done=1 total=2 label=it %}', {"it": HOSTILE}, None),
        ("{{ it|safe }}", {"it": "<b>"}, "<b>"),
        ("{{ it }}", {"it": SafeString("<b>")}, "<b>"),
        ("{{ it|upper }}", {"it": SafeString("<b>")}, "&lt;B&gt;"),
        ("{{ it|add:other }}", {"it": SafeString("<b>"), "other": "<i>"}, None),
    ],
)
def test_what_is_shown_is_escaped(both, text, values, expected):
    shown = both(text, **values)
    assert "<script>" not in shown
    assert expected is None or shown == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ it.kept }}", "by key"),
        ("{{ it.said }}", "called"),
        ("{{ it.needs }}", ""),
        ("{{ it.removes }}", ""),
        ("{{ it.nothing }}", ""),
        ("{{ nothing.at.all }}", ""),
        ("{{ it.broken }}", "ValueError"),
        ("{{ nothing|default:it.kept }}", "by key"),
        ("{{ it.kept|default:nothing }}", "VariableDoesNotExist"),
        ("{{ list.1 }}{{ list.7 }}", "2"),
        ("{{ keyed.a }}{{ keyed.absent }}{{ keyed.7 }}{{ keyed.absent.more }}", "1seven"),
        ("{% for name, value in keyed.items %}{{ name }}{{ value }};{% endfor %}", "a1;7seven;"),
        ("{% if keyed.absent %}a{% elif keyed.a == 1 %}b{% endif %}", "b"),
        ("{{ it.kept|default:keyed.absent }}", "VariableDoesNotExist"),
        ("{{ it.get_name_display }}{{ keyed.get_a_display }}{{ nothing.get_a_display }}", ""),
        ("{{ 1.5 }}{{ True }}{{ None }}{{ -3 }}", "1.5TrueNone-3"),
        ("{% if it.broken == 1 %}yes{% else %}no{% endif %}", "no"),
        ("{% if it.broken %}yes{% endif %}", "ValueError"),
        ("{% if nothing is None and not list.0 > 3 %}yes{% endif %}", "yes"),
        ("{% if 2 in list %}a{% elif nothing %}b{% else %}c{% endif %}", "a"),
        ("{% if 2 in nothing %}a{% elif list %}b{% else %}c{% endif %}", "b"),
        ("{% if list|length == 3 or it.broken %}yes{% endif %}", "yes"),
        ("{% if nothing|default:missing %}yes{% else %}no{% endif %}", "no"),
        (
            "{% for one in list reversed %}{{ forloop.counter }}{{ one }}{% if forloop.last %}.{% endif %}{% endfor %}",
            None,
        ),
        ("{% for one in nothing %}{{ one }}{% empty %}none{% endfor %}", "none"),
        ("{% for a, b in pairs %}{{ a }}{{ b }}{% endfor %}", "1234"),
        ("{% for a, b, c in pairs %}{{ a }}{% endfor %}", "ValueError"),
        ("{% for a in list %}{% for b in list %}{{ forloop.parentloop.counter }}{% endfor %}{% endfor %}", "111222333"),
        ("{% for a in list %}{{ forloop }}{% endfor %}", None),
        ("{% for one in list %}{{ seen }}{% url 'home' as seen %}{% endfor %}{{ seen }}", "//"),
        ("{% if list %}{% url 'home' as seen %}{% endif %}{{ seen }}", "/"),
        ("{% if nothing %}{% url 'home' as seen %}{% endif %}{{ seen }}", ""),
        ("{% with a=1 b=2 %}{% with a=b b=a %}{{ a }}{{ b }}{% endwith %}{{ a }}{% endwith %}{{ a }}", "211"),
        ("{% url 'dataset' 'a-b' slug %}", "/p/a-b/data/s/"),
        ("{% url 'dataset' 'a b' slug %}", "NoReverseMatch"),
        ("{% url 'dataset' 'a b' slug as it %}[{{ it }}]", "[]"),
        ("{% url 'rater' slug 7 %}{% url 'rater' slug -7 as it %}[{{ it }}]", "/p/s/raters/7/[]"),
        ("{% url 'rater' slug '7' %}", "/p/s/raters/7/"),
        ("{% url 'nowhere' %}", "NoReverseMatch"),
        ("{% url 'admin:index' as it %}{{ it }}", "/admin/"),
        ("{% csrf_token %}", ""),
        ("{# nothing #}{% comment %}{{ it.broken }}{% endcomment %}", ""),
        ("{% cycle 'a' 'b' %}{% now 'Y' %}", None),
        ("{% block one %}1{% block two %}2{% endblock %}{% endblock %}", "12"),
        ("{{ at|date:'Y-m-d H:i:s' }} {{ at|date:'c' }} {{ at|date }} {{ at|date:'SHORT_DATETIME_FORMAT' }}", None),
        ("{{ day|date }} {{ nothing|date }} {{ at }} {{ day|date:'Y-m-d' }} {{ at|date:'Y-m-d' }}", None),
        (
            "{{ long|truncatechars:3 }}{{ long|truncatechars:1 }}{{ long|truncatechars:0 }}{{ long|truncatechars:99 }}",
            None,
        ),
        ("{{ accents|truncatechars:3 }} {{ accents|truncatechars:5 }} {{ cjk|truncatechars:3 }}", None),
        ("{{ it.kept|truncatechars:missing }}", "VariableDoesNotExist"),
        ("{{ big }}{{ real }}{{ yes }}", None),
        ("{% load i18n %}{% translate 'Close' %}{% translate 'Close' as word %}{{ word }}{% translate list.0 %}", None),
        ("{% load i18n %}{% blocktranslate count n=list|length %}one{% plural %}{{ n }}{% endblocktranslate %}", "3"),
        (
            "{% load i18n %}{% blocktranslate count n=it %}one{% plural %}{{ n }}{% endblocktranslate %}",
            "TemplateSyntaxError",
        ),
        ("{% load i18n %}{% blocktranslate %}100% of {{ nothing }}{% endblocktranslate %}", "100% of "),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_odd_cases_are_as_django_has_them(both, text, expected, language):
    values = {
        "it": Thing(), "list": [1, 2, 3], "pairs": [(1, 2), (3, 4)], "slug": "s",
        "keyed": {"a": 1, "7": "seven"},
        "big": 12345678, "real": 1.5, "yes": True, "at": datetime(2026, 3, 1, 9, 5, 7, 123, tzinfo=UTC),
        "day": date(2026, 3, 1), "long": "abcdef", "accents": "e\u0301e\u0301e\u0301e\u0301", "cjk": "我最近睡不好",
    }  # fmt: skip
    with override(language):
        shown = both(text, **values)
    assert expected is None or shown == expected


@pytest.mark.parametrize(
    "text",
    [
        "{% for a in twice %}{% ifchanged %}{{ a }}{% endifchanged %}{% endfor %}",
        "{% for a in twice %}{% ifchanged a %}{{ a }}{% else %}{% endifchanged %}{% endfor %}",
        "{% with b=1 %}{% for a in twice %}{% if b %}{% ifchanged a %}{{ a }}{% endifchanged %}{% endif %}{% endfor %}"
        "{% endwith %}",
    ],
)
def test_a_template_that_remembers_what_it_showed_last_is_left_to_django(text: str) -> None:
    engine = engines["django"].engine
    template = quick(engine.from_string(text), engine)
    assert template.nodelist.compiled() is None
    assert [template.render(Context({"twice": [1, 1, 2, 2]})) for _again in range(2)] == ["12", "12"]


@pytest.mark.parametrize("count", [0, 1, 2, 5, 11, 21, 1000])
def test_counted_words_have_the_form_of_their_number(both, count):
    text = "{% load i18n %}{% blocktranslate count n=n %}{{ n }} item{% plural %}{{ n }} items{% endblocktranslate %}"
    assert both(text, n=count) == f"{count} item" + ("s" if count != 1 else "")


def test_a_variable_include_sees_the_names_around_it(both):
    text = '{% with title=it text="t" %}{% include name with url=it action="a" %}{% endwith %}'
    shown = both(text, name="partials/empty.html", it=HOSTILE)
    assert shown.count(ESCAPED) == 2


def test_an_include_on_its_own_sees_what_it_is_given_only(both):
    text = '{% include "partials/empty.html" with title=it only %}{% include name with title=it only %}'
    shown = both(text, name="partials/empty.html", it="Anna", action="Berta")
    assert (shown.count("Anna"), shown.count("Berta")) == (2, 0)


def test_text_is_never_taken_for_source():
    text = "'''\\\"\"\"\n{{ it }}\\n%s {0} \N{SNOWMAN}"
    template = engines["django"].engine.from_string(text)
    render = Compiler(template.engine, included).function(template.nodelist)
    assert render(Context({"it": "'''"}), {}) == text.replace("{{ it }}", "&#x27;&#x27;&#x27;")


def rendered(text: str, **values: object) -> str:
    """Render a text with the compiled templates."""
    engine = engines["django"].engine
    return quick(engine.from_string(text), engine).render(Context(values))


def test_labels_of_choices_follow_the_language_and_the_value() -> None:
    """Django makes the table of labels for every value; here it is kept, by field and language."""
    text = "{{ row.get_state_display }}|{{ inner.row.get_state_display }}"
    for _again in range(2):
        for state in Study.State:
            row = Study(state=state)
            assert rendered(text, row=row, inner={"row": row}) == "|".join([escape(row.get_state_display())] * 2)
    with override("zh-hans"):
        row = Study(state=Study.State.PAUSED)
        shown = rendered(text, row=row, inner={"row": row})
        assert shown == "|".join([row.get_state_display()] * 2)
    assert shown != rendered(text, row=row, inner={"row": row})
    # What is no row may have such a method too.
    own = SimpleNamespace(get_state_display=lambda: HOSTILE)
    assert rendered(text, row=own, inner={"row": own}) == f"{ESCAPED}|{ESCAPED}"
    # What is none of the choices is shown as it is, and escaped.
    odd = Study(state=HOSTILE)
    assert rendered(text, row=odd, inner={"row": odd}) == f"{ESCAPED}|{ESCAPED}"


def test_moments_are_shown_in_the_zone_in_force() -> None:
    """One moment is converted once, unless the zone changes meanwhile."""
    at = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    text = "{{ at|date:'c' }} {{ at|date:'Y-m-d H:i' }}"
    assert rendered(text, at=at) == "2026-11-21T23:30:00+00:00 2026-11-21 23:30"
    with timezone.override("Asia/Shanghai"):
        assert rendered(text, at=at) == "2026-11-22T07:30:00+08:00 2026-11-22 07:30"
    assert rendered(text, at=at) == "2026-11-21T23:30:00+00:00 2026-11-21 23:30"
