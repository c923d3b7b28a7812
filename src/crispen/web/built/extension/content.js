(function() {
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
	/** The size at which a picture is sharpened: the models for small streams expect it enlarged first. */
	var MOST$1 = 2073600;
	var ENLARGED = 1.2;
	/**
	* @param scale screen pixels for each pixel of the picture.
	* @returns twice the picture's size if it is shown larger than it is, otherwise its own size.
	*/
	function sizeFor(width, height, scale) {
		const factor = scale >= ENLARGED && 4 * width * height <= MOST$1 ? 2 : 1;
		return [factor * width, factor * height];
	}
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
	function sizeOf$1(picture) {
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
			const [ownWidth, ownHeight] = sizeOf$1(picture);
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
			const [sourceWidth, sourceHeight] = sizeOf$1(picture);
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
			resize(this.context.surface, width, height);
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
			resize(this.surface, width, height);
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
	function resize(surface, width, height) {
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
	function show(half) {
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
			this.display = this.render(show(half), "show", this.format);
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
			const [sourceWidth, sourceHeight] = sizeOf$1(picture);
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
	async function measure(sharpener, draw, width, height, frames) {
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
	var LOOK$2 = 200;
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
		const watch = setInterval(() => track.readyState === "ended" && end(), LOOK$2);
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
			const [wide, high] = sizeOf$1(picture);
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
			return measure(this, (picture) => this.render(picture, width, height, 1), width, height, frames);
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
	/**
	* The `clip-path` that leaves what is right of `at`, 0 to 1, of an element that may be shown as in a mirror.
	* @param bottom CSS pixels at the bottom that it cuts off too.
	*/
	function rightOf(at, mirrored = false, bottom = 0) {
		return mirrored ? `inset(0 ${100 * at}% ${bottom}px 0)` : `inset(0 0 ${bottom}px ${100 * at}%)`;
	}
	/** A `background` that draws the divider's line at `at`, where a separate element cannot be used. */
	function lineAt(at) {
		return `linear-gradient(#fff, #fff) calc(${100 * at}% - 1px) 0 / 2px 100% no-repeat border-box`;
	}
	/** Sets styles that the page's own rules cannot override. */
	function pin(element, style) {
		for (const [name, value] of Object.entries(style)) if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value, "important");
	}
	/** The box over a video: a canvas and the line of the divider. Clicks go through it. */
	var PLAIN = {
		all: "initial",
		display: "block",
		visibility: "hidden",
		"pointer-events": "none",
		"box-sizing": "border-box",
		inset: "auto",
		overflow: "hidden"
	};
	var FILLING = {
		all: "initial",
		position: "absolute",
		inset: "0",
		width: "100%",
		height: "100%",
		"box-sizing": "border-box",
		"pointer-events": "none",
		border: "0 solid transparent"
	};
	function madeBox() {
		const [root, canvas, line] = [
			document.createElement("div"),
			document.createElement("canvas"),
			document.createElement("div")
		];
		pin(root, PLAIN);
		for (const each of [canvas, line]) pin(each, FILLING);
		root.dataset.crispen = "sharp";
		root.setAttribute("aria-hidden", "true");
		root.popover = "manual";
		root.append(canvas, line);
		return {
			root,
			canvas,
			get isShown() {
				return root.style.visibility === "visible";
			},
			show(at, isMirrored, controls) {
				pin(root, { visibility: "visible" });
				const free = `inset(0 0 ${controls}px 0)`;
				pin(canvas, { "clip-path": at ? rightOf(at, isMirrored, controls) : free });
				pin(line, {
					background: at ? lineAt(isMirrored ? 1 - at : at) : "none",
					"clip-path": free
				});
			},
			hide() {
				pin(root, { visibility: "hidden" });
			}
		};
	}
	/** How large a video is shown. */
	/** Screen pixels for each pixel of the video, as `object-fit` and transforms have it; the larger of both directions. */
	function magnification(video) {
		const style = getComputedStyle(video);
		const pad = (...sides) => sides.reduce((sum, side) => sum + parseFloat(style.getPropertyValue(`padding-${side}`)), 0);
		const across = (video.clientWidth - pad("left", "right")) / video.videoWidth;
		const down = (video.clientHeight - pad("top", "bottom")) / video.videoHeight;
		const box = video.getBoundingClientRect();
		const scaled = Math.sqrt(box.width * box.height / (video.offsetWidth * video.offsetHeight)) || 0;
		return devicePixelRatio * scaled * fitted(style.objectFit, across, down);
	}
	function fitted(fit, across, down) {
		if (fit === "contain") return Math.min(across, down);
		if (fit === "none") return 1;
		if (fit === "scale-down") return Math.min(1, across, down);
		return Math.max(across, down);
	}
	/**
	* Where the boxes over videos are in the document.
	*
	* A new child or sibling would change which of the page's selectors match: `video + .name`, `:nth-child`, `:last-child`. So a box
	* is put in a shadow root of the video's parent. Slots show the parent's own children around it, which stay where they are in
	* the document. In the order of painting the box follows its video: what the page places over the video stays over the box.
	*/
	var layers = /* @__PURE__ */ new WeakMap();
	var homes = /* @__PURE__ */ new WeakMap();
	/** A slot has no box; properties of the parent that a child takes by the keyword `inherit` pass through it. */
	var SLOT = {
		all: "inherit",
		display: "contents",
		animation: "none",
		transition: "none",
		"counter-reset": "none",
		"counter-increment": "none",
		"counter-set": "none"
	};
	var Layer = class {
		host;
		root;
		boxes = /* @__PURE__ */ new Map();
		constructor(host, root) {
			this.host = host;
			this.root = root;
			new MutationObserver(() => this.arrange()).observe(host, { childList: true });
		}
		has(box, child) {
			return this.boxes.get(box) === child && box.getRootNode() === this.root;
		}
		add(box, child) {
			this.boxes.set(box, child);
			this.arrange();
		}
		remove(box) {
			if (this.boxes.delete(box)) this.arrange();
		}
		/** Puts each box behind its child, and the children into slots between the boxes. */
		arrange() {
			const after = /* @__PURE__ */ new Map();
			for (const [box, child] of this.boxes) after.set(child, [...after.get(child) ?? [], box]);
			const order = [];
			const groups = [[]];
			for (const node of this.host.childNodes) {
				if (node instanceof Element || node instanceof Text) groups.at(-1)?.push(node);
				const boxes = after.get(node);
				if (!boxes) continue;
				order.push(slot(), ...boxes);
				groups.push([]);
			}
			order.push(slot());
			if (!(order.length === this.root.children.length && order.every((each, at) => fits(each, this.root.children[at])))) this.root.replaceChildren(...order);
			const slots = [...this.root.children].filter((each) => each instanceof HTMLSlotElement);
			for (const [at, each] of slots.entries()) each.assign(...groups[at] ?? []);
		}
	};
	var fits = (wanted, is) => wanted === is || wanted instanceof HTMLSlotElement && is instanceof HTMLSlotElement;
	function slot() {
		const made = document.createElement("slot");
		pin(made, SLOT);
		return made;
	}
	/**
	* Puts `box` over `video`, if it is not there: in the nearest ancestor that can have a shadow root. Where an ancestor below that
	* has further children, which may lie over the video, it becomes one of them; where there is none, it is behind the body.
	* @returns the element that the box follows in the order of painting: the video, or an ancestor.
	*/
	function cover(video, box) {
		for (let child = video;;) {
			const parent = child.parentNode;
			if (!parent || parent === document || parent === document.body) {
				if (box.parentNode !== document.documentElement) move(box, () => document.documentElement.append(box));
				return child;
			}
			const layer = parent instanceof Element && (layers.get(parent) ?? made(parent));
			if (layer) {
				if (!layer.has(box, child)) {
					move(box, () => layer.add(box, child));
					homes.set(box, layer);
				}
				return child;
			}
			const next = child.nextElementSibling;
			if (next) {
				if (next !== box) move(box, () => child.after(box));
				return child;
			}
			child = parent instanceof ShadowRoot ? parent.host : parent;
		}
	}
	function move(box, into) {
		uncover(box);
		into();
	}
	/** Takes `box` away. */
	function uncover(box) {
		homes.get(box)?.remove(box);
		homes.delete(box);
		box.remove();
	}
	/** @returns undefined if the element has a shadow root of its own, may have none, or may get one from the page later. */
	function made(host) {
		if (host.localName.includes("-") || host.shadowRoot) return void 0;
		try {
			const layer = new Layer(host, host.attachShadow({
				mode: "open",
				slotAssignment: "manual"
			}));
			layers.set(host, layer);
			return layer;
		} catch {
			return;
		}
	}
	/** Whether the video is mirrored, as calls show one's own picture. */
	function mirrored(video) {
		let turned = false;
		for (let each = video; each; each = each.parentElement) {
			const style = getComputedStyle(each);
			if (style.transform !== "none" && new DOMMatrix(style.transform).a < 0) turned = !turned;
			if (parseFloat(style.scale) < 0) turned = !turned;
		}
		return turned;
	}
	/** The reason shown for a video that even the smallest model is too slow for. */
	var SLOW = "the graphics of this computer are too slow for it";
	/** The reason shown for a video whose position could not be found. */
	var LOST = "its place on the page cannot be followed";
	/** What cuts a video off and not its box, which is placed absolutely: ancestors with `overflow` and without `position`. */
	/**
	* The `clip-path` for the box of `video`, which is over it; "none" if nothing more is cut off of the video than of the box.
	* Where the page turns the video it is "none" too.
	*/
	function cutOff(video, box) {
		const is = video.getBoundingClientRect();
		const [across, down] = [is.width / box.offsetWidth, is.height / box.offsetHeight];
		if (Math.abs(across - down) > .01 * across) return "none";
		let cut = [
			0,
			0,
			0,
			0
		];
		let round = "";
		const start = getComputedStyle(video).position === "absolute" ? video.offsetParent : video.parentElement;
		for (let each = start; each && each !== box.offsetParent && each !== document.body; each = each.parentElement) {
			const { overflow, borderRadius } = getComputedStyle(each);
			if (overflow === "visible") continue;
			const inner = contentOf(each);
			const by = [
				inner.top - is.top,
				is.right - inner.right,
				is.bottom - inner.bottom,
				inner.left - is.left
			];
			if (by.every((edge) => edge > -1)) round ||= borderRadius;
			cut = cut.map((most, edge) => Math.max(most, by[edge]));
		}
		const [top, right, bottom, left] = cut.map((edge) => edge < .5 ? 0 : edge / across);
		if (!(top || right || bottom || left) && !/[1-9]/.test(round)) return "none";
		return `inset(${(mirrored(video) ? [
			top,
			left,
			bottom,
			right
		] : [
			top,
			right,
			bottom,
			left
		]).map((edge) => `${edge}px`).join(" ")}${/[1-9]/.test(round) ? ` round ${round}` : ""})`;
	}
	/** The rectangle of the screen in which an element shows its content. */
	function contentOf(element) {
		const box = element.getBoundingClientRect();
		const [top, left] = [box.top + element.clientTop, box.left + element.clientLeft];
		return {
			top,
			left,
			right: left + element.clientWidth,
			bottom: top + element.clientHeight
		};
	}
	/** Places a box exactly over a video. */
	/** The style properties of a video that its box takes. */
	var COPIED = [
		"transform",
		"transform-origin",
		"translate",
		"rotate",
		"scale",
		"filter",
		"border-radius"
	];
	/** Those that the picture in the box takes. */
	var INNER = [
		"object-fit",
		"object-position",
		"padding",
		"border-width"
	];
	var [NEAR, APART] = [.1, 1];
	var STEP = 64;
	var TRIES = 3;
	var Placement = class {
		box;
		picture;
		video;
		moves = [
			1,
			0,
			0,
			1
		];
		constructor(box, picture, video) {
			this.box = box;
			this.picture = picture;
			this.video = video;
		}
		/** Whether the box is not where the video is. */
		get isOff() {
			return apart(this.box, this.video) >= NEAR;
		}
		/**
		* Places the box over the present position of the video.
		* @returns "over": it is exactly over it. "none": there is no picture to be over, or one that the page shows see-through.
		* "lost": the position could not be found.
		*/
		place() {
			const { box, picture, video } = this;
			const child = cover(video, box);
			const style = getComputedStyle(video);
			const isFull = video.matches(":fullscreen");
			if (isFull !== box.matches(":popover-open")) box.togglePopover(isFull);
			if (!(style.display !== "none" && video.offsetWidth > 0 && style.visibility === "visible") || isInPicture(video) || isBlended(video, child)) return "none";
			const copy = (names) => Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name)]));
			pin(picture, copy(INNER));
			const position = isFull || style.position === "fixed" ? "fixed" : "absolute";
			if (box.style.position !== position) pin(box, {
				position,
				left: "0px",
				top: "0px"
			});
			pin(box, {
				...copy(COPIED),
				...sizeOf(style),
				"z-index": levelOf(child)
			});
			if (!this.align()) return "lost";
			pin(box, { "clip-path": position === "absolute" && style.clipPath === "none" ? cutOff(video, box) : style.clipPath });
			return "over";
		}
		/** Moves the box until its middle is that of the video. Ancestors may scale, mirror and turn what a move does. */
		align() {
			const { box, video } = this;
			for (let tries = 0; tries < TRIES; tries++) {
				const [[x, y], [wantedX, wantedY]] = [middle(box), middle(video)];
				const [right, down] = [wantedX - x, wantedY - y];
				if (Math.abs(right) < NEAR && Math.abs(down) < NEAR) break;
				if (tries) this.moves = measured(box);
				const [a, b, c, d] = this.moves;
				const area = a * d - b * c;
				if (Math.abs(area) < 1e-6) return false;
				moveBy(box, (right * d - down * c) / area, (down * a - right * b) / area);
			}
			if (apart(box, video) < APART) return true;
			pin(box, {
				left: "0px",
				top: "0px"
			});
			return false;
		}
	};
	function moveBy(box, left, top) {
		pin(box, {
			left: `${parseFloat(box.style.left) + left}px`,
			top: `${parseFloat(box.style.top) + top}px`
		});
	}
	/** Tries what moves do. */
	function measured(box) {
		const [x, y] = middle(box);
		const tried = ([left, top]) => {
			moveBy(box, left, top);
			const [nextX, nextY] = middle(box);
			moveBy(box, -left, -top);
			return [(nextX - x) / STEP, (nextY - y) / STEP];
		};
		return [...tried([STEP, 0]), ...tried([0, STEP])];
	}
	function middle(element) {
		const box = element.getBoundingClientRect();
		return [box.x + box.width / 2, box.y + box.height / 2];
	}
	/** The largest distance of two elements' edges on the screen, CSS pixels. */
	function apart(one, other) {
		const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
		return Math.max(...[
			"left",
			"top",
			"right",
			"bottom"
		].map((edge) => Math.abs(a[edge] - b[edge])));
	}
	/** Width and height with padding and border, in fractions of pixels. */
	function sizeOf(style) {
		const sum = (...names) => names.reduce((total, name) => total + parseFloat(style.getPropertyValue(name)), 0);
		const isWhole = style.boxSizing === "border-box";
		const across = isWhole ? [] : [
			"padding-left",
			"padding-right",
			"border-left-width",
			"border-right-width"
		];
		const down = isWhole ? [] : [
			"padding-top",
			"padding-bottom",
			"border-top-width",
			"border-bottom-width"
		];
		return {
			width: `${sum("width", ...across)}px`,
			height: `${sum("height", ...down)}px`
		};
	}
	/** The `z-index` of an element, where it has an effect. */
	function levelOf(element) {
		const style = getComputedStyle(element);
		const isItem = element.parentElement && /flex|grid/.test(getComputedStyle(element.parentElement).display);
		return style.position !== "static" || isItem ? style.zIndex : "auto";
	}
	/**
	* Whether the page shows the video see-through, blended or with soft edges. A picture over it would be shown so twice.
	* @param until the last of the video's ancestors to ask: those above it have the box in them too.
	*/
	function isBlended(video, until) {
		for (let each = video; each; each = each.parentElement) {
			const { opacity, mixBlendMode, maskImage, filter } = getComputedStyle(each);
			if (Number(opacity) < 1 || mixBlendMode !== "normal" || maskImage && maskImage !== "none") return true;
			if (/blur|opacity|drop-shadow/.test(filter)) return true;
			if (each === until) break;
		}
		return false;
	}
	/** Whether the video is shown in a picture-in-picture window, and the page shows a notice in its place. */
	function isInPicture(video) {
		return video.getRootNode().pictureInPictureElement === video;
	}
	/** Calls `work` before each picture of the screen, until `signal` is aborted, after the page's own callbacks for it. */
	function eachScreen(work, signal) {
		let next = 0;
		const turn = () => {
			if (signal.aborted) return;
			work();
			const ask = () => {
				cancelAnimationFrame(next);
				next = requestAnimationFrame(turn);
			};
			ask();
			setTimeout(ask);
		};
		turn();
	}
	/** One video of a page and the sharpened picture over it. */
	var CONTROLS = 84;
	var LOOK$1 = 500;
	var PATIENCE = 20;
	/**
	* Shows a sharpened picture over `video`, until `close`. It follows the video's position, size, cropping and full screen.
	* The event "change" says that `trouble`, `model` or `expert` may be another.
	*/
	var Overlay = class extends EventTarget {
		video;
		options;
		/** Why this video cannot be sharpened; empty if it can. */
		trouble = "";
		/** The model in use: the chosen one, or a smaller one. */
		model;
		box = madeBox();
		placement;
		sharpener;
		pace = new Pace();
		pointer;
		leave = new AbortController();
		detach = () => {};
		lost = 0;
		isPlain = false;
		seen = 0;
		loading = 0;
		constructor(video, options = {}) {
			super();
			this.video = video;
			this.options = options;
			const { signal } = this.leave;
			this.model = options.model ?? "balanced";
			this.placement = new Placement(this.box.root, this.box.canvas, video);
			video.addEventListener("emptied", () => this.hide(), { signal });
			video.addEventListener("resize", () => this.place(), { signal });
			for (const event of [
				"pause",
				"play",
				"seeked"
			]) video.addEventListener(event, () => this.still(), { signal });
			video.addEventListener("encrypted", () => this.fail("protected"), { signal });
			this.open();
			const timer = setInterval(() => this.look(), LOOK$1);
			signal.addEventListener("abort", () => clearInterval(timer));
			eachScreen(() => this.follow(), signal);
		}
		/** Whether the box cannot be placed over the video, and nothing is shown. */
		get isLost() {
			return this.lost > PATIENCE;
		}
		/** Milliseconds per frame, 0 if not known yet. */
		get time() {
			return this.sharpener?.stats.frameTime ?? 0;
		}
		get backend() {
			const { sharpener } = this;
			return sharpener ? `${this.model} on ${sharpener.backend === "webgpu" ? "WebGPU" : "WebGL 2"}, ${sharpener.gpu}` : "";
		}
		/** The expert that the router chose for this video, in words; "" while nothing runs. */
		get expert() {
			return this.sharpener ? described(this.sharpener.choice) : "";
		}
		/** Changes the given options; the others stay. A model that is given is tried again if it was too slow. */
		set(options) {
			this.options = {
				...this.options,
				...options
			};
			const { strength = 1, streamInfo = {} } = this.options;
			if (this.sharpener) Object.assign(this.sharpener, {
				strength,
				streamInfo
			});
			if (options.model || options.expert) this.take(this.options.model ?? this.model);
			if (options.model) this.isPlain = false;
			if (options.model && this.trouble === "the graphics of this computer are too slow for it") {
				this.trouble = "";
				this.attach();
			}
			this.still();
		}
		/** Moves the divider to a pointer over this video. `x`, `y`: in the window. `wanted`: whether there is to be a divider. */
		point(x, y, wanted) {
			const box = this.video.getBoundingClientRect();
			const at = x >= box.left && x <= box.right && y >= box.top && y <= box.bottom && wanted ? (x - box.left) / box.width : void 0;
			if (at === this.pointer) return;
			this.pointer = at;
			this.place();
		}
		/** Places the sharpened picture over the present position of the video, and the divider in it. */
		place() {
			if (this.leave.signal.aborted || !this.sharpener) return;
			this.seen = this.sharpener.stats.frames;
			const where = this.seen > 0 && this.video.readyState >= 2 && !this.trouble ? this.placement.place() : "none";
			this.lost = where === "lost" ? this.lost + 1 : 0;
			if (where !== "over") {
				this.hide();
				return;
			}
			const at = this.options.compare || this.pointer !== void 0 ? this.pointer ?? this.options.at ?? .5 : 0;
			const hasControls = this.video.controls && (this.video.paused || this.video.matches(":hover, :focus"));
			this.box.show(at, mirrored(this.video), hasControls ? CONTROLS : 0);
		}
		close() {
			this.leave.abort();
			this.sharpener?.close();
			uncover(this.box.root);
		}
		async open() {
			try {
				const { strength = 1, backend = "auto", precision = "f16", expert = AUTO } = this.options;
				const { canvas } = this.box;
				const { model } = this;
				const models = this.files(model);
				const sharpener = await Sharpener.open({
					models,
					canvas,
					strength,
					backend,
					precision,
					set: expert,
					shared: true
				});
				if (this.leave.signal.aborted) return sharpener.close();
				this.sharpener = sharpener;
				sharpener.addEventListener("lost", () => this.hide());
				sharpener.addEventListener("choice", () => {
					this.still();
					this.tell();
				});
				sharpener.addEventListener("failed", (event) => {
					if (!event.cancelable) return;
					event.preventDefault();
					this.fail(event.detail);
				});
				sharpener.streamInfo = this.options.streamInfo ?? {};
				this.attach();
				this.set({});
				if (this.model !== model || (this.options.expert ?? "auto") !== expert) this.take(this.model);
				this.tell();
			} catch (error) {
				this.fail(`it could not be opened (${error.message})`);
			}
		}
		attach() {
			if (this.sharpener) this.detach = this.sharpener.attach(this.video, () => this.wanted());
			this.pace.reset(this.video, this.sharpener?.stats.frames ?? 0);
		}
		files(model) {
			return this.options.models?.(model) ?? modelsOf(model, this.options.folder);
		}
		/** Places the box again if the video moved, or a frame came. */
		follow() {
			const { frames } = this.sharpener?.stats ?? { frames: 0 };
			if (frames !== this.seen || this.box.isShown && this.placement.isOff) this.place();
		}
		/** If frames come too late: a smaller model, after the smallest no enlarging, which takes a quarter of the time, then none. */
		look() {
			this.place();
			if (!this.sharpener || this.trouble || this.options.punctual === false) return;
			const { frames } = this.sharpener.stats;
			if (document.hidden || this.loading) this.pace.reset(this.video, frames);
			if (!this.pace.isLate(this.video, frames)) return;
			const smaller = MODELS[MODELS.indexOf(this.model) - 1];
			const isEnlarged = this.wanted()[0] > this.video.videoWidth;
			if (smaller) this.take(smaller);
			else if (isEnlarged) this.isPlain = true;
			else this.fail(SLOW);
		}
		wanted() {
			return sizeFor(this.video.videoWidth, this.video.videoHeight, this.isPlain ? 1 : magnification(this.video));
		}
		take(model) {
			this.model = model;
			if (this.sharpener) this.load(this.sharpener);
			this.tell();
		}
		/** Loads the model and the expert. Lateness is not measured until then. */
		async load(sharpener) {
			this.loading++;
			try {
				await sharpener.use(this.options.expert ?? "auto", this.files(this.model));
				this.still();
			} catch (error) {
				this.fail(error.message);
			}
			this.loading--;
			this.pace.reset(this.video, sharpener.stats.frames);
		}
		/** Draws the present frame of a paused video, which has no next one. */
		still() {
			if (this.video.paused && this.video.readyState >= 2) this.sharpener?.draw(this.video, this.wanted());
			this.place();
		}
		fail(why) {
			this.trouble = why;
			this.detach();
			this.hide();
			this.tell();
		}
		hide() {
			this.box.hide();
		}
		tell() {
			this.dispatchEvent(new Event("change"));
		}
	};
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
	/** Chooses the videos of a page to sharpen, with reasons for the others. */
	var SMALLEST = 6912;
	var LEAST = .4;
	var MOST = 6;
	/** All videos below `root`, including those in open shadow trees. */
	function videosIn(root) {
		const found = [...root.querySelectorAll("video")];
		for (const element of root.querySelectorAll("*")) if (element.shadowRoot) found.push(...videosIn(element.shadowRoot));
		return found;
	}
	/** The largest readable videos, at most six. `troubles`: reasons that were found only when sharpening was tried. */
	function choose(videos, troubles) {
		const choice = {
			chosen: [],
			left: {}
		};
		const seen = videos.filter((video) => video.readyState >= 2 && video.videoWidth && area(video) >= SMALLEST);
		for (const video of seen.sort((one, other) => area(other) - area(one))) {
			const why = troubles(video) || whyNot(video) || (choice.chosen.length >= MOST ? `only ${MOST} at once` : "");
			if (why) choice.left[why] = (choice.left[why] ?? 0) + 1;
			else choice.chosen.push(video);
		}
		return choice;
	}
	/** The area of the window that a video takes, in CSS pixels. */
	function area(video) {
		const box = video.getBoundingClientRect();
		const width = Math.min(box.right, innerWidth) - Math.max(box.left, 0);
		const height = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
		return Math.max(0, width) * Math.max(0, height);
	}
	/** Whether it shows a camera of this computer. Only tracks of devices name the group of their device. */
	function isOwnCamera(video) {
		const stream = video.srcObject;
		return stream instanceof MediaStream && stream.getVideoTracks().some((track) => track.getSettings().groupId);
	}
	var known = /* @__PURE__ */ new WeakMap();
	/** Why a video cannot be sharpened; "" if it can. */
	function whyNot(video) {
		if (isOwnCamera(video)) return "your own camera";
		if (isInPicture(video)) return "in a picture-in-picture window";
		if (magnification(video) < LEAST) return "shown much smaller than it is";
		if (isBlended(video, video)) return "shown see-through by the page";
		if (video.mediaKeys) return "protected (DRM)";
		const source = video.srcObject ?? video.currentSrc;
		const before = known.get(video);
		if (before?.source === source) return before.why;
		let why = "";
		const canvas = new OffscreenCanvas(1, 1).getContext("2d");
		try {
			canvas?.drawImage(video, 0, 0, 1, 1);
			canvas?.getImageData(0, 0, 1, 1);
		} catch {
			why = "from another site, which does not let it be read";
		}
		known.set(video, {
			source,
			why
		});
		return why;
	}
	/**
	* The content script: finds the videos of a page and places a sharpened picture over each.
	*
	* It runs in the extension's isolated world, which the page's scripts cannot access, and requests only the packaged models,
	* from the extension's own worker.
	*/
	var LOOK = 500;
	var Sharpening = class {
		overlays = /* @__PURE__ */ new Map();
		troubles = /* @__PURE__ */ new Map();
		files = /* @__PURE__ */ new Map();
		settings = {
			...DEFAULTS,
			on: false
		};
		left = {};
		timer;
		pointer = [
			-1,
			-1,
			false
		];
		constructor() {
			const watch = {
				capture: true,
				passive: true
			};
			addEventListener("pointermove", (event) => this.point(event.clientX, event.clientY, event.altKey), watch);
			addEventListener("keydown", (event) => this.point(this.pointer[0], this.pointer[1], event.altKey), watch);
			addEventListener("keyup", (event) => this.point(this.pointer[0], this.pointer[1], event.altKey), watch);
			for (const event of ["fullscreenchange", "resize"]) addEventListener(event, () => this.look());
		}
		async apply(settings) {
			const { model, ...others } = settings;
			const again = settings.on && !this.settings.on || model !== this.settings.model || areSame(settings, this.settings);
			this.settings = settings;
			clearInterval(this.timer);
			this.timer = settings.on ? setInterval(() => this.look(), LOOK) : void 0;
			for (const overlay of this.overlays.values()) overlay.set(again ? {
				model,
				...others
			} : others);
			for (const [video, { why }] of this.troubles) if (again && why === "the graphics of this computer are too slow for it") this.troubles.delete(video);
			this.look();
			return this.status();
		}
		status() {
			const all = [...this.overlays.values()];
			const overlays = all.filter((overlay) => !overlay.isLost);
			const lost = all.length - overlays.length;
			return {
				on: this.settings.on,
				settings: this.settings,
				sharpened: overlays.length,
				model: MODELS.find((model) => overlays.some((overlay) => overlay.model === model)) ?? this.settings.model,
				time: Math.max(0, ...overlays.map((overlay) => overlay.time)),
				backend: overlays.map((overlay) => overlay.backend).find((each) => each) ?? "",
				experts: overlays.map((overlay) => overlay.expert).filter((each) => each),
				left: lost ? {
					...this.left,
					[LOST]: lost
				} : this.left
			};
		}
		/** Opens and closes overlays as videos appear, disappear and move. */
		look() {
			for (const video of this.troubles.keys()) if (!video.isConnected) this.troubles.delete(video);
			for (const overlay of this.overlays.values()) if (overlay.trouble) this.troubles.set(overlay.video, {
				source: sourceOf(overlay.video),
				why: overlay.trouble
			});
			const trouble = (video) => {
				const known = this.troubles.get(video);
				return known && known.source === sourceOf(video) ? known.why : "";
			};
			const { chosen, left } = this.settings.on ? choose(videosIn(document), trouble) : {
				chosen: [],
				left: {}
			};
			this.left = left;
			for (const [video, overlay] of this.overlays) {
				if (chosen.includes(video)) continue;
				overlay.close();
				this.overlays.delete(video);
			}
			for (const video of chosen) {
				const overlay = this.overlays.get(video);
				if (overlay) overlay.place();
				else this.overlays.set(video, new Overlay(video, {
					...this.settings,
					models: (model) => this.models(model)
				}));
			}
		}
		point(x, y, alt) {
			this.pointer = [
				x,
				y,
				alt
			];
			for (const overlay of this.overlays.values()) overlay.point(x, y, alt || this.settings.compare);
		}
		models(model) {
			return (set) => {
				const name = `${model}-${set}`;
				const file = this.files.get(name) ?? ask(name);
				this.files.set(name, file);
				file.catch(() => this.files.delete(name));
				return file;
			};
		}
	};
	var sourceOf = (video) => video.srcObject ?? video.currentSrc;
	async function ask(name) {
		const answer = await chrome.runtime.sendMessage({
			ask: "model",
			name
		});
		if (answer.error) throw new Error(answer.error);
		return Uint8Array.from(atob(answer.value), (letter) => letter.charCodeAt(0)).buffer;
	}
	globalThis.crispen ??= new Sharpening();
})();
