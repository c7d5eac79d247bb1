"""Addresses of disputes and meetings: an adjudicator's under the study, a rater's under the study's handle."""

from django.urls import URLPattern, URLResolver, path

from annotation.views import curation, discussion, disputes, meetings, schemas, talk, turns

STUDY = "p/<slug:project>/studies/<slug:study>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{STUDY}/disputes/", disputes.queue, name="disputes"),
    path(f"{STUDY}/disputes/agenda/", disputes.agenda, name="dispute_agenda"),
    path(f"{STUDY}/disputes/<int:dispute>/", disputes.dispute, name="dispute"),
    path(f"{STUDY}/disputes/<int:dispute>/say/", disputes.say, name="dispute_say"),
    path(f"{STUDY}/meetings/", meetings.meetings, name="meetings"),
    path(f"{STUDY}/meetings/<int:meeting>/", meetings.resume, name="meeting"),
    path(f"{STUDY}/meetings/<int:meeting>/end/", meetings.end, name="meeting_end"),
    path(f"{STUDY}/schema/", schemas.schema, name="study_schema"),
    path(f"{STUDY}/curation/", curation.queue, name="curation"),
    path(f"{STUDY}/curation/<int:unit>/", curation.session, name="curation_session"),
    path(f"{STUDY}/curation/<int:unit>/take-over/", curation.take_over, name="curation_take_over"),
    path(f"{STUDY}/curation/<int:unit>/say/", curation.say, name="curation_say"),
    path("rate/<slug:study>/disputes/mine/", discussion.own_disputes, name="rate_disputes"),
    path("rate/<slug:study>/<slug:token>/dispute/", discussion.discussion, name="rate_dispute"),
    path("rate/<slug:study>/<slug:token>/turn/<int:turn>/", turns.turn, name="rate_turn"),
    path("rate/<slug:study>/<slug:token>/comments/", talk.comments, name="rate_comments"),
    path("rate/<slug:study>/<slug:token>/newer/", turns.newer, name="rate_newer"),
    path("rate/<slug:study>/<slug:token>/session/", turns.session, name="rate_session"),
    path("rate/<slug:study>/<slug:token>/accept-all/", turns.accept_all, name="rate_accept_all"),
    path("rate/<slug:study>/<slug:token>/earlier/<int:order>/", turns.earlier, name="rate_earlier"),
]
