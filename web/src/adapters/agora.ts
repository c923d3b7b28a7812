/**
 * An extension of Agora's Web SDK. It needs the package agora-rte-extension:
 *
 *     const extension = crispenExtension(await import("agora-rte-extension"));
 *     AgoraRTC.registerExtensions([extension]);
 *     const processor = extension.createProcessor();
 *     localVideoTrack.pipe(processor).pipe(localVideoTrack.processorDestination);
 */

import type { Extension, IProcessorContext, VideoProcessor } from "agora-rte-extension";
import { type AdapterOptions, Replaced } from "./replaced";

export type { AdapterOptions };

/** Agora's base classes, of which the extension is made. */
export interface AgoraClasses {
  readonly Extension: typeof Extension;
  readonly VideoProcessor: typeof VideoProcessor;
}

export function crispenExtension(classes: AgoraClasses, options?: AdapterOptions): Extension<VideoProcessor> {
  class CrispenProcessor extends classes.VideoProcessor {
    readonly name = "CrispenProcessor";
    private readonly source = new Replaced(options);

    protected override async onTrack(track: MediaStreamTrack, context: IProcessorContext): Promise<void> {
      if (!this.enabled) return this.output(track, context);
      const made = await this.sharpened(track, context).catch((error: Error) => {
        reportError(error);
        return track; // it is sent as it is
      });
      if (this.enabled && track === this.inputTrack) this.output(made, context);
    }

    private async sharpened(track: MediaStreamTrack, context: IProcessorContext): Promise<MediaStreamTrack> {
      const made = await this.source.take(track);
      if (context.getDirection() === "remote") (await this.source.open()).streamInfo = options?.streamInfo ?? {};
      return made;
    }

    protected override async onEnableChange(isEnabled: boolean): Promise<void> {
      if (!this.inputTrack || !this.context) return;
      await this.onTrack(this.inputTrack, this.context);
      if (!isEnabled) await this.source.close();
    }

    protected override onUnpiped(): void {
      void this.source.close();
    }
  }

  class CrispenExtension extends classes.Extension<VideoProcessor> {
    protected override _createProcessor(): VideoProcessor {
      return new CrispenProcessor();
    }
  }
  return new CrispenExtension();
}
