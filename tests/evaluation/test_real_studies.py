"""Published answers and votes judged by scripted raters over HTTP, in small: what the benchmarks do at full size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db.models import Sum
from django.test import Client

from benchmarks import llmfao_ab, ranking_real
from benchmarks.blind_hand import Fetch
from benchmarks.blind_studies import dataset_of, opened, people, reported, respond, write
from evaluation.services import pair_files
from projects.models import Study
from projects.services import jobs

pytestmark = [pytest.mark.django_db, pytest.mark.shared]


def fetch_of(rater: Any) -> Fetch:
    """Return a rater's browser: Django's own client in place of a connection."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(rater.user, backend="projects.backends.AccountBackend")

    def fetch(method: str, path: str, body: str, headers: Mapping[str, str]) -> tuple[int, str]:
        kind = "application/x-www-form-urlencoded"
        reply = client.generic(method, path, body, content_type=kind, headers=dict(headers))
        return reply.status_code, reply.content.decode()

    return fetch


def test_a_ranking_of_published_answers_says_what_the_raters_did(shared: Path, tmp_path: Path) -> None:
    questions, answers = ranking_real.read(shared / "data" / "chatpsychiatrist", 8)
    assert len(questions) == 8
    dataset = dataset_of("small", questions, tmp_path)
    respond(dataset, ((name, model, text) for (name, model), text in answers.items()), tmp_path)
    manager, raters = people(dataset.project, ranking_real.RATERS[:3])
    study = opened("ranking", dataset, manager, raters, raters_per_item=3)
    log: ranking_real.Log = {}
    for rater in raters:
        judge = ranking_real.Judge(rater.code, questions, answers)
        judge.rank_all(fetch_of(rater), study.token)
        log |= judge.log
    assert len(log) == 24
    summary = reported(study, manager)
    assert ranking_real.compare(summary, ranking_real.straight(log)) == 36
    assert ranking_real.residual(summary, log) < 1e-6


def test_a_part_of_the_published_crowd_gives_its_win_rates_and_its_alpha(shared: Path, tmp_path: Path) -> None:
    crowd = llmfao_ab.read(shared / "data" / "llmfao", 12)
    study, manager, raters = llmfao_ab.make(crowd, tmp_path, "crowd")
    votes = 0
    for worker in crowd.workers:
        hand = llmfao_ab.Worker(worker, crowd)
        hand.judge_all(fetch_of(raters[worker]), study.token)
        votes += hand.made
    assert votes == sum(len(pair.votes) for pair in crowd.pairs)
    summary = reported(study, manager)
    systems = {model for pair in crowd.pairs for model in (pair.left, pair.right)}
    assert llmfao_ab.compare(summary, llmfao_ab.straight(crowd), llmfao_ab.alpha(crowd)) == 1 + 2 * len(systems)


def test_the_whole_files_figures_are_the_published_ones(shared: Path) -> None:
    crowd = llmfao_ab.read(shared / "data" / "llmfao")
    assert (len(crowd.pairs), len(crowd.workers), sum(len(pair.votes) for pair in crowd.pairs)) == (2139, 124, 8931)
    published, found = llmfao_ab.golden(shared / "data" / "llmfao"), llmfao_ab.straight(crowd)
    assert found["average_win_rate"] == pytest.approx(published["average_win_rate"], abs=1e-12)
    assert llmfao_ab.alpha(crowd) == pytest.approx(0.2906, abs=5e-5)


def test_the_published_list_of_pairs_comes_in_as_a_file(shared: Path, tmp_path: Path) -> None:
    """2,139 pairs of 59 models, from one to five raters each: read, taken and opened as they stand in the file."""
    crowd = llmfao_ab.read(shared / "data" / "llmfao")
    dataset = dataset_of("listed", crowd.prompts, tmp_path)
    respond(dataset, ((item, model, text) for (item, model), text in crowd.answers.items()), tmp_path)
    manager, raters = people(dataset.project, [f"W{worker}" for worker in crowd.workers])
    rows = [[pair.item, pair.left, pair.right, str(len(pair.votes))] for pair in crowd.pairs]
    write(tmp_path / "pairs.csv", ["item", "left", "right", "raters"], rows)
    content = (tmp_path / "pairs.csv").read_bytes()

    def listed(study: Study) -> None:
        file = pair_files.receive(study, file=ContentFile(content), filename="pairs.csv", actor=manager)
        jobs.run(pair_files.job_of(study).pk)  # type: ignore[union-attr]  # there is one now
        file.refresh_from_db()
        assert (file.report["good"], file.report["bad"]) == (2139, 0)
        pair_files.take(study, actor=manager)
        jobs.run(pair_files.job_of(study).pk)  # type: ignore[union-attr]  # there is one now

    study = opened("comparison", dataset, manager, raters, first=listed, pairs="file", raters_per_item=1)
    units = study.units.filter(role="main")
    assert units.count() == 2139
    assert units.aggregate(places=Sum("wanted"))["places"] == 8931
    assert study.systems.count() == 59
