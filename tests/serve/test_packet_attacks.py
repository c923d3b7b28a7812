"""Malicious packets end the session of their sender at most, and leave no resources behind."""

import asyncio
import socket
import struct
import threading

import pytest

pytest.importorskip("aiortc")

from aiortc.rtp import RTCP_PSFB, RTCP_RTPFB, RtcpByePacket, pack_rtcp_packet
from attacker import H264, Attacker, SilentTrack, h264_frame, vp8_key_frame
from leaks import resources, wait_until_freed
from peer import PatternTrack, Peer
from test_aiortc_calls import meeting, until_closed

from crispen.serve.limits import Limits


def attack(reason: str, send, limits: Limits | None = None):
    """Runs the attack `send(attacker)`.

    The server must end that session for `reason`, or go on decoding its frames if `reason` is "", and keep the session
    of another peer.
    """

    async def scene(client, server):
        before = resources(server)
        other, attacker = Peer(client), Attacker(client)
        await other.connect("/echo", [PatternTrack()])
        await attacker.connect_silently()
        await send(attacker)
        if reason:
            await until_closed(client, reason)
        else:
            await attacker.wait_until_decoded()
        frames = (await other.state())["frames"]
        await other.until(lambda state: state["connected"] and state["frames"] > frames + 10)
        await client.delete(other.where)
        await client.delete(attacker.where)
        await other.vanish()
        await attacker.vanish()
        await asyncio.to_thread(wait_until_freed, server, before)

    meeting(scene, limits)


def test_small_frames_that_claim_a_large_size():
    async def send(attacker):
        key = vp8_key_frame(16383, 16383)
        for number in range(60):
            await attacker.vp8(key, 3000 * number)

    attack("the frame is too large", send)


def test_parameter_sets_that_claim_a_large_size():
    async def send(attacker):
        for number in range(10):
            for unit in h264_frame(16000, 16000):
                await attacker.rtp(unit, 3000 * number, H264)

    attack("the frame is too large", send)


def test_too_many_frames_per_second():
    async def send(attacker):
        key = vp8_key_frame()
        for number in range(600):
            await attacker.vp8(key, 3000 * number)

    attack("too many frames per second", send, Limits(frame_rate=60))


def test_a_new_size_for_each_frame():
    async def send(attacker):
        keys = [vp8_key_frame(64 + 2 * number, 64) for number in range(40)]
        for number in range(60):
            await attacker.vp8(keys[number % 40], 3000 * number)
            await asyncio.sleep(0.02)

    attack("the frame size changes too often", send)


def test_a_new_rtp_stream_for_each_packet():
    async def send(attacker):
        for number in range(100):
            await attacker.rtp(b"\x10" + bytes(20), 0, ssrc=number + 1)

    attack("too many RTP streams", send)


def test_too_many_packets_per_second():
    async def send(attacker):
        for _ in range(3000):
            await attacker.datagram(b"\x80" + bytes(30))

    attack("too many packets", send, Limits(packets=1000))


def test_a_peer_without_video():
    async def send(attacker):
        for number in range(20):  # packets without a complete frame
            await attacker.rtp(b"\x11" + bytes(20), 3000 * number)
            await asyncio.sleep(0.1)

    attack("no video received", send, Limits(video_timeout=1.5))


def report(kind: int, form: int, content: bytes) -> bytes:
    """An RTCP packet."""
    return pack_rtcp_packet(kind, form, struct.pack("!LL", 1, 0) + content)


def malformed_packets(attacker) -> list[bytes]:
    """Malformed packets for aiortc\'s parsers."""
    ssrc = struct.pack("!L", attacker.sender._ssrc)
    return [
        b"\x80\x61",
        b"\x80\x61" + bytes(9),
        b"\x9f\x61\0\1" + bytes(4) + ssrc,  # a missing extension and missing CSRCs
        b"\x90\x61\0\1" + bytes(4) + ssrc + b"\xbe\xde\xff\xff" + bytes(40),
        b"\x90\x61\0\1" + bytes(4) + ssrc + b"\xbe\xde\0\x0a" + b"\x1f" * 40,
        b"\x90\x61\0\1" + bytes(4) + ssrc + b"\x10\0\0\xff" + b"\x01\xff" * 510,
        b"\xa0\x61\0\1" + bytes(4) + ssrc + b"\xff",  # more padding than packet
        b"\xa0\x61\0\2" + bytes(4) + ssrc + b"x" * 20 + b"\0",
        *(bytes([0x80 | count, kind, 0, length]) + bytes(4 * length)
          for kind in range(200, 207) for count in (0, 1, 31) for length in (0, 1, 5)),
        RtcpByePacket(sources=[]).__bytes__(),
        report(RTCP_RTPFB, 1, b"\0\0\xff\xff" * 300),
        report(RTCP_PSFB, 1, b""),
        report(RTCP_PSFB, 15, b"REMB\0\0\0\0"),
        report(RTCP_PSFB, 15, b"REMB\xff\0\0\0"),  # announces more SSRCs than follow
    ]  # fmt: skip


