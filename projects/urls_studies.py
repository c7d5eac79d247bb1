"""Addresses of studies: setting them up, who takes part, how they go."""

from django.urls import URLPattern, path

from projects.views import pauses, studies, study_life, study_people, study_setup, study_work

ONE = "p/<slug:project>/studies/<slug:study>/"

urlpatterns: list[URLPattern] = [
    path("p/<slug:project>/studies/", studies.studies, name="studies"),
    # In front of the studies themselves; the service gives no study this short name.
    path("p/<slug:project>/studies/new/", study_setup.study_new, name="study_new"),
    path(ONE, studies.overview, name="study"),
    path(ONE + "open/", study_life.study_open, name="study_open"),
    path(ONE + "stop/", study_life.study_stop, name="study_stop"),
    path(ONE + "pause/", study_life.study_pause, name="study_pause"),
    path(ONE + "resume/", study_life.study_resume, name="study_resume"),
    path(ONE + "close/", study_life.study_close, name="study_close"),
    path(ONE + "clone/", study_life.study_clone, name="study_clone"),
    path(ONE + "settings/", study_setup.study_settings, name="study_settings"),
    path(ONE + "guideline/", study_setup.study_guideline, name="study_guideline"),
    path(ONE + "people/", study_people.study_people, name="study_people"),
    path(ONE + "people/<int:part>/leave/", study_people.part_leave, name="part_leave"),
    path(ONE + "people/<int:part>/return/", study_people.part_return, name="part_return"),
    path(ONE + "people/<int:part>/replace/", study_people.part_replace, name="part_replace"),
    path(ONE + "people/<int:part>/pause/", pauses.part_pause, name="part_pause"),
    path(ONE + "people/<int:part>/resume/", pauses.part_resume, name="part_resume"),
    path(ONE + "units/", study_work.study_units, name="study_units"),
    path(ONE + "units/<int:unit>/", study_work.study_unit, name="study_unit"),
    path(ONE + "skips/", study_work.study_skips, name="study_skips"),
    path(ONE + "exclusions/", study_work.study_exclusions, name="study_exclusions"),
    path(ONE + "exclusions/<int:exclusion>/lift/", study_work.exclusion_lift, name="exclusion_lift"),
]
