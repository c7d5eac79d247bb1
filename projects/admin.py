"""The site admin's pages over the plain rows. What has a service is done on the product's own pages."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken.admin import TokenAdmin
from rest_framework.authtoken.models import TokenProxy

from projects import models

# The administration's own log-in page knows neither limits on wrong passwords nor a second step.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# Tokens are kept as hashes, and shown once to who makes them; one made in the administration would never work.
# Importing its class has registered it, whichever app came first.
if isinstance(admin.site.get_model_admin(TokenProxy), TokenAdmin):
    admin.site.unregister(TokenProxy)


@admin.register(models.User)
class AccountAdmin(UserAdmin):  # type: ignore[type-arg]  # the runtime class is not generic
    """Accounts by e-mail."""

    ordering = ["email"]
    list_display = ["email", "name", "is_active", "is_staff"]
    search_fields = ["email", "name"]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        (_("Person"), {"fields": ["name", "language", "theme"]}),
        (_("Permissions"), {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
    ]
    add_fieldsets = [(None, {"classes": ["wide"], "fields": ["email", "usable_password", "password1", "password2"]})]
    filter_horizontal = []


@admin.register(models.Project)
class ProjectAdmin(admin.ModelAdmin[models.Project]):
    """Projects."""

    list_display = ["name", "slug", "created_at"]
    search_fields = ["name", "slug"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(models.Membership)
class MembershipAdmin(admin.ModelAdmin[models.Membership]):
    """Who is in which project."""

    list_display = ["project", "user", "role"]
    list_filter = ["role"]
    list_select_related = ["project", "user"]
    autocomplete_fields = ["project", "user"]


@admin.register(models.AuditEntry)
class AuditAdmin(admin.ModelAdmin[models.AuditEntry]):
    """The audit log, to read."""

    list_display = ["at", "verb", "actor_id", "project_id", "target_type", "target_id"]
    list_filter = ["verb"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes the log by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.AuditEntry | None = None) -> bool:
        """The log is append-only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.AuditEntry | None = None) -> bool:
        """The log is append-only."""
        return False
