"""Every file of a run's folder but the journal, written from the run's view of events.

A run's folder is a pure function of its journal: ``holdfast report`` calls the same
function on a finished run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.adapters.render.html import render_html
from holdfast.core.report.aligned import aligned
from holdfast.core.report.junit import junit_xml
from holdfast.core.report.markdown import markdown
from holdfast.core.report.network_tsv import network_tsv
from holdfast.core.report.stream_log import log_lines, stream_log
from holdfast.core.report.summary_text import summary_text
from holdfast.core.report.verdict_json import findings_json, verdict_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.adapters.run_folder import RunFolder
    from holdfast.core.explain.finding import Finding
    from holdfast.core.judge.verdict import Verdict
    from holdfast.core.measure.run import RunView

__all__ = ["write_artifacts"]


def write_artifacts(
    folder: RunFolder,
    run: RunView,
    findings: Sequence[Finding],
    verdict: Verdict,
    *,
    shared_link: str = "",
) -> None:
    """Write all artifacts of ``run`` into ``folder``, each whole or not at all.

    Args:
        folder: Where to.
        run: The run.
        findings: Ranked findings.
        verdict: The verdict.
        shared_link: Relative link to the pseudonymised copy; ``""`` for none.

    Raises:
        OutputError: If one could not be written; those before it stay.
    """
    texts = {
        "network.tsv": network_tsv(run),
        "network_aligned.txt": aligned(run),
        "summary.txt": summary_text(run, findings),
        "verdict.json": verdict_json(run, verdict),
        "findings.json": findings_json(run, findings),
        "junit.xml": junit_xml(run, verdict, findings),
        "report.md": markdown(run, findings, verdict),
    }
    texts |= stream_log(run)
    for origin in ("serial", "telnet"):
        if lines := log_lines(run, origin):
            texts[f"{origin}.log"] = lines
    for name, text in texts.items():
        folder.write(name, text)
    folder.write(
        "report.html",
        render_html(
            run, findings, verdict, title=run.header.target or "link", shared_link=shared_link
        ),
    )
