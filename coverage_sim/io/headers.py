"""What the headers of a table mean: the words people use, and the columns we know."""

import difflib
import re
import unicodedata
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from coverage_sim.errors import Problems, did_you_mean, must_be_one_of

NO_ALIASES: Mapping[str, str] = MappingProxyType({})

#: What a reader says of a column that is not to be read.
IGNORE = "ignore"

#: From this likeness of two words on, one is offered as a guess at the other.
_LIKENESS = 0.65

#: Headers people use, reduced by `plain_letters`, and the column they mean.
_ALIASES: Mapping[str, str] = {
    "ma": "id",
    "ma_tram": "id",
    "ma_vi_tri": "id",
    "site_id": "id",
    # the ten letters that a shapefile keeps
    "antenna_he": "antenna_height_m",
    "azimuths_d": "azimuths_deg",
    "downtilt_d": "downtilt_deg",
    "total_heig": "total_height_m",
    "position_a": "position_accuracy_m",
    "commune_co": "commune_code",
    "ten": "name",
    "ten_tram": "name",
    "ten_vi_tri": "name",
    "kinh_do": "longitude",
    "long": "longitude",
    "lon": "longitude",
    "lng": "longitude",
    "vi_do": "latitude",
    "lat": "latitude",
    "trang_thai": "status",
    "chieu_cao_anten_m": "antenna_height_m",
    "do_cao_anten_m": "antenna_height_m",
    "tong_chieu_cao_m": "total_height_m",
    "chieu_cao_tong_m": "total_height_m",
    "loai_cot": "mast_class",
    "do_chinh_xac_m": "position_accuracy_m",
    "nha_mang": "operators",
    "doanh_nghiep": "operators",
    "goc_phuong_vi": "azimuths_deg",
    "dan_so": "people",
    "ma_xa": "commune_code",
    "ban_kinh_m": "radius_m",
    "huyen": "district",
    "quan_huyen": "district",
}

#: What the columns of drive tests are called, beside the above; they win over it.
DRIVE_TEST_ALIASES: Mapping[str, str] = {
    "rsrp": "rsrp_dbm",
    "lte_rsrp": "rsrp_dbm",
    "nr_rsrp": "rsrp_dbm",
    "ss_rsrp": "rsrp_dbm",
    "ss_rsrp_dbm": "rsrp_dbm",
    "serving_rsrp": "rsrp_dbm",
    "muc_thu_dbm": "rsrp_dbm",
    "muc_thu_rsrp_dbm": "rsrp_dbm",
    "muc_tin_hieu_dbm": "rsrp_dbm",
    "cuong_do_tin_hieu_dbm": "rsrp_dbm",
    "nha_mang": "operator",
    "doanh_nghiep": "operator",
    "network_operator": "operator",
    "operator_name": "operator",
    "lop": "layer",
    "lop_mang": "layer",
    "bang_tan": "band",
    "dl_earfcn": "earfcn",
    "earfcn_dl": "earfcn",
    "arfcn": "earfcn",
    "nr_arfcn": "earfcn",
    "nrarfcn": "earfcn",
    "site_id": "site",
    "ma_tram": "site",
    "tram": "site",
    "cellid": "cell_id",
    "ci": "cell_id",
    "eci": "cell_id",
    "nci": "cell_id",
    "physical_cell_id": "pci",
    "date_time": "time",
    "datetime": "time",
    "timestamp": "time",
    "thoi_gian": "time",
    "rx_height_m": "height_m",
    "chieu_cao_m": "height_m",
    "do_cao_may_thu_m": "height_m",
}


