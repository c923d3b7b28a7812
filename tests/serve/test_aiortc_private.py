"""aiortc and aioice have the undocumented names that aiortc_private uses, and use them as it expects."""

import ast
import asyncio
import inspect
from pathlib import Path

import pytest

pytest.importorskip("aiortc")

import aiortc
from aioice import ice
from aiortc import rtcrtpreceiver
from aiortc.codecs import vpx

from crispen.errors import CrispenError
from crispen.serve import aiortc_private
from crispen.serve.aiortc_private import NAMES, BoundedNackGenerator, _replace


def connection(test):
    """Runs test(objects), where `objects` are those that NAMES lists, by the same keys."""

    async def run():
        pc = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
        transceiver = pc.addTransceiver("video")
        dtls = transceiver.receiver.transport
        objects = {
            "connection": pc, "transceiver": transceiver, "sender": transceiver.sender,
            "receiver": transceiver.receiver, "dtls": dtls, "ice": dtls.transport, "agent": dtls.transport._connection,
            "vp8 encoder": vpx.Vp8Encoder(), "aioice.ice": ice,
        }  # fmt: skip
        try:
            test(objects)
        finally:
            await pc.close()

    asyncio.run(run())


def test_all_names_exist():
    def names(objects):
        assert NAMES.keys() == objects.keys()
        missing = [f"{kind}.{name}" for kind in NAMES for name in NAMES[kind] if not hasattr(objects[kind], name)]
        assert not missing

    connection(names)


def test_all_listed_names_are_used():
    source = inspect.getsource(aiortc_private)
    body = source[source.index("def gather_only_on") :]
    for names in NAMES.values():
        for name in names:
            assert name in body, f"{name} is not used any more"


def test_all_undocumented_names_are_listed():
    """Every attribute that begins with an underscore and belongs to another object."""
    tree = ast.parse(inspect.getsource(aiortc_private))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr.startswith("_")}
    assert used <= {name for names in NAMES.values() for name in names}


def test_no_other_module_of_the_server_uses_undocumented_names():
    """Attributes with an underscore of objects other than self, in modules that use aiortc."""
    for path in sorted(Path(aiortc_private.__file__).parent.glob("*.py")):
        if path.name == "aiortc_private.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.startswith("__"):
                assert ast.unparse(node.value) == "self", f"{path.name}: {ast.unparse(node)}"


def test_the_decoder_reads_a_queue_and_stopping_it_joins_its_thread():
    """The assumptions of set_decoder_queue."""
    assert "input_q.get()" in inspect.getsource(rtcrtpreceiver.decoder_worker)
    receiver = inspect.getsource(rtcrtpreceiver.RTCRtpReceiver)
    assert "self.__decoder_queue.put((codec, encoded_frame))" in receiver
    assert receiver.count("self.__stop_decoder()") >= 3 and receiver.count(".join()") == 1


def test_a_missing_name_is_an_error():
    with pytest.raises(CrispenError, match="this version of aiortc has no _gone"):
        _replace(object(), "_gone", None)


def test_only_packets_of_small_gaps_are_requested_again():
    from aiortc.rtp import RtpPacket

    missing = BoundedNackGenerator()
    assert not missing.add(RtpPacket(sequence_number=65530))
    assert missing.add(RtpPacket(sequence_number=2))
    assert missing.missing == {65531, 65532, 65533, 65534, 65535, 0, 1}
    missing.add(RtpPacket(sequence_number=0))
    assert 0 not in missing.missing
    for number in (20_000, 40_000, 60_000, 14_464):
        assert not missing.add(RtpPacket(sequence_number=number))
        assert not missing.missing
    assert missing.add(RtpPacket(sequence_number=14_466)) and missing.missing == {14_465}
