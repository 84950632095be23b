"""`tasrif mesh`: the surface of a segment as a file, read back before it is called done."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from app.console.case_info import add_case
from app.console.command import Answer, Command
from app.console.named import segment_named
from app.console.target import add_out, new_file
from planning.case.file import open_case
from segmentation.progress import Progress, share


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_case(parser)
    parser.add_argument("--segment", required=True, metavar="NAME", help="which segment")
    add_out(parser, "the file to write: .stl, .3mf, .ply, .obj or .glb")
    parser.add_argument(
        "--smooth", type=float, default=0.0, metavar="MM", help="smooth, no place by more than MM"
    )
    parser.add_argument(
        "--triangles", type=int, default=0, metavar="N", help="leave about N triangles"
    )
    parser.add_argument(
        "--deviation",
        type=float,
        default=0.0,
        metavar="MM",
        help="leave as few triangles as lie within MM of the accepted surface",
    )


def run(options: Namespace, progress: Progress) -> Answer:
    """Extract the surface, write it and compare what was written."""
    from segmentation.finish import Finish, finished
    from segmentation.io.meshes import verify_mesh, write_mesh
    from segmentation.recipe import edge_hu
    from segmentation.surface import iso_surface

    finish = Finish(options.smooth, options.triangles, options.deviation)
    file = open_case(options.case, read_only=True)
    try:
        case = file.case
    finally:
        file.close()
    segment = segment_named(case, options.segment)
    target: Path = new_file(options.out, force=options.force)
    edge = edge_hu(segment.recipe)
    whole = iso_surface(case.volume, segment.mask, edge, share(progress, 0.0, 0.1))
    made = finished(whole, finish, share(progress, 0.1, 1.0))
    mesh = made.mesh
    write_mesh(mesh, target, name=segment.name)
    error_mm = verify_mesh(mesh, target)
    fields: dict[str, object] = {
        "file": str(options.out),
        "segment": segment.name,
        "points": len(mesh.points_lps_mm),
        "triangles": len(mesh.triangles),
        "ml": mesh.volume_ml,
        "closed": mesh.is_closed,
        "frame": "LPS",
        "unit": "m" if target.suffix == ".glb" else "mm",
        "read_back_error_mm": error_mm,
        "surface": "mask" if edge is None else "hu",
        "deviation_mm": made.deviation_mm,
        "open_edges": made.soundness.open_edges,
        "crowded_edges": made.soundness.crowded_edges,
        "crossing_triangles": made.soundness.crossing_triangles,
    }
    words = f"{options.out}: {len(mesh.triangles)} triangles, {mesh.volume_ml:.1f} ml"
    said = [f"{words}, read back within {error_mm:.6f} mm"]
    if not finish.is_plain:
        said.append(f"It lies up to {made.deviation_mm:.3f} mm from the surface that is measured.")
    if not made.soundness.is_sound:
        said.append("It is no solid: edges or triangles are at fault.")
    return Answer(fields, tuple(said))


COMMAND = Command("mesh", "write the surface of a segment", add_arguments, run)