def plain_letters(header: str) -> str:
    """Return a name without accents, case and punctuation, whether it came as NFC or NFD.

    Examples
    --------
    >>> plain_letters("Vĩ độ"), plain_letters("RSRP [dBm]")
    ('vi_do', 'rsrp_dbm')
    """
    plain = unicodedata.normalize("NFD", header.strip().lower().replace("đ", "d"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


class ColumnNames(NamedTuple):
    """What the columns of a table may be called.

    Parameters
    ----------
    required, optional : tuple of str
        Column names. Columns of other names are refused: a misspelt one would be lost silently.
    one_of : tuple of str
        Further columns, of which the file needs at least one.
    aliases : mapping of str to str
        What other words, as `plain_letters` returns them, mean which column in this kind of table.
    headers : mapping of str to str
        What the reader says of this very file: header to column, or to "ignore".
    headers_at : str
        Where that is said, for messages, if it is said of several files: then not each needs to
        have all these headers, and a guess is offered for each that is unknown.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    aliases: Mapping[str, str] = NO_ALIASES
    headers: Mapping[str, str] = NO_ALIASES
    headers_at: str = ""

    @property
    def known(self) -> tuple[str, ...]:
        """Every column there can be."""
        return (*self.required, *self.optional, *self.one_of)

    def column(self, header: str) -> str:
        """Return the column that a header means, or the header in plain letters."""
        if _compose(header) in self.headers:
            return self.headers[_compose(header)]
        plain = plain_letters(header)
        usual = self.aliases.get(plain, _ALIASES.get(plain, plain))
        name = plain if plain in self.known else usual
        # What the reader says of this file wins over what a word usually means.
        return "" if name in self.headers.values() else name

    def guess(self, header: str, taken: Collection[str]) -> str:
        """Return the column that a header may mean and that no other header has; "" for none."""
        words = {name: name for name in self.known}
        words |= {
            word: name for word, name in {**_ALIASES, **self.aliases}.items() if name in words
        }
        free = [word for word, name in words.items() if name not in taken]
        close = difflib.get_close_matches(plain_letters(header), free, n=1, cutoff=_LIKENESS)
        return words[close[0]] if close else ""


def headers_for(headers: Mapping[str, str], columns: Collection[str]) -> dict[str, str]:
    """Return what of a table of headers, said of files of different kinds, one of them can have.

    Examples
    --------
    >>> headers_for({"Cũ": "from_code", "Tên": "name", "Số": "ignore"}, ["code", "name"])
    {'Tên': 'name', 'Số': 'ignore'}
    """
    return {given: meant for given, meant in headers.items() if meant in (*columns, IGNORE)}


def _compose(header: str) -> str:
    """Return a header with its accents in one code each, as editors write them."""
    return unicodedata.normalize("NFC", header.strip())


def _cure(given: str, name: str, names: ColumnNames, clear: set[str]) -> str:
    """Word what to do about an unknown header; a guess counts only once it is confirmed."""
    if not names.headers_at:
        return did_you_mean(name, names.known)
    guess = names.guess(given, clear)
    clear.add(guess)
    likely = f"Did you mean {guess!r}? Confirm it" if guess else "Say what it means"
    return f' {likely} {names.headers_at}: "{given}" = "{guess or IGNORE}".'


def match_columns(
    path: Path, header: list[str], names: ColumnNames, ignored: list[str] | None
) -> list[str]:
    """Return the column of each header, "" for those that are ignored.

    Raises
    ------
    InputError
        With every column that is missing, unknown or there twice.
    """
    known = names.known
    problems = Problems()
    there = [_compose(given) for given in header]
    for given, meant in names.headers.items():
        # Of several lists with one table of headers not each has them all.
        if not names.headers_at and _compose(given) not in there:
            problems.add(f"{path.name}, line 1: no column {given!r}, which should be {meant}.")
        if meant not in (*known, IGNORE):
            with problems.collect():
                raise must_be_one_of(
                    what=f"the column of {given!r}", given=meant, allowed=[*known, IGNORE]
                )
    # Composed once, and only what this file has: `ColumnNames.column` asks for each header.
    stated = {_compose(given): meant for given, meant in names.headers.items()}
    names = names._replace(headers={given: stated[given] for given in there if given in stated})
    columns: list[str] = []
    found = [names.column(given) for given in header]
    clear = {name for name in found if name in known}
    for given, name in zip(header, found, strict=True):
        if name == IGNORE:
            name = ""
        elif name not in known and ignored is not None:
            ignored.append(given.strip())
            name = ""
        elif name not in known:
            problems.add(
                f"{path.name}, line 1: unknown column {given.strip()!r}; the columns are "
                f"{', '.join(known)}." + _cure(given.strip(), name, names, clear)
            )
        elif name in columns:
            problems.add(f"{path.name}, line 1: column {name} stands twice; remove one.")
        columns.append(name)
    missing = [name for name in names.required if name not in columns]
    if missing:
        cure = ""
        if ignored and names.headers_at:
            cure = (
                f" Which of {', '.join(ignored)} is it? Say so {names.headers_at}, for example "
                f'"{ignored[0]}" = "{missing[0]}".'
            )
        problems.add(f"{path.name}, line 1: missing column(s) {', '.join(missing)}.{cure}")
    if names.one_of and not set(names.one_of) & set(columns):
        problems.add(
            f"{path.name}, line 1: none of the columns {', '.join(names.one_of)}; one is needed."
        )
    problems.raise_if_any()
    return columns
