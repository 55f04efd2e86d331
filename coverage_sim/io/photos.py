"""Photos that lie beside a list: where each was taken, and a smaller copy of it."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageOps, UnidentifiedImageError

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
    *(OSError, ValueError, SyntaxError, EOFError, OverflowError, TypeError),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """A photo beside a list.

    Parameters
    ----------
    path : Path
        The file.
    longitude, latitude : float or None
        Where it was taken, as far as it says so. [deg]
    """

    path: Path
    longitude: float | None
    latitude: float | None


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
        with Image.open(path, formats=_FORMATS) as picture:
            longitude, latitude = _taken_at(picture)
            picture.load()
    except _UNREADABLE:
        msg = f"the photo {name!r} cannot be read as a JPEG or PNG"
        raise InputError(msg) from None
    return Photo(path=path, longitude=longitude, latitude=latitude)


def small_jpeg(photo: Photo) -> bytes:
    """Return a copy of a photo, upright, for screens; nothing of its Exif block is in it."""
    with Image.open(photo.path, formats=_FORMATS) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((_LONGEST_PX, _LONGEST_PX))
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
