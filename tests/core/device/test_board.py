"""The board: boots, losses, what radio and ports do meanwhile."""

from random import Random

import pytest

from holdfast.core.device.board import Board, BoardSettings
from holdfast.core.device.knobs import Sleep
from holdfast.core.device.wifi import WifiSettings
from holdfast.core.link.transport import AcceptMode, Forget, Listen, Record, SerialOut, SetRadio


class Recorder:
    """Services that note what they are told."""

    def __init__(self):
        self.calls = []

    def started(self, now):
        self.calls.append(("started", now))

    def lost(self, now, why):
        self.calls.append(("lost", why))

    def logged(self, level, module, text, now):
        self.calls.append(("logged", text))

    def changed(self, now):
        self.calls.append(("changed", now))

    def end_streams(self, now):
        self.calls.append(("end_streams", now))


def make(**more):
    actions, services = [], Recorder()
    settings = BoardSettings(name="test", wifi=WifiSettings(), ports=(80, 23), **more)
    return Board(settings, services, actions.append, Random(1)), services, actions


def run(board, until_s):
    while board.deadline() <= until_s:
        board.on_timer(board.deadline())


def radios(actions):
    return [a.radio for a in actions if isinstance(a, SetRadio)]


def texts(actions):
    return "".join(a.text for a in actions if isinstance(a, SerialOut))


def truths(actions):
    return [a.event.what for a in actions if isinstance(a, Record)]


def modes(actions, port):
    return [a.mode for a in actions if isinstance(a, Listen) and a.port == port]


def test_a_warm_board_listens_at_once():
    board, services, actions = make()
    board.start(0.0)
    assert services.calls == [("started", 0.0)]
    assert modes(actions, 80) == modes(actions, 23) == [AcceptMode.ACCEPT]
    assert radios(actions) == []
    assert board.uptime_s(1.0) == 3601.0


def test_a_cold_board_is_unreachable_then_silent_then_listens():
    board, services, actions = make(is_cold=True, ready_s=30.0)
    board.start(0.0)
    assert radios(actions)[-1].is_up is False
    assert radios(actions)[-1].answers_arp is False
    assert modes(actions, 80) == [AcceptMode.SILENT]
    assert "rst:0x1 (POWERON_RESET)" in texts(actions)
    run(board, 10.0)
    assert radios(actions)[-1].is_up is True
    assert modes(actions, 80) == [AcceptMode.SILENT]
    run(board, 40.0)
    assert modes(actions, 80)[-1] is AcceptMode.ACCEPT
    assert services.calls[-1][0] == "started"
    assert 22.5 <= services.calls[-1][1] <= 37.5


@pytest.mark.parametrize(
    ("cause", "words", "banner"),
    [
        ("panic", "Guru Meditation Error", "rst:0xc (RTC_SW_CPU_RESET)"),
        ("brownout", "Brownout detector was triggered", "rst:0xf (RTCWDT_BROWN_OUT_RESET)"),
        ("watchdog", "Task watchdog got triggered", "rst:0xc (RTC_SW_CPU_RESET)"),
    ],
)
def test_a_reset_says_why_forgets_everything_and_boots(cause, words, banner):
    board, services, actions = make()
    board.start(0.0)
    board.tcp.accept(-1, 0.0)
    before = board.boot.boot_id
    board.reset(cause, 10.0)
    text = texts(actions)
    assert text.index(words) < text.index(banner)
    assert Forget(-1) in actions
    assert ("lost", "reset") in services.calls
    assert radios(actions)[-1].is_up is False
    assert radios(actions)[-1].answers_arp is True
    run(board, 60.0)
    assert board.boot.boot_id != before
    assert board.is_ready
    assert board.uptime_s(60.0) < 50.0
    assert truths(actions)[:3] == ["reset", "boot", "wifi_connected"]


def test_a_hung_task_resets_after_five_seconds():
    board, _, actions = make()
    board.start(0.0)
    board.hang(10.0)
    run(board, 14.9)
    assert "reset" not in truths(actions)
    run(board, 15.0)
    assert "Task watchdog got triggered" in texts(actions)
    assert board.boot.reset.reason == "Task watchdog"
    assert not board.watchdog.is_hung


def test_a_wifi_loss_silences_and_after_a_while_arp_fails_too():
    board, services, actions = make()
    board.start(0.0)
    board.tcp.accept(-1, 0.0)
    board.lose_wifi(10.0, reason=200, for_s=100.0)
    assert ("lost", "wifi") in services.calls
    assert Forget(-1) in actions
    assert modes(actions, 80)[-1] is AcceptMode.SILENT
    assert (radios(actions)[-1].is_up, radios(actions)[-1].answers_arp) == (False, True)
    run(board, 24.9)
    assert radios(actions)[-1].answers_arp is True
    run(board, 25.0)
    assert radios(actions)[-1].answers_arp is False
    run(board, 200.0)
    assert radios(actions)[-1].is_up is True
    assert modes(actions, 80)[-1] is AcceptMode.ACCEPT
    assert "bcn_timout" in texts(actions)


def test_an_empty_heap_aborts():
    board, _, actions = make(heap_free_bytes=100_000, leak_bytes_per_s=1_000.0)
    board.start(0.0)
    run(board, 87.0)
    assert "reset" not in truths(actions)
    run(board, 88.0)
    assert "abort() was called" in texts(actions)
    assert board.boot.reset.reason == "Panic"


def test_knobs_show_on_the_radio_and_the_port():
    board, _, actions = make()
    board.start(0.0)
    board.knobs.sleep = Sleep(beacon_s=0.1024, awake_s=0.01)
    board.knobs.loss_tx = 0.5
    board.changed(1.0)
    assert (radios(actions)[-1].beacon_s, radios(actions)[-1].loss_tx) == (0.1024, 0.5)
    assert "Set ps type: 1" in texts(actions)
    board.knobs.sleep = None
    board.knobs.port_mode = AcceptMode.REFUSE
    board.changed(3.0)
    assert "pm stop, total sleep time: 1600000 us / 2000000 us" in texts(actions)
    assert modes(actions, 80)[-1] is AcceptMode.REFUSE
    assert modes(actions, 23)[-1] is AcceptMode.ACCEPT


def test_a_board_that_is_gone_does_not_even_answer_arp():
    board, _, actions = make()
    board.start(0.0)
    board.knobs.is_reachable = False
    board.changed(0.0)
    assert (radios(actions)[-1].is_up, radios(actions)[-1].answers_arp) == (False, False)
    assert modes(actions, 80)[-1] is AcceptMode.SILENT


def test_a_full_backlog_leaves_syns_of_that_port_unanswered():
    board, _, actions = make()
    board.start(0.0)
    board.backlog_is_full = True
    board.refresh(1.0)
    assert modes(actions, 80)[-1] is AcceptMode.SILENT
    assert modes(actions, 23)[-1] is AcceptMode.ACCEPT


def test_a_power_cut_has_no_last_words():
    board, _, actions = make()
    board.start(0.0)
    board.cut_power(5.0, back_at_s=4.0)
    assert texts(actions).startswith("ESP-ROM:")
    assert "reset" not in truths(actions)
    assert board.uptime_s(5.0) == 1.0
    assert board.boot.reset.reason == "Power-on"


def test_its_log_goes_to_the_serial_line_and_the_services():
    board, services, actions = make()
    board.start(0.0)
    board.log("W", "web", "hello", 2.5)
    assert texts(actions) == "W (3602500) web: hello\r\n"
    assert services.calls[-1] == ("logged", "hello")
