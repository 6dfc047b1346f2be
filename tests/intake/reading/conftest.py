import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

WORKBOOK = '<workbook xmlns="m" xmlns:r="r"><workbookPr/><sheets>{sheets}</sheets></workbook>'  # the parts Excel needs
STYLES = (
    '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy-mm-dd hh:mm:ss"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/></cellXfs></styleSheet>'
)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write text or bytes to a file and return its path."""

    def write_file(content: str | bytes, encoding: str = "utf-8", name: str = "export.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write_file


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """Write a workbook of raw sheet XML (``rows`` go into sheetData, ``sheets`` are whole parts)."""

    def write_book(
        rows: str = "",
        *,
        sheets: list[str] | None = None,
        states: list[str] | None = None,
        parts: dict[str, str | bytes] | None = None,
        name: str = "export.xlsx",
    ) -> Path:
        path = tmp_path / name
        bodies = sheets or [f"<worksheet><sheetData>{rows}</sheetData></worksheet>"]
        states = states or ["visible"] * len(bodies)
        listed = "".join(
            f'<sheet name="S{n}" sheetId="{n}" state="{state}" r:id="rId{n}"/>'
            for n, state in enumerate(states, start=1)
        )
        relations = "".join(
            f'<Relationship Id="rId{n}" Target="worksheets/sheet{n}.xml"/>' for n in range(1, len(bodies) + 1)
        )
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", WORKBOOK.format(sheets=listed))
            archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{relations}</Relationships>")
            archive.writestr("xl/styles.xml", STYLES)
            for n, body in enumerate(bodies, start=1):
                archive.writestr(f"xl/worksheets/sheet{n}.xml", body)
            for part, content in (parts or {}).items():
                archive.writestr(part, content)
        return path

    return write_book


@pytest.fixture
def line() -> Callable[..., str]:
    """Return the XML of one row of inline strings."""
    return lambda *cells: "<row>" + "".join(map(inline, cells)) + "</row>"


def inline(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'
