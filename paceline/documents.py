"""The documents that are made from the code: they are committed, and a test fails when they are stale."""

from pathlib import Path

from api.app import openapi_json
from contract.asyncapi import asyncapi_document, render
from contract.catalogue import CATALOGUE, Field, Kind
from paceline.settings import Settings


def documents() -> dict[str, str]:
    """Every such document by its file name."""
    return {
        "asyncapi.json": render(asyncapi_document()),
        "openapi.json": openapi_json(),
        "kinds.md": _kinds(),
        "settings.md": _settings(),
    }


def stale(folder: Path) -> list[str]:
    """File names of those that differ from what would be written."""
    return [name for name, text in documents().items() if not _is_same(folder / name, text)]


def write(folder: Path) -> None:
    """Write them all."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf-8")


def _is_same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _kinds() -> str:
    head = "# Kinds of measurement\n\nMade from `contract/kinds.py` by `make documents`. Both bounds are included.\n"
    return head + "".join(_kind(kind) for kind in CATALOGUE.values())


def _kind(kind: Kind) -> str:
    rows = "".join(_field(field, kind) for field in kind.fields)
    return f"\n## {kind.name}\n\n{kind.about}\n\n| field | | unit | what it may be |\n|---|---|---|---|\n{rows}"


def _field(field: Field, kind: Kind) -> str:
    need = "id" if field.name == kind.id_field else "required" if field.required else ""
    unit = field.quantity.unit if field.quantity else ""
    return f"| `{field.name}` | {need} | {unit} | {field.expectation} |\n"


def _settings() -> str:
    rows = "".join(
        f"| `PACELINE_{name.upper()}` | {_default(info.default)} | {info.description} |\n"
        for name, info in Settings.model_fields.items()
    )
    return (
        "# Settings\n\nMade from `paceline/settings.py` by `make documents`. "
        "Given as environment variables, or in a file `.env`.\n\n"
        f"| variable | default | what it does |\n|---|---|---|\n{rows}"
    )


def _default(value: object) -> str:
    return "" if value is None else f"`{value}`"
