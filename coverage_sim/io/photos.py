"""Photos that lie beside a list: where each was taken, and a smaller copy of it."""

import io
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image, UnidentifiedImageError

from coverage_sim.errors import InputError
from coverage_sim.io.file_size import is_file

_FORMATS: Final = ("JPEG", "PNG")

#: Longest side of a copy, and how finely it is written.
_LONGEST_PX: Final = 1280
_QUALITY: Final = 80

#: Where an Exif block holds positions, and what of them (Exif 2.32, 4.6.6).
_GPS: Final = 0x8825
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4

#: What Pillow raises of a file that is no picture, is cut, or unfolds beyond reason.
_UNREADABLE: Final = (
    UnidentifiedImageError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
    *(OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError, AttributeError),
    *(ArithmeticError, struct.error),
)

#: Pictures of more are refused: telephones take 200 million at most, and a few of them fill memory.
_MOST_PX: Final = 120_000_000

#: Tag of how a picture is turned, and how it becomes upright (Exif 2.32, 4.6.4).
_ORIENTATION: Final = 0x0112
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo beside a list.

    Parameters
    ----------
    path : Path
        The file.
    longitude, latitude : float or None
        Where it was taken, as far as it says so. [deg]
    copy : bytes
        A smaller JPEG of it, upright.
    """

    path: Path
    longitude: float | None
    latitude: float | None
    copy: bytes


def read_photo(folder: Path, name: str) -> Photo:
    """Look at a photo that a list in a folder names.

    Parameters
    ----------
    folder : Path
        Where the list is. A name that leads out of it is refused: a list comes from anywhere.
    name : str
        Of the file.

    Raises
    ------
    InputError
        If there is no such file, or it is no JPEG or PNG.
    """
    path = folder / name
    if not _is_inside(path, folder) or not is_file(path):
        msg = f"there is no photo {name!r} beside the list"
        raise InputError(msg)
    try:
        with _opened(path) as picture:
            longitude, latitude = _taken_at(picture)
            # What a camera writes of the orientation is a small number.
            turned = picture.getexif().get(_ORIENTATION)
            copy = _small_jpeg(picture, turned if isinstance(turned, int) else 1)
    except _UNREADABLE:
        msg = f"the photo {name!r} cannot be read as a JPEG or PNG of up to {_MOST_PX:,} pixels"
        raise InputError(msg) from None
    return Photo(path=path, longitude=longitude, latitude=latitude, copy=copy)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """Open a picture that is not too large to be unfolded.

    Raises
    ------
    ValueError
        If it is; and what Pillow raises of what it cannot read.
    """
    with warnings.catch_warnings():
        # Asked below, with a limit of our own.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        opened = Image.open(path, formats=_FORMATS)
    with opened as picture:
        if picture.width * picture.height > _MOST_PX:
            msg = "too large"
            raise ValueError(msg)
        yield picture


def _small_jpeg(picture: Image.Image, turned: int) -> bytes:
    """Return a copy of a picture, upright, for screens; nothing of its Exif block is in it."""
    picture.draft("RGB", (_LONGEST_PX, _LONGEST_PX))  # of a JPEG no more is unfolded than needed
    picture.thumbnail((_LONGEST_PX, _LONGEST_PX))
    small = picture.convert("RGB")
    upright = small.transpose(_UPRIGHT[turned]) if turned in _UPRIGHT else small
    # Made anew: what else a file says of itself is nobody's business.
    plain = Image.frombytes("RGB", upright.size, upright.tobytes())
    memory = io.BytesIO()
    plain.save(memory, "JPEG", quality=_QUALITY)
    return memory.getvalue()


def _is_inside(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):  # too long, or a loop
        return False


def _taken_at(picture: Image.Image) -> tuple[float | None, float | None]:
    """Return longitude and latitude of a picture's Exif block; None where it has none. [deg]"""
    block = picture.getexif().get_ifd(_GPS)
    latitude = _degrees(block.get(_LATITUDE), block.get(_LATITUDE_REF), "S", 90.0)
    longitude = _degrees(block.get(_LONGITUDE), block.get(_LONGITUDE_REF), "W", 180.0)
    return (None, None) if latitude is None or longitude is None else (longitude, latitude)


def _degrees(parts: Any, hemisphere: Any, negative: str, most: float) -> float | None:
    """Return degrees, minutes and seconds as degrees; None where they are none. [deg]"""
    try:
        whole, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    degrees = whole + minutes / 60.0 + seconds / 3600.0
    if not 0.0 <= degrees <= most:  # NaN too: a fraction of nothing
        return None
    return -degrees if hemisphere == negative else degrees
