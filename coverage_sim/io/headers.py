"""What the headers of a table mean: the words people use, and the columns we know."""

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from coverage_sim.errors import HeaderProblem, Problems, Suggestion, did_you_mean, must_be_one_of
from coverage_sim.io.cell_words import ColumnWords
from coverage_sim.io.plain_words import IGNORE, composed, plain_letters, toml_line

NO_ALIASES: Mapping[str, str] = MappingProxyType({})

NO_VALUES: Mapping[str, Mapping[str, str]] = MappingProxyType({})
NO_WORDS: Mapping[str, ColumnWords] = MappingProxyType({})

#: A column with both degrees in one cell, of lists that know longitude and latitude.
POSITION = "position"

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
    "ma_tram_bts": "id",
    "ma_cot": "id",
    "ma_thon": "id",
    "ma_diem": "id",
    "ten_thon": "name",
    "ten_thon_xom": "name",
    "ten_diem": "name",
    "ten_tram_bts": "name",
    "tinh_trang": "status",
    "lop_mang": "layers",
    "lop": "layers",
    "cong_nghe": "layers",
    "bang_tan": "layers",
    "do_cao_treo_anten_m": "antenna_height_m",
    "chieu_cao_treo_anten_m": "antenna_height_m",
    "chieu_cao_anten": "antenna_height_m",
    "do_cao_anten": "antenna_height_m",
    "so_dan": "people",
    "so_nguoi": "people",
    "nhan_khau": "people",
    "so_nhan_khau": "people",
    "azimuth": "azimuths_deg",
    "goc_phuong_vi_do": "azimuths_deg",
    **dict.fromkeys(("x_m", "x_bac", "x_bac_m", "x_vn2000", "x_vn_2000"), "x"),
    **dict.fromkeys(("y_m", "y_dong", "y_dong_m", "y_vn2000", "y_vn_2000"), "y"),
    # Which of x and y is the northing is found out by the places.
    **dict.fromkeys(("easting", "easting_m", "toa_do_dong"), "x"),
    **dict.fromkeys(("northing", "northing_m", "toa_do_bac"), "y"),
    **dict.fromkeys(("toa_do_x", "toa_do_x_m"), "x"),
    **dict.fromkeys(("toa_do_y", "toa_do_y_m"), "y"),
    **dict.fromkeys(("the_he", "the_he_mang"), "generation"),
    "muc": "level",
    **dict.fromkeys(("anten_chieu_cao", "anten_chieu_cao_m"), "antenna_height_m"),
    **dict.fromkeys(("anten_do_cao", "anten_do_cao_m"), "antenna_height_m"),
    "ten": "name",
    "ten_tram": "name",
    "ten_vi_tri": "name",
    **dict.fromkeys(
        (
            *("toa_do", "toa_do_wgs84", "toa_do_wgs_84", "vi_do_kinh_do", "kinh_do_vi_do"),
            *("coordinates", "coordinate", "lat_long", "lat_lon", "latlong", "latlng", "lat_lng"),
        ),
        POSITION,
    ),
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

#: What a header of lists likely means; it is offered, to be confirmed.
_LIKELY: Mapping[str, str] = {
    **dict.fromkeys(
        (
            *("chieu_cao_cot", "chieu_cao_cot_m", "chieu_cao_cot_anten", "chieu_cao_cot_anten_m"),
            *("do_cao_cot", "do_cao_cot_m", "do_cao_cot_anten", "do_cao_cot_anten_m"),
        ),
        "total_height_m",
    ),
    **dict.fromkeys(
        ("tilt", "tilt_deg", "total_tilt", "downtilt", "goc_cup", "goc_nghieng", "goc_ngang"),
        "downtilt_deg",
    ),
    "loai": "kind",
}

#: Headers of lists that say nothing of use here, in the same letters; unless a list has such a
#: column.
_OF_NO_MATTER = frozenset(
    {
        *("stt", "tt", "so_tt", "so_thu_tu", "no", "ghi_chu", "chu_thich", "note", "notes"),
        *("remark", "remarks", "comment", "comments", "dia_chi", "address", "dia_diem"),
        *(
            "nam_xay_dung",
            "nam_xd",
            "nam_dua_vao_su_dung",
            "year",
            "huyen",
            "quan_huyen",
            "district",
        ),
        *(
            "district",
            "tinh",
            "tinh_thanh",
            "tinh_thanh_pho",
            "province",
            "xa",
            "phuong",
            "xa_phuong",
        ),
        *("phuong_xa", "xa_phuong_thi_tran", "thi_tran", "thon", "xom", "thon_xom", "nguoi_lap"),
    }
)

