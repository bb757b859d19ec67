"""A table as a spreadsheet program shows it, read by LibreOffice."""
import pathlib
import subprocess
import tempfile
import xml.etree.ElementTree
import zipfile

NAMES = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def open_csv(text):
    """Opens a CSV file in LibreOffice as a double click does. Returns the rows, each cell a text, and the number of
    cells that it took for formulas."""
    with tempfile.TemporaryDirectory(prefix="tour-") as folder:
        path = pathlib.Path(folder, "table.csv")
        path.write_bytes(text)
        subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to",
                        "xlsx", "--infilter=CSV:44,34,76", "--outdir", folder, path],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        with zipfile.ZipFile(path.with_suffix(".xlsx")) as book:
            return _read_sheet(book)


def _read_sheet(book):
    def tree(name):
        return xml.etree.ElementTree.fromstring(book.read(name))
    texts = ["".join(text.text or "" for text in item.iterfind(".//m:t", NAMES))
             for item in tree("xl/sharedStrings.xml").iterfind("m:si", NAMES)]
    sheet = tree("xl/worksheets/sheet1.xml")
    rows = []
    for row in sheet.iterfind(".//m:row", NAMES):
        values = [(cell.get("t"), cell.findtext("m:v", "", NAMES)) for cell in row.iterfind("m:c", NAMES)]
        rows.append([texts[int(value)] if kind == "s" else value for kind, value in values])
    return rows, len(sheet.findall(".//m:f", NAMES))
