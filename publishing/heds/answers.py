"""Answers to the datasheet's questions, as far as the database knows them. What is not answered here is open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from projects import reporting
from projects.models import Item, Unit
from publishing.heds.facts import Facts
from reports.present import figure_view
from reports.summary import KeyFigure

RANKING, RATING, COMPARISON = "ranking", "rating", "comparison"
ASSUMED = frozenset({"3.3.5", "3.3.6", "3.3.7", "3.3.8", "4.2.1", "4.2.3"})
"""What holds for most studies done with the program, and what it cannot see of this one."""


def assumed(facts: Facts) -> frozenset[str]:
    """Return the numbers of answers that a person has to confirm: nobody can see from here what happened outside."""
    kinds, _done = assurance(facts)
    return (
        ASSUMED | (frozenset() if kinds else {"3.3.3.1", "3.3.3.2"}) | (frozenset() if training(facts) else {"3.2.4"})
    )


def experiment(facts: Facts) -> dict[str, str]:
    """Return the answers about a study as a whole, by the numbers of their questions."""
    return {
        "1.1.2": _("The study “%(study)s”, opened on %(day)s.")
        % {"study": facts.study.name, "day": f"{facts.study.opened_at:%Y-%m-%d}" if facts.study.opened_at else "-"},
        **systems(facts), **sample(facts), **evaluators(facts), **design(facts),
    }  # fmt: skip


def systems(facts: Facts) -> dict[str, str]:
    """Return what is known of the evaluated systems."""
    dialogues = Item.Kind.DIALOGUE in facts.kinds or not facts.kinds
    found = {
        "2.1": _("Text: a dialogue of several turns.") if dialogues else _("Text: a question or message."),
        "2.2": _("Text: a dialogue of several turns.") if dialogues else _("Text: one response."),
    }
    if facts.languages:
        found["2.4"] = ", ".join(facts.languages)
    return found


def sample(facts: Facts) -> dict[str, str]:
    """Return how much was evaluated, and how it was chosen."""
    if not facts.outputs:
        return {}
    least, most = min(facts.outputs.values()), max(facts.outputs.values())
    count = str(least) if least == most else _("%(least)s to %(most)s") % {"least": least, "most": most}
    return {"3.1.1": count, "3.1.2": chosen(facts)}


def chosen(facts: Facts) -> str:
    """Return how the items were chosen."""
    settings = facts.settings
    if facts.study.kind == COMPARISON and not settings.get("sample_size"):
        return _("The pairs that were matched or listed before the study opened.")
    if not settings.get("sample_size"):
        return _("All items of the data set.")
    words = _("Drawn at random, seed %(seed)s.") % {"seed": facts.study.seed}
    return words + " " + _("Equally many from each topic.") if settings.get("stratified") else words


def evaluators(facts: Facts) -> dict[str, str]:
    """Return what is known of the evaluators."""
    found = {"3.2.1": str(len(facts.raters)), "3.2.4": training(facts) or _("None inside the program.")}
    groups, qualified = facts.counted("group"), facts.counted("qualification")
    if groups:
        found["3.2.2.1"] = _("By group: %(groups)s.") % {"groups": listed(groups)}
    about = [
        _("Qualification: %(list)s.") % {"list": listed(qualified)} if qualified else "",
        _("Languages: %(list)s.") % {"list": listed(languages(facts))} if languages(facts) else "",
    ]
    if any(about):
        found["3.2.5"] = " ".join(part for part in about if part)
    return found


def languages(facts: Facts) -> Counter[str]:
    """Return how many raters know each language."""
    return Counter(str(one) for rater in facts.raters for one in rater.languages)


def listed(counts: Mapping[str, int]) -> str:
    """Return values with how often they occur."""
    return ", ".join(f"{value} ({n})" for value, n in sorted(counts.items()))


def training(facts: Facts) -> str:
    """Return what raters had to read and try before they began; nothing where that was nothing."""
    practice = facts.units.get(Unit.Role.PRACTICE, 0)
    parts = [
        ngettext("A written guideline (%(n)s version).", "A written guideline (%(n)s versions).", facts.guidelines)
        % {"n": facts.guidelines}
        if facts.guidelines
        else "",
        ngettext("%(n)s practice unit.", "%(n)s practice units.", practice) % {"n": practice} if practice else "",
        _("A question of understanding before the first unit.") if facts.settings.get("question") else "",
    ]
    return " ".join(part for part in parts if part)


def design(facts: Facts) -> dict[str, str]:
    """Return how the experiment was carried out."""
    study = facts.study
    declared = ""
    if study.opened_at:
        declared = _("Primary outcome and test were declared in the program on %(day)s, before the first judgement: "
                     "%(outcome)s. Whether the design was also registered elsewhere is open.") % {
            "day": f"{study.opened_at:%Y-%m-%d %H:%M} UTC",
            "outcome": str(facts.settings.get("primary_outcome", "")).rstrip(".") or "-",
        }  # fmt: skip
    kinds, done = assurance(facts)
    return {
        **({"3.3.1": declared} if declared else {}),
        "3.3.2": _("Concord %(version)s, a web application.") % {"version": reporting.VERSION},
        "3.3.3.1": kinds or _("none"),
        "3.3.3.2": done or _("N/A"),
        "3.3.4.2": shown(facts),
        "3.3.5": _("Evaluators worked when and as fast as they liked until the study closed; time was recorded."),
        "3.3.6": _("Evaluators could leave a comment with each answer and raise flags."),
        "3.3.7": _("At a place of their own choosing."),
        "3.3.8": _("Not controlled."),
    }


def assurance(facts: Facts) -> tuple[str, str]:
    """Return the kinds of quality assurance, and what was done; nothing where there was none."""
    gold = facts.units.get(Unit.Role.GOLD, 0)
    kinds: list[str] = []
    done: list[str] = []
    if gold:
        kinds.append(_("automatic checks"))
        done.append(
            ngettext("%(n)s attention unit among the others.", "%(n)s attention units among the others.", gold)
            % {"n": gold}
        )
    if facts.repeats:
        kinds.append(_("repeated units"))
        done.append(
            ngettext("%(n)s unit was judged twice by the same rater.", "%(n)s units were judged twice by the same "
                     "rater.", facts.repeats) % {"n": facts.repeats}
        )  # fmt: skip
    if facts.left_out:
        kinds.append(_("checks by a person"))
        done.append(
            ngettext("%(n)s exclusion, with a reason on record.", "%(n)s exclusions, each with a reason on record.",
                     facts.left_out) % {"n": facts.left_out}
        )  # fmt: skip
    return ", ".join(kinds), " ".join(done)


def shown(facts: Facts) -> str:
    """Return what raters see beside the texts."""
    what = {
        RANKING: _("The question and all responses to it, under neutral letters and in one style, with the places to "
                   "fill."),
        RATING: _("The question and the response, in one style, with every point of each scale in words."),
        COMPARISON: _("Two texts side by side, in one style, with each criterion as first, tie or second."),
    }[facts.study.kind]  # fmt: skip
    order = {"latin": _("in balanced Latin squares"), "random": _("at random by a key")}
    design = order.get(str(facts.settings.get("order_design")), order["random"])
    return (
        what
        + " "
        + _("No name of a system; orders drawn %(design)s. The guideline could be opened at any time.")
        % {"design": design}
    )


# --- criteria


def criteria(facts: Facts) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each criterion's name with its answers."""
    if facts.study.kind == RANKING:
        yield _("Overall order"), {**ranked(facts), **common(facts)}
        return
    for one in facts.rubric.criteria if facts.rubric else ():
        yield one["name"], {**scaled(facts, one), **common(facts)}
    if facts.study.kind == COMPARISON:
        yield _("Overall"), {**scaled(facts, {"name": _("Overall"), "text": ""}), **common(facts)}


