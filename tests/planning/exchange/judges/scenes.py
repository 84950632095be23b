"""Khronos' validator and headless Chromium: what they complain of in a scene and its page."""

import json

from tests.planning.exchange.judges.programs import asked, program

TRIANGLES_MAX = 150_000


def answers_of_khronos(files):
    """Messages (of any severity) and number of triangles of each GLB."""
    return asked("gltf-validator", "gltf.mjs", *files)


def khronos(path):
    """A GLB: any message at all, and more triangles than a headset takes."""
    (said,) = answers_of_khronos([path])
    wrong = [f"{path.name}: {one}" for one in said["messages"]]
    if not 0 < said["triangles"] <= TRIANGLES_MAX:
        wrong.append(f"{path.name}: {said['triangles']} triangles")
    return wrong


def acted(folder, jobs):
    """What Chromium tells of pages that it opened and acted on; pictures go to the folder."""
    program("chromium", "chromium")
    (folder / "jobs.json").write_text(json.dumps(jobs))
    (answers,) = asked("playwright-core", "page.mjs", folder, folder / "jobs.json")
    return answers


def chromium(path, folder):
    """A page: what it would fetch, errors and warnings of its console, a scene never drawn."""
    said = acted(folder, [{"act": "look", "file": str(path), "name": "page"}])["page"]
    wrong = [*said["network"], *said["errors"]]
    if not said["isDrawn"] or said["trouble"] or said["isHurt"]:
        wrong.append(f"not drawn: {said['trouble']}")
    return [f"{path.name}: {one}" for one in wrong]
