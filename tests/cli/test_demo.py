"""``holdfast demo``: both answers on the terminal, the reports' paths."""

import pytest

from holdfast.cli.main import main


@pytest.mark.slow
@pytest.mark.net
def test_the_demo_shows_both_answers(capsys, tmp_path):
    assert main(["demo", "--for", "24s", "--out", str(tmp_path)]) == 0
    shown = capsys.readouterr()
    assert "No cause of trouble was found" in shown.out
    assert "server-blocked-by-stream" in shown.out
    assert shown.out.count("report.html") == 2
    assert "ill: server-blocked-by-stream" in shown.err


def test_a_length_out_of_range_is_refused(capsys):
    assert main(["demo", "--for", "1s"]) == 2
    assert capsys.readouterr().err == "holdfast: for: must be within 5s to 10m, got '1s'\n"
