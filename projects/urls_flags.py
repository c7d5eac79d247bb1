"""Addresses of flags: the manager's list, and where readers and raters raise one."""

from django.urls import URLPattern, path

from projects.views import flags

urlpatterns: list[URLPattern] = [
    path("p/<slug:project>/flags/", flags.flags, name="flags"),
    path("p/<slug:project>/flags/<int:flag>/", flags.flag, name="flag"),
    path("p/<slug:project>/flags/<int:flag>/reopen/", flags.flag_reopen, name="flag_reopen"),
    path("p/<slug:project>/data/<slug:dataset>/items/<int:item>/flag/", flags.item_flag, name="item_flag"),
    path("p/<slug:project>/data/<slug:dataset>/items/<int:item>/alias/", flags.item_alias, name="item_alias"),
    path("rate/<slug:study>/<slug:token>/flag/", flags.rate_flag, name="rate_flag"),
]
