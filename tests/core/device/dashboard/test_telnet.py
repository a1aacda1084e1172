"""The telnet log: banner, history, lines, slow and many clients."""

from tests.core.device.rig import Rig


def text(rig, conn):
    return bytes(rig.got[conn]).decode()


def test_a_client_gets_banner_history_and_live_lines():
    rig = Rig()
    rig.get("/ping", 1.0)
    conn = rig.connect(23)
    lines = text(rig, conn).split("\r\n")
    assert lines[0] == "=== ESP32-S3 Dashboard Remote Log ==="
    assert lines[1] == "Firmware: v6.26"
    assert lines[4] == "--- Recent log history ---"
    assert lines[5].startswith("[      3600] INFO  01h00m [INFO]          web | /ping 200 heap:")
    assert lines[6] == "--- End of history ---"
    before = len(rig.got[conn])
    rig.get("/nothing", 1.0)
    assert "| /nothing 404 heap:" in text(rig, conn)[before:]


def test_times_are_written_as_the_firmware_does():
    shown = []
    for uptime in ("1500ms", "75s", "2h5m"):
        rig = Rig(uptime=uptime, handler="0")
        rig.get("/ping", 0.1)
        shown.append(text(rig, rig.connect(23)).split("\r\n")[5].split()[3])
    assert shown == ["001.500s", "01m15s", "02h05m"]


def test_what_a_client_types_is_not_read():
    rig = Rig()
    conn = rig.connect(23)
    before = text(rig, conn)
    rig.send(conn, b"restart\r\n" * 100)
    assert text(rig, conn) == before
    assert conn not in rig.ended


def test_a_client_that_leaves_frees_its_socket():
    rig = Rig()
    before = rig.machine._board.sockets.used
    conn = rig.connect(23)
    assert rig.machine._board.sockets.used == before + 1
    rig.leave(conn)
    assert rig.ended[conn][0] == "Close"
    assert rig.machine._board.sockets.used == before


def test_a_slow_client_misses_lines_and_is_dropped():
    rig = Rig(acks=False, session_timeout="0")
    conn = rig.connect(23)
    for _ in range(200):
        quick = rig.connect()
        rig.send(quick, b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n")
        rig.run_for(0.1)
        rig.reset(quick) if quick not in rig.ended else None
    assert len(rig.got[conn]) <= 5760
    assert rig.ended[conn][0] == "Abort"


def test_without_a_socket_it_is_reset():
    rig = Rig(sockets=8, max_sessions=5, early_503="off", session_timeout="0")
    for _ in range(4):
        rig.connect(23)
    late = rig.connect(23)
    assert rig.ended[late][0] == "Abort"


def test_a_reset_forgets_the_log():
    rig = Rig(("device-reboot", 5.0))
    rig.get("/ping", 1.0)
    rig.run(60.0)
    assert "/ping" not in text(rig, rig.connect(23))
