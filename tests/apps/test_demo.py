"""The demo's two diagnoses come out as the README says."""

import asyncio

import pytest

from holdfast.apps.demo import PATIENTS, run_demo
from holdfast.core.explain.finding import FindingKind


@pytest.mark.slow
@pytest.mark.net
def test_the_healthy_twin_is_well_and_the_ill_one_is_named(tmp_path):
    async def main():
        return await run_demo(tmp_path, seed=1, stop=asyncio.Event(), for_s=24.0)

    runs = asyncio.run(main())
    assert set(runs) == set(PATIENTS)
    assert runs["healthy"].findings == []
    assert runs["healthy"].verdict.has_passed
    causes = [f for f in runs["ill"].findings if f.kind is FindingKind.CAUSE]
    assert causes[0].code == "server-blocked-by-stream"
    for run in runs.values():
        assert (run.folder / "report.html").exists()