#: What a Shapefile keeps of a name; it may come in an archive. [B]
_SHAPEFILE_NAME_BYTES = 10
_SHAPEFILES = (".shp", ".zip")

#: Shorter words are like too many others to guess from.
_SHORTEST_GUESSED = 4

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


def tell_nobody(_: str) -> None:
    """Keep to oneself what was found out of a file."""


def is_of_no_matter(header: str) -> bool:
    """Say whether a header is one that lists have and nobody here needs."""
    return plain_letters(header) in _OF_NO_MATTER


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
    words : mapping of str to ColumnWords
        What the words in a column mean, by column.
    values : mapping of str to mapping of str to str
        What the reader says of words: by column, what stands in the cell to what it means.
    values_at : str
        Table of settings in which that is said, for messages.
    constants : mapping of str to str
        What the reader says of columns that a file lacks.
    else_given : mapping of str to str
        How else than by a column a file may say what it lacks, by column; a sentence.
    sheet : str
        Which sheet of a spreadsheet; "" for the one that looks like the list.
    header_row : int, optional
        Number of the line with the header, from 1; the one that looks like it where None.
    tell : callable
        Gets what was left aside to find the table.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    aliases: Mapping[str, str] = NO_ALIASES
    headers: Mapping[str, str] = NO_ALIASES
    headers_at: str = ""
    words: Mapping[str, ColumnWords] = NO_WORDS
    values: Mapping[str, Mapping[str, str]] = NO_VALUES
    values_at: str = ""
    constants: Mapping[str, str] = NO_ALIASES
    else_given: Mapping[str, str] = NO_ALIASES
    sheet: str = ""
    header_row: int | None = None
    tell: Callable[[str], None] = tell_nobody

    @property
    def known(self) -> tuple[str, ...]:
        """Every column there can be."""
        both = (POSITION,) if "longitude" in (*self.required, *self.optional) else ()
        return (*self.required, *self.optional, *self.one_of, *both)

    def settings(self, what: str) -> str:
        """Return the table of settings for headers or constants; "" where there is none."""
        return self.values_at.replace("values", what)

    def column(self, header: str) -> str:
        """Return the column that a header means, or the header in plain letters."""
        if composed(header) in self.headers:
            return self.headers[composed(header)]
        plain = plain_letters(header)
        usual = self.aliases.get(plain, _ALIASES.get(plain, plain))
        name = plain if plain in self.known else usual
        # What the reader says of this file wins over what a word usually means.
        return "" if name in self.headers.values() else name

    def guess(self, header: str, taken: Collection[str]) -> str:
        """Return the column that a header may mean and that no other header has; "" for none."""
        words = self._words()
        free = [word for word, name in words.items() if name not in taken]
        plain = plain_letters(header)
        if len(plain) < _SHORTEST_GUESSED:
            return ""
        begun = {words[word] for word in free if word.startswith(plain)}
        if len(begun) == 1:
            return begun.pop()
        close = difflib.get_close_matches(plain, free, n=1, cutoff=_LIKENESS)
        return words[close[0]] if close else ""

    def may_be_cut(self, header: str) -> bool:
        """Say whether a header is what a Shapefile leaves of a word that we know."""
        plain = plain_letters(header)
        cut = len(header.strip().encode()) == _SHAPEFILE_NAME_BYTES
        return cut and any(word.startswith(plain) for word in self._words())

    def _words(self) -> dict[str, str]:
        """Return every word that may be meant, and its column."""
        words = {name: name for name in self.known}
        known = {**_ALIASES, **_LIKELY, **self.aliases}.items()
        return words | {word: name for word, name in known if name in words}


def headers_for(headers: Mapping[str, str], columns: Collection[str]) -> dict[str, str]:
    """Return what of a table of headers, said of files of different kinds, one of them can have.

    Examples
    --------
    >>> headers_for({"Cũ": "from_code", "Tên": "name", "Số": "ignore"}, ["code", "name"])
    {'Tên': 'name', 'Số': 'ignore'}
    """
    return {given: meant for given, meant in headers.items() if meant in (*columns, IGNORE)}


def _cure(given: str, guess: str, missing: Sequence[str], names: ColumnNames) -> str:
    """Word what to do about an unknown header; a guess counts only once it is confirmed."""
    if not names.headers_at:
        return did_you_mean(plain_letters(given), names.known)
    if guess:
        line = toml_line(given, guess)
        return f" Did you mean {guess!r}? Confirm it {names.headers_at}: {line}."
    if missing:
        columns = " or ".join(missing)
        return f" Is it {columns}? Say so, or {IGNORE!r}, {names.headers_at}."
    return f" Say what it means {names.headers_at}: {toml_line(given, IGNORE)}."


