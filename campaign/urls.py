"""Addresses of campaign."""

from django.urls import URLPattern, path

from campaign import urls_watch
from campaign.views import appendix, consent, designs, flow, guideline, pictures, rating, roster, training

ONE = "p/<slug:project>/studies/<slug:study>/"
# Under a word of their own: what stands directly under a study is a unit's handle.
MINE = "rate/<slug:study>/first/"

urlpatterns: list[URLPattern] = [
    path("p/<slug:project>/roster/", roster.roster, name="roster"),
    path("p/<slug:project>/roster/export/", roster.roster_export, name="roster_export"),
    path("p/<slug:project>/roster/import/", roster.roster_import, name="roster_import"),
    path("p/<slug:project>/roster/<int:rater>/", roster.roster_rater, name="roster_rater"),
    path("p/<slug:project>/invitations/", roster.invitations, name="invitations"),
    path(ONE + "assignment/", designs.assignment, name="study_assignment"),
    path(ONE + "flow/", flow.study_flow, name="study_flow"),
    path(ONE + "appendix/", appendix.study_appendix, name="study_appendix"),
    path(ONE + "appendix/<int:appendix>/<slug:suffix>/", appendix.appendix_file, name="appendix_file"),
    *urls_watch.urlpatterns,
    path(MINE + "held/", rating.held, name="rate_held"),
    path(MINE + "consent/", rating.agree, name="rate_consent"),
    path(MINE + "consent/withdraw/", rating.withdraw, name="rate_withdraw"),
    path(MINE + "notice/", rating.notice, name="rate_notice"),
    path(MINE + "guideline/", rating.acknowledge, name="rate_acknowledge"),
    path(MINE + "training/", rating.train, name="rate_training"),
    path(MINE + "again/", rating.again, name="rate_again"),
    path(MINE + "record/", rating.record, name="rate_record"),
    path(MINE + "questions/", guideline.rate_questions, name="rate_questions"),
    path("rate/<slug:study>/<slug:token>/ask/", guideline.rate_ask, name="rate_ask"),
    path("pictures/<slug:picture>/", pictures.picture, name="picture"),
    path("p/<slug:project>/pictures/", pictures.project_pictures, name="project_pictures"),
    path(ONE + "questions/", guideline.study_questions, name="study_questions"),
    path(ONE + "questions/<int:question>/", guideline.study_question, name="study_question"),
    path(ONE + "guideline/again/", guideline.study_recall, name="study_recall"),
    path(ONE + "training/", training.study_training, name="study_training"),
    path(ONE + "training/items/<int:trained>/remove/", training.training_item_remove, name="training_item_remove"),
    path(ONE + "training/raters/<int:part>/", training.study_trainee, name="study_trainee"),
    path(ONE + "consent/", consent.study_consent, name="study_consent"),
]
