"""The crops of an observation's fields, parted from it to be kept beside it, each with a small picture of it.

The small ones are for the workbook: each one written shows all of them again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.datamodel.records import Observation

CROPPED = ("title", "name", "signature", "date", "block_name")
"""Fields of every form that have a crop."""
"""What the name of a further field's crop begins with."""

THUMBNAILS = ("signature", "date")
"""The fields that the workbook shows."""
CELL_PX = (160, 36)
"""Room for a picture in its cell: width, height."""
SHARPNESS = 2
"""Pixels kept for each one of the cell, so that it prints well."""
QUALITY = 80
"""Quality of the small pictures' JPEG, 0..100."""


def thumbnail(png: bytes) -> bytes | None:
    """Grey JPEG of a crop, as large as fits into `SHARPNESS` times `CELL_PX`; None where the crop is no picture."""
    import cv2
    import numpy as np

    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE) if png else None
    if image is None:
        return None
    height, width = image.shape
    fit = SHARPNESS * min(CELL_PX[0] / width, CELL_PX[1] / height)
    size = (max(1, round(width * fit)), max(1, round(height * fit)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    data: bytes = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
    return data


@dataclass(frozen=True, slots=True)
class Crop:
    """A field's piece of the page."""

    field: str
    png: bytes
    thumbnail: bytes | None = None
    """Grey JPEG, for the fields that the workbook shows."""


def crops_of(observation: Observation) -> tuple[Crop, ...]:
    """The crops of all fields that have one."""
    pngs = {name: getattr(observation, name).crop for name in CROPPED}
    pngs |= {field.column: field.reading.crop for field in observation.extra_fields}
    return tuple(Crop(name, png, thumbnail(png) if name in THUMBNAILS else None) for name, png in pngs.items() if png)


def without_crops(observation: Observation) -> Observation:
    """The observation with all crops left out."""
    bare = {name: replace(getattr(observation, name), crop=b"") for name in CROPPED}
    extra_fields = tuple(replace(field, reading=replace(field.reading, crop=b"")) for field in observation.extra_fields)
    return replace(observation, **bare, extra_fields=extra_fields)
