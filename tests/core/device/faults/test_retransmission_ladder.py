"""Fault ``retransmission-ladder``: what it does to the dashboard."""

from tests.core.device.rig import Rig


def test_packets_are_lost_while_the_signal_looks_fine():
    rig = Rig(("retransmission-ladder:loss_tx=0.2,loss_rx=0.05,for=10s", 5.0))
    rig.run(5.0)
    assert (rig.radio.loss_tx, rig.radio.loss_rx, rig.radio.is_up) == (0.2, 0.05, True)
    rig.run(15.0)
    assert (rig.radio.loss_tx, rig.radio.loss_rx) == (0.0, 0.0)
    body = rig.body(rig.get("/health"))
    assert -75 < int(body.split(b'"rssi_dbm":')[1].split(b"}")[0]) < -50