def test_malformed_packets_end_nothing():
    async def send(attacker):
        for packet in malformed_packets(attacker):
            await attacker.raw(packet)
        for size in (1, 1000):  # SCTP without a negotiated data channel
            await attacker.sender.transport._send_data(bytes(size))
        for number in range(200):  # empty payloads and truncated descriptors
            for payload in (b"", b"\x80", b"\x90\x80", b"\x10"):
                await attacker.rtp(payload, 3000 * number)

    attack("", send)


def test_a_peer_that_sends_bye_and_stays():
    async def send(attacker):
        await attacker.raw(bytes(RtcpByePacket(sources=[attacker.sender._ssrc])))

    attack("no video received", send, Limits(video_timeout=2))


def test_a_stranger_who_knows_the_port_cannot_end_the_session():
    """An empty datagram from anyone once did."""

    async def send(attacker):
        (pair,) = attacker.agent._nominated.values()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for data in (b"", b"\0", b"\x16", b"\x16\xfe\xfd" + bytes(50), b"\x80", bytes(1400)):
                stranger.sendto(data, pair.remote_addr)
            for kind in (
                0x03,
                0x06,
                0x08,
                0x09,
                0x0C,
                0x24,
                0x8028,
                0x8029,
            ):  # STUN, of which aioice fails to read some
                for value in (b"", b"\0", b"\0\1", b"\0\1\0\1"):
                    body = struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)
                    message = struct.pack("!HHI12s", 1, len(body), 0x2112A442, bytes(12)) + body
                    stranger.sendto(message, pair.remote_addr)

    attack("", send)


def test_jumping_sequence_numbers_do_not_delay_other_peers():
    async def send(attacker):
        for number in range(300):
            attacker.sequence = (1000 + number * 20_000) % 65536
            await attacker.rtp(b"\x10" + bytes(20), 3000 * number)

    attack("", send)


def test_retransmissions_are_limited():
    """One RTCP packet can request 6000."""

    async def scene(client, server):
        attacker = Attacker(client)
        await attacker.connect("/echo", [PatternTrack()])
        await attacker.until(lambda state: state["frames"] > 30)
        went, transport = [], attacker.sender.transport
        receive = transport._handle_rtp_data

        async def counted(data, **other):
            went.append(len(data))
            await receive(data, **other)

        transport._handle_rtp_data = counted
        streams = attacker.pc.getReceivers()[0]._RTCRtpReceiver__remote_streams
        for _ in range(40):
            for source, stream in [*streams.items()]:
                lost = struct.pack("!HH", (stream.max_seq - 17) % 65536, 0xFFFF) * 200  # 17 packets each, 200 times
                await attacker.raw(pack_rtcp_packet(RTCP_RTPFB, 1, struct.pack("!LL", 1, source) + lost))
        await attacker.wait_until_decoded(vp8=False)
        assert len(went) < 5000  # of 136000: 500 per second, and the video itself
        await client.delete(attacker.where)
        await attacker.vanish()

    meeting(scene)


def test_video_of_a_player_is_not_decoded():
    async def scene(client, server):
        sender, player = Peer(client), Attacker(client)
        await sender.connect("/whip/hall", [PatternTrack()])
        await player.connect("/whep/hall", [SilentTrack()])  # it offers to send too
        key = vp8_key_frame()
        for number in range(50):
            await player.vp8(key, 3000 * number)
        await player.tracks["video"].recv()
        decoders = [thread for thread in threading.enumerate() if thread.name == "video-decoder"]
        assert len(decoders) == 2  # the server's for the sender, and the player's own
        assert "a=sendonly" in player.pc.remoteDescription.sdp
        await client.delete(sender.where)
        await sender.vanish()
        await player.vanish()

    meeting(scene)


def test_ice_checks_from_many_ports_are_returned_to_a_few():
    async def send(attacker):
        agent = attacker.agent
        (pair,) = agent._nominated.values()
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(60)]
        try:
            for each in sockets:
                request = agent.build_request(pair, nominate=False)
                request.add_message_integrity(agent.remote_password.encode())
                each.bind(("127.0.0.1", 0))
                each.setblocking(False)
                each.sendto(bytes(request), pair.remote_addr)
            await asyncio.sleep(1.5)
            checked = 0
            for each in sockets:
                received = []
                while True:
                    try:
                        received.append(each.recv(2000))
                    except BlockingIOError:
                        break
                assert received  # each gets a response
                checked += any(data[:2] == b"\0\1" for data in received)  # a STUN request
            assert 0 < checked <= 16
        finally:
            for each in sockets:
                each.close()

    attack("", send)
