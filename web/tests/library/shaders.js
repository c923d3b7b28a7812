/** Prints the compute shaders of a model in half precision, as JSON: node shaders.js FILE. For tests/library/half.py. */
import { readFileSync } from "node:fs";
import { build } from "vite";

const entry = new URL("shaders.ts", import.meta.url).pathname;
const settings = { configFile: false, publicDir: false, logLevel: "error" };
const [made] = await build({ ...settings, build: { write: false, lib: { entry, formats: ["es"] } } });
const { layers } = await import(`data:text/javascript,${encodeURIComponent(made.output[0].code)}`);
const bytes = readFileSync(process.argv[2]);
console.log(JSON.stringify(layers(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))));
