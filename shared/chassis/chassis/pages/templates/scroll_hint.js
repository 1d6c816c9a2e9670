// Boxes that are wider than the window scroll sideways: say so above them, and let the keyboard reach them.
"use strict";
(() => {
  function mark(box) {
    const hint = box.previousElementSibling?.classList.contains("hint") ? box.previousElementSibling : null;
    const isWide = box.scrollWidth > box.clientWidth + 1;
    if (isWide === Boolean(hint)) return;
    if (hint) {
      hint.remove();
      box.removeAttribute("tabindex");
      return;
    }
    const words = document.createElement("p");
    words.className = "hint";
    words.textContent = "Scroll sideways for more columns \u2192";
    box.before(words);
    box.tabIndex = 0;
  }
  const watch = new ResizeObserver((entries) => entries.forEach((entry) => mark(entry.target.closest(".scroll"))));
  function look() {
    for (const box of document.querySelectorAll(".scroll")) {
      watch.observe(box);
      for (const inner of box.children) watch.observe(inner);
    }
  }
  look();
  new MutationObserver(look).observe(document.querySelector("main"), { childList: true, subtree: true });
})();
