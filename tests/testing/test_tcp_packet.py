from holdfast.core.link.transport import AcceptMode, Listen
from holdfast.testing.scripted import Scripted
from holdfast.testing.tcp_model import Endpoint
from holdfast.testing.tcp_packet import Packet, PacketKind
from holdfast.testing.world import World


def test_a_packet_carries_what_its_sender_knows():
    host = World(1).add_device("a", Scripted([(0.0, Listen(80, AcceptMode.ACCEPT))]))
    end = Endpoint(host, host, conn=1, port=80, name="a:1")
    end.sending.add(b"abc")
    end.sending.take(0.0)
    end.receiving.put(0, b"de", is_fin=False)
    packet = Packet(PacketKind.ACK, end, None)
    assert (packet.seq, packet.ack, packet.window, packet.data) == (3, 2, 5_760, b"")
    assert (packet.source, packet.target) == (end, None)
