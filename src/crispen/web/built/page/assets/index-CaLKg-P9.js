/** Helpers for the document of a page. */
/** The element of that id. @throws Error if the page has none, which is a mistake in the page. */
function element(id) {
	const found = document.getElementById(id);
	if (!found) throw new Error(`the page has no #${id}`);
	return found;
}
var clamp = (value, low, high) => Math.min(Math.max(value, low), high);
/** Whether a key was pressed with one of the keys that browsers use for their own shortcuts. */
var isShortcut = (event) => event.ctrlKey || event.altKey || event.metaKey;
/** The size at which a picture is sharpened: the models for small streams expect it enlarged first. */
var MOST = 2073600;
var ENLARGED = 1.2;
/**
* @param scale screen pixels for each pixel of the picture.
* @returns twice the picture's size if it is shown larger than it is, otherwise its own size.
*/
function sizeFor(width, height, scale) {
	const factor = scale >= ENLARGED && 4 * width * height <= MOST ? 2 : 1;
	return [factor * width, factor * height];
}
/** Whether frames of a video are drawn in time. */
var PERIOD = 3e3;
var FEW = 5;
var ENOUGH = 20;
var Pace = class {
	came = 0;
	drawn = 0;
	since = performance.now();
	/** Starts again: earlier frames are not counted. */
	reset(video, drawn) {
		this.came = video.getVideoPlaybackQuality().totalVideoFrames;
		this.drawn = drawn;
		this.since = performance.now();
	}
	/**
	* @param drawn how many frames were drawn so far.
	* @returns every few seconds whether less than half of the received frames were drawn, and fewer than 20 per second;
	* undefined in between.
	*/
	isLate(video, drawn) {
		const seconds = (performance.now() - this.since) / 1e3;
		if (seconds < PERIOD / 1e3) return void 0;
		const came = video.getVideoPlaybackQuality().totalVideoFrames - this.came;
		const done = drawn - this.drawn;
		this.reset(video, drawn);
		return isLate(came, done, seconds);
	}
};
/** Whether less than half of the frames that `came` in so many seconds were drawn, and fewer than 20 per second. */
function isLate(came, drawn, seconds) {
	return came > FEW && drawn < came / 2 && drawn / seconds < ENOUGH;
}
/** The name of a model as it is shown. */
var titled = (name) => name.charAt(0).toUpperCase() + name.slice(1);
/** The expert in use, in words, such as "blurred, strength 1.25". */
function described({ expert, strength }) {
	return strength ? `${expert}, strength ${strength}` : "none (sharpening would not help here)";
}
/** @throws Error if `file` is not such a file. */
function readTensors(file) {
	const [header, data] = parts(file);
	return {
		metadata: header.__metadata__ ?? {},
		has: (name) => name in header,
		tensor: (name) => {
			const { dtype, shape, data_offsets: [from, to] } = header[name] ?? { data_offsets: [0, 0] };
			if (!["F32", "F16"].includes(dtype) || to > data.byteLength) throw new Error(`${name} is missing, cut short, or neither in float32 nor in float16`);
			const bytes = data.slice(from, to);
			return [dtype === "F32" ? new Float32Array(bytes) : Float32Array.from(new Uint16Array(bytes), fromHalf), shape];
		}
	};
}
function parts(file) {
	try {
		const length = Number(new DataView(file).getBigUint64(0, true));
		return [JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length))), file.slice(8 + length)];
	} catch {
		throw new Error("this is no safetensors file, or only a part of one");
	}
}
/** The number with these bits in float16 (IEEE 754 binary16); infinity and NaN do not occur in Crispen's files. */
function fromHalf(bits) {
	const exponent = bits >> 10 & 31;
	const size = exponent ? (1 + (bits & 1023) / 1024) * 2 ** (exponent - 15) : (bits & 1023) * 2 ** -24;
	return bits & 32768 ? -size : size;
}
/** The network as `crispen export --to webgpu` writes it: plain 3x3 convolutions on blocks of 2x2 pixels of luma. */
/**
* Reads the file of an expert.
* @throws Error if `file` is not such a file, or its network is not one of Crispen's.
*/
function readNetwork(file) {
	const { metadata, has, tensor } = readTensors(file);
	if (metadata.format !== "crispen-network" || metadata.unshuffle !== "2") throw new Error("this file holds no network of Crispen's; write one with: crispen export MODEL --to webgpu -o DIR");
	const layers = [];
	let macs = 0;
	for (let index = 0; has(`conv${index}.weight`); index++) {
		const [weight, [outputs = 0, inputs = 0]] = tensor(`conv${index}.weight`);
		const [bias] = tensor(`conv${index}.bias`);
		macs += 9 * inputs * outputs / 4;
		layers.push(filled(inputs, outputs, weight, bias));
	}
	const first = layers[0];
	const last = layers.at(-1);
	if (!first || !last || first.inputs !== 4 || last.outputs !== 4 || layers.length < 2) throw new Error("this network does not begin and end with blocks of four pixels");
	return {
		name: metadata.name ?? "",
		layers,
		macsPerPixel: macs
	};
}
/** The layer with its channels padded to multiples of four. */
function filled(inputs, outputs, weight, bias) {
	const [ins, outs] = [inputs, outputs].map((count) => 4 * Math.ceil(count / 4));
	const wide = {
		inputs: ins,
		outputs: outs,
		weight: new Float32Array(outs * ins * 9),
		bias: new Float32Array(outs)
	};
	wide.bias.set(bias);
	for (let o = 0; o < outputs; o++) for (let i = 0; i < inputs; i++) {
		const from = 9 * (o * inputs + i);
		wide.weight.set(weight.subarray(from, from + 9), 9 * (o * ins + i));
	}
	return wide;
}
/** The weights of one kernel position for four outputs and four inputs as a shader matrix, one column per input. */
function matrix(layer, output, input, place) {
	const columns = [];
	for (let i = 0; i < 4; i++) for (let o = 0; o < 4; o++) columns.push(layer.weight[9 * ((4 * output + o) * layer.inputs + 4 * input + i) + place] ?? 0);
	return columns;
}
/** A number as a shader literal. */
function literal(value) {
	const text = value.toPrecision(8);
	return /[.e]/.test(text) ? text : `${text}.0`;
}
var [LONG, WINDOW] = [384, 17];
var SLIGHT = 12;
/** No limit on the differences of 8-bit levels. */
var UNLIMITED = 32767;
var LOWEST = 77;
var COUNT = LONG / 2 + 1 - LOWEST;
var LINES = [
	LONG / 2,
	LONG / 3,
	LONG / 4
];
var ELSEWHERE = Array.from({ length: COUNT }, (_, k) => LOWEST + k).filter((frequency) => [
	1 / 4,
	1 / 3,
	3 / 8,
	1 / 2
].every((line) => Math.abs(frequency / LONG - line) > .012));
var [COS, SIN] = [Math.cos, Math.sin].map((wave) => Float64Array.from({ length: LONG }, (_, k) => wave(2 * Math.PI * k / LONG)));
/**
* Interpolated pixels are means of received ones, and how smooth they are depends on their position between them. So the
* profile of the mean absolute differences of rows (or columns) has a line in its spectrum at the upscaling factor.
*
* @param order of the differences, odd: even ones are the same on both sides of a received pixel.
* @returns logarithms of the line for periods of 2, 3 and 4 pixels, of the strongest other line, and of the median.
*/
function beats(tiles, order) {
	const power = new Float64Array(COUNT);
	for (const axis of ["down", "across"]) {
		if ((axis === "down" ? tiles.height : tiles.width) < WINDOW) continue;
		for (let tile = 0; tile < tiles.count; tile++) addPower(profile(tiles, tile, axis, order, SLIGHT), 2 * tiles.count, power);
	}
	const size = power.map(Math.sqrt);
	const line = (at) => Math.max(...size.subarray(at - 1 - LOWEST, at + 2 - LOWEST));
	const sorted = [...size].sort((one, other) => one - other);
	const median = (sorted[COUNT - 1 >> 1] + sorted[COUNT >> 1]) / 2;
	const other = Math.max(...ELSEWHERE.map((at) => size[at - LOWEST]));
	return [
		...LINES.map(line),
		other,
		median
	].map((value) => Math.log(value + .001));
}
/** The means of the absolute differences of the pixels of one tile along an axis, each at most `limit`, for every step. */
function profile(tiles, tile, axis, order, limit) {
	const { width, height, luma } = tiles;
	const isDown = axis === "down";
	const [rows, columns] = isDown ? [height - order, width] : [height, width - order];
	const next = isDown ? width : 1;
	const [two, last] = order === 1 ? [next, next] : [2 * next, 3 * next];
	const sums = new Int32Array(isDown ? rows : columns);
	for (let row = 0; row < rows; row++) {
		const start = (tile * height + row) * width;
		let sum = 0;
		for (let column = 0; column < columns; column++) {
			const from = start + column;
			const near = 3 * (luma[from + next] - luma[from + two]);
			const step = Math.min(Math.abs(luma[from + last] - luma[from] + near), limit);
			if (isDown) sum += step;
			else sums[column] += step;
		}
		if (isDown) sums[row] = sum;
	}
	return Float64Array.from(sums, (sum) => sum / (isDown ? columns : rows));
}
/** Adds the power spectrum of a profile, divided by its moving mean and windowed (Hann). */
function addPower(means, count, power) {
	const length = means.length;
	const window = Float64Array.from(means, (_, k) => .5 - .5 * Math.cos(2 * Math.PI * (k + 1) / (length + 1)));
	const waved = Float64Array.from(means, (mean, k) => ((mean + .02) / nearby(means, k) - 1) * window[k]);
	const scale = 1 / window.reduce((sum, value) => sum + value, 0) ** 2 / count;
	for (let index = 0; index < COUNT; index++) {
		let [real, imaginary] = [0, 0];
		for (let k = 0, phase = 0; k < length; k++) {
			real += waved[k] * COS[phase];
			imaginary += waved[k] * SIN[phase];
			phase += LOWEST + index;
			if (phase >= LONG) phase -= LONG;
		}
		power[index] += (real ** 2 + imaginary ** 2) * scale;
	}
}
/** The mean of a profile around `at`, its ends repeated. */
function nearby(means, at) {
	let sum = 0;
	for (let k = at - (WINDOW >> 1); k <= at + (WINDOW >> 1); k++) sum += means[Math.min(Math.max(k, 0), means.length - 1)];
	return sum / WINDOW + .02;
}
/** What the router measures on the tiles of a picture: the same numbers as `measures` in Crispen's Python. */
var FLAT = 1;
var LOGS = 32;
/** The DCT frequencies without the mean; (v, h) and (h, v) are averaged. */
var BAND = Array.from({ length: 64 }, (_, at) => [at >> 3, at & 7]).filter(([v, h]) => h >= v && h > 0);
var DCT = Float64Array.from({ length: 64 }, (_, at) => {
	const [frequency, place] = [at >> 3, at & 7];
	return Math.cos(Math.PI * frequency * (2 * place + 1) / 16) * (frequency ? .5 : Math.SQRT1_2 / 2);
});
/**
* The router's input. In this order: for each DCT frequency (Ahmed et al., 1974) the logarithm of its mean energy over all
* tiles, that of the tile with most of it, and the mean of the logarithms over blocks; how much more neighbours differ
* across the edges of blocks of 8 and of 4 pixels than within them; the shares of neighbours that are equal; and the lines of
* `beats` for differences of order 3 and 1.
*
* @returns undefined if the tiles have almost no texture.
*/
function measures(tiles) {
	if (deviation(tiles.luma) < FLAT) return void 0;
	const { mean, most, typical } = energies(tiles);
	const bands = [
		...BAND.map(([v, h]) => Math.log(at(mean, v, h) + .05)),
		...BAND.map(([v, h]) => Math.log(at(most, v, h) + .05)),
		...BAND.map(([v, h]) => at(typical, v, h))
	];
	const [down, across] = [grid(tiles, "down"), grid(tiles, "across")];
	const lines = [...beats(tiles, 3), ...beats(tiles, 1)];
	return Float32Array.from([
		...bands,
		...down.edges,
		...across.edges,
		down.equal,
		across.equal,
		...lines
	]);
}
var at = (energy, v, h) => (energy[8 * v + h] + energy[8 * h + v]) / 2;
function deviation(luma) {
	let [sum, squares] = [0, 0];
	for (const level of luma) {
		sum += level;
		squares += level * level;
	}
	return Math.sqrt(Math.max(0, squares / luma.length - (sum / luma.length) ** 2));
}
/** For each of the 64 frequencies: the mean energy, that of the tile with most, and the mean logarithm over blocks. */
function energies(tiles) {
	const [mean, most, typical] = [
		0,
		0,
		0
	].map(() => /* @__PURE__ */ new Float64Array(64));
	const [block, product, tile] = [
		/* @__PURE__ */ new Float64Array(64),
		(/* @__PURE__ */ new Float64Array(64)).fill(1),
		/* @__PURE__ */ new Float64Array(64)
	];
	const perTile = tiles.width * tiles.height / 64;
	let done = 0;
	const flush = () => {
		for (let k = 0; k < 64; k++) typical[k] += Math.log(product[k]) / perTile / tiles.count;
		product.fill(1);
	};
	for (let index = 0; index < tiles.count; index++) {
		tile.fill(0);
		for (let top = index * tiles.height; top < (index + 1) * tiles.height; top += 8) for (let left = 0; left < tiles.width; left += 8) {
			transform(tiles.luma, top * tiles.width + left, tiles.width, block);
			for (let k = 0; k < 64; k++) {
				const energy = block[k] ** 2;
				tile[k] += energy / perTile;
				product[k] *= energy + .25;
			}
			if (++done % LOGS === 0) flush();
		}
		for (let v = 0; v < 8; v++) for (let h = 0; h < 8; h++) {
			const k = 8 * v + h;
			mean[k] += tile[k] / tiles.count;
			most[k] = Math.max(most[k], at(tile, v, h));
		}
	}
	flush();
	return {
		mean,
		most,
		typical
	};
}
var half = /* @__PURE__ */ new Float64Array(64);
/** The DCT of the 8x8 block that begins at `from` in rows of `stride`. */
function transform(luma, from, stride, into) {
	for (let row = 0; row < 8; row++) transformLine(luma, from + row * stride, 1, half, 8 * row);
	for (let column = 0; column < 8; column++) transformLine(half, column, 8, into, column);
}
/** The DCT of eight values, in half of the multiplications: the cosines of a frequency are even or odd about the middle. */
function transformLine(given, from, step, into, to) {
	for (let odd = 0; odd < 2; odd++) {
		const sign = odd ? -1 : 1;
		const a = given[from] + sign * given[from + 7 * step];
		const b = given[from + step] + sign * given[from + 6 * step];
		const c = given[from + 2 * step] + sign * given[from + 5 * step];
		const d = given[from + 3 * step] + sign * given[from + 4 * step];
		for (let frequency = odd; frequency < 8; frequency += 2) {
			const k = 8 * frequency;
			into[to + frequency * step] = a * DCT[k] + b * DCT[k + 1] + c * DCT[k + 2] + d * DCT[k + 3];
		}
	}
}
/** Logarithms of the steps across the edges of blocks of 8 and of 4 pixels over those within, and the share of equal ones. */
function grid(tiles, axis) {
	const { width, height, luma, count } = tiles;
	const sums = new Float64Array((axis === "down" ? height : width) - 1);
	for (let tile = 0; tile < count; tile++) profile(tiles, tile, axis, 1, UNLIMITED).forEach((mean, k) => {
		sums[k] += mean / count;
	});
	const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length + .02;
	const within = mean(sums.filter((_, k) => k % 4 !== 3));
	const edges = [7, 3].map((edge) => sums.length > edge ? Math.log(mean(sums.filter((_, k) => k % 8 === edge)) / within) : 0);
	let equal = 0;
	const [rows, next] = axis === "down" ? [height - 1, width] : [height, 1];
	const columns = axis === "down" ? width : width - 1;
	for (let row = 0; row < rows * count; row++) {
		const start = (row + Math.floor(row / rows) * (height - rows)) * width;
		for (let at = start; at < start + columns; at++) if (luma[at] === luma[at + next]) equal++;
	}
	return {
		edges,
		equal: equal / rows / columns / count
	};
}
/** What a receiver knows of a stream besides its pixels: inputs of the router, all optional. As in Crispen's Python. */
var CODECS = [
	"h264",
	"vp8",
	"vp9",
	"av1",
	"none"
];
var [USUAL_FACTOR, USUAL_BITS] = [.6, -4];
var RANGE = 4;
/** The number of `streamInputs`. */
var STREAM_INPUTS = 5 + CODECS.length;
/** The router's inputs for a picture, or a frame of a video: the last is 1 for that. Zeros for what is not known. */
function streamInputs({ factor, codec, bitsPerPixel }, isVideo) {
	const found = new Float32Array(STREAM_INPUTS);
	found[STREAM_INPUTS - 1] = Number(isVideo);
	if (isPositive(factor)) found.set([1, clipped(Math.log2(factor) - USUAL_FACTOR)]);
	const at = codec ? CODECS.indexOf(codec) : -1;
	if (at < 0 || codec !== "none" && !isPositive(bitsPerPixel)) return found;
	found.set([1, codec === "none" ? 0 : clipped(Math.log2(bitsPerPixel) - USUAL_BITS)], 2);
	found[4 + at] = 1;
	return found;
}
function isPositive(value) {
	return value !== void 0 && value > 0 && value < Infinity;
}
function clipped(value) {
	return Math.max(-4, Math.min(RANGE, value));
}
/** The router: predicts from a few tiles of a picture which expert and which strength gain most, as in Crispen's Python. */
/**
* Reads a router as `npm run models` writes it.
* @throws Error if `file` is not such a file.
*/
function readRouter(file) {
	const { metadata, tensor } = readTensors(file);
	if (metadata.format !== "crispen-router") throw new Error("this file holds no router of Crispen's");
	const choices = JSON.parse(metadata.choices ?? "[]").map(([expert, strength]) => ({
		expert,
		strength
	}));
	const [[centre], [spread]] = [tensor("centre"), tensor("spread")];
	const [[hidden, [rows = 0, nodes = 0]], [output, shape]] = [tensor("hidden"), tensor("output")];
	if (!(rows === centre.length + STREAM_INPUTS + 1 && spread.length === centre.length && nodes > 0 && choices.length > 0) || shape[0] !== nodes + 1 || shape[1] !== choices.length) throw new Error("the arrays of this router have inconsistent shapes");
	return {
		choices,
		centre,
		spread,
		hidden,
		output
	};
}
/**
* The expected gain of each choice, in dB relative to their common mean.
* @returns undefined if nothing can be measured: there are no tiles, or they have almost no texture.
* @throws Error if the router was trained on other measures.
*/
function gains(router, tiles, info = {}, isVideo = false) {
	const measured = tiles && measures(tiles);
	return measured && predict(router, measured, info, isVideo);
}
/** Measures, and what is known of a picture or a frame of a video, to expected gains in dB. */
function predict(router, measured, info = {}, isVideo = false) {
	const { centre, spread, hidden, output } = router;
	if (measured.length !== centre.length) throw new Error(`this router needs ${centre.length} measures, not ${measured.length}; run: npm run models`);
	const standard = new Float32Array(measured.length + STREAM_INPUTS);
	measured.forEach((value, k) => {
		const from = (value - centre[k]) / spread[k];
		standard[k] = Math.min(4, Math.max(-4, from));
	});
	standard.set(streamInputs(info, isVideo), measured.length);
	return layer(layer(standard, hidden).map((value) => Math.max(value, 0)), output);
}
/** A row of values times a matrix whose last row is the bias. */
function layer(values, matrix) {
	const columns = matrix.length / (values.length + 1);
	const made = matrix.slice(values.length * columns);
	values.forEach((value, row) => {
		for (let column = 0; column < columns; column++) made[column] += value * matrix[row * columns + column];
	});
	return made;
}
var [EARLY, EVERY] = [4, 16];
var WEIGHT = .1;
var MARGIN = .05;
/**
* The same as `StreamRouter` in Crispen's Python: the expected gains are averaged over the frames, and a choice stays until the
* mean of another is better by 0.05 dB. A change of the frame size begins a new video.
*/
var StreamRouter = class {
	router;
	first;
	/** What is known of the stream. */
	info = {};
	/** Whether its pictures are frames of a video. */
	isVideo = true;
	/** Counts the videos. */
	video = 0;
	size = "";
	frames = 0;
	measured = 0;
	mean = /* @__PURE__ */ new Float64Array();
	best = -1;
	/** @param first the choice while the router has not yet found texture to measure. */
	constructor(router, first) {
		this.router = router;
		this.first = first;
	}
	/** The next frame begins another video. */
	restart() {
		this.size = "";
	}
	/** Counts the next frame. @returns whether its gains are to be given to `measure`. */
	isDue(width, height) {
		const size = `${width}x${height}`;
		if (size !== this.size) {
			[this.size, this.frames, this.measured, this.best] = [
				size,
				0,
				0,
				-1
			];
			this.video++;
		}
		const due = this.frames < EARLY || this.frames % EVERY === 0;
		this.frames++;
		return due;
	}
	get choice() {
		return this.router.choices[this.best] ?? this.first;
	}
	/** Takes in the gains of a frame; undefined if nothing could be measured. */
	measure(gains) {
		if (!gains) return;
		this.measured++;
		const weight = Math.max(1 / this.measured, WEIGHT);
		const before = this.measured === 1 ? new Float64Array(gains.length) : this.mean;
		this.mean = before.map((mean, k) => gains[k] * weight + mean * (1 - weight));
		const most = this.mean.reduce((best, gain, k, all) => gain > all[best] ? k : best, 0);
		if (this.measured === 1 || this.mean[most] > this.mean[this.best] + MARGIN) this.best = most;
	}
};
/** Weights of bicubic interpolation with a = -0.75, as OpenCV's, which was used in training. The body of a shader function. */
var CUBIC = `
  let x = abs(t);
  if (x < 1.0) { return (1.25 * x - 2.25) * x * x + 1.0; }
  if (x < 2.0) { return ((-0.75 * x + 3.75) * x - 6.0) * x + 3.0; }
  return 0.0;`;
