"""The table of the scaling page is what the simulation gives."""

from benchmarks.simulate_scale import as_markdown
from tests.helpers.repository import ROOT


def test_the_page_shows_what_the_simulation_gives() -> None:
    page = (ROOT / "docs" / "explanation" / "scaling.md").read_text("utf-8")

    assert as_markdown() in page, "run: python benchmarks/simulate_scale.py"
