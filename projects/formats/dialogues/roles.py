"""Which part a speaker has, told by the name that files give them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from projects.formats.dialogues.records import ROLES, Role

KNOWN: dict[Role, str] = {
    "client": (
        "seeker|speaker|help seeker|help-seeker|helpseeker|client|patient|user|usr|human|caller|visitor|counselee|"
        "来访者|来访|求助者|咨客|案主|患者|病人|用户|当事人|倾诉者"
    ),
    "therapist": (
        "supporter|therapist|psychotherapist|counsellor|counselor|psychologist|psychiatrist|clinician|helper|listener|"
        "assistant|bot|gpt|sys|咨询师|心理咨询师|咨询者|治疗师|心理治疗师|支持者|助人者|倾听者|心理医生|医生|助手"
    ),
    "other": "other|others|narrator|observer|family|family member|旁白|其他|其他人|家属|家人|旁观者",
}
BY_NAME: dict[str, Role] = {name: role for role, names in KNOWN.items() for name in names.split("|")}
ROLE_NAMES: dict[str, Role] = {
    **{role: role for role in ROLES},
    **BY_NAME,
}
ANYBODY = "*"


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """A speaker's name as it is compared: without blanks around it, a colon behind it, or capitals."""
    return " ".join(name.strip().rstrip(":：").strip().replace("_", " ").casefold().split())


def usual_role(speaker: str) -> Role | None:
    """The part that speakers of this name usually have; numbers behind the name are passed over ("Client 2")."""
    name = plain(speaker)
    return BY_NAME.get(name) or BY_NAME.get(name.rstrip("0123456789 "))


class RoleTable:
    """Speakers' parts: what the person importing says, then the usual names."""

    def __init__(self, chosen: Mapping[str, Role]) -> None:
        """Take names as they stand in the file; the name * stands for everybody who is not known otherwise."""
        self.chosen = {plain(name): role for name, role in chosen.items()}
        self.rest = self.chosen.pop(ANYBODY, None)

    def of(self, speaker: str, named: str = "") -> Role | None:
        """The speaker's part, which the file may name beside them; None where nobody has said it."""
        told = self.chosen.get(plain(speaker)) or self.chosen.get(plain(named))
        return told or (usual_role(named) if named else None) or usual_role(speaker) or self.rest
