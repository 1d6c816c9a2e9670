// The confusion of a binary model at any threshold, from the counts that came with the page.
"use strict";
(() => {
  const tools = document.getElementById("threshold");
  if (!tools) return;
  const curve = JSON.parse(tools.dataset.curve), [negatives, positives] = curve.rows;
  const input = tools.querySelector("input"), cells = [...document.querySelectorAll("table.confusion tbody tr")].map((row) => [...row.cells]);
  const count = (value) => value.toLocaleString("en-US");
  const percent = (part, whole) => (whole ? `${(100 * part / whole).toFixed(1)}%` : "-");
  const brief = (value) => String(Number(value.toPrecision(4)));

  function row(at, counts, right, predicted) {
    const total = counts[0] + counts[1];
    counts.forEach((value, column) => {
      cells[at][1 + column].textContent = count(value);
      cells[at][1 + column].style.setProperty("--share", total ? value / total : 0);
    });
    cells[at][3].textContent = percent(right, total);
    cells[at][4].textContent = percent(right, predicted);
    cells[at][5].textContent = percent(2 * right, total + predicted);
  }

  function show() {
    const at = Number(input.value), hits = curve.true_positives[at], alarms = curve.false_positives[at];
    const misses = positives - hits, passed = negatives - alarms;
    row(0, [passed, alarms], passed, passed + misses);
    row(1, [misses, hits], hits, hits + alarms);
    const shown = {
      precision: percent(hits, hits + alarms), recall: percent(hits, positives), f1: percent(2 * hits, hits + alarms + positives),
      accuracy: percent(hits + passed, positives + negatives), predicted: count(hits + alarms),
    };
    for (const place of tools.querySelectorAll("[data-shows]")) place.textContent = shown[place.dataset.shows];
    const threshold = brief(curve.thresholds[at]);
    tools.querySelector("output").textContent = threshold;
    input.setAttribute("aria-valuetext", threshold);
    document.getElementById("threshold-shown").textContent = threshold;
  }

  input.max = curve.thresholds.length - 1;
  input.value = curve.thresholds.indexOf(Number(tools.dataset.threshold));
  input.addEventListener("input", show);
  tools.hidden = false;
  show();
})();
