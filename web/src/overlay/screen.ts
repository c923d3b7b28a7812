/** Calls `work` before each picture of the screen, until `signal` is aborted, after the page's own callbacks for it. */
export function eachScreen(work: () => void, signal: AbortSignal): void {
  let next = 0;
  const turn = () => {
    if (signal.aborted) return;
    work();
    const ask = () => {
      cancelAnimationFrame(next);
      next = requestAnimationFrame(turn);
    };
    ask();
    setTimeout(ask); // by then the page has asked for its next ones, which may move a video
  };
  turn();
}
