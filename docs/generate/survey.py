"""docs/schema/survey-1.json, generated from the types: `python -m docs.generate.survey > docs/schema/survey-1.json`."""

from __future__ import annotations

import sys
from typing import Any

from bsaudit.model.survey import SURVEY_SCHEMA_VERSION, SurveyReport
from docs.generate.schema import render, schema


def survey_schema() -> dict[str, Any]:
    """Return the open schema of what `bsaudit survey --format json` prints."""
    return schema(SurveyReport, "survey", SURVEY_SCHEMA_VERSION)


if __name__ == "__main__":
    sys.stdout.buffer.write(render(survey_schema()))
