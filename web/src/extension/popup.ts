/** The popup. Opening it turns sharpening on, unless it was turned off on this page. */

import "./popup.css";
import { titled } from "../components/words";
import { areSame, DEFAULTS, type Settings, type Status } from "./settings";

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const state = element("state");
const on = element<HTMLInputElement>("on");
const strength = element<HTMLInputElement>("strength");
const compare = element<HTMLInputElement>("compare");
const at = element<HTMLInputElement>("at");
const models = [...document.querySelectorAll<HTMLInputElement>("[name=model]")];

const counted = (count: number) => (count === 1 ? "1 video" : `${count} videos`);
let settings: Settings = DEFAULTS;

async function ask<T>(message: object): Promise<T> {
  const answer = (await chrome.runtime.sendMessage(message)) as { value: T; error?: string };
  if (answer.error) throw new Error(answer.error);
  return answer.value;
}

async function tabHere(): Promise<number> {
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  return tab?.id ?? 0;
}

function show(): void {
  on.checked = settings.on;
  strength.value = String(settings.strength);
  element("strength-value").textContent = settings.strength.toFixed(1);
  compare.checked = settings.compare;
  at.value = String(Math.round(100 * settings.at));
  element("divider-field").hidden = !settings.compare;
}

function tell(status: Status): void {
  const time = status.time ? `, ${status.time.toFixed(1)} ms per frame` : "";
  const left = Object.keys(status.left).length > 0;
  if (!status.on) state.textContent = "Off on this page";
  else if (status.sharpened) state.textContent = `${counted(status.sharpened)} sharpened${time}`;
  else if (left) state.textContent = "No video is sharpened";
  else state.textContent = "No video to sharpen yet; one that appears will be";
  const running = status.sharpened ? status.model : settings.model;
  for (const each of models) each.checked = each.value === running;
  const lines = Object.entries(status.left).map(([why, count]) => `${counted(count)} not sharpened: ${why}`);
  const experts = new Set(status.experts);
  if (experts.size) lines.unshift(`Expert${experts.size > 1 ? "s" : ""}: ${[...experts].join("; ")}`);
  if (running !== settings.model) lines.unshift(`${titled(settings.model)} is too slow on this computer`);
  if (status.backend) lines.unshift(status.backend);
  element("left").replaceChildren(
    ...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })),
  );
}

function refused(error: Error): void {
  const closed = /cannot be scripted|chrome:\/\/|gallery|Cannot access|edge:\/\//i.test(error.message);
  state.textContent = closed ? "The browser allows no extension on this page" : error.message;
}

async function main(): Promise<void> {
  const tabId = await tabHere();
  const kept = (await chrome.storage.local.get("settings")) as { settings?: Partial<Settings> };
  const before = await ask<Status | undefined>({ ask: "status", tabId });
  settings = { ...DEFAULTS, ...kept.settings, on: before?.on ?? true };
  show();
  const apply = async () => tell(await ask<Status>({ ask: "apply", tabId, settings }));
  const change = (changed: Partial<Settings>) => {
    settings = { ...settings, ...changed };
    show();
    void chrome.storage.local.set({ settings });
    apply().catch(refused);
  };
  on.onchange = () => change({ on: on.checked });
  strength.oninput = () => change({ strength: Number(strength.value) });
  compare.onchange = () => change({ compare: compare.checked });
  at.oninput = () => change({ at: Number(at.value) / 100 });
  // Choosing the model that was too slow applies the same settings again, which tries it again.
  for (const each of models) each.onchange = () => change({ model: each.value as Settings["model"] });
  if (before?.on && areSame(before.settings, settings)) tell(before);
  else await apply();
  setInterval(() => ask<Status>({ ask: "status", tabId }).then(tell, refused), 500);
}

main().catch(refused);
