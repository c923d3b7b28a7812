/** The name of a model as it is shown. */
var titled = (name) => name.charAt(0).toUpperCase() + name.slice(1);
var DEFAULTS = {
	on: true,
	model: "balanced",
	strength: 1,
	compare: false,
	at: .5,
	punctual: true
};
/** Whether two settings are the same; messages between parts of an extension change the order of keys. */
var areSame = (one, other) => Object.keys(DEFAULTS).every((key) => one[key] === other[key]);
var element = (id) => document.getElementById(id);
var state = element("state");
var on = element("on");
var strength = element("strength");
var compare = element("compare");
var at = element("at");
var models = [...document.querySelectorAll("[name=model]")];
var counted = (count) => count === 1 ? "1 video" : `${count} videos`;
var settings = DEFAULTS;
async function ask(message) {
	const answer = await chrome.runtime.sendMessage(message);
	if (answer.error) throw new Error(answer.error);
	return answer.value;
}
async function tabHere() {
	const [tab] = await chrome.tabs.query({
		active: true,
		currentWindow: true
	});
	return tab?.id ?? 0;
}
function show() {
	on.checked = settings.on;
	strength.value = String(settings.strength);
	element("strength-value").textContent = settings.strength.toFixed(1);
	compare.checked = settings.compare;
	at.value = String(Math.round(100 * settings.at));
	element("divider-field").hidden = !settings.compare;
}
function tell(status) {
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
	element("left").replaceChildren(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
}
function refused(error) {
	state.textContent = /cannot be scripted|chrome:\/\/|gallery|Cannot access|edge:\/\//i.test(error.message) ? "The browser allows no extension on this page" : error.message;
}
async function main() {
	const tabId = await tabHere();
	const kept = await chrome.storage.local.get("settings");
	const before = await ask({
		ask: "status",
		tabId
	});
	settings = {
		...DEFAULTS,
		...kept.settings,
		on: before?.on ?? true
	};
	show();
	const apply = async () => tell(await ask({
		ask: "apply",
		tabId,
		settings
	}));
	const change = (changed) => {
		settings = {
			...settings,
			...changed
		};
		show();
		chrome.storage.local.set({ settings });
		apply().catch(refused);
	};
	on.onchange = () => change({ on: on.checked });
	strength.oninput = () => change({ strength: Number(strength.value) });
	compare.onchange = () => change({ compare: compare.checked });
	at.oninput = () => change({ at: Number(at.value) / 100 });
	for (const each of models) each.onchange = () => change({ model: each.value });
	if (before?.on && areSame(before.settings, settings)) tell(before);
	else await apply();
	setInterval(() => ask({
		ask: "status",
		tabId
	}).then(tell, refused), 500);
}
main().catch(refused);
