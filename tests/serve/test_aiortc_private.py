"""aiortc still has what it has no public name for, and still does with it what aiortc_private relies on."""

import asyncio
import inspect

import pytest

pytest.importorskip("aiortc")

import aiortc
from aiortc import rtcrtpreceiver

from crispen.errors import CrispenError
from crispen.serve import aiortc_private
from crispen.serve.aiortc_private import NAMES, Missing, _replace


def connection(test):
    """Runs test(objects), the objects of a connection by the names that NAMES has for them."""

    async def run():
        pc = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        transceiver = pc.addTransceiver("video")
        dtls = transceiver.receiver.transport
        objects = {
            "connection": pc, "transceiver": transceiver, "sender": transceiver.sender,
            "receiver": transceiver.receiver, "dtls": dtls, "ice": dtls.transport, "agent": dtls.transport._connection,
        }  # fmt: skip
        try:
            test(objects)
        finally:
            await pc.close()

    asyncio.run(run())


def test_every_name_is_there():
    def names(objects):
        assert NAMES.keys() == objects.keys()
        missing = [f"{kind}.{name}" for kind in NAMES for name in NAMES[kind] if not hasattr(objects[kind], name)]
        assert not missing

    connection(names)


def test_every_private_name_in_the_module_is_listed():
    source = inspect.getsource(aiortc_private)
    body = source[source.index("def codec_of") :]
    for names in NAMES.values():
        for name in names:
            assert name in body, f"{name} is not used any more"


def test_the_decoder_takes_from_a_queue_and_nobody_has_to_wait_for_it():
    """The two places of aiortc that decode_from relies on."""
    assert "input_q.get()" in inspect.getsource(rtcrtpreceiver.decoder_worker)
    receiver = inspect.getsource(rtcrtpreceiver.RTCRtpReceiver)
    assert "self.__decoder_queue.put((codec, encoded_frame))" in receiver
    assert receiver.count("self.__stop_decoder()") >= 3 and receiver.count(".join()") == 1


def test_a_name_that_is_gone_is_told():
    with pytest.raises(CrispenError, match="this version of aiortc has no _gone"):
        _replace(object(), "_gone", None)


def test_a_large_gap_is_given_up_and_a_small_one_is_asked_for():
    from aiortc.rtp import RtpPacket

    missing = Missing()
    assert not missing.add(RtpPacket(sequence_number=65530))
    assert missing.add(RtpPacket(sequence_number=2))
    assert missing.missing == {65531, 65532, 65533, 65534, 65535, 0, 1}
    missing.add(RtpPacket(sequence_number=0))
    assert 0 not in missing.missing
    for number in (20_000, 40_000, 60_000, 14_464):
        assert not missing.add(RtpPacket(sequence_number=number))
        assert not missing.missing
    assert missing.add(RtpPacket(sequence_number=14_466)) and missing.missing == {14_465}