/** Luma of BT.601 in full range, as Crispen's Python computes it for RGB pictures. */
var LUMA = [
	.299,
	.587,
	.114
];
/** Width and height of a picture as it should be shown. */
function sizeOf(picture) {
	if ("videoWidth" in picture) return [picture.videoWidth, picture.videoHeight];
	if ("displayWidth" in picture) return [picture.displayWidth, picture.displayHeight];
	if ("naturalWidth" in picture) return [picture.naturalWidth, picture.naturalHeight];
	return [picture.width, picture.height];
}
/** Whether it is a picture by itself: anything else counts as a frame of a video. */
function isStill(picture) {
	return "naturalWidth" in picture || globalThis.ImageBitmap !== void 0 && picture instanceof ImageBitmap;
}
/** A canvas of the page; in a worker, one without a page. */
function newCanvas() {
	return globalThis.document ? document.createElement("canvas") : new OffscreenCanvas(1, 1);
}
/** The tiles of a picture that the router measures. */
var TILE = 128;
/**
* Up to eight places spread over a picture, aligned with the codec's grid of 8 pixels, as `tiles` in Crispen's Python.
* @returns none below 8 rows or columns.
*/
function places(width, height) {
	const [across, down] = [width, height].map((side) => side - side % 8);
	if (!across || !down) return [];
	const tile = {
		width: Math.min(TILE, across),
		height: Math.min(TILE, down)
	};
	const [columns, rows] = across >= down ? [4, 2] : [2, 4];
	return starts(down - tile.height, rows).flatMap((top) => starts(across - tile.width, columns).map((left) => ({
		left,
		top,
		...tile
	})));
}
/** Up to `count` different multiples of 8 in 0 to `room`, evenly spaced; off the borders, which are often black. */
function starts(room, count) {
	const spaced = Array.from({ length: count }, (_, index) => 8 * Math.floor((index + .5) / count * (room / 8)));
	return [...new Set(spaced)];
}
/** The tiles in red, green, blue and alpha, as a backend reads them, in the luma that the network sees, rounded to 8 bits. */
function tilesOf(rgba, at) {
	const [first] = at;
	if (!first) return void 0;
	const luma = new Uint8Array(rgba.length / 4);
	for (let k = 0; k < luma.length; k++) {
		const [red, green, blue] = [
			rgba[4 * k],
			rgba[4 * k + 1],
			rgba[4 * k + 2]
		];
		luma[k] = Math.round(LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue);
	}
	return {
		count: at.length,
		width: first.width,
		height: first.height,
		luma
	};
}
/** Instead of the name of an expert: the router chooses it. */
var AUTO = "auto";
var ROUTER = "router";
var Experts = class Experts {
	models;
	first;
	files = /* @__PURE__ */ new Map();
	isLooking = false;
	isOwed = false;
	constructor(models, first) {
		this.models = models;
		this.first = first;
	}
	stream;
	/**
	* Loads the general expert and the router, or one expert alone.
	* @param set the name of an expert, or AUTO.
	* @throws Error if a file cannot be loaded, or is not one of Crispen's.
	*/
	static async open(models, set) {
		const isRouted = set === AUTO;
		const experts = new Experts(models, {
			expert: isRouted ? "any" : set,
			strength: 1
		});
		const [file] = await Promise.all([isRouted ? models(ROUTER) : void 0, experts.network()]);
		if (file) experts.stream = new StreamRouter(readRouter(file), experts.first);
		return experts;
	}
	/** The expert and the strength for the next frame. */
	get choice() {
		return this.stream?.choice ?? this.first;
	}
	/** The network of an expert. @throws Error if its file cannot be loaded, or is not one of Crispen's. */
	network(expert = this.choice.expert) {
		let network = this.files.get(expert);
		if (!network) {
			network = this.models(expert).then(readNetwork);
			this.files.set(expert, network);
			network.catch(() => this.files.delete(expert));
		}
		return network;
	}
	/** All networks that were loaded. */
	async loaded() {
		return (await Promise.allSettled(this.files.values())).flatMap((each) => each.status === "fulfilled" ? [each.value] : []);
	}
	/** Tells the router what is known of the stream, and whether its pictures are frames of a video. */
	inform(info, isVideo) {
		if (this.stream) Object.assign(this.stream, {
			info,
			isVideo
		});
	}
	/** The next frame begins another video. */
	restart() {
		this.stream?.restart();
	}
	/** Measures the frame that `device` has just drawn, if it is one of those to be measured. `choice` follows it. */
	async look(device, width, height) {
		const { stream } = this;
		if (!stream) return;
		if (stream.isDue(width, height)) this.isOwed = true;
		if (!this.isOwed || this.isLooking) return;
		[this.isOwed, this.isLooking] = [false, true];
		try {
			const { video, info, isVideo } = stream;
			const at = places(width, height);
			const rgba = at.length ? await device.read(at).catch(() => void 0) : void 0;
			if (rgba && video === stream.video) stream.measure(gains(stream.router, tilesOf(rgba, at), info, isVideo));
		} finally {
			this.isLooking = false;
		}
	}
};
/** Where the shipped models are unless a page says otherwise: in the folder `models` beside the page. */
/**
* The npm package has another file in place of this one, which build.js writes: there the models are in the package, and
* bundlers such as Vite and webpack copy them.
* @param file such as "balanced-any.safetensors".
*/
var addressOf = (file) => new URL(`models/${file}`, location.href);
/** The models that are shipped, and where their weights come from. */
/** From the fastest to the best. */
var MODELS = [
	"fast",
	"balanced",
	"best"
];
/**
* @param model "fast", "balanced" or "best", whose files are in `folder`; or one file for every expert, as bytes or address.
* @param folder holds MODEL-EXPERT.safetensors and MODEL-router.safetensors; by default those of the
*     npm package.
*/
function modelsOf(model, folder) {
	if (model instanceof ArrayBuffer) return async () => model;
	if (!isShipped(model)) return () => read(new URL(model, location.href));
	const file = (set) => `${model}-${set}.safetensors`;
	if (folder === void 0) return async (set) => read(addressOf(file(set)));
	const place = String(folder).replace(/\/?$/, "/");
	return (set) => read(new URL(file(set), new URL(place, location.href)));
}
/** Whether a model has a router: it is one of those that are shipped, not a file. */
function isShipped(model) {
	return MODELS.includes(model);
}
var OPENING = 123;
async function read(url) {
	const answer = await fetch(url);
	if (!answer.ok) throw new Error(`there is no model at ${url}: ${answer.status}`);
	const file = await answer.arrayBuffer();
	if (new Uint8Array(file)[8] === OPENING) return file;
	const isPage = answer.headers.get("Content-Type")?.startsWith("text/html");
	throw new Error(`${url} is no safetensors file${isPage ? ": the server sent a page instead" : ""}`);
}
var Chooser = class {
	device;
	experts;
	tell;
	present;
	uses = 0;
	changes = Promise.resolve();
	looks = Promise.resolve();
	/** @param device with the network of the experts' first choice. */
	constructor(device, experts, tell) {
		this.device = device;
		this.experts = experts;
		this.tell = tell;
		this.present = experts.choice;
	}
	/** What the next frame is to be drawn with. */
	get choice() {
		return this.present;
	}
	/** Switches to an expert, or AUTO, once it is loaded. @throws Error if it cannot be. */
	async use(set, models = this.experts.models) {
		const turn = ++this.uses;
		const experts = await Experts.open(models, set);
		const [choice, network] = [experts.choice, await experts.network()];
		return this.change(async () => {
			if (turn !== this.uses) return;
			const before = await this.experts.loaded();
			this.experts = experts;
			await this.take(choice, network);
			for (const each of before) this.device.release(each);
		});
	}
	/** The next frame begins another video. */
	restart() {
		this.experts.restart();
	}
	/** Lets the router measure what was just drawn, and follows its choice. `info`, `isVideo`: as for `Experts.inform`. */
	drawn(width, height, info, isVideo) {
		this.experts.inform(info, isVideo);
		this.looks = Promise.all([this.looks, this.follow(width, height)]).then(() => {});
	}
	/** Resolves when the router's choice for everything drawn so far is in use. */
	async settled() {
		await this.looks;
	}
	async follow(width, height) {
		const { experts } = this;
		try {
			await experts.look(this.device, width, height);
			const { choice } = experts;
			if (choice === this.present || experts !== this.experts) return;
			const network = choice.strength ? await experts.network(choice.expert) : void 0;
			await this.change(async () => {
				if (experts === this.experts && choice === experts.choice) await this.take(choice, network);
			});
		} catch (error) {
			this.tell("failed", error.message);
		}
	}
	/** Runs changes of the network one after the other. */
	change(work) {
		this.changes = this.changes.catch(() => {}).then(work);
		return this.changes;
	}
	async take(choice, network) {
		if (network) await this.device.load(network);
		if (choice === this.present) return;
		this.present = choice;
		this.tell("choice", choice);
	}
};
/** A backend that is reopened after it is lost. */
var TAINTED = "the page may not read this picture, which is of another site; its server must allow it (CORS), and the element needs the attribute crossorigin";
var Device = class {
	backend;
	network;
	reopen;
	tell;
	isAway = false;
	isClosed = false;
	releasesCanvas = false;
	/**
	* @param network loaded on `backend`; drawn with until another is loaded.
	* @param reopen opens a backend of the same kind on the same canvas.
	*/
	constructor(backend, network, reopen, tell) {
		this.backend = backend;
		this.network = network;
		this.reopen = reopen;
		this.tell = tell;
		this.watch();
	}
	get name() {
		return this.backend.name;
	}
	get precision() {
		return this.backend.precision;
	}
	get description() {
		return this.backend.device;
	}
	get macsPerPixel() {
		return this.network.macsPerPixel;
	}
	/** Whether pictures can be drawn: it is neither lost nor closed. */
	get isReady() {
		return !this.isAway && !this.isClosed;
	}
	/** Draws with `network` from when it resolves on; while the backend is lost, from when it is restored on. */
	async load(network) {
		this.network = network;
		if (this.isReady) await this.backend.load(network);
	}
	release(network) {
		this.backend.release(network);
	}
	/**
	* Draws `picture`, scaled to width x height.
	* @returns false if it is empty, or the device is lost or closed.
	* @throws RangeError if it is larger than the device can draw, Error if the page may not read it.
	*/
	draw(picture, width, height, look) {
		const [ownWidth, ownHeight] = sizeOf(picture);
		if (!this.isReady || !ownWidth || !width || !height) return false;
		const longest = Math.max(ownWidth, ownHeight, width, height);
		const { largest } = this.backend;
		if (longest > largest) throw new RangeError(`${longest} pixels are more than this device can draw: ${largest}`);
		try {
			this.backend.draw(picture, width, height, look);
		} catch (error) {
			throw error.name === "SecurityError" ? /* @__PURE__ */ new Error(TAINTED) : error;
		}
		return true;
	}
	read(places) {
		return this.backend.read(places);
	}
	finished() {
		return this.backend.finished();
	}
	/** `canvas`: releases the context of the canvas too. */
	close(canvas) {
		this.isClosed = true;
		this.releasesCanvas = canvas;
		this.backend.close(canvas);
	}
	/** Reopens the backend after it is lost, with growing pauses, until `close`. */
	watch() {
		this.backend.lost.then(async (why) => {
			if (this.isClosed) return;
			this.isAway = true;
			this.tell("lost", why);
			for (let pause = 50; !this.isClosed; pause = Math.min(2 * pause, 5e3)) {
				await new Promise((resolve) => setTimeout(resolve, pause));
				try {
					const backend = await this.reopen();
					if (this.isClosed) return backend.close(this.releasesCanvas);
					let network;
					while (network !== this.network) {
						network = this.network;
						await backend.load(network);
					}
					if (this.isClosed) return backend.close(this.releasesCanvas);
					this.backend = backend;
					break;
				} catch {}
			}
			if (this.isClosed) return;
			this.isAway = false;
			this.watch();
			this.tell("restored", this.backend.name);
		});
	}
};
/** Whether tracks can be made of frames here: on this page, or in this worker. */
function hasFrameTracks() {
	const { MediaStreamTrackProcessor, MediaStreamTrackGenerator, VideoTrackGenerator } = globalThis;
	return Boolean(MediaStreamTrackProcessor && (MediaStreamTrackGenerator || VideoTrackGenerator));
}
/** The frames of `track`, and a new track with where its frames are written. @throws TypeError without `hasFrameTracks`. */
function openFrames(track) {
	const { MediaStreamTrackProcessor, MediaStreamTrackGenerator, VideoTrackGenerator } = globalThis;
	const { readable } = new MediaStreamTrackProcessor({
		track,
		maxBufferSize: 1
	});
	if (VideoTrackGenerator) {
		const { track: made, writable } = new VideoTrackGenerator();
		return [
			readable,
			made,
			writable
		];
	}
	const made = new MediaStreamTrackGenerator({ kind: "video" });
	return [
		readable,
		made,
		made.writable
	];
}
/** Calls `draw` for each new frame of `video`, and at once for the present one. @returns a function that ends it. */
function eachFrame(video, draw) {
	let [id, isOver] = [0, false];
	const next = () => {
		draw();
		if (!isOver) id = video.requestVideoFrameCallback(next);
	};
	if (video.readyState >= 2) draw();
	id = video.requestVideoFrameCallback(next);
	return () => {
		isOver = true;
		video.cancelVideoFrameCallback(id);
	};
}
/**
* Makes a track of the sharpened frames of `track`. Frames that cannot be sharpened are passed on unchanged.
* Frames that arrive before `ready` resolves are skipped by the browser. Every frame is closed.
* @returns the track and a function that ends it; undefined if the browser has no MediaStreamTrackProcessor.
*/
function frameTrack(track, sharpen, ready) {
	if (!hasFrameTracks()) return void 0;
	const [readable, made, writable] = openFrames(track);
	const [reader, writer] = [readable.getReader(), writable.getWriter()];
	pump(reader, writer, sharpen, ready);
	const end = () => {
		reader.cancel();
		made.stop();
	};
	return [made, end];
}
/** Runs until the source or the sink ends. */
async function pump(reader, writer, sharpen, ready) {
	try {
		for (let next = await reader.read(); next.value; next = await reader.read()) {
			await forward(next.value, writer, sharpen);
			await ready();
		}
	} catch {} finally {
		reader.cancel().catch(() => {});
		writer.close().catch(() => {});
	}
}
async function forward(came, writer, sharpen) {
	let made;
	try {
		made = sharpen(came);
		await writer.write(made ?? came);
	} finally {
		made?.close();
		came.close();
	}
}
/** A copy of a canvas of a shared context, which shows bitmaps: Chromium makes no VideoFrame of such a canvas. */
function copied(canvas, onto) {
	if (onto.width !== canvas.width) onto.width = canvas.width;
	if (onto.height !== canvas.height) onto.height = canvas.height;
	onto.getContext("2d", { alpha: false })?.drawImage(canvas, 0, 0);
	return onto;
}
/** The network as WebGL2 fragment shaders: one pass per layer, which writes up to four textures of four channels. */
var HEAD = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
uniform ivec2 size;`;
var CORNERS = `#version 300 es
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }`;
/** Scales the received picture to the output size, in 8 bits as in training. */
var SCALE$1 = `${HEAD}
uniform sampler2D picture;
out vec4 made;
float cubic(float t) {${CUBIC.replaceAll("let ", "float ")}
}
void main() {
  ivec2 have = textureSize(picture, 0);
  if (have == size) { made = texelFetch(picture, ivec2(gl_FragCoord.xy), 0); return; }
  vec2 place = gl_FragCoord.xy * vec2(have) / vec2(size) - 0.5;
  vec2 first = floor(place);
  vec4 sum = vec4(0.0);
  for (int v = -1; v <= 2; v++) {
    for (int h = -1; h <= 2; h++) {
      vec2 offset = vec2(float(h), float(v));
      vec2 t = place - first - offset;
      sum += cubic(t.x) * cubic(t.y) * texelFetch(picture, clamp(ivec2(first + offset), ivec2(0), have - 1), 0);
    }
  }
  made = clamp(sum, 0.0, 1.0);
}`;
/** Draws the picture unchanged, or with the correction of its 2x2 block added. Row 0 is the top in textures, and the bottom in the canvas. */
var SHOW = `${HEAD}
uniform sampler2D frame;
uniform sampler2D correction;
uniform float strength;
uniform float split;
out vec4 made;
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  at.y = size.y - 1 - at.y;
  vec3 came = texelFetch(frame, at, 0).rgb;
  vec4 block = texelFetch(correction, at / 2, 0);
  float change = float(at.x) + 0.5 >= split * float(size.x) ? strength * block[(at.y % 2) * 2 + at.x % 2] : 0.0;
  made = vec4(clamp(came + change, 0.0, 1.0), 1.0);
}`;
function convolution$1(layer, first, last) {
	const groups = layer.outputs / 4;
	const outs = Array.from({ length: groups }, (_, g) => `layout(location = ${g}) out vec4 made${g};`);
	const ins = first ? ["uniform sampler2D frame;"] : sources(layer).map((name) => `uniform sampler2D ${name};`);
	const sums = Array.from({ length: groups }, (_, g) => `  vec4 sum${g} = ${vector$1(layer.bias, 4 * g)};`);
	const taps = [];
	for (let place = 0; place < 9; place++) {
		const [dx, dy] = [place % 3 - 1, Math.floor(place / 3) - 1];
		taps.push(`  there = at + ivec2(${dx}, ${dy});`);
		for (let input = 0; input < layer.inputs / 4; input++) {
			taps.push(`  x = ${first ? "block(there)" : `feature(given${input}, there)`};`);
			for (let g = 0; g < groups; g++) taps.push(`  sum${g} += mat4(${matrix(layer, g, input, place).map(literal).join(", ")}) * x;`);
		}
	}
	const keeps = Array.from({ length: groups }, (_, g) => `  made${g} = ${last ? `sum${g}` : `max(sum${g}, 0.0)`};`);
	return `${[
		HEAD,
		...ins,
		...outs
	].join("\n")}
