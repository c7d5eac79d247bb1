"""What makes a study blind: its key and the systems' codes, drawn when it opens, and the opening of the key."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from evaluation.models import BlindStudy, StudySystem, SystemVersion, Unblinding
from projects.models import Dataset, Project, Study, StudyRole, User
from projects.prepared import Prepared
from projects.services.audit import record

OPENED: Prepared[Any] = Prepared(lambda study: Unblinding.objects.filter(study_id=study).values_list("pk"), -1)
CODES: Prepared[Any] = Prepared(lambda study: StudySystem.objects.filter(study_id=study).values_list("pk", "code"), -1)
REAL: Prepared[Any] = Prepared(
    lambda study: StudySystem.objects.filter(study_id=study).values_list(
        "pk", "system_version__system__name", "dataset__name"
    ),
    -1,
)


def versions_of(project: Project, ids: Sequence[str | int]) -> list[SystemVersion]:
    """Return the project's system versions with these keys; unknown and foreign ones are left out."""
    rows = SystemVersion.objects.filter(system__project=project, pk__in=[int(one) for one in ids])
    return list(rows.select_related("system").order_by("pk"))


def blind(study: Study) -> BlindStudy:
    """Return the study's key, drawn at the first call."""
    return BlindStudy.objects.get_or_create(study=study)[0]


def code_name(number: int) -> str:
    """Return a code as it is stored; pages say it in the reader's language."""
    return f"System {number}"


def draw_codes(
    study: Study, sources: Sequence[SystemVersion | Dataset], *, blocks: Mapping[int, Sequence[str]] | None = None
) -> dict[int, StudySystem]:
    """Give each source a code at random, once; returns the rows by the source's key.

    `blocks` names the blocks each source stands in. Called again, as after a crash, it changes nothing; what is no
    source any more loses its code.
    """
    with transaction.atomic():
        _drop_others(study, sources)
        have = {row.system_version_id or row.dataset_id: row for row in study.systems.all()}
        missing = [source for source in sources if source.pk not in have]
        codes = [code_name(n) for n in range(1, len(have) + len(missing) + 1)]
        free = [code for code in codes if code not in {row.code for row in have.values()}]
        secrets.SystemRandom().shuffle(free)
        for source, code in zip(missing, free, strict=False):
            have[source.pk] = _add(study, source, code, list((blocks or {}).get(source.pk, ())))
    return {key: row for key, row in have.items() if key is not None}


def _drop_others(study: Study, sources: Sequence[SystemVersion | Dataset]) -> None:
    versions = [source.pk for source in sources if isinstance(source, SystemVersion)]
    datasets = [source.pk for source in sources if isinstance(source, Dataset)]
    kept = Q(system_version__in=versions) | Q(dataset__in=datasets)
    study.systems.exclude(kept).delete()


def _add(study: Study, source: SystemVersion | Dataset, code: str, blocks: list[str]) -> StudySystem:
    if isinstance(source, Dataset):
        return StudySystem.objects.create(study=study, dataset=source, code=code, blocks=blocks)
    return StudySystem.objects.create(study=study, system_version=source, code=code, blocks=blocks)


def holds_key(study: Study, user: User) -> bool:
    """Whether this person may open the study's key."""
    return study.roles.filter(user=user, part=StudyRole.Part.KEY_HOLDER, state=StudyRole.State.ACTIVE).exists()


def unblind(study: Study, *, by: User, reason: str) -> Unblinding:
    """Open the key: once, by a key-holder, after closing, with a reason that stays on record."""
    reason = reason.strip()
    with transaction.atomic():
        state = Study.objects.select_for_update().values_list("state", flat=True).get(pk=study.pk)
        if state != Study.State.CLOSED:
            raise ValidationError(_("The key stays closed until the study is closed."))
        if not holds_key(study, by):
            raise ValidationError(_("Only a key-holder of this study can open its key."))
        if not reason:
            raise ValidationError({"reason": _("Write why the key is opened now. The reason stays on record.")})
        if Unblinding.objects.filter(study=study).exists():
            raise ValidationError(_("The key has been opened already."))
        row = Unblinding.objects.create(study=study, by=by, reason=reason)
        record("study.unblinded", actor=by, project=study.project, target=study)
    return row


def is_open(study: Study) -> bool:
    """Whether names may stand where codes stood."""
    return bool(OPENED.tuples(study.pk))


def names(study: Study, *, opened: bool | None = None) -> dict[int, str]:
    """Return what readers may call each of the study's systems, by the row's key: codes until the key is open.

    `opened` is what `is_open` says, where it has been asked.
    """
    if is_open(study) if opened is None else opened:
        return {pk: system or dataset or "" for pk, system, dataset in REAL.tuples(study.pk)}
    return dict(CODES.tuples(study.pk))
