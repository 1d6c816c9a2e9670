// The element with data-live is replaced by its newer self, from the address named there, until that says data-done: every
// two seconds while something in it is data-unfinished, else every ten, and when the tab is looked at again.
"use strict";
(() => {
  const BETWEEN = 2000, BETWEEN_WHEN_IDLE = 10000;
  const live = document.querySelector("[data-live]"), state = document.getElementById("live-state");
  if (!live || "done" in live.dataset) return;

  let shown = live.innerHTML;

  async function news() {
    const reply = await fetch(live.dataset.live, { headers: { Accept: "text/html" } });
    if (!reply.ok) throw new Error(String(reply.status));
    return new DOMParser().parseFromString(await reply.text(), "text/html").getElementById(live.id);
  }

  function show(fresh) {
    if (fresh.innerHTML !== shown) {
      shown = fresh.innerHTML;
      const old = live.querySelector("pre.log"), open = [...live.querySelectorAll("details")].map((each) => each.open);
      const place = old?.scrollTop, isAtEnd = !old || old.scrollTop + old.clientHeight >= old.scrollHeight - 4;
      live.replaceChildren(...fresh.childNodes);
      live.querySelectorAll("details").forEach((each, at) => { each.open = open[at] ?? each.open; });
      const log = live.querySelector("pre.log");
      if (log) log.scrollTop = isAtEnd ? log.scrollHeight : place;
    }
    if ("done" in fresh.dataset) live.dataset.done = "";
  }

  let timer, isAsking = false;

  async function refresh() {
    if (document.hidden || isAsking || "done" in live.dataset) return;
    clearTimeout(timer);
    isAsking = true;
    try {
      const fresh = await news();
      if (fresh) show(fresh);
      state.textContent = "done" in live.dataset ? "" : "live";
    } catch {
      state.textContent = "the service does not answer; trying again";
    } finally {
      isAsking = false;
    }
    timer = setTimeout(refresh, live.querySelector("[data-unfinished]") ? BETWEEN : BETWEEN_WHEN_IDLE);
  }

  document.addEventListener("visibilitychange", refresh);
  const log = live.querySelector("pre.log");
  if (log) log.scrollTop = log.scrollHeight;
  refresh();
})();
