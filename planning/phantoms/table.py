"""The table of the scanner under the patient: a thin shell filled with foam, without a label."""

from planning.phantoms.scene import Scene, cut

HALF_WIDTH_MM, HALF_DEPTH_MM, SHELL_MM, LENGTH_MM = 215.0, 19.0, 1.6, 700.0
NO_LABEL = 0


def table(scene: Scene, top_mm: float) -> None:
    """Add the table; its hollow touches the patient's back near y = `top_mm`."""
    scene.place()
    y = top_mm + HALF_DEPTH_MM
    for name, hu, shrink in (("table", -30.0, 0.0), ("table foam", -955.0, SHELL_MM)):
        scene.begin(name, NO_LABEL, hu, layer=-2.0 if shrink == 0.0 else -1.0)
        half = (HALF_WIDTH_MM - shrink, HALF_DEPTH_MM - shrink)
        scene.tube([(0, y, z, *half) for z in (-LENGTH_MM, 0, LENGTH_MM)], samples=4, power=2.6)
        hollow = 400.0 + shrink
        rows = [(0, y - HALF_DEPTH_MM - 400 + 9, z, hollow, hollow) for z in (-800, 0, 800)]
        scene.tube(rows, samples=4, join=cut())
