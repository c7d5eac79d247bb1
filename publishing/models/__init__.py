"""What leaves a project for a paper."""

from .study_report import EditionBundle, EditionMaterial, StudyReport, StudyReportEdition

__all__ = ["EditionBundle", "EditionMaterial", "StudyReport", "StudyReportEdition"]