def match_columns(
    path: Path,
    header: list[str],
    names: ColumnNames,
    ignored: list[str] | None,
    problems: Problems,
    *,
    at: str = "line 1",
) -> list[str]:
    """Return the column of each header, "" for those that are ignored.

    An unknown header that has a guess is taken for that column, so that what is wrong with its
    cells is found in the same round; it is told all the same.

    Parameters
    ----------
    path : Path
        Of the file, for messages.
    header : list of str
        As the file has it.
    names : ColumnNames
        What the columns may be called.
    ignored : list of str, optional
        Filled with the headers of other names, which are then not refused.
    problems : Problems
        Gets every column that is missing, unknown or there twice.
    at : str
        Where the header stands, for messages.
    """
    where = f"{path.name}, {at}"
    known = names.known
    there = [composed(given) for given in header]
    for given, meant in names.headers.items():
        # Of several lists with one table of headers not each has them all.
        if not names.headers_at and composed(given) not in there:
            problems.add(f"{where}: no column {given!r}, which should be {meant}.")
        if meant not in (*known, IGNORE):
            with problems.collect():
                raise must_be_one_of(
                    what=f"the column of {given!r}", given=meant, allowed=[*known, IGNORE]
                )
    # Composed once, and only what this file has: `ColumnNames.column` asks for each header.
    stated = {composed(given): meant for given, meant in names.headers.items()}
    names = names._replace(headers={given: stated[given] for given in there if given in stated})
    columns: list[str] = []
    unknown: list[int] = []
    cut = path.suffix.lower() in _SHAPEFILES
    for given in header:
        name = names.column(given)
        if name not in known and is_of_no_matter(given):
            name = IGNORE
        if name == IGNORE:
            name = ""
        elif name not in known and ignored is not None and not (cut and names.may_be_cut(given)):
            ignored.append(given.strip())
            name = ""
        elif name not in known:
            unknown.append(len(columns))
            name = ""
        elif name in columns:
            problems.add(f"{where}: column {name} stands twice; remove one.")
        columns.append(name)
    _guess_unknown(where, header, columns, unknown, names, problems)
    _check_needed(where, header, columns, names, ignored, problems)
    return columns


def _guess_unknown(
    where: str,
    header: Sequence[str],
    columns: list[str],
    unknown: Sequence[int],
    names: ColumnNames,
    problems: Problems,
) -> None:
    """Tell the headers that are unknown, and put what they may mean into the columns."""
    guesses = {}
    if names.headers_at:
        for number in unknown:
            guesses[number] = names.guess(header[number], {*columns, *names.constants})
            columns[number] = guesses[number]
    missing = [name for name in names.required if name not in (*columns, *names.constants)]
    for number in unknown:
        given, guess = header[number].strip(), guesses.get(number, "")
        if not given:
            problems.add(
                f"{where}: column {number + 1} has no header; write what it holds, or delete it."
            )
            continue
        text = f"{where}: unknown column {given!r}; the columns are {', '.join(names.known)}."
        text += _cure(given, guess, missing, names)
        table = names.settings("headers")
        offer = Suggestion(table, toml_line(given, guess or IGNORE))
        problems.add(HeaderProblem(text, offer=offer) if table else text)


def _check_needed(
    where: str,
    header: Sequence[str],
    columns: Sequence[str],
    names: ColumnNames,
    ignored: Sequence[str] | None,
    problems: Problems,
) -> None:
    """Tell the columns that a file must have and has not."""
    there = {*columns, *names.constants}
    if POSITION in there:
        there |= {"longitude", "latitude"}
    missing = [name for name in names.required if name not in there]
    if missing:
        cure = ""
        if not ignored and "id" in missing and "name" in columns and names.headers_at:
            line = toml_line(header[columns.index("name")], "id")
            cure = f" Is the name the id? Say so {names.headers_at}: {line}."
        elif ignored and names.headers_at:
            line = toml_line(ignored[0], missing[0])
            cure = (
                f" Which of {', '.join(ignored)} is it? Say so {names.headers_at}, for example "
                f"{line}."
            )
        if names.values_at:
            cure += (
                " What is the same for all can be stated under "
                f"[{names.settings('constants')}] of the scenario, or by --constant."
            )
        else_given = (f" {names.else_given[one]}" for one in missing if one in names.else_given)
        problems.add(f"{where}: missing column(s) {', '.join(missing)}.{cure}{''.join(else_given)}")
    if names.one_of and not set(names.one_of) & there:
        problems.add(f"{where}: none of the columns {', '.join(names.one_of)}; one is needed.")
