/** What is sent: the camera or a video file. */

const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };

/** The camera with its microphone, or the camera alone if there is no microphone. @throws Error that says what to do. */
export async function camera(): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new Error("Browsers give cameras only to HTTPS pages and to localhost.");
  try {
    return await navigator.mediaDevices.getUserMedia({ video: WANTED, audio: { echoCancellation: true } });
  } catch (error) {
    if ((error as DOMException).name !== "NotFoundError") throw refused(error);
    return navigator.mediaDevices.getUserMedia({ video: true }).catch((other) => Promise.reject(refused(other)));
  }
}

const refused = (error: unknown) => new Error(`The camera could not be used: ${(error as Error).message}.`);

type Capturing = HTMLVideoElement & { captureStream?(): MediaStream; mozCaptureStream?(): MediaStream };
const players = new WeakMap<MediaStream, HTMLVideoElement>(); // kept for as long as their streams are

/** A video file, played again and again. @throws Error that says what went wrong. */
export async function videoFile(file: File): Promise<MediaStream> {
  const player: Capturing = Object.assign(document.createElement("video"), {
    src: URL.createObjectURL(file),
    loop: true,
    muted: true,
  });
  try {
    await player.play();
    const stream = player.captureStream?.() ?? player.mozCaptureStream?.();
    if (!stream) throw new Error("this browser cannot send a file");
    players.set(stream, player);
    return stream;
  } catch (error) {
    throw new Error(`The file could not be played: ${(error as Error).message}.`);
  }
}
