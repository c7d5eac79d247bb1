"""People: accounts, projects, who does what in them, and the coded raters that judgements belong to."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def new_token() -> str:
    """Return a random handle of 128 bits; the only kind of key a rater's browser ever sees."""
    return secrets.token_urlsafe(16)


class EmailUserManager(UserManager["User"]):
    """Accounts are known by their e-mail address; there is no user name."""

    def _create(self, email: str, password: str | None, *, staff: bool) -> User:
        if not email:
            raise ValueError("An account needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), is_staff=staff, is_superuser=staff)
        user.set_password(password)
        user.save(using=self._db)
        return user

    # The base class asks for a user name; these accounts have none.
    def create_user(self, email: str, password: str | None = None) -> User:  # type: ignore[override]
        """Create an ordinary account."""
        return self._create(email, password, staff=False)

    def create_superuser(self, email: str, password: str | None = None) -> User:  # type: ignore[override]
        """Create a site admin's account."""
        return self._create(email, password, staff=True)


class User(AbstractUser):
    """An account. What a person judges is stored under a rater's code, never under the account."""

    username = None  # type: ignore[assignment]  # accounts are known by e-mail
    first_name = None  # type: ignore[assignment]  # one field for a name, which not every culture splits
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=20, blank=True)
    theme = models.CharField(_("theme"), max_length=10, blank=True)
    auto_submit = models.BooleanField(_("submit as soon as an answer is chosen"), default=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = EmailUserManager()  # type: ignore[misc]  # no user name, see the manager

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_ci")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """Return the name, or the e-mail address where none is given."""
        return str(self)

    def get_short_name(self) -> str:
        """Return the name, or the part of the e-mail address before the @."""
        return self.name or self.email.partition("@")[0]


class Role(models.TextChoices):
    """What a member may do in a project. A person can have several."""

    MANAGER = "manager", _("manager")
    ADJUDICATOR = "adjudicator", _("adjudicator")
    RATER = "rater", _("rater")
    ANALYST = "analyst", _("analyst")


class ProjectQuerySet(models.QuerySet["Project"]):
    """Queries over projects."""

    def of(self, user: User) -> ProjectQuerySet:
        """Keep the projects `user` is a member of; a site admin sees all."""
        if user.is_superuser:
            return self
        return self.filter(memberships__user=user).distinct()


class Project(models.Model):
    """People, data sets and studies that belong together."""

    slug = models.SlugField(_("short name"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    content_notice = models.TextField(
        _("content notice"), blank=True, help_text=_("Shown to raters before they begin. Markdown.")
    )
    help_text = models.TextField(
        _("help lines"),
        blank=True,
        help_text=_("Where a rater can turn when a text is hard to bear. Markdown."),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = _("project")
        verbose_name_plural = _("projects")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One role of one person in one project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["project", "user", "role"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]
        indexes = [models.Index(fields=["user", "project"])]

    def __str__(self) -> str:
        return f"{self.project_id}:{self.user_id}:{self.role}"


class Rater(models.Model):
    """Whoever judgements belong to, known by a code: a person, an external rater of an import, or a model."""

    class Nature(models.TextChoices):
        PERSON = "person", _("person")
        EXTERNAL = "external", _("external")
        MODEL = "model", _("model")

    project = models.ForeignKey(Project, models.CASCADE, related_name="raters")
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="raters")
    code = models.CharField(_("code"), max_length=40)
    nature = models.CharField(_("nature"), max_length=10, choices=Nature.choices, default=Nature.PERSON)
    languages = models.JSONField(_("languages"), default=list, blank=True)
    qualification = models.CharField(_("qualification"), max_length=200, blank=True)
    group = models.CharField(_("group"), max_length=60, blank=True)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("rater")
        verbose_name_plural = _("raters")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["project", "code"], name="rater_code_once"),
            models.UniqueConstraint(
                fields=["project", "user"], condition=Q(user__isnull=False), name="rater_user_once"
            ),
            models.CheckConstraint(condition=~Q(code=""), name="rater_code_given"),
        ]

    def __str__(self) -> str:
        return self.code


class Invitation(models.Model):
    """A single-use link into a project. Only a hash of the link's secret is stored."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail address"), blank=True)
    roles = models.JSONField(_("roles"), default=list)
    rater_code = models.CharField(_("rater code"), max_length=40, blank=True)
    languages = models.JSONField(_("languages"), default=list, blank=True)
    group = models.CharField(_("group"), max_length=60, blank=True)
    # What a rater takes part in from the moment they accept.
    studies = models.ManyToManyField("projects.Study", related_name="invitations", blank=True)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.email or f"#{self.pk}"

    @property
    def usable(self) -> bool:
        """Whether the link still works."""
        return self.used_at is None and self.revoked_at is None and self.expires_at > timezone.now()
