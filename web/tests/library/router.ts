export { beats } from "../../src/library/beats";
export { measures } from "../../src/library/measures";
export { gains, predict, readRouter } from "../../src/library/router";
export { StreamRouter } from "../../src/library/stream";
export { cut, places, tilesOf } from "../../src/library/tiles";
