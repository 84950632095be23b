"""Run as a script: a folder to bone, its largest part and its surface; prints what came out."""

import json
import sys
from pathlib import Path

from segmentation.effects.effect import SegmentView
from segmentation.effects.islands import Islands
from segmentation.effects.threshold import Threshold
from segmentation.io.load import load
from segmentation.io.scan import scan
from segmentation.mask import BitMask
from segmentation.surface import iso_surface


def main(folder: Path, lower_hu: int, upper_hu: int) -> None:
    """Do the work and keep all of it to the end, as an open case does."""
    volume = load(scan(folder).series[0]).volume
    nothing = BitMask.empty(volume.grid.shape_kji)
    bone = Threshold(lower_hu, upper_hu).apply(SegmentView(volume, nothing))
    part = Islands("largest").apply(SegmentView(volume, bone))
    mesh = iso_surface(volume, part, None)
    sys.stdout.write(json.dumps({"voxels": part.voxels, "points": len(mesh.points_lps_mm)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
