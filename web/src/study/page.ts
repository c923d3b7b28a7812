/** The page of a study: instructions and questions, then pair after pair, then the answers as a file. */

import "../components/theme.css";
import "../components/base.css";
import "./page.css";
import { all, element, first, isShortcut } from "../components/elements";
import { load, Pair } from "./pair";
import { type Choice, Session, study } from "./session";

const BLANK = 400; // milliseconds of grey between two pairs, so that pairs cannot be compared by flicker
const STEP = 64; // pixels that an arrow key moves the pictures by
const ADDRESS_KEPT = 60_000; // milliseconds for which the browser may take to write the file
const SCREENS = ["start", "trial", "end"] as const;

const pair = new Pair();
const buttons = all("[data-choice]");
let session = new Session(0); // of no rater yet
let ready = false; // whether a pair is shown and can be answered
let since = 0; // when it came to be shown
let spent = 0; // milliseconds that it was shown before a pause
let turn = 0; // counts the pairs and pauses, so that a picture that loads late is not shown

function show(name: (typeof SCREENS)[number]): void {
  for (const screen of SCREENS) element(screen).hidden = screen !== name;
  if (name === "trial") return;
  scrollTo(0, 0);
  first("h1", element(name)).focus();
}

async function next(): Promise<void> {
  if (session.finished) return finish();
  const mine = ++turn;
  const index = session.answered;
  ready = false;
  pair.show();
  show("trial");
  for (const button of buttons) button.setAttribute("aria-disabled", "true");
  element("count").textContent = `Pair ${index + 1} of ${session.pairs.length}`;
  Object.assign(element<HTMLProgressElement>("progress"), { max: session.pairs.length, value: index });
  let images: HTMLImageElement[];
  try {
    const pause = new Promise((done) => setTimeout(done, BLANK));
    [images] = await Promise.all([Promise.all(session.names(index).map(load)), pause]);
  } catch {
    if (mine === turn) pause("A picture could not be loaded. Check your connection, then continue.");
    return;
  }
  if (mine !== turn) return;
  pair.show(images);
  for (const button of buttons) button.removeAttribute("aria-disabled");
  ready = true;
  since = performance.now();
  for (const later of [index + 1, index + 2].filter((each) => each < session.pairs.length)) {
    for (const name of session.names(later)) load(name).catch(() => {});
  }
}

function choose(choice: Choice): void {
  if (!ready) return;
  session.answer(choice, spent + performance.now() - since);
  spent = 0;
  ready = false;
  void next();
}

function pause(trouble = ""): void {
  if (ready) spent += performance.now() - since;
  ready = false;
  turn += 1;
  pair.show();
  const kept = session.keeps
    ? "You may close this page and come back to it in this browser."
    : "This browser cannot keep them: leave the page open, or your answers are lost.";
  ending("Paused", `${session.answered} of ${session.pairs.length} pairs are answered. ${kept}`, trouble);
}

function finish(): void {
  ending(
    "Done. Thank you!",
    "Download the file of your answers and send it to whoever invited you. If that does not work, copy the text below into a message.",
  );
}

function ending(title: string, status: string, trouble = ""): void {
  element("title").textContent = title;
  element("status").textContent = status;
  element("copied").textContent = "";
  element("trouble").textContent = trouble;
  element("trouble").hidden = !trouble;
  element<HTMLTextAreaElement>("text").value = session.text();
  element("go").hidden = session.finished;
  element("go").className = session.finished ? "" : "main";
  element("save").className = session.finished ? "main" : "";
  show("end");
}

