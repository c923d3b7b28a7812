// built by web/pages.js, do not edit
(function() {
	/** Helpers for the document of a page. */
	/** The element of that id. @throws Error if the page has none, which is a mistake in the page. */
	function element(id) {
		const found = document.getElementById(id);
		if (!found) throw new Error(`the page has no #${id}`);
		return found;
	}
	/** All elements below `root` that match the selector. */
	function all(selector, root = document) {
		return [...root.querySelectorAll(selector)];
	}
	var clamp = (value, low, high) => Math.min(Math.max(value, low), high);
	/** The divider between a picture before and after: a slider that works by pointer and by keyboard. */
	var LARGE_STEP = .1;
	var Divider = class {
		element;
		options;
		/** The position, 0 to 1 of the visible picture's width from its left edge. */
		at = .5;
		grip = 0;
		/** `element`: an element of class `divider` with the role `slider`, in the element that holds the picture. */
		constructor(element, options) {
			this.element = element;
			this.options = options;
			element.append(Object.assign(document.createElement("span"), { className: "grip" }));
			element.addEventListener("keydown", (event) => {
				if (!this.key(event)) return;
				event.preventDefault();
				event.stopPropagation();
			});
			this.place();
		}
		/** Moves it to `at`, 0 to 1. */
		set(at) {
			const [low, high] = this.options.range ?? [0, 1];
			this.at = clamp(at, low, high);
			this.place();
			this.options.moved(this.at);
		}
		/** Puts it where it belongs over the picture, on a whole pixel of the screen; to be called when the picture moved. */
		place() {
			const { picture, labels } = this.options;
			if (picture) this.element.style.left = `${this.line}px`;
			else this.element.style.left = `${100 * this.at}%`;
			const percent = Math.round(100 * this.at);
			this.element.setAttribute("aria-valuenow", String(percent));
			this.element.setAttribute("aria-valuetext", `${percent}% ${labels[0]}, ${100 - percent}% ${labels[1]}`);
		}
		/** Where its line is, in CSS pixels from the parent's left edge. */
		get line() {
			const { left, width } = this.area();
			return Math.round((left + this.at * width) * devicePixelRatio) / devicePixelRatio;
		}
		/** A pointer went down: takes hold of the divider, or brings it to the pointer. */
		grab(event) {
			const held = this.element.contains(event.target);
			this.grip = held ? this.offset(event) - this.line : 0;
			if (!held) this.drag(event);
		}
		/** The pointer that has hold of it moved. */
		drag(event) {
			const { left, width } = this.area();
			this.set((this.offset(event) - this.grip - left) / Math.max(1, width));
		}
		/** Follows pointers on all of `surface`. */
		follow(surface) {
			surface.addEventListener("pointerdown", (event) => {
				if (event.button !== 0 || this.element.hidden) return;
				surface.setPointerCapture(event.pointerId);
				this.element.focus({ preventScroll: true });
				this.grab(event);
			});
			surface.addEventListener("pointermove", (event) => {
				if (surface.hasPointerCapture(event.pointerId)) this.drag(event);
			});
		}
		/** @returns whether the key moved it. */
		key(event) {
			if (event.ctrlKey || event.altKey || event.metaKey) return false;
			const { step = .02, range = [0, 1] } = this.options;
			const small = event.shiftKey ? LARGE_STEP : step;
			const to = {
				ArrowLeft: this.at - small,
				ArrowRight: this.at + small,
				ArrowDown: this.at - small,
				ArrowUp: this.at + small,
				PageDown: this.at - LARGE_STEP,
				PageUp: this.at + LARGE_STEP,
				Home: range[0],
				End: range[1]
			}[event.key];
			if (to === void 0) return false;
			this.set(to);
			return true;
		}
		area() {
			return this.options.picture?.() ?? {
				left: 0,
				width: this.element.parentElement?.clientWidth ?? 0
			};
		}
		offset(event) {
			return event.clientX - (this.element.parentElement?.getBoundingClientRect().left ?? 0);
		}
	};
	/** The statistics below the picture. */
	var ENOUGH = .9;
	var UNKNOWN = "–";
	/** `trip`: the round trip in milliseconds, NaN if unknown. */
	function showNumbers(state, trip) {
		const share = state.frames ? state.sharpened : void 0;
		const texts = {
			size: state.width ? `${state.width} × ${state.height}` : UNKNOWN,
			rate: bitrate(state.bitrate_in),
			fps: `${state.fps.toFixed(1)} fps`,
			back: state.sent_width ? `${state.sent_width} × ${state.sent_height}` : UNKNOWN,
			added: milliseconds(state.added_ms.p50),
			slow: milliseconds(state.added_ms.p95),
			sharpened: share === void 0 ? UNKNOWN : percent(share),
			trip: milliseconds(trip)
		};
		for (const [name, text] of Object.entries(texts)) element(`n-${name}`).textContent = text;
		element("slow").hidden = share === void 0 || share >= ENOUGH;
		element("slow-share").textContent = share === void 0 ? "" : percent(1 - share);
	}
	function clearNumbers() {
		element("slow").hidden = true;
		for (const each of all("#numbers dd")) each.textContent = UNKNOWN;
	}
	var bitrate = (bits) => bits >= 1e6 ? `${(bits / 1e6).toFixed(1)} Mbit/s` : `${Math.round(bits / 1e3)} kbit/s`;
	var milliseconds = (value) => value >= 0 ? `${value.toFixed(1)} ms` : UNKNOWN;
	var percent = (share) => `${Math.round(100 * share)} %`;
	/** Requests to the server: sessions by WHIP (RFC 9725) and WHEP, their states, and who is in a room. */
	var GATHERING = [500, 2e3];
	var ICE_LINK = /<([^>]*)>; rel="ice-server"(?:; username="([^"]*)"; credential="([^"]*)")?/g;
	var token = readToken();
	/** From the address, of which it is removed so that nobody reads it off the screen, or from an earlier visit. */
	function readToken() {
		if (!location.hash.startsWith("#token=")) return sessionStorage.getItem("token") ?? "";
		const found = decodeURIComponent(location.hash.slice(7));
		sessionStorage.setItem("token", found);
		history.replaceState(null, "", location.pathname);
		return found;
	}
	function setToken(text) {
		token = text;
		sessionStorage.setItem("token", text);
	}
	/** @throws Error with the server's message if it refuses. */
	async function ask(path, options = {}) {
		const headers = {
			...options.headers,
			...token && { Authorization: `Bearer ${token}` }
		};
		const answer = await fetch(path, {
			...options,
			headers
		});
		if (answer.status === 401) {
			element("asked").hidden = false;
			element("token").focus();
		}
		if (!answer.ok) throw new Error((await answer.text()).trim() || `the server answered with status ${answer.status}`);
		return answer;
	}
	var stateOf = async (where) => (await ask(`${where}/state`)).json();
	async function change(where, settings) {
		await ask(`${where}/state`, {
			method: "PUT",
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify(settings)
		});
	}
	async function namesIn(room) {
		return (await (await ask(`/rooms/${room}`)).json()).names;
	}
	/** Ends the session of that address, if there is one. */
	async function end(where) {
		if (where) await ask(where, {
			method: "DELETE",
			keepalive: true
		}).catch(() => {});
	}
	/** Sends an offer and takes the answer. @returns the address of the session. */
	async function connect(pc, path) {
		const servers = await iceServers(path);
		pc.setConfiguration({ iceServers: servers });
		await pc.setLocalDescription();
		await Promise.race([gathered(pc), wait(GATHERING[servers.length ? 1 : 0])]);
		const answer = await ask(path, {
			method: "POST",
			headers: { "Content-Type": "application/sdp" },
			body: pc.localDescription?.sdp ?? ""
		});
		await pc.setRemoteDescription({
			type: "answer",
			sdp: await answer.text()
		});
		return answer.headers.get("Location");
	}
	/** The STUN and TURN servers in the Link header (RFC 9725, section 4.6). */
	async function iceServers(path) {
		return [...((await ask(path, { method: "OPTIONS" })).headers.get("Link") ?? "").matchAll(ICE_LINK)].map(([, urls = "", username, credential = ""]) => username ? {
			urls,
			username,
			credential
		} : { urls });
	}
	function gathered(pc) {
		return new Promise((done) => {
			const look = () => pc.iceGatheringState === "complete" && done();
			pc.addEventListener("icegatheringstatechange", look);
			look();
		});
	}
	var wait = (ms) => new Promise((done) => setTimeout(done, ms));
	/** The settings of the form: how to sharpen, and how to degrade the call. */
	/** The controls that are sent to the server. */
	var FIELDS = [
		"model",
		"strength",
		"height",
		"bitrate"
	];
	var MOST_ROWS = 1080;
	var fieldValue = (id) => element(id).value;
	var isSplit = () => element("split").checked;
	/** `rows`: of the camera's own picture. `split`: where the divider is, 0 to 1, or 0 for none. */
	function settings(rows, split) {
		const height = fieldValue("height") === "own" ? Math.min(MOST_ROWS, rows) : fieldValue("height");
		const bitrate = 1e3 * Number(fieldValue("bitrate"));
		return {
			model: fieldValue("model"),
			strength: fieldValue("strength"),
			height,
			bitrate,
			split
		};
	}
	/** Limits the bitrate and the size that are sent, which makes it a bad call. */
	async function limit(pc) {
		const sender = pc.getSenders().find((each) => each.track?.kind === "video");
		const wanted = sender?.getParameters();
		const encoding = wanted?.encodings?.[0];
		if (!sender || !wanted || !encoding) return;
		const rate = 1e3 * Number(fieldValue("sent"));
		if (rate) encoding.maxBitrate = rate;
		else delete encoding.maxBitrate;
		encoding.scaleResolutionDownBy = Number(fieldValue("scale"));
		await sender.setParameters(wanted).catch(() => {});
	}
	/** One call at a time: sends a camera or a file, plays what comes back, and plays who else is in the room. */
	var LOOK = 1e3;
	var Call = class {
		stream;
		stopped;
		pc = new RTCPeerConnection();
		played = /* @__PURE__ */ new Map();
		room = fieldValue("room").trim();
		where = null;
		over = false;
		/** `stopped`: called when the call ends by itself, with the reason. */
		constructor(stream, stopped) {
			this.stream = stream;
			this.stopped = stopped;
		}
		get rows() {
			return this.stream.getVideoTracks()[0]?.getSettings().height ?? 0;
		}
		/** `split`: where the divider is, 0 to 1, or 0 for none. @throws Error if the server refuses. */
		async start(split) {
			for (const track of this.stream.getTracks()) {
				if (track.kind === "video") track.contentHint = "motion";
				this.pc.addTrack(track, this.stream);
			}
			if (!this.room) play(this.pc, element("video"));
			else for (const each of this.pc.getTransceivers()) each.direction = "sendonly";
			this.pc.addEventListener("connectionstatechange", () => !this.over && this.changed());
			await limit(this.pc);
			const asked = new URLSearchParams(Object.entries(settings(this.rows, split)).map(([key, value]) => [key, String(value)]));
			this.where = await connect(this.pc, `${this.room ? `/whip/${this.room}` : "/echo"}?${asked}`);
			if (this.over) return end(this.where);
			await limit(this.pc);
			this.watch();
		}
		/** Ends it, and gives the camera back. */
		async stop() {
			if (this.over) return;
			this.over = true;
			this.pc.close();
			for (const track of this.stream.getTracks()) track.stop();
			for (const name of this.played.keys()) this.leave(name);
			element("video").srcObject = null;
			clearNumbers();
			tell$1("not connected");
			await end(this.where);
		}
		/** The addresses of all its sessions. */
		get sessions() {
			return [this.where, ...[...this.played.values()].map((one) => one.where)];
		}
		changed() {
			tell$1(this.pc.connectionState);
			if (this.pc.connectionState === "failed") this.stopped("The connection was lost.");
		}
		async watch() {
			while (!this.over && this.where) {
				try {
					const state = await stateOf(this.where);
					showNumbers(state, await roundTrip(this.pc));
					if (this.room) await this.meet(state.name);
				} catch (error) {
					if (!this.over) this.stopped(`The call has ended: ${error.message}.`);
					return;
				}
				await wait(LOOK);
			}
		}
		/** Plays all senders of the room; the own video is played on the stage, as the others see it. */
		async meet(own) {
			const names = await namesIn(this.room);
			for (const name of this.played.keys()) if (!names.includes(name)) this.leave(name);
			for (const name of names) {
				if (this.over) return;
				if (!this.played.has(name)) await this.join(name, name === own);
			}
		}
		async join(name, isMe) {
			const box = isMe ? null : document.createElement("figure");
			const video = box ? document.createElement("video") : element("video");
			const one = {
				pc: new RTCPeerConnection(),
				where: null,
				box
			};
			this.played.set(name, one);
			for (const kind of box ? ["video", "audio"] : ["video"]) one.pc.addTransceiver(kind, { direction: "recvonly" });
			play(one.pc, video);
			if (box) {
				video.playsInline = true;
				video.muted = element("sound").getAttribute("aria-pressed") !== "true";
				box.append(video);
				element("others").append(box);
				element("others").hidden = false;
			}
			one.pc.addEventListener("connectionstatechange", () => {
				if (one.pc.connectionState === "failed") this.leave(name);
			});
			one.where = await connect(one.pc, `/whep/${this.room}/${name}`).catch(() => null);
			if (!one.where) this.leave(name);
			else if (this.over) await end(one.where);
		}
		leave(name) {
			const one = this.played.get(name);
			this.played.delete(name);
			one?.pc.close();
			one?.box?.remove();
			end(one?.where);
			element("others").hidden = !element("others").children.length;
		}
	};
	function play(pc, video) {
		const stream = new MediaStream();
		pc.addEventListener("track", ({ track, receiver }) => {
			stream.addTrack(track);
			if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
		});
		video.srcObject = stream;
		video.muted = true;
		video.play().catch(() => {});
	}
	function tell$1(state) {
		element("status").textContent = state;
		element("status").classList.toggle("good", state === "connected");
	}
	/** In milliseconds; NaN while it is not known. */
	async function roundTrip(pc) {
		for (const report of (await pc.getStats()).values()) if (report.type === "candidate-pair" && report.nominated && report.currentRoundTripTime !== void 0) return 1e3 * report.currentRoundTripTime;
		return NaN;
	}
	/** What is sent: the camera or a video file. */
	var WANTED = {
		width: { ideal: 1280 },
		height: { ideal: 720 },
		frameRate: {
			ideal: 30,
			max: 30
		}
	};
	/** The camera with its microphone, or the camera alone if there is no microphone. @throws Error that says what to do. */
	async function camera() {
		if (!navigator.mediaDevices) throw new Error("Browsers give cameras only to HTTPS pages and to localhost.");
		try {
			return await navigator.mediaDevices.getUserMedia({
				video: WANTED,
				audio: { echoCancellation: true }
			});
		} catch (error) {
			if (error.name !== "NotFoundError") throw refused(error);
			return navigator.mediaDevices.getUserMedia({ video: true }).catch((other) => Promise.reject(refused(other)));
		}
	}
	var refused = (error) => /* @__PURE__ */ new Error(`The camera could not be used: ${error.message}.`);
	var players = /* @__PURE__ */ new WeakMap();
	/** A video file, played again and again. @throws Error that says what went wrong. */
	async function videoFile(file) {
		const player = Object.assign(document.createElement("video"), {
			src: URL.createObjectURL(file),
			loop: true,
			muted: true
		});
		try {
			await player.play();
			const stream = player.captureStream?.() ?? player.mozCaptureStream?.();
			if (!stream) throw new Error("this browser cannot send a file");
			players.set(stream, player);
			return stream;
		} catch (error) {
			throw new Error(`The file could not be played: ${error.message}.`);
		}
	}
	var stage = element("stage");
	var video = element("video");
	var sound = element("sound");
	var pick = element("file");
	var call;
	var sending;
	var divider = new Divider(element("divider"), {
		labels: ["as received", "sharpened"],
		moved: () => {
			place();
			tell();
		},
		picture: pictureOnStage,
		range: [.01, .99]
	});
	divider.follow(stage);
	function say(text) {
		element("trouble").textContent = text;
		element("trouble").hidden = !text;
	}
	/** Where the server draws the divider; 0 for none, because others in the room would see it. */
	var split = () => isSplit() && !call?.room ? divider.at : 0;
	/** Starts a call. If the new source cannot be opened, the previous call continues. */
	async function start(open) {
		let stream;
		try {
			stream = await open();
		} catch (error) {
			return say(error.message);
		}
		await stop();
		say("");
		const mine = new Call(stream, (why) => void stop().then(() => say(why)));
		call = mine;
		try {
			await mine.start(split());
			if (call !== mine) return;
			for (const id of ["stop", "sound"]) element(id).hidden = false;
			element("empty").hidden = true;
			stage.classList.add("live");
			place();
		} catch (error) {
			if (call === mine) await stop();
			say(error.message);
		}
	}
	async function stop() {
		const was = call;
		call = void 0;
		if (!was) return;
		const ended = was.stop();
		for (const id of ["stop", "sound"]) element(id).hidden = true;
		element("empty").hidden = false;
		stage.classList.remove("live");
		place();
		await ended;
	}
	/** Tells the server what was chosen; while one such message is on its way, only the last of those that follow is sent. */
	async function tell() {
		if (!call?.where) return;
		if (sending) {
			sending.again = true;
			return;
		}
		const now = { again: false };
		sending = now;
		await change(call.where, settings(call.rows, split())).catch((error) => say(error.message));
		sending = void 0;
		if (now.again) await tell();
	}
	/** The video may be narrower or lower than the stage. */
	function pictureOnStage() {
		if (!video.videoWidth) return {
			left: 0,
			width: stage.clientWidth
		};
		const width = Math.min(stage.clientWidth / video.videoWidth, stage.clientHeight / video.videoHeight) * video.videoWidth;
		return {
			left: (stage.clientWidth - width) / 2,
			width
		};
	}
	function place() {
		if (video.videoWidth) stage.style.aspectRatio = `${video.videoWidth} / ${video.videoHeight}`;
		const shown = Boolean(call) && split() > 0 && video.videoWidth > 0;
		divider.element.hidden = !shown;
		element("split-field").hidden = Boolean(call?.room);
		for (const each of all(".side", stage)) each.hidden = !shown;
		divider.place();
	}
	element("camera").addEventListener("click", () => void start(camera));
	element("choose").addEventListener("click", () => pick.click());
	pick.addEventListener("change", () => {
		const [file] = pick.files ?? [];
		if (file) start(() => videoFile(file));
		pick.value = "";
	});
	element("stop").addEventListener("click", () => void stop());
	sound.addEventListener("click", () => {
		const on = sound.getAttribute("aria-pressed") !== "true";
		sound.setAttribute("aria-pressed", String(on));
		for (const each of all(call?.room ? "#others video" : "#video")) each.muted = !on;
	});
	for (const id of [...FIELDS, "split"]) element(id).addEventListener("input", () => {
		element("shown").textContent = Number(fieldValue("strength")).toFixed(1);
		place();
		tell();
	});
	for (const id of ["sent", "scale"]) element(id).addEventListener("input", () => void (call && limit(call.pc)));
	element("token").addEventListener("change", () => setToken(fieldValue("token")));
	element("form").addEventListener("submit", (event) => event.preventDefault());
	video.addEventListener("resize", place);
	addEventListener("resize", place);
	addEventListener("pagehide", () => {
		for (const where of call?.sessions ?? []) end(where);
	});
})();
