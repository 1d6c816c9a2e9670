// Tables that can be sorted and searched. Without this script they are whole tables all the same.
//
// <table data-sortable> has a <tbody> for each entry: its first row is what it is sorted by, a second row holds its details.
//   <th data-sort="text|number" data-first="ascending|descending">: a column that can be sorted, and in which order at first
//   <td data-value="…">: what is sorted by, where it is not the cell's text; an empty number comes last in both orders
//   <tbody data-search="…" data-flag>: the words that a search finds it by; whether it has what the check box asks for
// <div class="tools" data-for="id of the table" hidden> may hold input[type=search], input[type=checkbox], select and output.
"use strict";
(() => {
  const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

  function keyOf(body, column, isNumber) {
    const cell = body.rows[0].cells[column];
    const value = cell.dataset.value ?? cell.textContent.trim();
    return isNumber ? (value === "" ? NaN : Number(value)) : value;
  }

  function sort(table, header, direction) {
    const column = header.cellIndex, isNumber = header.dataset.sort === "number", sign = direction === "descending" ? -1 : 1;
    const entries = [...table.tBodies].map((body) => ({ body, key: keyOf(body, column, isNumber), at: Number(body.dataset.at) }));
    entries.sort((a, b) => {
      if (!isNumber) return sign * order.compare(a.key, b.key) || a.at - b.at;
      if (Number.isNaN(a.key) || Number.isNaN(b.key)) return Number.isNaN(a.key) - Number.isNaN(b.key) || a.at - b.at;
      return sign * (a.key - b.key) || a.at - b.at;
    });
    table.append(...entries.map((entry) => entry.body));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", direction);
  }

  function makeSortable(table, select) {
    [...table.tBodies].forEach((body, at) => { body.dataset.at = at; });
    for (const header of table.tHead.rows[0].cells) {
      if (!header.dataset.sort) continue;
      const first = header.dataset.first ?? "ascending", second = first === "ascending" ? "descending" : "ascending";
      const button = document.createElement("button");
      button.type = "button";
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => {
        sort(table, header, header.getAttribute("aria-sort") === first ? second : first);
        if (select) select.value = "";
      });
      for (const direction of select ? [first, second] : []) {
        const option = new Option(`${button.textContent.trim()}, ${direction}`, `${header.cellIndex} ${direction}`);
        select.add(option);
      }
    }
    select?.addEventListener("change", () => {
      const [column, direction] = select.value.split(" ");
      if (direction) sort(table, table.tHead.rows[0].cells[column], direction);
    });
  }

  function makeSearchable(table, tools) {
    const search = tools.querySelector("input[type=search]"), flag = tools.querySelector("input[type=checkbox]");
    const said = tools.querySelector("output");
    function apply() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const body of table.tBodies) {
        const found = body.dataset.search.toLowerCase();
        body.hidden = !words.every((word) => found.includes(word)) || (flag?.checked && !("flag" in body.dataset));
        shown += !body.hidden;
      }
      said.textContent = `${shown} of ${table.tBodies.length}`;
    }
    search.addEventListener("input", apply);
    flag?.addEventListener("change", apply);
    apply();
    return () => { search.value = ""; if (flag) flag.checked = false; apply(); };
  }

  function open(body, isOpen) {
    const details = body.rows[1], button = body.querySelector("button.toggle");
    if (!button) return;
    details.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
  }

  function makeFoldable(table) {
    for (const body of table.tBodies) {
      const details = body.rows[1], name = body.querySelector(".name");
      if (!details || !name) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "toggle";
      button.setAttribute("aria-controls", details.id);
      button.append(...name.childNodes);
      name.append(button);
      button.addEventListener("click", () => open(body, details.hidden));
      const inner = details.querySelector("details");
      inner.open = true;
      inner.querySelector("summary").hidden = true;
      open(body, false);
    }
  }

  const clear = new Map();
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const tools = document.querySelector(`.tools[data-for="${table.id}"]`);
    makeFoldable(table);
    makeSortable(table, tools?.querySelector("select"));
    if (tools) {
      clear.set(table, makeSearchable(table, tools));
      tools.hidden = false;
    }
  }

  function follow() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const body = target?.closest("table[data-sortable] > tbody");
    if (!body) return;
    if (body.hidden) clear.get(body.closest("table"))?.();
    open(body, true);
    body.scrollIntoView();
  }
  addEventListener("hashchange", follow);
  follow();
})();
