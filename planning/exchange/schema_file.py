"""JSON read back as strictly as a receiver may: plain standard library, then the schema."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final, NoReturn

import jsonschema

from planning.exchange.read_back import differs
from resources import FOLDER

SCHEMAS: Final = FOLDER / "schemas"


def read_json(path: Path, schema: str) -> dict[str, Any]:
    """Return the object in a JSON file that fits `resources/schemas/SCHEMA.schema.json`.

    Raises
    ------
    Refusal
        `export-read-back-differs` for what is no JSON, holds NaN or doesn't fit.
    """

    def refuse(constant: str) -> NoReturn:
        """Refuse NaN and infinity, which Python's parser would take."""
        raise differs(path.name, constant)

    try:
        document = json.loads(path.read_bytes(), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise differs(path.name, "JSON") from error
    error_found = next(_validator(schema).iter_errors(document), None)
    if error_found is not None:
        raise differs(path.name, error_found.json_path)
    found: dict[str, Any] = document
    return found


@cache
def _validator(schema: str) -> jsonschema.Draft202012Validator:
    text = (SCHEMAS / f"{schema}.schema.json").read_bytes()
    return jsonschema.Draft202012Validator(json.loads(text))
