"""Small pictures of crops for the workbook, made when a reading is kept: each workbook shows all of them again."""

from __future__ import annotations

FIELDS = ("signature", "date")
"""The fields that the workbook shows."""
CELL_PX = (160, 36)
"""Room for a picture in its cell: width, height."""
SHARPNESS = 2
"""Pixels kept for each one of the cell, so that it prints well."""
QUALITY = 80
"""JPEG's, 0..100."""


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
