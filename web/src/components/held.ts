/** A switch that a short press toggles, and that a long press sets only for as long as it is held. */

const LONG = 400; // milliseconds

export class Held {
  private since = 0;
  private before = false;

  constructor(
    private readonly shown: () => boolean,
    private readonly show: (shown: boolean) => void,
  ) {}

  press(): void {
    this.since = performance.now();
    this.before = this.shown();
    this.show(!this.before);
  }

  release(): void {
    if (this.since && performance.now() - this.since > LONG) this.show(this.before);
    this.since = 0;
  }

  toggle(): void {
    this.show(!this.shown());
  }
}
