/** Each adapter has the type that its SDK wants. Only checked, never run. */

import type { MediaProcessorConnectorInterface, MediaProcessorInterface } from "@vonage/media-processor";
import type { IAgoraRTC } from "agora-rtc-sdk-ng";
import type * as agora from "agora-rte-extension";
import type { LocalVideoTrack, Track, TrackProcessor, VideoProcessorOptions } from "livekit-client";
import type { VideoTrack } from "twilio-video";
import { crispenExtension } from "../../src/adapters/agora";
import { CrispenEffect, type JitsiTrack } from "../../src/adapters/jitsi";
import { CrispenProcessor as ForLiveKit } from "../../src/adapters/livekit";
import { CrispenProcessor as ForTwilio } from "../../src/adapters/twilio";
import { CrispenConnector, CrispenMediaProcessor } from "../../src/adapters/vonage";

export const liveKit: TrackProcessor<Track.Kind.Video, VideoProcessorOptions> = new ForLiveKit();
export const setOnTrack = (track: LocalVideoTrack) => track.setProcessor(new ForLiveKit({ model: "fast" }));

export const addedTo = async (track: VideoTrack) =>
  track.addProcessor(await ForTwilio.open(), { inputFrameBufferType: "videoframe" });

export const registeredAt = (rtc: IAgoraRTC, classes: typeof agora) =>
  rtc.registerExtensions([crispenExtension(classes)]);

export const connector: MediaProcessorConnectorInterface = new CrispenConnector();
export const processor: MediaProcessorInterface = new CrispenMediaProcessor();

/**
 * lib-jitsi-meet has no types on npm. This is `IStreamEffect` of its modules/RTC/JitsiLocalTrack.ts, and what that file's
 * classes have of `JitsiTrack`.
 */
interface IStreamEffect {
  isEnabled: (track: JitsiLocalTrack) => boolean;
  isMuted?: () => boolean;
  setMuted?: (muted: boolean) => void;
  startEffect: (stream: MediaStream) => MediaStream;
  stopEffect: () => void;
}
interface JitsiLocalTrack extends JitsiTrack {
  isVideoTrack(): boolean;
  videoType: "camera" | "desktop" | null;
}
export const effect = async (): Promise<IStreamEffect> => CrispenEffect.open();