${first ? BLOCK$1 : FEATURE$1}
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  ivec2 there;
  vec4 x;
${[
		...sums,
		...taps,
		...keeps
	].join("\n")}
}`;
}
/** The names of the textures that a layer reads. */
function sources(layer) {
	return Array.from({ length: layer.inputs / 4 }, (_, input) => `given${input}`);
}
var BLOCK$1 = `
float luma(ivec2 at) {
  return dot(texelFetch(frame, min(at, size - 1), 0).rgb, vec3(${LUMA.join(", ")}));
}
vec4 block(ivec2 at) {
  ivec2 corner = 2 * clamp(at, ivec2(0), (size + 1) / 2 - 1);
  return vec4(luma(corner), luma(corner + ivec2(1, 0)), luma(corner + ivec2(0, 1)), luma(corner + 1));
}`;
var FEATURE$1 = `
vec4 feature(sampler2D given, ivec2 at) {
  ivec2 shape = (size + 1) / 2;
  bool inside = all(greaterThanEqual(at, ivec2(0))) && all(lessThan(at, shape));
  return inside ? texelFetch(given, at, 0) : vec4(0.0);
}`;
function vector$1(values, from) {
	return `vec4(${Array.from(values.subarray(from, from + 4), literal).join(", ")})`;
}
var GlContext = class GlContext {
	gl;
	surface;
	device;
	/** Whether it can render to single precision. */
	hasFloat;
	/** The largest width and height of a picture. */
	largest;
	/** Resolves to the reason if the context is lost. */
	lost;
	scale;
	display;
	compiled = /* @__PURE__ */ new Map();
	/** @throws Error if there is no WebGL2, the context is lost, or it cannot render to floating-point textures. */
	static of(surface) {
		const gl = surface.getContext("webgl2", {
			alpha: false,
			antialias: false,
			depth: false,
			powerPreference: "high-performance"
		});
		if (!gl) throw new Error("this browser has no WebGL2, or the canvas is in use by something else");
		if (gl.isContextLost()) throw new Error("the device is away");
		const hasFloat = gl.getExtension("EXT_color_buffer_float") !== null;
		if (!hasFloat && !gl.getExtension("EXT_color_buffer_half_float")) throw new Error("WebGL2 has no floating point here");
		return new GlContext(gl, surface, hasFloat);
	}
	constructor(gl, surface, hasFloat) {
		this.gl = gl;
		this.surface = surface;
		this.hasFloat = hasFloat;
		const told = gl.getExtension("WEBGL_debug_renderer_info");
		this.device = String(gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
		this.largest = Math.min(gl.getParameter(gl.MAX_TEXTURE_SIZE), ...gl.getParameter(gl.MAX_VIEWPORT_DIMS));
		this.lost = new Promise((resolve) => {
			surface.addEventListener("webglcontextlost", (event) => {
				event.preventDefault();
				resolve("the browser took the device away");
			});
		});
		gl.disable(gl.DITHER);
		gl.bindVertexArray(gl.createVertexArray());
		[this.scale, this.display] = [this.program(SCALE$1), this.program(SHOW)];
		for (const program of [this.scale, this.display]) this.check(program);
	}
	/** The passes of `network`, compiled the first time, and kept until each `user` has released it. */
	async load(network, user) {
		const known = this.compiled.get(network) ?? {
			passes: this.compile(network),
			users: /* @__PURE__ */ new Set()
		};
		this.compiled.set(network, known);
		known.users.add(user);
		const parallel = this.gl.getExtension("KHR_parallel_shader_compile");
		for (const { program } of known.passes) {
			while (parallel && !this.gl.isContextLost()) {
				if (this.gl.getProgramParameter(program, parallel.COMPLETION_STATUS_KHR)) break;
				await later();
			}
			this.check(program);
		}
		return known.passes;
	}
	release(network, user) {
		const known = this.compiled.get(network);
		if (!known?.users.delete(user) || known.users.size) return;
		for (const { program } of known.passes) this.gl.deleteProgram(program);
		this.compiled.delete(network);
	}
	/** Releases all networks of `user`. */
	leave(user) {
		for (const network of this.compiled.keys()) this.release(network, user);
	}
	texture(format, width = 0, height = 0) {
		const { gl } = this;
		const texture = gl.createTexture();
		gl.bindTexture(gl.TEXTURE_2D, texture);
		for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST);
		for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE);
		if (format !== void 0) gl.texStorage2D(gl.TEXTURE_2D, 1, format, width, height);
		return texture;
	}
	/** Resolves when the device has finished everything drawn so far. */
	async finished() {
		const { gl } = this;
		const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
		if (!fence) return;
		gl.flush();
		while (!gl.isContextLost() && gl.clientWaitSync(fence, 0, 0) === gl.TIMEOUT_EXPIRED) await later();
		gl.deleteSync(fence);
	}
	/** Gives the context back: browsers allow a page few of them. */
	lose() {
		this.gl.getExtension("WEBGL_lose_context")?.loseContext();
	}
	compile(network) {
		const last = network.layers.length - 1;
		return network.layers.map((layer, index) => {
			return {
				layer,
				program: this.program(convolution$1(layer, index === 0, index === last))
			};
		});
	}
	program(fragment) {
		const { gl } = this;
		const program = gl.createProgram();
		for (const [kind, text] of [[gl.VERTEX_SHADER, CORNERS], [gl.FRAGMENT_SHADER, fragment]]) {
			const shader = gl.createShader(kind);
			gl.shaderSource(shader, text);
			gl.compileShader(shader);
			gl.attachShader(program, shader);
			gl.deleteShader(shader);
		}
		gl.linkProgram(program);
		return program;
	}
	/** Waits until a program is compiled. @throws Error if it is faulty. */
	check(program) {
		const { gl } = this;
		if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(`WebGL2 refused a shader: ${gl.getProgramInfoLog(program)}`);
	}
};
/** Resolves in a later task, by a message: timers of hidden tabs wait for a second. */
function later() {
	if (!globalThis.document?.hidden) return new Promise((resolve) => setTimeout(resolve, 1));
	return new Promise((resolve) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = () => {
			port1.close();
			resolve();
		};
		port2.postMessage(0);
	});
}
async function readTexture(gpu, frame, places) {
	const { width = 0, height = 0 } = places[0] ?? {};
	const bytesPerRow = Math.ceil(4 * width / 256) * 256;
	const size = bytesPerRow * height;
	const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;
	const buffer = gpu.createBuffer({
		size: size * places.length,
		usage
	});
	const commands = gpu.createCommandEncoder();
	for (const [index, { left, top }] of places.entries()) {
		const from = {
			texture: frame,
			origin: [left, top]
		};
		commands.copyTextureToBuffer(from, {
			buffer,
			offset: index * size,
			bytesPerRow
		}, [width, height]);
	}
	gpu.queue.submit([commands.finish()]);
	try {
		await buffer.mapAsync(GPUMapMode.READ);
		const padded = new Uint8Array(buffer.getMappedRange());
		const made = new Uint8Array(4 * width * height * places.length);
		for (let row = 0; row < height * places.length; row++) made.set(padded.subarray(row * bytesPerRow, row * bytesPerRow + 4 * width), 4 * row * width);
		return made;
	} finally {
		buffer.destroy();
	}
}
/**
* @param gl its framebuffer has the texture as the first colour; another is bound afterwards.
* @param finished waits for the device.
*/
async function readFramebuffer(gl, places, finished) {
	const { width = 0, height = 0 } = places[0] ?? {};
	const size = 4 * width * height;
	const made = new Uint8Array(size * places.length);
	const buffer = gl.createBuffer();
	gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
	gl.bufferData(gl.PIXEL_PACK_BUFFER, made.length, gl.STREAM_READ);
	for (const [index, { left, top }] of places.entries()) gl.readPixels(left, top, width, height, gl.RGBA, gl.UNSIGNED_BYTE, size * index);
	gl.bindFramebuffer(gl.FRAMEBUFFER, null);
	gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
	await finished();
	if (gl.isContextLost()) throw new Error("the device is away");
	gl.bindBuffer(gl.PIXEL_PACK_BUFFER, buffer);
	gl.getBufferSubData(gl.PIXEL_PACK_BUFFER, 0, made);
	gl.bindBuffer(gl.PIXEL_PACK_BUFFER, null);
	gl.deleteBuffer(buffer);
	return made;
}
var users = /* @__PURE__ */ new Set();
var context;
var isLost = false;
/** @throws Error if there is no WebGL2, or the context is lost and not yet restored. */
function joinShared(user) {
	if (!context || isLost) {
		const made = GlContext.of(context?.surface ?? new OffscreenCanvas(1, 1));
		[context, isLost] = [made, false];
		made.lost.then(() => {
			if (context === made) isLost = true;
		});
	}
	users.add(user);
	return context;
}
/** The last user gives the context back. */
function leaveShared(user) {
	if (!users.delete(user) || users.size) return;
	context?.lose();
	context = void 0;
}
/** The WebGL2 backend: fragment shaders, for browsers without WebGPU. */
/**
* @param half half precision between layers.
* @param isShared draws in the page's shared context; `surface` receives the picture as a bitmap.
* @throws Error if there is no WebGL2, or it cannot render to floating-point textures.
*/
function openWebGl(surface, half, isShared) {
	if (!isShared) return new WebGl(GlContext.of(surface), surface, half);
	const bitmap = surface.getContext("bitmaprenderer");
	if (!bitmap) throw new Error("the canvas is in use by something else");
	return new WebGl(joinShared(surface), surface, half, bitmap);
}
var WebGl = class {
	context;
	surface;
	bitmap;
	name = "webgl2";
	precision;
	device;
	lost;
	gl;
	came;
	passes = [];
	held;
	/** @param bitmap of `surface`, if `context` is the shared one. */
	constructor(context, surface, half, bitmap) {
		this.context = context;
		this.surface = surface;
		this.bitmap = bitmap;
		this.gl = context.gl;
		this.precision = half || !context.hasFloat ? "f16" : "f32";
		[this.device, this.lost] = [context.device, context.lost];
		this.came = context.texture();
	}
	get largest() {
		return this.context.largest;
	}
	async load(network) {
		const passes = await this.context.load(network, this);
		if (widest(passes) !== widest(this.passes)) this.forget();
		this.passes = passes;
	}
	release(network) {
		this.context.release(network, this);
	}
	draw(picture, width, height, look) {
		const { gl } = this;
		const { scale, display } = this.context;
		const held = this.hold(width, height);
		gl.activeTexture(gl.TEXTURE0);
		gl.bindTexture(gl.TEXTURE_2D, this.came);
		gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
		gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.BROWSER_DEFAULT_WEBGL);
		const [sourceWidth, sourceHeight] = sizeOf(picture);
		gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, sourceWidth, sourceHeight, 0, gl.RGBA, gl.UNSIGNED_BYTE, picture);
		gl.bindFramebuffer(gl.FRAMEBUFFER, held.buffer);
		this.run(scale, { picture: this.came }, [held.frame], width, height);
		let given = held.features[0];
		(look.strength ? this.passes : []).forEach(({ program, layer }, index) => {
			const made = held.features[index % 2].slice(0, layer.outputs / 4);
			const read = index ? Object.fromEntries(sources(layer).map((name, k) => [name, given[k]])) : { frame: held.frame };
			this.run(program, read, made, Math.ceil(width / 2), Math.ceil(height / 2));
			given = made;
		});
		gl.bindFramebuffer(gl.FRAMEBUFFER, null);
		resize$1(this.context.surface, width, height);
		gl.useProgram(display);
		gl.uniform1f(gl.getUniformLocation(display, "strength"), look.strength);
		gl.uniform1f(gl.getUniformLocation(display, "split"), look.split);
		this.run(display, {
			frame: held.frame,
			correction: given[0]
		}, [], width, height);
		if (!this.bitmap || gl.isContextLost()) return;
		this.bitmap.transferFromImageBitmap(this.context.surface.transferToImageBitmap());
	}
	async read(places) {
		const { gl, held } = this;
		if (!held) throw new Error("nothing was drawn");
		gl.bindFramebuffer(gl.FRAMEBUFFER, held.buffer);
		gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, held.frame, 0);
		return readFramebuffer(gl, places, () => this.finished());
	}
	finished() {
		return this.context.finished();
	}
	close(canvas) {
		this.forget();
		this.gl.deleteTexture(this.came);
		this.context.leave(this);
		if (this.bitmap) leaveShared(this.surface);
		else if (canvas) this.context.lose();
	}
	/** Draws over width x height of `targets`, or of the canvas if there are none. */
	run(program, read, targets, width, height) {
		const { gl } = this;
		gl.useProgram(program);
		Object.entries(read).forEach(([name, texture], unit) => {
			gl.activeTexture(gl.TEXTURE0 + unit);
			gl.bindTexture(gl.TEXTURE_2D, texture);
			gl.uniform1i(gl.getUniformLocation(program, name), unit);
		});
		gl.uniform2i(gl.getUniformLocation(program, "size"), this.held?.width ?? 0, this.held?.height ?? 0);
		if (targets.length) {
			for (let k = 0; k < 4; k++) {
				const attachment = gl.COLOR_ATTACHMENT0 + k;
				gl.framebufferTexture2D(gl.FRAMEBUFFER, attachment, gl.TEXTURE_2D, targets[k] ?? null, 0);
			}
			gl.drawBuffers(targets.map((_, k) => gl.COLOR_ATTACHMENT0 + k));
		}
		gl.viewport(0, 0, width, height);
		gl.drawArrays(gl.TRIANGLES, 0, 3);
	}
	/** The textures for frames of one size, kept from frame to frame. */
	hold(width, height) {
		if (this.held?.width === width && this.held.height === height) return this.held;
		this.forget();
		resize$1(this.surface, width, height);
		const { context, gl } = this;
		const format = this.precision === "f16" ? gl.RGBA16F : gl.RGBA32F;
		const groups = widest(this.passes) / 4;
		const [across, down] = [Math.ceil(width / 2), Math.ceil(height / 2)];
		const some = () => Array.from({ length: groups }, () => context.texture(format, across, down));
		const frame = context.texture(gl.RGBA8, width, height);
		this.held = {
			width,
			height,
			frame,
			features: [some(), some()],
			buffer: gl.createFramebuffer()
		};
		return this.held;
	}
	forget() {
		if (!this.held) return;
		const { frame, features, buffer } = this.held;
		for (const texture of [frame, ...features.flat()]) this.gl.deleteTexture(texture);
		this.gl.deleteFramebuffer(buffer);
		this.held = void 0;
	}
};
/** The largest number of channels between layers. */
var widest = (passes) => Math.max(0, ...passes.map(({ layer }) => layer.outputs));
/** Setting the size clears a canvas, even if it is the same. */
function resize$1(surface, width, height) {
	if (surface.width !== width) surface.width = width;
	if (surface.height !== height) surface.height = height;
}
/**
* @param came the texture of the picture as received.
* @param count of the layers.
* @param bytes of the features of each 2x2 block of pixels.
* @throws RangeError if the device has too little memory for one of the buffers.
*/
function held(parts, came, width, height, count, bytes) {
	const { gpu, scale, display, bindings } = parts;
	const size = Math.ceil(width / 2) * Math.ceil(height / 2) * bytes;
	if (size > Math.min(gpu.limits.maxStorageBufferBindingSize, gpu.limits.maxBufferSize)) throw new RangeError(`a picture of ${width}x${height} is too large for the memory of this device`);
	const buffer = () => gpu.createBuffer({
		size,
		usage: GPUBufferUsage.STORAGE
	});
	const [one, other] = [buffer(), buffer()];
	const frame = texture(gpu, width, height);
	const look = {
		binding: 1,
		resource: { buffer: parts.look }
	};
	const seen = {
		binding: 0,
		resource: frame.createView()
	};
	const layers = Array.from({ length: count }, (_, index) => {
		const [given, made] = index % 2 ? [one, other] : [other, one];
		const entries = [
			seen,
			look,
			{
				binding: 2,
				resource: { buffer: given }
			},
			{
				binding: 3,
				resource: { buffer: made }
			}
		];
		return gpu.createBindGroup({
			layout: bindings,
			entries
		});
	});
	const correction = {
		binding: 2,
		resource: { buffer: count % 2 ? one : other }
	};
	const received = {
		binding: 0,
		resource: came.createView()
	};
	const scaling = gpu.createBindGroup({
		layout: scale.getBindGroupLayout(0),
		entries: [received, look]
	});
	const showing = gpu.createBindGroup({
		layout: display.getBindGroupLayout(0),
		entries: [
			seen,
			look,
			correction
		]
	});
	return {
		frame,
		features: [one, other],
		scaling,
		layers,
		showing
	};
}
function destroy({ frame, features }) {
	for (const each of [frame, ...features]) each.destroy();
}
function texture(gpu, width, height) {
	const { TEXTURE_BINDING, COPY_SRC, COPY_DST, RENDER_ATTACHMENT } = GPUTextureUsage;
	const usage = TEXTURE_BINDING | COPY_SRC | COPY_DST | RENDER_ATTACHMENT;
	return gpu.createTexture({
		size: [width, height],
		format: "rgba8unorm",
		usage
	});
}
var FULL_SCREEN = `
@vertex fn corner(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
  return vec4f(select(-1.0, 3.0, i == 1u), select(-1.0, 3.0, i == 2u), 0.0, 1.0);
}`;
/** Scales the received picture to the output size, in 8 bits as in training. */
var SCALE = `${FULL_SCREEN}
struct Look { size: vec2f, strength: f32, split: f32 }
@group(0) @binding(0) var picture: texture_2d<f32>;
@group(0) @binding(1) var<uniform> look: Look;
fn cubic(t: f32) -> f32 {${CUBIC}
}
@fragment fn scale(@builtin(position) at: vec4f) -> @location(0) vec4f {
  let have = vec2f(textureDimensions(picture));
  if (all(have == look.size)) { return textureLoad(picture, vec2i(at.xy), 0); }
  let place = at.xy * have / look.size - 0.5;
  let first = floor(place);
  var sum = vec4f(0.0);
  for (var v = -1; v <= 2; v++) {
    for (var h = -1; h <= 2; h++) {
      let offset = vec2f(f32(h), f32(v));
      let t = place - first - offset;
      let texel = textureLoad(picture, vec2i(clamp(first + offset, vec2f(0.0), have - 1.0)), 0);
      sum += cubic(t.x) * cubic(t.y) * texel;
    }
  }
  return clamp(sum, vec4f(0.0), vec4f(1.0));
}`;
/** Draws the picture on the canvas, unchanged or with the correction of its 2x2 block added. */
function show$1(half) {
	return `${half ? "enable f16;" : ""}${FULL_SCREEN}
