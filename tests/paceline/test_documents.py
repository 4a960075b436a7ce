"""The documents that are made from the code."""

from pathlib import Path

from contract.catalogue import CATALOGUE
from paceline.documents import stale, write
from paceline.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"


def test_the_committed_documents_are_up_to_date() -> None:
    assert stale(DOCS) == [], "run `make documents` and commit what it changes"


def test_a_changed_document_is_stale(tmp_path: Path) -> None:
    write(tmp_path)
    assert stale(tmp_path) == []
    (tmp_path / "kinds.md").write_text("something else")
    (tmp_path / "asyncapi.json").unlink()
    assert stale(tmp_path) == ["asyncapi.json", "kinds.md"]


def test_every_setting_and_every_field_is_documented() -> None:
    settings, kinds = (DOCS / "settings.md").read_text(), (DOCS / "kinds.md").read_text()
    assert all(f"`PACELINE_{name.upper()}`" in settings for name in Settings.model_fields)
    assert all(info.description for info in Settings.model_fields.values())
    assert all(f"`{field.name}`" in kinds for kind in CATALOGUE.values() for field in kind.fields)
