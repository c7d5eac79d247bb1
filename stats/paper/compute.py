"""Every figure of a study report from its material: one call, plain data out, the same for the same seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stats.paper import (
    agreement,
    benchmark,
    comparisons,
    histograms,
    human_judge,
    judge_effects,
    limits,
    ranks,
    ratings,
    systems,
)
from stats.paper.frame import Frame, Json, Plan
from stats.paper.material import Material
from stats.result import VERSION, json_safe

SECTIONS: Mapping[str, Callable[[Frame], Json]] = {
    "systems": systems.compute,
    "benchmark": benchmark.compute,
    "ratings": ratings.compute,
    "comparisons": comparisons.compute,
    "histograms": histograms.compute,
    "ranks": ranks.compute,
    "agreement": agreement.compute,
    "human_judge": human_judge.compute,
    "judge_effects": judge_effects.compute,
    "limits": limits.compute,
}


def figures(
    material: Material,
    *,
    seed: int = 1,
    bootstrap: int = 1000,
    tell: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """All sections by their key; one without rows has a `reason` instead.

    `tell` hears (sections done, sections in all). Raises ValueError for rows that contradict each other.
    """
    frame = Frame(material, Plan(seed, bootstrap))
    found = {}
    for done, (key, compute) in enumerate(SECTIONS.items(), start=1):
        found[key] = json_safe(compute(frame))
        if tell is not None:
            tell(done, len(SECTIONS))
    return {"version": VERSION, "seed": seed, "bootstrap": bootstrap, "sections": found}