struct Look { size: vec2f, strength: f32, split: f32 }
@group(0) @binding(0) var frame: texture_2d<f32>;
@group(0) @binding(1) var<uniform> look: Look;
@group(0) @binding(2) var<storage, read> correction: array<vec4<${half ? "f16" : "f32"}>>;
@fragment fn show(@builtin(position) at: vec4f) -> @location(0) vec4f {
  let pixel = vec2u(at.xy);
  let came = textureLoad(frame, pixel, 0).rgb;
  let blocks = u32(look.size.x + 1.0) / 2u;
  let block = vec4f(correction[(pixel.y / 2u) * blocks + pixel.x / 2u]);
  let change = select(0.0, look.strength * block[(pixel.y % 2u) * 2u + pixel.x % 2u], at.x >= look.split * look.size.x);
  return vec4f(clamp(came + change, vec3f(0.0), vec3f(1.0)), 1.0);
}`;
}
/** One layer. All but the first read features: groups of four channels, each group in row order. */
function convolution(layer, first, last, half) {
	const type = half ? "f16" : "f32";
	const groups = layer.outputs / 4;
	const sums = Array.from({ length: groups }, (_, g) => `  var sum${g} = ${vector(layer.bias, 4 * g, type)};`);
	const taps = [];
	for (let place = 0; place < 9; place++) {
		const [dx, dy] = [place % 3 - 1, Math.floor(place / 3) - 1];
		for (let input = 0; input < layer.inputs / 4; input++) {
			taps.push(`  x = ${first ? `block(at + vec2i(${dx}, ${dy}))` : `feature(at + vec2i(${dx}, ${dy}), ${input}u)`};`);
			for (let g = 0; g < groups; g++) {
				const numbers = matrix(layer, g, input, place).map(literal).join(", ");
				taps.push(`  sum${g} += mat4x4<${type}>(${numbers}) * x;`);
			}
		}
	}
	const keeps = Array.from({ length: groups }, (_, g) => {
		return `  made[${g}u * shape.x * shape.y + u32(at.y) * shape.x + u32(at.x)] = ${last ? `sum${g}` : `max(sum${g}, vec4<${type}>(0))`};`;
	});
	return `${half ? "enable f16;" : ""}
