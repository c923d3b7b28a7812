/**
 * Two peers of one page, at 200 kbit/s.
 * @param ontrack called when the track arrives.
 * @param prepare called with the receiving peer before anything is sent.
 */
export async function connect(track, ontrack, prepare) {
  const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
  near.onicecandidate = ({ candidate }) => candidate && far.addIceCandidate(candidate);
  far.onicecandidate = ({ candidate }) => candidate && near.addIceCandidate(candidate);
  if (ontrack) far.addEventListener("track", ontrack);
  prepare?.(far);
  near.addTransceiver(track, { sendEncodings: [{ maxBitrate: 200_000 }] });
  await near.setLocalDescription();
  await far.setRemoteDescription(near.localDescription);
  await far.setLocalDescription();
  await near.setRemoteDescription(far.localDescription);
  return { near, far };
}
