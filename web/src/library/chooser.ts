/** Which expert a device draws with: the router's choice, or the one that is asked for. */

import type { Device } from "./device";
import { Experts } from "./experts";
import type { Models } from "./models";
import type { Network } from "./network";
import type { Choice } from "./router";
import type { StreamInfo } from "./streaminfo";

/** Says that frames are drawn with another "choice" from now on, or that an expert "failed" to load, with the reason. */
export type Tell = (what: "choice" | "failed", detail: Choice | string) => void;

export class Chooser {
  private present: Choice;
  private uses = 0;
  private changes: Promise<void> = Promise.resolve();
  private looks: Promise<void> = Promise.resolve();

  /** @param device with the network of the experts' first choice. */
  constructor(
    private readonly device: Device,
    private experts: Experts,
    private readonly tell: Tell,
  ) {
    this.present = experts.choice;
  }

  /** What the next frame is to be drawn with. */
  get choice(): Choice {
    return this.present;
  }

  /** Switches to an expert, or AUTO, once it is loaded. @throws Error if it cannot be. */
  async use(set: string, models: Models = this.experts.models): Promise<void> {
    const turn = ++this.uses;
    const experts = await Experts.open(models, set);
    const [choice, network] = [experts.choice, await experts.network()];
    return this.change(async () => {
      if (turn !== this.uses) return; // another expert was requested meanwhile
      const before = await this.experts.loaded();
      this.experts = experts;
      await this.take(choice, network);
      for (const each of before) this.device.release(each);
    });
  }

  /** The next frame begins another video. */
  restart(): void {
    this.experts.restart();
  }

  /** Lets the router measure what was just drawn, and follows its choice. `info`, `isVideo`: as for `Experts.inform`. */
  drawn(width: number, height: number, info: StreamInfo, isVideo: boolean): void {
    this.experts.inform(info, isVideo);
    this.looks = Promise.all([this.looks, this.follow(width, height)]).then(() => {});
  }

  /** Resolves when the router's choice for everything drawn so far is in use. */
  async settled(): Promise<void> {
    await this.looks;
  }

  private async follow(width: number, height: number): Promise<void> {
    const { experts } = this;
    try {
      await experts.look(this.device, width, height);
      const { choice } = experts;
      if (choice === this.present || experts !== this.experts) return;
      const network = choice.strength ? await experts.network(choice.expert) : undefined; // at 0 any will do
      await this.change(async () => {
        if (experts === this.experts && choice === experts.choice) await this.take(choice, network);
      });
    } catch (error) {
      this.tell("failed", (error as Error).message);
    }
  }

  /** Runs changes of the network one after the other. */
  private change(work: () => Promise<void>): Promise<void> {
    this.changes = this.changes.catch(() => {}).then(work);
    return this.changes;
  }

  private async take(choice: Choice, network: Network | undefined): Promise<void> {
    if (network) await this.device.load(network);
    if (choice === this.present) return;
    this.present = choice;
    this.tell("choice", choice);
  }
}
