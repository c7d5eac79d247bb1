"""Addresses of endpoints, systems, prompts and runs."""

from django.urls import URLPattern, URLResolver, path

from evaluation.views import (
    benchmarks,
    blind,
    blind_ways,
    endpoints,
    findings,
    judges,
    prompts,
    reasons,
    responses,
    rows,
    runs,
    systems,
)

PROJECT = "p/<slug:project>/"
RUN = PROJECT + "runs/<int:run>/"
BENCHMARK = PROJECT + "benchmarks/<int:benchmark>/"
STUDY = PROJECT + "studies/<slug:study>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("endpoints/", endpoints.endpoints, name="endpoints"),
    path("endpoints/new/", endpoints.endpoint_new, name="endpoint_new"),
    path("endpoints/<int:endpoint>/", endpoints.endpoint, name="endpoint"),
    path("endpoints/<int:endpoint>/edit/", endpoints.endpoint_edit, name="endpoint_edit"),
    path("endpoints/<int:endpoint>/test/", endpoints.endpoint_test, name="endpoint_test"),
    path("endpoints/<int:endpoint>/close/", endpoints.endpoint_close, name="endpoint_close"),
    path("endpoints/<int:endpoint>/delete/", endpoints.endpoint_delete, name="endpoint_delete"),
    path(PROJECT + "systems/", systems.systems, name="systems"),
    path(PROJECT + "systems/new/", systems.system_new, name="system_new"),
    path(PROJECT + "systems/<slug:system>/", systems.system, name="system"),
    path(PROJECT + "systems/<slug:system>/edit/", systems.system_edit, name="system_edit"),
    path(PROJECT + "systems/<slug:system>/away/", systems.system_away, name="system_away"),
    path(PROJECT + "prompts/", prompts.prompts, name="prompts"),
    path(PROJECT + "prompts/new/", prompts.prompt_new, name="prompt_new"),
    path(PROJECT + "prompts/<slug:prompt>/", prompts.prompt, name="prompt"),
    path(PROJECT + "prompts/<slug:prompt>/edit/", prompts.prompt_edit, name="prompt_edit"),
    path(PROJECT + "prompts/<slug:prompt>/compare/", prompts.prompt_compare, name="prompt_compare"),
    path(PROJECT + "runs/", runs.runs, name="runs"),
    path(PROJECT + "runs/new/", runs.run_new, name="run_new"),
    path(PROJECT + "runs/judges/", judges.judge_new, name="judge_new"),
    path(RUN, runs.run, name="run"),
    path(RUN + "act/", runs.run_act, name="run_act"),
    path(RUN + "calls/", rows.calls, name="run_calls"),
    path(RUN + "calls/<int:call>/", rows.call, name="run_call"),
    path(RUN + "verdicts/", judges.verdicts, name="run_verdicts"),
    path(RUN + "read/", findings.findings, name="run_findings"),
    path(PROJECT + "responses/", responses.responses, name="responses"),
    path(PROJECT + "responses/import/", responses.responses_new, name="responses_new"),
    path(PROJECT + "responses/take/", responses.responses_take, name="responses_take"),
    path(PROJECT + "responses/<int:answers>/", responses.response_import, name="response_import"),
    path(PROJECT + "responses/<int:answers>/cancel/", responses.response_import_cancel, name="response_import_cancel"),
    path("rate/<slug:study>/way/ready/", blind_ways.ready, name="rate_ready"),
    path("rate/<slug:study>/way/guess/", blind_ways.guess, name="rate_guess"),
    path(STUDY + "design/", blind.design, name="study_design"),
    path(STUDY + "words/", blind.words, name="study_words"),
    path(STUDY + "reasons/", reasons.reasons, name="study_reasons"),
    path(STUDY + "blinding/", blind.blinding_page, name="study_blinding"),
    path(STUDY + "blinding/key-holder/", blind.key_holder, name="study_key_holder"),
    path(STUDY + "blinding/open/", blind.key_open, name="study_key_open"),
    path(STUDY + "blinding/check/", blind.check, name="study_check"),
    path(PROJECT + "benchmarks/", benchmarks.benchmarks, name="benchmarks"),
    path(PROJECT + "benchmarks/new/", benchmarks.benchmark_new, name="benchmark_new"),
    path(BENCHMARK, benchmarks.benchmark, name="benchmark"),
    path(BENCHMARK + "edit/", benchmarks.benchmark_edit, name="benchmark_edit"),
    path(BENCHMARK + "compute/", benchmarks.benchmark_compute, name="benchmark_compute"),
    path(BENCHMARK + "delete/", benchmarks.benchmark_delete, name="benchmark_delete"),
    path(BENCHMARK + "<int:computed>/", benchmarks.benchmark, name="benchmark_version"),
    path(BENCHMARK + "<int:computed>/export/<slug:suffix>/", benchmarks.benchmark_export, name="benchmark_export"),
]
