"""``junit.xml``: a verdict as the test report that CI services read.

One test case a criterion. A missed one is a failure; one without evidence is an error,
because a service shows what is skipped as if it were well.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # only writes; nothing is parsed
from typing import TYPE_CHECKING, Final

from holdfast.core.explain.finding import FindingKind
from holdfast.core.judge.verdict import Ruling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from holdfast.core.explain.finding import Finding
    from holdfast.core.judge.verdict import Judgement, Verdict
    from holdfast.core.measure.run import RunView

__all__ = ["junit_xml"]

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, however escaped (section 2.2)."""


def junit_xml(run: RunView, verdict: Verdict, findings: Sequence[Finding] = ()) -> str:
    """Return ``junit.xml``.

    Args:
        run: The run that was judged.
        verdict: The verdict.
        findings: What explains it; causes go into each failure's text.
    """
    missed, unknown = verdict.of(Ruling.MISSED), verdict.of(Ruling.NO_EVIDENCE)
    counts = {
        "tests": str(len(verdict.judgements)),
        "failures": str(len(missed)),
        "errors": str(len(unknown)),
        "skipped": "0",
        "time": f"{run.end_s:.3f}",
    }
    root = ET.Element("testsuites", {"name": "holdfast", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": _clean(_name(run)), **counts})
    if run.header.wall_at:
        suite.set("timestamp", _clean(run.header.wall_at))
    properties = ET.SubElement(suite, "properties")
    for name in ("target", "plan", "profile", "seed", "tool"):
        value = _clean(str(getattr(run.header, name)))
        ET.SubElement(properties, "property", {"name": name, "value": value})
    causes = "\n".join(
        f"{f.code} ({f.confidence:.2f}): {f.title} {f.remedy}"
        for f in findings
        if f.kind is FindingKind.CAUSE
    )
    for judgement in verdict.judgements:
        _case(suite, judgement, _name(run), causes)
    if causes:
        ET.SubElement(suite, "system-out").text = _clean(causes)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, judgement: Judgement, class_name: str, causes: str) -> None:
    limit = f"{judgement.measure} {judgement.operator} {judgement.limit:.6g}"
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": _clean(class_name),
            "name": _clean(limit),
            "time": f"{judgement.to_s - judgement.from_s:.3f}",
        },
    )
    if judgement.ruling is Ruling.PASSED:
        return
    kind = "failure" if judgement.ruling is Ruling.MISSED else "error"
    what = {"message": _clean(str(judgement)), "type": judgement.ruling.value}
    ET.SubElement(case, kind, what).text = _clean(
        "\n".join(text for text in (judgement.why, causes) if text)
    )


def _name(run: RunView) -> str:
    return ".".join(part for part in ("holdfast", run.header.plan, run.header.profile) if part)


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
