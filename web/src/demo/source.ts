/** Where pictures come from: the sample, a camera, a file. Another source replaces the present one once it can be shown. */

import { element } from "../components/elements";

export type Kind = "sample" | "camera" | "file";

export interface Source {
  readonly kind: Kind;
  readonly picture: HTMLVideoElement | HTMLImageElement;
  readonly width: number;
  readonly height: number;
}

const REFUSED: Record<string, string> = {
  NotAllowedError: "The camera may not be used: allow it beside the address of this page, then choose it again.",
  NotFoundError: "No camera was found. Plug one in, then choose it again.",
  NotReadableError: "The camera is in use by another program. Close that, then choose it again.",
};

let release = () => {};

/** What was shown before stays if this fails. @throws Error that says what is wrong and what to do. */
export async function open(kind: Kind, file?: File): Promise<Source> {
  const stream = kind === "camera" ? await camera() : undefined;
  const address = file ? URL.createObjectURL(file) : "./sample.mp4";
  const still = file?.type.startsWith("image/") ?? false;
  if (file) {
    try {
      await (still ? decoded(new Image(), address, file.name) : loaded(address, file.name));
    } catch (error) {
      URL.revokeObjectURL(address);
      throw error;
    }
  }
  release();
  release = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    if (file) URL.revokeObjectURL(address);
    video.removeAttribute("src");
    video.srcObject = null;
    image.removeAttribute("src");
  };
  const video = element<HTMLVideoElement>("video");
  const image = element<HTMLImageElement>("image");
  image.hidden = !still;
  video.hidden = still;
  if (still) {
    await decoded(image, address, file?.name ?? "");
    return { kind, picture: image, width: image.naturalWidth, height: image.naturalHeight };
  }
  if (stream) video.srcObject = stream;
  else video.src = address;
  video.loop = !stream;
  await ready(video, file?.name ?? "The sample");
  await video.play().catch(() => {}); // where that is not allowed, the page shows Play
  return { kind, picture: video, width: video.videoWidth, height: video.videoHeight };
}

async function camera(): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new Error("Browsers give cameras only to HTTPS pages and to localhost.");
  try {
    const wanted = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
    return await navigator.mediaDevices.getUserMedia({ video: wanted });
  } catch (error) {
    const { name, message } = error as DOMException;
    throw new Error(REFUSED[name] ?? `The camera could not be opened: ${message}`);
  }
}

async function decoded(image: HTMLImageElement, address: string, name: string): Promise<void> {
  image.src = address;
  await image.decode().catch(() => {
    throw new Error(`${name} could not be read as a picture. Try a JPEG, PNG, WebP or AVIF.`);
  });
}

/** Whether the browser can play a video, tried without showing it. */
async function loaded(address: string, name: string): Promise<void> {
  const probe = Object.assign(document.createElement("video"), { muted: true, preload: "auto", src: address });
  try {
    await ready(probe, name);
  } finally {
    probe.removeAttribute("src");
    probe.load();
  }
}

function ready(video: HTMLVideoElement, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = () => reject(new Error(`${name} could not be played. Try MP4 (H.264), WebM, or a picture.`));
    video.onloadeddata = () => (video.videoWidth ? resolve() : failed()); // a file of sound alone loads too
    video.onerror = failed;
  });
}