function save(): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${session.text()}\n`], { type: "application/json" }));
  link.download = `answers-${study.study}-rater-${session.rater}.json`;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), ADDRESS_KEPT);
}

async function copy(): Promise<void> {
  const text = element<HTMLTextAreaElement>("text");
  text.select();
  let copied = true;
  try {
    await navigator.clipboard.writeText(text.value);
  } catch {
    copied = document.execCommand("copy"); // where the page is a file
  }
  element("copied").textContent = copied
    ? "Copied."
    : "Your browser does not allow this; the text is selected, copy it by hand.";
}

/** The first screen, for the rater who is chosen by now. */
function refresh(): void {
  const stored = session.rater ? session.stored() : undefined;
  const resumed = Boolean(stored?.answers.length);
  element("resume").hidden = !resumed;
  element("form").hidden = resumed;
  const pairs = session.pairs.length || study.raters[0]?.length;
  element("welcome").textContent = resumed
    ? `Rater ${session.rater}: ${stored?.answers.length} of ${pairs} pairs are answered in this browser.`
    : `You will see ${pairs} pairs of pictures. Take your time, and take breaks.`;
  const more = (stored?.answers.length ?? 0) < session.pairs.length;
  if (resumed) element("continue").textContent = more ? "Continue" : "Show my answers";
}

function begin(event: Event): void {
  event.preventDefault();
  const fieldValue = (id: string) => element<HTMLInputElement | HTMLSelectElement>(id).value;
  session.begin({
    display: fieldValue("display"),
    lighting: fieldValue("lighting"),
    eyesight: fieldValue("eyesight"),
    distance_cm: Number(fieldValue("distance")),
    screen: [screen.width, screen.height],
    window: [innerWidth, innerHeight],
    pixel_ratio: devicePixelRatio,
  });
  void next();
}

const keys: Record<string, () => void> = {
  "1": () => choose("left"),
  "2": () => choose("right"),
  "0": () => study.ties && choose("none"),
  p: () => pause(),
  arrowleft: () => pair.move(-STEP, 0),
  arrowright: () => pair.move(STEP, 0),
  arrowup: () => pair.move(0, -STEP),
  arrowdown: () => pair.move(0, STEP),
};

for (const button of buttons) button.addEventListener("click", () => choose(button.dataset.choice as Choice));
for (const canvas of all("#stage canvas")) {
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (event.ctrlKey) return;
      event.preventDefault();
      const unit = event.deltaMode ? STEP : devicePixelRatio;
      pair.move(event.deltaX * unit, event.deltaY * unit);
    },
    { passive: false },
  );
}
element("pause").addEventListener("click", () => pause());
document.addEventListener("visibilitychange", () => document.hidden && !element("trial").hidden && pause());
document.addEventListener("keydown", (event) => {
  const held = event.repeat && !event.key.startsWith("Arrow");
  const action = keys[event.key.toLowerCase()];
  if (!action || held || element("trial").hidden || isShortcut(event)) return;
  event.preventDefault();
  action();
});
document.addEventListener(
  "keydown",
  (event) => {
    // a key that is held down is one answer, not many
    if (event.repeat && !element("trial").hidden && ["Enter", " "].includes(event.key)) event.preventDefault();
  },
  { capture: true },
);
element("go").addEventListener("click", () => void next());
element("save").addEventListener("click", save);
element("copy").addEventListener("click", () => void copy());
element("continue").addEventListener("click", () => {
  session.state = session.stored() ?? session.state;
  void next();
});
element("afresh").addEventListener("click", () => {
  if (!confirm("Delete the answers that this browser holds, and start over?")) return;
  session.forget();
  refresh();
});
element("form").addEventListener("submit", begin);

const number = element<HTMLInputElement>("rater");
const raterOf = (text: string) => (study.raters[Number(text) - 1] ? Number(text) : 0);
number.max = String(study.raters.length);
number.addEventListener("input", () => {
  session = new Session(raterOf(number.value));
  refresh();
});
for (const part of all("[data-ties]")) part.hidden = !study.ties;
for (const part of all("[data-forced]")) part.hidden = study.ties;
if (!session.keeps)
  element("keeps").textContent = "This browser cannot keep your answers, so leave the page open until the end.";

const asked = new URLSearchParams(location.search).get("rater");
if (asked !== null && raterOf(asked)) {
  session = new Session(raterOf(asked));
  number.value = asked;
  element("which").hidden = true;
} else if (asked !== null) {
  element("problem").hidden = false;
  element("problem").textContent =
    `There is no rater ${asked} in this study; enter a number from 1 to ${study.raters.length}.`;
}
refresh();
show("start");
