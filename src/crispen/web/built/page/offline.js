// The service worker: caches all files of the page, so that it works without a network. The build fills in the list.

const FILES = ["@FILES@"];
const NAME = "crispen-@VERSION@";

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(FILES)));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("crispen-") && name !== NAME);
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(old(names).map((name) => caches.delete(name))))
      .then(() => clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || new URL(event.request.url).origin !== location.origin) return;
  event.respondWith(answer(event.request));
});

async function answer(request) {
  const kept = await (await caches.open(NAME)).match(request, { ignoreSearch: true });
  if (!kept) return fetch(request);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "");
  if (!range) return kept;
  const all = await kept.blob(); // video elements request byte ranges
  const [start, end] = [Number(range[1]), range[2] ? Number(range[2]) + 1 : all.size];
  return new Response(all.slice(start, end), {
    status: 206,
    headers: {
      "Content-Type": all.type,
      "Content-Range": `bytes ${start}-${end - 1}/${all.size}`,
      "Accept-Ranges": "bytes",
    },
  });
}
