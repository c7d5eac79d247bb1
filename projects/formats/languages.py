"""Names that files give to languages."""

NAMES = {
    "en": "en eng english en-us en-gb 英文 英语",
    "zh": "zh zho chi chinese zh-cn zh-hans zh-hans-cn cn 中文 汉语 简体中文 普通话",
}
BY_NAME = {name: code for code, names in NAMES.items() for name in names.split()}
LONGEST = 20


def language_code(name: str) -> str | None:
    """A lower-case language tag: en and zh for their many names, any other well-formed tag as it is, else None."""
    plain = name.strip().casefold().replace("_", "-")
    if not plain or plain in BY_NAME:
        return BY_NAME.get(plain, "")
    first, *rest = plain.split("-")
    well_formed = first.isascii() and first.isalpha() and 2 <= len(first) <= 3
    if well_formed and len(plain) <= LONGEST and all(part.isascii() and part.isalnum() for part in rest):
        return plain
    return None
