"""Addresses of projects, their people and their audit log, of invitations and one's own account."""

from django.urls import URLPattern, URLResolver, path

from projects.views import account, audit, invitations, people, projects

urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/new/", projects.project_new, name="project_new"),
    path("p/<slug:project>/", projects.project, name="project"),
    path("p/<slug:project>/edit/", projects.project_edit, name="project_edit"),
    path("p/<slug:project>/people/", people.people, name="people"),
    path("p/<slug:project>/people/<int:user>/", people.member, name="member"),
    path("p/<slug:project>/people/<int:user>/remove/", people.member_remove, name="member_remove"),
    path("p/<slug:project>/raters/new/", people.rater_new, name="rater_new"),
    path("p/<slug:project>/raters/<int:rater>/", people.rater, name="rater"),
    path("p/<slug:project>/invitations/new/", invitations.invitation_new, name="invitation_new"),
    path(
        "p/<slug:project>/invitations/<int:invitation>/revoke/",
        invitations.invitation_revoke,
        name="invitation_revoke",
    ),
    path("p/<slug:project>/audit/", audit.audit, name="audit"),
    path("join/<str:token>/", invitations.join, name="join"),
    path("account/", account.account, name="account"),
    # In front of Django's own view at the same address, which would not remember the choice with the account.
    path("i18n/setlang/", account.set_language, name="set_language"),
]
