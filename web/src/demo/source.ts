/** Where pictures come from: the sample, a camera, a file. One at a time; another one lets go of the one before. */

import { element } from "../components/elements";

export type Kind = "sample" | "camera" | "file";

export interface Source {
  readonly kind: Kind;
  readonly picture: HTMLVideoElement | HTMLImageElement;
  readonly width: number;
  readonly height: number;
}

const CANNOT: Record<string, string> = {
  NotAllowedError: "The camera may not be used: allow it beside the address of this page, then choose it again.",
  NotFoundError: "No camera was found. Plug one in, then choose it again.",
  NotReadableError: "The camera is in use by another program. Close that, then choose it again.",
};

let letGo = () => {};

/** @throws Error that says what is wrong and what to do. */
export async function open(kind: Kind, file?: File): Promise<Source> {
  const stream = kind === "camera" ? await camera() : undefined;
  letGo();
  const video = element<HTMLVideoElement>("video");
  const image = element<HTMLImageElement>("image");
  const address = file ? URL.createObjectURL(file) : "./sample.mp4";
  letGo = () => {
    stream?.getTracks().forEach((track) => track.stop());
    if (file) URL.revokeObjectURL(address);
    video.removeAttribute("src");
    video.srcObject = null;
    image.removeAttribute("src");
  };
  const still = file?.type.startsWith("image/") ?? false;
  image.hidden = !still;
  video.hidden = still;
  if (still) {
    image.src = address;
    await image.decode().catch(() => {
      throw new Error(`${file?.name} could not be read as a picture. Try a JPEG, PNG, WebP or AVIF.`);
    });
    return { kind, picture: image, width: image.naturalWidth, height: image.naturalHeight };
  }
  if (stream) video.srcObject = stream;
  else video.src = address;
  video.loop = !stream;
  await ready(video, file?.name ?? "The sample");
  await video.play().catch(() => {}); // where that is not allowed it stands still until Play is pressed
  return { kind, picture: video, width: video.videoWidth, height: video.videoHeight };
}

async function camera(): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new Error("Cameras need a page from https:// or from localhost.");
  try {
    const wanted = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
    return await navigator.mediaDevices.getUserMedia({ video: wanted });
  } catch (error) {
    const { name, message } = error as DOMException;
    throw new Error(CANNOT[name] ?? `The camera could not be opened: ${message}`);
  }
}

function ready(video: HTMLVideoElement, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = () => reject(new Error(`${name} could not be played. Try MP4 (H.264), WebM, or a picture.`));
    video.onloadeddata = () => (video.videoWidth ? resolve() : failed()); // a file of sound alone loads too
    video.onerror = failed;
  });
}