def common(facts: Facts) -> dict[str, str]:
    """Return what holds for every criterion of a study."""
    found = {
        "4.2.1": _("Subjective"),
        "4.2.2": _("Absolute") if facts.study.kind == RATING else _("Relative"),
        "4.2.3": _("Intrinsic"),
        "4.3.9": AGGREGATED[facts.study.kind],
        "4.3.10": TESTS.get(str(facts.settings.get("primary_test")), ""),
        "4.3.12.1": _("Units judged twice by the same rater.") if facts.repeats else _("not assessed"),
    }
    if not facts.repeats:
        found["4.3.12.2"] = _("not assessed")
    if facts.agreement:
        found["4.3.11.1"] = ", ".join(str(figure.label) for figure in facts.agreement)
        found["4.3.11.2"] = "; ".join(figures(facts.agreement))
    return {number: str(words) for number, words in found.items() if words}


def figures(known: Iterable[KeyFigure]) -> Iterator[str]:
    """Yield each figure with its interval."""
    for figure in known:
        view = figure_view(figure)
        yield f"{view.label}: {view.value} ({view.interval or view.reason})"


def ranked(facts: Facts) -> dict[str, str]:
    """Return the answers about a ranking's one criterion."""
    return {
        "4.3.1.1": _("no name given"),
        "4.3.3": _("N/A"),
        "4.3.4": _("N/A"),
        "4.3.5": _("N/A"),
        "4.3.6": _("All responses to a question are put in order, 1 is best.")
        + (" " + _("Ties are allowed.") if facts.settings.get("ties") else ""),
        "4.3.8": _("Relative quality estimation (ranking)"),
        **asked(facts.study.guideline.text if facts.study.guideline else ""),
    }


def scaled(facts: Facts, one: Mapping[str, Any]) -> dict[str, str]:
    """Return the answers about a criterion with a scale, or of a comparison."""
    values = [point["value"] for point in one.get("points") or ()]
    words = [f"{point['value']}: {point['anchor']}" for point in one.get("points") or ()]
    pair = facts.study.kind == COMPARISON
    return {
        "4.3.1.1": one["name"],
        **({"4.3.2": one["text"]} if one.get("text") else {}),
        "4.3.3": "3" if pair else str(len(values)),
        "4.3.4": _("first, tie, second") if pair else "; ".join(words),
        "4.3.5": _("Multiple-choice options"),
        "4.3.6": _("N/A"),
        "4.3.8": _("Relative quality estimation") if pair else _("Direct quality estimation"),
        **asked(one.get("text", "")),
    }


def asked(words: str) -> dict[str, str]:
    """Return what evaluators are asked, where it is known."""
    return {"4.3.7": " ".join(words.split())} if words.strip() else {}


AGGREGATED = {
    RANKING: gettext_lazy("Mean rank of each system over items, raters averaged within items first."),
    RATING: gettext_lazy("Mean of each system over items, raters averaged within items first."),
    COMPARISON: gettext_lazy("Shares of win, tie and lose over votes; majorities of each pair for the test."),
}
TESTS = {
    "friedman": gettext_lazy("Friedman's test over items, then Nemenyi's."),
    "wilcoxon": gettext_lazy("Wilcoxon's signed-rank test of pairs, with Holm's correction."),
    "sign": gettext_lazy("Exact sign test of the pairs' majorities, with Holm's correction over criteria."),
    "paired": gettext_lazy("Paired t test by item, with Holm's correction and Cohen's d."),
}