struct Look { size: vec2f, strength: f32, split: f32 }
@group(0) @binding(0) var frame: texture_2d<f32>;
@group(0) @binding(1) var<uniform> look: Look;
@group(0) @binding(2) var<storage, read> given: array<vec4<${type}>>;
@group(0) @binding(3) var<storage, read_write> made: array<vec4<${type}>>;
${first ? BLOCK.replaceAll("TYPE", type) : FEATURE.replaceAll("TYPE", type)}
@compute @workgroup_size(8, 8) fn convolve(@builtin(global_invocation_id) id: vec3u) {
  let shape = (vec2u(look.size) + 1u) / 2u;
  if (any(id.xy >= shape)) { return; }
  let at = vec2i(id.xy);
  var x: vec4<${type}>;
${[
		...sums,
		...taps,
		...keeps
	].join("\n")}
}`;
}
var BLOCK = `
fn luma(at: vec2i) -> f32 {
  let colour = textureLoad(frame, min(at, vec2i(look.size) - 1), 0).rgb;
  return dot(colour, vec3f(${LUMA.join(", ")}));
}
fn block(at: vec2i) -> vec4<TYPE> {
  let corner = 2 * clamp(at, vec2i(0), (vec2i(look.size) + 1) / 2 - 1);
  return vec4<TYPE>(vec4f(luma(corner), luma(corner + vec2i(1, 0)), luma(corner + vec2i(0, 1)), luma(corner + 1)));
}`;
var FEATURE = `
fn feature(at: vec2i, group: u32) -> vec4<TYPE> {
  let shape = (vec2i(look.size) + 1) / 2;
  if (any(at < vec2i(0)) || any(at >= shape)) { return vec4<TYPE>(0); }
  return given[(group * u32(shape.y) + u32(at.y)) * u32(shape.x) + u32(at.x)];
}`;
function vector(values, from, type) {
	return `vec4<${type}>(${Array.from(values.subarray(from, from + 4), literal).join(", ")})`;
}
/** The WebGPU backend: compute shaders, all layers of a frame in one submission. */
/** @throws Error if there is no WebGPU, or no device for it. */
async function openWebGpu(surface, choice) {
	if (!navigator.gpu) throw new Error("this browser has no WebGPU");
	const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
	if (!adapter) throw new Error("WebGPU has no device here");
	if (adapter.info?.isFallbackAdapter && !choice.software) throw new Error("WebGPU has only a software device here");
	const half = choice.half && adapter.features.has("shader-f16");
	const { maxStorageBufferBindingSize, maxBufferSize, maxTextureDimension2D } = adapter.limits;
	const limits = {
		maxStorageBufferBindingSize,
		maxBufferSize,
		maxTextureDimension2D
	};
	const device = await adapter.requestDevice({
		requiredFeatures: half ? ["shader-f16"] : [],
		requiredLimits: limits
	});
	const context = surface.getContext("webgpu");
	if (!context) throw new Error("the canvas is in use by something else than WebGPU");
	const { vendor = "", architecture = "", description = "" } = adapter.info ?? {};
	return new WebGpu(device, context, surface, half, description || `${vendor} ${architecture}`.trim() || "unnamed");
}
var WebGpu = class {
	gpu;
	context;
	surface;
	half;
	device;
	name = "webgpu";
	precision;
	lost;
	format = navigator.gpu.getPreferredCanvasFormat();
	look;
	scale;
	display;
	bindings;
	loaded = /* @__PURE__ */ new Map();
	layers = [];
	widest = 0;
	came;
	held;
	constructor(gpu, context, surface, half, device) {
		this.gpu = gpu;
		this.context = context;
		this.surface = surface;
		this.half = half;
		this.device = device;
		this.precision = half ? "f16" : "f32";
		this.lost = gpu.lost.then((info) => info.message || info.reason);
		context.configure({
			device: gpu,
			format: this.format,
			alphaMode: "opaque"
		});
		this.look = gpu.createBuffer({
			size: 16,
			usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
		});
		this.bindings = this.layout();
		this.scale = this.render(SCALE, "scale", "rgba8unorm");
		this.display = this.render(show$1(half), "show", this.format);
	}
	get largest() {
		return this.gpu.limits.maxTextureDimension2D;
	}
	async load(network) {
		const compiled = this.loaded.get(network) ?? this.compiled(network);
		this.loaded.set(network, compiled);
		const [layers, widest] = [await compiled, Math.max(...network.layers.map((layer) => layer.outputs))];
		if (layers.length !== this.layers.length || widest !== this.widest) this.forget();
		[this.layers, this.widest] = [layers, widest];
	}
	release(network) {
		this.loaded.delete(network);
	}
	compiled(network) {
		const last = network.layers.length - 1;
		const layout = this.gpu.createPipelineLayout({ bindGroupLayouts: [this.bindings] });
		const made = network.layers.map((layer, index) => {
			const module = this.gpu.createShaderModule({ code: convolution(layer, index === 0, index === last, this.half) });
			return this.gpu.createComputePipelineAsync({
				layout,
				compute: {
					module,
					entryPoint: "convolve"
				}
			});
		});
		return Promise.all(made);
	}
	draw(picture, width, height, look) {
		const [sourceWidth, sourceHeight] = sizeOf(picture);
		const came = this.arrived(sourceWidth, sourceHeight);
		const held = this.hold(came, width, height);
		this.gpu.queue.copyExternalImageToTexture({ source: picture }, { texture: came }, [sourceWidth, sourceHeight]);
		this.gpu.queue.writeBuffer(this.look, 0, new Float32Array([
			width,
			height,
			look.strength,
			look.split
		]));
		const commands = this.gpu.createCommandEncoder();
		this.pass(commands, this.scale, held.scaling, held.frame);
		const compute = commands.beginComputePass();
		(look.strength ? this.layers : []).forEach((pipeline, index) => {
			compute.setPipeline(pipeline);
			compute.setBindGroup(0, held.layers[index]);
			compute.dispatchWorkgroups(Math.ceil(width / 2 / 8), Math.ceil(height / 2 / 8));
		});
		compute.end();
		this.pass(commands, this.display, held.showing, this.context.getCurrentTexture());
		this.gpu.queue.submit([commands.finish()]);
	}
	async read(places) {
		if (!this.held) throw new Error("nothing was drawn");
		return readTexture(this.gpu, this.held.frame, places);
	}
	async finished() {
		await this.gpu.queue.onSubmittedWorkDone();
	}
	close(_canvas) {
		this.forget();
		this.came?.destroy();
		this.context.unconfigure();
		this.gpu.destroy();
	}
	render(code, entryPoint, format) {
		const module = this.gpu.createShaderModule({ code });
		const fragment = {
			module,
			entryPoint,
			targets: [{ format }]
		};
		return this.gpu.createRenderPipeline({
			layout: "auto",
			vertex: {
				module,
				entryPoint: "corner"
			},
			fragment
		});
	}
	/** One layout for all layers, although the first reads no features and the others no frame. */
	layout() {
		const visibility = GPUShaderStage.COMPUTE;
		const entries = [
			{
				binding: 0,
				visibility,
				texture: {}
			},
			{
				binding: 1,
				visibility,
				buffer: { type: "uniform" }
			},
			{
				binding: 2,
				visibility,
				buffer: { type: "read-only-storage" }
			},
			{
				binding: 3,
				visibility,
				buffer: { type: "storage" }
			}
		];
		return this.gpu.createBindGroupLayout({ entries });
	}
	pass(commands, pipeline, group, target) {
		const pass = commands.beginRenderPass({ colorAttachments: [{
			view: target.createView(),
			loadOp: "clear",
			storeOp: "store"
		}] });
		pass.setPipeline(pipeline);
		pass.setBindGroup(0, group);
		pass.draw(3);
		pass.end();
	}
	/** The texture that received pictures are copied to. */
	arrived(width, height) {
		if (this.came?.width !== width || this.came.height !== height) {
			this.came?.destroy();
			this.came = texture(this.gpu, width, height);
			this.forget();
		}
		return this.came;
	}
	/** The buffers for frames of one size, kept from frame to frame. */
	hold(came, width, height) {
		if (this.held?.frame.width === width && this.held.frame.height === height) return this.held;
		this.forget();
		const bytes = this.widest * (this.half ? 2 : 4);
		this.held = held(this, came, width, height, this.layers.length, bytes);
		[this.surface.width, this.surface.height] = [width, height];
		return this.held;
	}
	forget() {
		if (this.held) destroy(this.held);
		this.held = void 0;
	}
};
/**
* @returns the backend, and the reason for choosing it.
* @throws Error if the wanted backend is not available.
*/
async function openBackend(canvas, wish) {
	const { backend = "auto", precision = "f16", shared = false } = wish;
	const half = precision === "f16";
	if (backend !== "webgl2") try {
		return [await openWebGpu(canvas, {
			half,
			software: backend === "webgpu"
		}), backend === "auto" ? "WebGPU is available" : "asked for"];
	} catch (error) {
		if (backend === "webgpu") throw error;
		return [openWebGl(canvas, half, shared), error.message];
	}
	return [openWebGl(canvas, half, shared), "asked for"];
}
/** @throws RangeError outside 0 to 2. */
function checkedStrength(strength) {
	if (strength >= 0 && strength <= 2) return strength;
	throw new RangeError(`strength is 0 to 2, not ${strength}`);
}
/** The size to draw a picture of width x height at, in whole pixels. */
function sized(size, width, height) {
	const [wide, high] = (typeof size === "function" ? size(width, height) : size) ?? [width, height];
	return [Math.round(wide), Math.round(high)];
}
/** Measures how long frames take until they are finished on the device. */
var Clock = class {
	/** Whether a frame is not finished. */
	isRunning = false;
	began = 0;
	times = [];
	begin() {
		this.began = performance.now();
	}
	/** @returns milliseconds from `begin` until `finished`: the median of the last 60 frames. */
	async end(finished) {
		this.isRunning = true;
		try {
			await finished;
			this.times = [...this.times.slice(-59), performance.now() - this.began];
			return median(this.times);
		} finally {
			this.isRunning = false;
		}
	}
};
/** Measures the time per frame for frames of noise, in five rounds. `draw` draws one. */
async function measure$1(sharpener, draw, width, height, frames) {
	const picture = await createImageBitmap(noise(width, height));
	const each = Math.ceil(frames / 5);
	const times = [];
	for (let round = 0; round <= Math.ceil(frames / each); round++) {
		const began = performance.now();
		for (let count = 0; count < each; count++) draw(picture);
		await sharpener.finished();
		if (round) times.push((performance.now() - began) / each);
	}
	picture.close();
	const frameTime = median(times);
	const { backend, precision, gpu: device, macsPerPixel } = sharpener;
	return {
		device,
		backend,
		precision,
		width,
		height,
		frameTime,
		macsPerPixel,
		gmacs: macsPerPixel * width * height / frameTime / 1e6
	};
}
function median(times) {
	const sorted = [...times].sort((one, other) => one - other);
	return sorted[sorted.length >> 1] ?? 0;
}
function noise(width, height) {
	const picture = new ImageData(width, height);
	let state = 1;
	for (let at = 0; at < picture.data.length; at++) {
		state = Math.imul(state, 1664525) + 1013904223 >>> 0;
		picture.data[at] = at % 4 === 3 ? 255 : state >>> 24;
	}
	return picture;
}
var LOOK = 200;
/** Makes a track of the sharpened video of `track`. @returns it, and a function that ends it. */
function sharpTrack(track, size, maker) {
	let hasFailed = false;
	const sharpen = (frame) => {
		try {
			return maker.frame(frame);
		} catch (error) {
			if (!hasFailed) maker.fail(error);
			hasFailed = true;
			return;
		}
	};
	const [made, end] = frameTrack(track, sharpen, () => maker.ready()) ?? captureTrack(track, maker.canvas, (video) => maker.attach(video));
	describe(made, track, size);
	return [made, end];
}
/** Gives `made` the hint and the settings of `track`, as calls read them, with its own size. */
function describe(made, track, size) {
	made.contentHint = track.contentHint;
	made.getSettings = () => {
		const settings = track.getSettings();
		if (!settings.width || !settings.height) return settings;
		const [width, height] = sized(size, settings.width, settings.height);
		return {
			...settings,
			width,
			height,
			aspectRatio: width / height
		};
	};
}
/**
* Makes a track of what is drawn on `canvas`.
* @param attach draws the frames of a video on it; returns a function that ends that.
* @returns the track, and a function that ends it. It is called too when `track` or the made track is stopped.
* @throws Error if the canvas is not one of a page.
*/
function captureTrack(track, canvas, attach) {
	if (!("captureStream" in canvas)) throw new Error("a track needs MediaStreamTrackProcessor, or a canvas of a page");
	const [made] = canvas.captureStream().getVideoTracks();
	if (!made) throw new Error("the canvas gives no track");
	const video = Object.assign(document.createElement("video"), {
		muted: true,
		playsInline: true
	});
	video.srcObject = new MediaStream([track]);
	const detach = attach(video);
	const stop = made.stop.bind(made);
	const watch = setInterval(() => track.readyState === "ended" && end(), LOOK);
	const end = () => {
		clearInterval(watch);
		detach();
		stop();
		video.srcObject = null;
	};
	made.stop = end;
	video.play().catch(() => {});
	return [made, end];
}
/**
* Sharpens pictures and videos on one canvas.
*
* Events: "lost" (the device was lost; `detail` is the reason), "restored" (drawing works again; `detail` is the backend),
* "choice" (frames are drawn with another expert or strength from now on; `detail` is the Choice) and "failed" (an expert
* could not be loaded, and the present one stays, or a video could not be drawn and is no longer; `detail` is the reason).
*/
var Sharpener = class Sharpener extends EventTarget {
	canvas;
	reason;
	options;
	stats = {
		frames: 0,
		skipped: 0,
		frameTime: 0
	};
	/** Called after each frame of a video or a track. */
	onstats;
	/** Position of the divider, 0 to 1 of the width: left of it the picture is drawn unchanged. */
	split = 0;
	/**
	* What is known of the stream, such as its codec and bits per pixel from `getStats`; the router chooses better by it. Where
	* pictures are enlarged, the factor is known without it.
	*/
	streamInfo = {};
	clock = new Clock();
	leave = /* @__PURE__ */ new Set();
	device;
	chooser;
	/** @param network the first choice of `experts`, loaded on `backend`. */
	constructor(canvas, backend, reason, experts, network, options) {
		super();
		this.canvas = canvas;
		this.reason = reason;
		this.options = options;
		const tell = this.tell.bind(this);
		const wish = {
			...options,
			backend: backend.name
		};
		const reopen = async () => (await openBackend(canvas, wish))[0];
		this.device = new Device(backend, network, reopen, tell);
		this.chooser = new Chooser(this.device, experts, tell);
	}
	tell(what, detail) {
		this.dispatchEvent(new CustomEvent(what, { detail }));
	}
	/** Says that a video cannot be drawn; an error that no listener takes care of is reported as others are. */
	fail(error) {
		const event = new CustomEvent("failed", {
			detail: error.message,
			cancelable: true
		});
		if (this.dispatchEvent(event)) reportError(error);
	}
	/**
	* Opens the device and the weights.
	* @throws Error if neither WebGPU nor WebGL2 is available, or the file is not a network of Crispen's.
	*/
	static async open(options = {}) {
		const canvas = options.canvas ?? newCanvas();
		const { model = "balanced" } = options;
		const models = options.models ?? modelsOf(model, options.folder);
		const factor = checkedStrength(options.strength ?? 1);
		const experts = await Experts.open(models, options.set ?? (options.models || isShipped(model) ? "auto" : "any"));
		const network = await experts.network();
		const [backend, why] = await openBackend(canvas, options);
		try {
			await backend.load(network);
		} catch (error) {
			backend.close(!options.canvas);
			throw error;
		}
		const made = new Sharpener(canvas, backend, why, experts, network, options);
		made.factor = factor;
		return made;
	}
	get backend() {
		return this.device.name;
	}
	/** Precision of the features between layers. */
	get precision() {
		return this.device.precision;
	}
	/** The name of the GPU, as far as the browser gives it. */
	get gpu() {
		return this.device.description;
	}
	get macsPerPixel() {
		return this.device.macsPerPixel;
	}
	/** Milliseconds until a frame is finished on the device: median of the last 60 frames. */
	get frameTime() {
		return this.stats.frameTime;
	}
	get strength() {
		return this.factor;
	}
	/** @throws RangeError outside 0 to 2. */
	set strength(value) {
		this.factor = checkedStrength(value);
	}
	/** The expert in use, and the strength that the router gives it, which is multiplied by `strength`. */
	get choice() {
		return this.chooser.choice;
	}
	/** Switches to another expert, or AUTO, once it is loaded. `models` replaces those given to `open`. */
	use(set, models) {
		return this.chooser.use(set, models);
	}
	/** The next picture is of another video: what the router learnt from the one before is forgotten. */
	restart() {
		this.chooser.restart();
	}
	/** Resolves when the router has decided on everything drawn so far, and its expert is in use. */
	settled() {
		return this.chooser.settled();
	}
	/**
	* Draws one picture on the canvas, which takes the size of the picture, or `size`: the picture is then scaled first, as
	* the models for small streams expect. The caller still owns the picture and closes a VideoFrame. The router takes
	* it for the next frame of a video, except images and an ImageBitmap, and decides later, with the event "choice".
	* @returns false if it could not be drawn: the picture is empty, or the device is lost.
	* @throws RangeError if it is larger than the device can draw, Error if the page may not read the picture.
	*/
	draw(picture, size) {
		const [wide, high] = sizeOf(picture);
		const [width, height] = sized(size, wide, high);
		if (!this.render(picture, width, height, this.factor * this.choice.strength)) return false;
		this.stats.frames++;
		const enlarged = height > high ? { factor: height / high } : {};
		if (this.factor) this.chooser.drawn(width, height, {
			...enlarged,
			...this.streamInfo
		}, !isStill(picture));
		return true;
	}
	/** Draws with the network in use, without the router. @returns whether it could. */
	render(picture, width, height, strength) {
		return this.device.draw(picture, width, height, {
			strength,
			split: this.split
		});
	}
	/** Resolves when the device has finished everything drawn so far. */
	finished() {
		return this.device.finished();
	}
	/**
	* Draws each frame of `video`, and skips those that arrive before the one before is finished. A video that cannot be drawn
	* ends it with the event "failed"; if no listener calls `preventDefault`, the error is reported to the window too.
	* @param size as for `draw`; a function is called for each frame.
	* @returns a function that ends it.
	*/
	attach(video, size) {
		this.restart();
		const restart = () => this.restart();
		video.addEventListener("emptied", restart);
		const failed = (error) => {
			end();
			this.fail(error);
		};
		const stop = eachFrame(video, () => this.follow(video, size).catch(failed));
		const end = this.ending(() => {
			stop();
			video.removeEventListener("emptied", restart);
		});
		return end;
	}
	/**
	* Makes a track of the sharpened video of `track`, until either ends. The canvas shows it too.
	* With Chromium's MediaStreamTrackProcessor it keeps running in a hidden tab; in other browsers it captures the canvas,
	* which is not updated while the tab is hidden.
	*/
	track(track, { size, expert } = {}) {
		this.restart();
		if (expert) this.use(expert).catch((error) => this.fail(error));
		const [made, end] = sharpTrack(track, size, {
			canvas: this.canvas,
			frame: (frame) => this.frame(frame, size),
			ready: () => this.timed(),
			attach: (video) => this.attach(video, size),
			fail: (error) => this.fail(error)
		});
		track.addEventListener("ended", this.ending(end), { once: true });
		return made;
	}
	/** Sharpens one frame; the caller closes both. Undefined if it could not be drawn. `size`: as for `draw`. */
	frame(frame, size) {
		this.clock.begin();
		if (!this.draw(frame, size)) return void 0;
		const { timestamp, duration } = frame;
		if (this.options.shared && this.backend === "webgl2") this.copy ??= new OffscreenCanvas(1, 1);
		const drawn = this.copy ? copied(this.canvas, this.copy) : this.canvas;
		return new VideoFrame(drawn, {
			timestamp,
			alpha: "discard",
			...duration === null ? {} : { duration }
		});
	}
	/** Measures the time per frame of width x height on this device; draws on the canvas. */
	benchmark(width = 1280, height = 720, frames = 30) {
		return measure$1(this, (picture) => this.render(picture, width, height, 1), width, height, frames);
	}
	close() {
		for (const end of [...this.leave]) end();
		this.device.close(!this.options.canvas);
	}
	factor = 1;
	copy;
	ending(end) {
		const once = () => {
			if (this.leave.delete(once)) end();
		};
		this.leave.add(once);
		return once;
	}
	/** Draws a frame of a video, unless the one before is not finished. */
	async follow(video, size) {
		if (this.clock.isRunning) {
			this.stats.skipped++;
			return;
		}
		this.clock.begin();
		if (this.draw(video, size)) await this.timed();
	}
	/** Waits for the last drawn frame, and records how long it took. */
	async timed() {
		if (!this.device.isReady) return;
		this.stats.frameTime = await this.clock.end(this.device.finished());
		this.onstats?.(this.stats);
	}
};
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
/** The benchmark: milliseconds per frame of each model and size, on a separate device. */
var SIZES = [[1280, 720], [1920, 1080]];
var ROOM = 2e3;
var LONGEST = 500;
var REAL_TIME = 1e3 / 30;
/** Yields each number as it is known, the picture's own size first. */
async function* measure(own) {
	const sizes = [own, ...SIZES.filter(([width, height]) => width !== own[0] || height !== own[1])];
	for (const model of MODELS) {
		const sharpener = await Sharpener.open({
			models: modelsOf(model),
			set: "any"
		});
		try {
			let rate = 0;
			for (const [width, height] of sizes) {
				if (rate * width * height > LONGEST) continue;
				const rough = await sharpener.benchmark(width, height, 1);
				const frames = Math.min(30, Math.floor(ROOM / rough.frameTime));
				const timing = frames < 3 ? rough : await sharpener.benchmark(width, height, frames);
				rate = timing.frameTime / width / height;
				yield {
					model,
					timing
				};
			}
		} finally {
			sharpener.close();
		}
	}
}
/** Which models keep up with 30 frames per second, in words. */
function verdict(rows) {
	return SIZES.map(([width, height]) => {
		return `Fast enough for ${height}p at 30 fps: ${rows.filter(({ timing }) => timing.width === width && timing.height === height && timing.frameTime <= REAL_TIME).map(({ model }) => titled(model)).join(", ") || "none"}.`;
	}).join(" ");
}
/** The rows as a table, one line for each model. */
function table(rows) {
	const made = document.createElement("table");
	const sizes = [...new Set(rows.map(({ timing }) => `${timing.width}×${timing.height}`))];
	const told = rows[0]?.timing;
	const caption = told ? `${told.device}, ${told.backend}, ${told.precision}. Milliseconds per frame, median.` : "";
	made.createCaption().textContent = caption;
	const head = made.createTHead().insertRow();
	for (const title of [
		"Model",
		"MAC/pixel",
		...sizes,
		"GMAC/s"
	]) head.append(Object.assign(document.createElement("th"), {
		scope: "col",
		textContent: title
	}));
	const body = made.createTBody();
	for (const model of MODELS) {
		const mine = rows.filter((row) => row.model === model).map((row) => row.timing);
		const [first] = mine;
		if (!first) continue;
		const line = body.insertRow();
		line.append(Object.assign(document.createElement("th"), {
			scope: "row",
			textContent: titled(model)
		}));
		line.insertCell().textContent = first.macsPerPixel.toLocaleString("en");
		for (const size of sizes) {
			const timing = mine.find((each) => `${each.width}×${each.height}` === size);
			line.insertCell().textContent = timing ? timing.frameTime.toFixed(timing.frameTime < 100 ? 1 : 0) : "–";
		}
		line.insertCell().textContent = Math.max(...mine.map((each) => each.gmacs)).toFixed(1);
	}
	return made;
}
/** Measures, and shows the results as they come. `own`: the picture's size. `video` is paused meanwhile. */
async function benchmark(own, video) {
	const button = element("measure");
	const running = !video.paused;
	const rows = [];
	button.disabled = true;
	button.textContent = "Measuring";
	video.pause();
	try {
		for await (const row of measure(own)) {
			rows.push(row);
			element("results").replaceChildren(table(rows));
		}
		element("results").prepend(Object.assign(document.createElement("p"), { textContent: verdict(rows) }));
	} finally {
		button.disabled = false;
		button.textContent = "Run it again";
		if (running) await video.play();
	}
}
/** The cost of sharpening: the numbers beside the picture, and the notice that a computer is too slow. */
var UNKNOWN = "–";
var IN_A_ROW = 2;
var Facts = class {
	pace = new Pace();
	video = element("video");
	late = 0;
	counted = {
		frames: 0,
		at: performance.now()
	};
	/** The model or the picture changed: earlier measurements are discarded. */
	reset(sharpener) {
		this.late = 0;
		element("slow").hidden = true;
		this.pace.reset(this.video, sharpener.stats.frames);
	}
	/** What the model costs and where it runs. */
	showWork(sharpener, width, height) {
		this.showExpert(sharpener);
		const macs = sharpener.macsPerPixel;
		element("work").textContent = `${(macs * width * height / 1e9).toFixed(2)} GMAC`;
		element("work-note").textContent = `per frame; ${macs.toLocaleString("en")} MAC/pixel`;
		element("backend").textContent = sharpener.backend === "webgpu" ? "WebGPU" : "WebGL 2";
		element("gpu").textContent = `${sharpener.gpu}, ${sharpener.precision}`;
		element("gpu").title = `${sharpener.gpu} (${sharpener.reason})`;
	}
	/** Which expert the router chose. */
	showExpert(sharpener) {
		element("expert").textContent = described(sharpener.choice);
	}
	/** `own`: the picture's width and height before it is enlarged. `moves`: whether it is a video that plays. */
	showTime(sharpener, size, own, moves) {
		const time = sharpener.stats.frameTime;
		element("time").textContent = time ? milliseconds(time) : UNKNOWN;
		element("size").textContent = `${size[0]}×${size[1]}`;
		const [frames, now] = [this.video.getVideoPlaybackQuality().totalVideoFrames, performance.now()];
		const rate = Math.max(0, 1e3 * (frames - this.counted.frames) / (now - this.counted.at));
		this.counted = {
			frames,
			at: now
		};
		const enlarged = size[0] > own[0] ? `enlarged from ${own[0]}×${own[1]}` : "";
		element("rate").textContent = [moves ? `${rate.toFixed(0)} fps` : "not moving", enlarged].filter(Boolean).join(", ");
	}
	/** Says so if the computer is too slow for `model`, and offers the next smaller one. */
	showPace(sharpener, model, moves) {
		if (!moves || document.hidden) {
			this.pace.reset(this.video, sharpener.stats.frames);
			return;
		}
		const late = this.pace.isLate(this.video, sharpener.stats.frames);
		if (late === void 0) return;
		this.late = late ? this.late + 1 : 0;
		const smaller = MODELS[MODELS.indexOf(model) - 1];
		const time = sharpener.stats.frameTime ? ` (${milliseconds(sharpener.stats.frameTime)} per frame)` : "";
		const advice = smaller ? "" : " There is no smaller model; a GPU or a smaller picture would help.";
		element("slow").hidden = this.late < IN_A_ROW;
		element("slow-text").textContent = `${titled(model)} is too slow on this computer${time}: most frames are not sharpened.${advice}`;
		const button = element("smaller");
		button.hidden = !smaller;
		button.value = smaller ?? "";
		button.textContent = `Use ${titled(smaller ?? "")}`;
	}
};
var milliseconds = (time) => `${time.toFixed(time < 100 ? 1 : 0)} ms`;
/** Keys, and files that are dropped on the page. */
function onKeys({ pressed, space, released }) {
	document.addEventListener("keydown", (event) => {
		if (isShortcut(event)) return;
		const isFree = !event.target.matches("button, input, summary");
		const action = event.key === " " ? isFree && space : pressed[event.key.toLowerCase()];
		if (!action) return;
		event.preventDefault();
		action();
	});
	document.addEventListener("keyup", (event) => released[event.key.toLowerCase()]?.());
}
function onDrop(take) {
	for (const name of [
		"dragenter",
		"dragover",
		"dragleave",
		"drop"
	]) document.addEventListener(name, (event) => {
		event.preventDefault();
		const outside = name === "dragleave" && event.relatedTarget === null;
		document.body.classList.toggle("dropping", name !== "drop" && !outside);
		const [file] = name === "drop" ? event.dataTransfer?.files ?? [] : [];
		if (file) take(file);
	});
}
/** Where pictures come from: the sample, a camera, a file. Another source replaces the present one once it can be shown. */
var REFUSED = {
	NotAllowedError: "The camera may not be used: allow it beside the address of this page, then choose it again.",
	NotFoundError: "No camera was found. Plug one in, then choose it again.",
	NotReadableError: "The camera is in use by another program. Close that, then choose it again."
};
var release = () => {};
/** What was shown before stays if this fails. @throws Error that says what is wrong and what to do. */
async function open(kind, file) {
	const stream = kind === "camera" ? await camera() : void 0;
	const address = file ? URL.createObjectURL(file) : "./sample.mp4";
	const still = file?.type.startsWith("image/") ?? false;
	if (file) try {
		await (still ? decoded(new Image(), address, file.name) : loaded(address, file.name));
	} catch (error) {
		URL.revokeObjectURL(address);
		throw error;
	}
	release();
	release = () => {
		for (const track of stream?.getTracks() ?? []) track.stop();
		if (file) URL.revokeObjectURL(address);
		video.removeAttribute("src");
		video.srcObject = null;
		image.removeAttribute("src");
	};
	const video = element("video");
	const image = element("image");
	image.hidden = !still;
	video.hidden = still;
	if (still) {
		await decoded(image, address, file?.name ?? "");
		return {
			kind,
			picture: image,
			width: image.naturalWidth,
			height: image.naturalHeight
		};
	}
	if (stream) video.srcObject = stream;
	else video.src = address;
	video.loop = !stream;
	await ready(video, file?.name ?? "The sample");
	await video.play().catch(() => {});
	return {
		kind,
		picture: video,
		width: video.videoWidth,
		height: video.videoHeight
	};
}
async function camera() {
	if (!navigator.mediaDevices) throw new Error("Browsers give cameras only to HTTPS pages and to localhost.");
	try {
		return await navigator.mediaDevices.getUserMedia({ video: {
			width: { ideal: 1280 },
			height: { ideal: 720 },
			frameRate: { ideal: 30 }
		} });
	} catch (error) {
		const { name, message } = error;
		throw new Error(REFUSED[name] ?? `The camera could not be opened: ${message}`);
	}
}
async function decoded(image, address, name) {
	image.src = address;
	await image.decode().catch(() => {
		throw new Error(`${name} could not be read as a picture. Try a JPEG, PNG, WebP or AVIF.`);
	});
}
/** Whether the browser can play a video, tried without showing it. */
async function loaded(address, name) {
	const probe = Object.assign(document.createElement("video"), {
		muted: true,
		preload: "auto",
		src: address
	});
	try {
		await ready(probe, name);
	} finally {
		probe.removeAttribute("src");
		probe.load();
	}
}
function ready(video, name) {
	return new Promise((resolve, reject) => {
		const failed = () => reject(/* @__PURE__ */ new Error(`${name} could not be played. Try MP4 (H.264), WebM, or a picture.`));
		video.onloadeddata = () => video.videoWidth ? resolve() : failed();
		video.onerror = failed;
	});
}
/** The stage: one picture as received and sharpened, the divider between the two, and the zoom. */
var Stage = class {
	root = element("stage");
	picture = element("picture");
	divider;
	zoom = 1;
	/** The point of the picture in the middle of the stage, 0 to 1, as far as the zoom allows. */
	middle = [.5, .5];
	gesture;
	constructor() {
		this.divider = new Divider(element("divider"), {
			labels: ["as received", "sharpened"],
			moved: () => this.show()
		});
		this.root.addEventListener("pointerdown", (event) => this.take(event));
		this.root.addEventListener("pointermove", (event) => this.drag(event));
		for (const end of ["pointerup", "pointercancel"]) this.root.addEventListener(end, () => {
			this.gesture = void 0;
		});
		new ResizeObserver(() => this.show()).observe(this.root);
	}
	set state(state) {
		this.root.dataset.state = state;
	}
	/** The shape of the picture, and whether it is shown as in a mirror. */
	fit(width, height, mirrored) {
		this.root.style.setProperty("--aspect", `${width} / ${height}`);
		this.picture.classList.toggle("mirrored", mirrored);
		this.show();
	}
	setZoom(zoom) {
		this.zoom = zoom;
		if (zoom === 1) this.middle = [.5, .5];
		this.show();
	}
	beforeOnly(shown) {
		this.root.classList.toggle("before-only", shown);
	}
	take(event) {
		if (event.button !== 0) return;
		const held = this.divider.element.contains(event.target);
		this.gesture = !held && this.zoom > 1 ? "move" : "divide";
		this.root.setPointerCapture(event.pointerId);
		if (this.gesture === "divide") this.divider.grab(event);
	}
	drag(event) {
		if (this.gesture === "divide") this.divider.drag(event);
		else if (this.gesture === "move") {
			const box = this.root.getBoundingClientRect();
			const [x, y] = this.middle;
			this.middle = [x - event.movementX / box.width / this.zoom, y - event.movementY / box.height / this.zoom];
			this.show();
		}
	}
	show() {
		const room = .5 / this.zoom;
		const [x, y] = this.middle.map((each) => clamp(each, room, 1 - room));
		this.middle = [x, y];
		const [left, top] = [room - x, room - y];
		this.picture.style.transform = `scale(${this.zoom}) translate(${left * 100}%, ${top * 100}%)`;
		const cut = `${(this.divider.at / this.zoom - left) * 100}%`;
		const mirrored = this.picture.classList.contains("mirrored");
		this.root.style.setProperty("--cut-left", mirrored ? "0" : cut);
		this.root.style.setProperty("--cut-right", mirrored ? cut : "0");
		this.root.classList.toggle("zoomed", this.zoom > 1);
	}
};
/** The page of the web demo: the source, the settings and the cost. */
var stage = new Stage();
var facts = new Facts();
var root = element("stage");
var video = element("video");
var canvas = element("sharp");
var play = element("play");
var strength = element("strength");
var buttons = {
	sample: element("sample"),
	camera: element("camera"),
	file: element("open")
};
var pick = element("file");
var view = {
	detach: () => {},
	size: [0, 0]
};
var SAMPLE = {
	factor: 2,
	codec: "vp8",
	bitsPerPixel: 23e4 / 2304e3
};
var FACE = [.48, .3];
var chosen = (name) => document.querySelector(`[name=${name}]:checked`)?.value ?? "";
var model = () => chosen("model");
function say(trouble) {
	const text = trouble instanceof Error ? trouble.message : String(trouble);
	element("trouble").textContent = text;
	element("trouble").hidden = !text;
}
/** Runs what may fail, and shows the error on the page. */
function attempt(work) {
	say("");
	work().catch(say);
}
function draw() {
	if (view.source) view.sharpener?.draw(view.source.picture, view.size);
}
/** The canvas is as large as the picture, or twice as large if it is shown much larger. */
function resize() {
	const { source } = view;
	if (!source) return;
	const [width, height] = source.picture instanceof HTMLVideoElement && video.videoWidth ? [video.videoWidth, video.videoHeight] : [source.width, source.height];
	view.size = sizeFor(width, height, source.kind === "file" ? root.clientWidth * devicePixelRatio / width : 0);
	stage.fit(width, height, source.kind === "camera");
}
async function show(kind, file) {
	stage.state = "waiting";
	element("waiting-for").textContent = kind === "camera" ? "Waiting for your camera" : "Getting ready";
	try {
		const source = await open(kind, file);
		view.detach();
		view.sharpener?.restart();
		view.source = source;
		for (const [each, button] of Object.entries(buttons)) button.setAttribute("aria-pressed", String(each === kind));
		resize();
		stage.middle = kind === "sample" ? FACE : [.5, .5];
		choose("zoom", kind === "sample" ? "2" : "1");
		const streamInfo = kind === "sample" ? SAMPLE : {};
		if (view.sharpener) {
			view.sharpener.streamInfo = streamInfo;
			await view.sharpener.use(AUTO, modelsOf(model()));
		} else view.sharpener = Object.assign(await opened(), { streamInfo });
		view.sharpener.strength = Number(strength.value);
		const still = source.picture instanceof HTMLImageElement;
		play.disabled = still;
		if (still) draw();
		else view.detach = view.sharpener.attach(video, () => view.size);
		tell();
		stage.state = "running";
	} catch (error) {
		stage.state = view.source && view.sharpener ? "running" : "empty";
		throw error;
	}
}
async function opened() {
	const sharpener = await Sharpener.open({
		models: modelsOf(model()),
		canvas
	});
	sharpener.addEventListener("choice", () => {
		if (video.paused || view.source?.picture !== video) draw();
		facts.showExpert(sharpener);
	});
	sharpener.addEventListener("failed", (event) => {
		event.preventDefault();
		say(event.detail);
	});
	return sharpener;
}
async function changeModel() {
	await view.sharpener?.use(AUTO, modelsOf(model()));
	draw();
	tell();
}
function tell() {
	if (!view.sharpener) return;
	facts.showWork(view.sharpener, ...view.size);
	facts.reset(view.sharpener);
}
/** Twice a second: how long frames take. */
function look() {
	const { sharpener, source, size } = view;
	if (!sharpener || !source) return;
	const moves = source.picture === video && !video.paused;
	facts.showTime(sharpener, size, [source.width, source.height], moves);
	facts.showPace(sharpener, model(), moves);
}
function setStrength(value) {
	strength.value = String(clamp(value, 0, 2));
	element("strength-value").textContent = Number(strength.value).toFixed(1);
	if (view.sharpener) view.sharpener.strength = Number(strength.value);
	draw();
}
function choose(name, value) {
	const input = document.querySelector(`[name=${name}][value="${value}"]`);
	if (!input) return;
	input.checked = true;
	if (name === "zoom") stage.setZoom(Number(value));
	else attempt(changeModel);
}
function fullScreen() {
	attempt(() => document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen());
}
/** Saves the present frame, sharpened, as a PNG. */
function save() {
	draw();
	canvas.toBlob((file) => {
		if (!file) return say("The browser gives no picture.");
		const link = Object.assign(document.createElement("a"), {
			href: URL.createObjectURL(file),
			download: "crispen.png"
		});
		link.click();
		URL.revokeObjectURL(link.href);
	});
}
function pause() {
	if (play.disabled) return;
	if (video.paused) attempt(() => video.play());
	else video.pause();
}
for (const kind of ["sample", "camera"]) buttons[kind].onclick = () => attempt(() => show(kind));
buttons.file.onclick = () => pick.click();
pick.onchange = () => {
	const [file] = pick.files ?? [];
	if (file) attempt(() => show("file", file));
	pick.value = "";
};
strength.oninput = () => setStrength(Number(strength.value));
for (const input of document.querySelectorAll("[name=model], [name=zoom]")) input.onchange = () => choose(input.name, input.value);
play.onclick = pause;
element("full").onclick = fullScreen;
element("save").onclick = save;
var smaller = element("smaller");
smaller.onclick = () => choose("model", smaller.value);
video.onplay = video.onpause = () => {
	play.textContent = video.paused ? "Play" : "Pause";
	if (video.paused) draw();
};
video.onresize = resize;
addEventListener("resize", resize);
element("measure").onclick = () => attempt(() => benchmark(view.size, video));
onDrop((file) => attempt(() => show("file", file)));
var zooms = [
	"1",
	"2",
	"4"
];
onKeys({
	pressed: {
		"1": () => choose("model", MODELS[0]),
		"2": () => choose("model", MODELS[1]),
		"3": () => choose("model", MODELS[2]),
		"+": () => setStrength(Number(strength.value) + .1),
		"-": () => setStrength(Number(strength.value) - .1),
		z: () => choose("zoom", zooms[(zooms.indexOf(chosen("zoom")) + 1) % 3] ?? "1"),
		b: () => stage.beforeOnly(true),
		f: fullScreen,
		s: save
	},
	space: pause,
	released: { b: () => stage.beforeOnly(false) }
});
setInterval(look, 500);
setStrength(1);
attempt(() => show("sample"));
if ("serviceWorker" in navigator && true) navigator.serviceWorker.register("./offline.js").then(() => navigator.serviceWorker.ready).then(() => {
	element("offline").textContent = "It is ready for that now.";
}, () => {});
