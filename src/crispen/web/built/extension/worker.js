/** From the fastest to the best. */
var MODELS = [
	"fast",
	"balanced",
	"best"
];
var DEFAULTS = {
	on: true,
	model: "balanced",
	strength: 1,
	compare: false,
	at: .5,
	punctual: true
};
/**
* The service worker: injects the content script into the page that the user clicked on, and reads models for it.
*
* It has no access to any page until the user clicks, and then only to that page (activeTab).
*/
/** Applies `settings` to the videos of a tab; injects the content script if needed. */
async function apply(tabId, settings) {
	const target = {
		tabId,
		allFrames: true
	};
	await chrome.scripting.executeScript({
		target,
		files: ["content.js"]
	});
	const answers = await chrome.scripting.executeScript({
		target,
		func: (wanted) => globalThis.crispen?.apply(wanted),
		args: [settings]
	});
	await chrome.action.setBadgeText({
		tabId,
		text: settings.on ? "on" : ""
	});
	await chrome.action.setBadgeBackgroundColor({
		tabId,
		color: "#0a6b5a"
	});
	return together(answers.map((each) => each.result));
}
/** The status of a tab; undefined if no content script was injected yet. */
async function status(tabId) {
	const known = (await chrome.scripting.executeScript({
		target: {
			tabId,
			allFrames: true
		},
		func: () => globalThis.crispen?.status()
	})).map((each) => each.result).filter((each) => each);
	return known.length ? together(known) : void 0;
}
/** Combines the statuses of all frames of a page. */
function together(frames) {
	const [first] = frames;
	const { settings, model } = first ?? {
		settings: DEFAULTS,
		model: DEFAULTS.model
	};
	const sum = {
		on: false,
		settings,
		model,
		sharpened: 0,
		time: 0,
		backend: "",
		experts: [],
		left: {}
	};
	for (const frame of frames) {
		if (!frame) continue;
		if (MODELS.indexOf(frame.model) < MODELS.indexOf(sum.model)) sum.model = frame.model;
		sum.on ||= frame.on;
		sum.sharpened += frame.sharpened;
		sum.time = Math.max(sum.time, frame.time);
		sum.backend ||= frame.backend;
		sum.experts.push(...frame.experts);
		for (const [why, count] of Object.entries(frame.left)) sum.left[why] = (sum.left[why] ?? 0) + count;
	}
	return sum;
}
/** A packaged model file as base64, to be sent as a message: pages cannot load the extension's files. */
async function model(path) {
	const bytes = new Uint8Array(await (await fetch(chrome.runtime.getURL(path))).arrayBuffer());
	let text = "";
	for (let start = 0; start < bytes.length; start += 8192) text += String.fromCharCode(...bytes.subarray(start, start + 8192));
	return btoa(text);
}
chrome.runtime.onMessage.addListener((message, sender, answer) => {
	if (sender.id !== chrome.runtime.id) return false;
	(message.ask === "model" ? model(`models/${message.name.replace(/[^\w.-]/g, "")}.safetensors`) : message.ask === "apply" ? apply(message.tabId, message.settings) : status(message.tabId)).then((value) => answer({ value }), (error) => answer({ error: error.message }));
	return true;
});
Object.assign(globalThis, {
	apply,
	status
});
export { apply, status, together };
