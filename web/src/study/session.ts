/** The plan of the study, and one rater's answers, which the browser keeps. */

import { dataOf } from "../components/elements";

export type Choice = "left" | "right" | "none";

/** What raters may know of the study: file names without meaning, and the pairs of each rater as their indices. */
interface Study {
  study: string;
  ties: boolean;
  files: string[];
  raters: [number, number][][];
}

interface Answer {
  trial: number;
  left: string;
  right: string;
  choice: Choice;
  ms: number;
}

export interface State {
  viewing: Record<string, unknown>;
  started: string;
  finished?: string;
  answers: Answer[];
}

export const study = dataOf<Study>("study");

export class Session {
  /** Whether this browser can keep answers. */
  keeps = canKeep();
  state: State = { viewing: {}, started: "", answers: [] };

  /** `rater`: from 1. */
  constructor(readonly rater: number) {}

  get pairs(): [number, number][] {
    return study.raters[this.rater - 1] ?? [];
  }

  get answered(): number {
    return this.state.answers.length;
  }

  get finished(): boolean {
    return this.answered >= this.pairs.length;
  }

  /** The file names of a pair, left and right. */
  names(index: number): [string, string] {
    const [left, right] = this.pairs[index] as [number, number];
    return [study.files[left] as string, study.files[right] as string];
  }

  /** What this browser has kept of an earlier visit. */
  stored(): State | undefined {
    try {
      const found = JSON.parse(localStorage.getItem(this.slot) ?? "null") as State | null;
      return found && Array.isArray(found.answers) && found.answers.length <= this.pairs.length ? found : undefined;
    } catch {
      return undefined;
    }
  }

  begin(viewing: Record<string, unknown>): void {
    this.state = { viewing, started: new Date().toISOString(), answers: [] };
    this.keep();
  }

  forget(): void {
    localStorage.removeItem(this.slot);
  }

  /** `ms`: how long the pair was seen, in milliseconds. */
  answer(choice: Choice, ms: number): void {
    const [left, right] = this.names(this.answered);
    this.state.answers.push({ trial: this.answered, left, right, choice, ms: Math.round(ms) });
    if (this.finished) this.state.finished = new Date().toISOString();
    this.keep();
  }

  /** The text of the file that the rater sends. */
  text(): string {
    return JSON.stringify({ format: "crispen-study-answers/1", study: study.study, rater: this.rater, ...this.state });
  }

  private get slot(): string {
    return `crispen-study:${study.study}:${this.rater}`;
  }

  private keep(): void {
    try {
      localStorage.setItem(this.slot, JSON.stringify(this.state));
    } catch {
      this.keeps = false;
    }
  }
}

function canKeep(): boolean {
  try {
    localStorage.setItem("crispen-study", "1");
    localStorage.removeItem("crispen-study");
    return true;
  } catch {
    return false;
  }
}
