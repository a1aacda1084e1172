"""A watchdog that bites after answers had grown slower and slower."""

from tests.core.explain.runs import Bench, codes

from holdfast.core.explain.engine import explain
from holdfast.core.explain.rules.device.watchdog_under_load import check
from holdfast.core.journal.events import Outcome

BITE_S = 200.0


def restarted(bench, reason="Task watchdog"):
    """A restart at ``BITE_S``, with what the device says of it."""
    bench.uptimes(0, BITE_S, -1000, reset_reason="USB peripheral")
    bench.ticks(BITE_S - 5, BITE_S, Outcome.NO_RESPONSE)
    bench.ticks(BITE_S, BITE_S + 15, Outcome.CONNECT_TIMEOUT, icmp=False)
    bench.ticks(BITE_S + 15, 400)
    return bench.uptimes(BITE_S + 20, 400, BITE_S, reset_reason=reason)


def slower(per_s, from_s=140.0):
    bench = Bench().ticks(0, from_s)
    at_s = from_s
    while at_s < BITE_S - 5:
        bench.echo(at_s).ask(at_s + 0.1, wait_s=0.03 + per_s * (at_s - from_s))
        at_s += 5.0
    return bench


def test_growing_waits_before_a_watchdog_are_its_cause():
    found = explain(restarted(slower(0.03)).view())
    assert codes(found) == ["watchdog-under-load"]
    assert found[0].confidence >= 0.8
    assert 140.0 <= found[0].from_s <= 160.0
    assert abs(found[0].to_s - BITE_S) < 2.0
    assert "device-reboot" in [c.code for c in found[0].consequences]


def test_steady_waits_leave_it_a_restart():
    run = restarted(slower(0.0)).view()
    assert not check(run)
    assert codes(explain(run)) == ["device-reboot"]


def test_waits_that_grow_within_milliseconds_are_no_load():
    assert not check(restarted(slower(0.002)).view())


def test_another_reason_is_another_matter():
    for reason in ("Panic", "Brownout", ""):
        assert not check(restarted(slower(0.03), reason).view())


def test_stalls_in_a_row_before_it_tell_the_same():
    quiet = [(130.0, 134.0), (140.0, 144.0), (150.0, 154.0), (160.0, 164.0)]
    bench = Bench().ticks(0, BITE_S - 5).stream(1, 190, None, quiet=quiet)
    (found,) = check(restarted(bench).view())
    assert found.from_s == 129.0
    assert "silences of the stream" in found.evidence[-1].text
    few = Bench().ticks(0, BITE_S - 5).stream(1, 190, None, quiet=quiet[:2])
    assert not check(restarted(few).view())


def test_the_serial_line_alone_gives_the_reason():
    bench = slower(0.03).ticks(BITE_S + 15, 400)
    bench.log(1.0, "I (1) web: up")
    bench.log(BITE_S, "E (200) task_wdt: Task watchdog got triggered.")
    bench.log(BITE_S + 0.1, "ESP-ROM:esp32s3-20210327")
    bench.log(BITE_S + 0.2, "rst:0xc (RTC_SW_CPU_RST),boot:0x8 (SPI_FAST_FLASH_BOOT)")
    assert len(check(bench.view())) == 1
