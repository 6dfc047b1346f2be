// The page of a product: attributes of the chosen category, the grid that the axes make, columns pasted into it.
"use strict";
(() => {
  const form = document.getElementById("goods-form");
  const body = document.querySelector("#goods-grid tbody");
  if (!form || !body) return;
  const unsaved = document.querySelector("[data-unsaved]");
  let changed = false;
  const note = () => { changed = true; if (unsaved) unsaved.hidden = false; };
  form.addEventListener("input", note);
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s" && form.querySelector(".goods-save button")) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  const category = document.getElementById("goods-category");
  category?.addEventListener("change", async () => {
    const answer = await fetch(`${category.dataset.attributes}?category=${encodeURIComponent(category.value)}`);
    if (!answer.ok) return;
    const place = document.getElementById("goods-attributes");
    const held = new FormData(form);
    place.innerHTML = await answer.text();
    for (const field of place.querySelectorAll("[name]")) {
      if (!held.has(field.name)) continue;
      if (field.type === "checkbox") field.checked = held.getAll(field.name).includes(field.value);
      else field.value = held.get(field.name);
    }
  });

  // Axes
  const axes = () => [...document.querySelectorAll(".goods-axis")].map((axis) => {
    const values = axis.querySelector("textarea").value.split(/[,，、;；\n]+/).map((value) => value.trim());
    return [axis.querySelector("input").value.trim(), [...new Set(values.filter(Boolean))]];
  }).filter(([name, values]) => name && values.length);
  const key = (options) => JSON.stringify(Object.entries(options).sort());
  const places = (named) => named.reduce(
    (found, [name, values]) => found.flatMap((options) => values.map((value) => ({ ...options, [name]: value }))), [{}]);

  document.getElementById("goods-axes").addEventListener("input", () => {
    const all = [...document.querySelectorAll(".goods-axis")];
    const last = all[all.length - 1];
    if (all.length < 4 && last.querySelector("input").value.trim()) {
      const next = last.cloneNode(true);
      next.querySelector("input").value = "";
      next.querySelector("textarea").value = "";
      last.after(next);
    }
  });

  const give = (row, options) => {
    row.dataset.options = row.querySelector("[name$='-options']").value = JSON.stringify(options);
    row.querySelector("[data-shown]").textContent = Object.values(options).join(" / ") || "–";
  };
  const copyOf = (model) => {
    const row = model.cloneNode(true);
    const place = Math.max(...[...body.querySelectorAll("[name='row']")].map((field) => Number(field.value))) + 1;
    row.querySelector("[name='row']").value = place;
    for (const field of row.querySelectorAll("[name^='v']")) {
      field.name = field.name.replace(/^v\d+/, `v${place}`);
      if (field.dataset.cell === "sku_code" || field.dataset.cell === "barcode") field.value = "";
    }
    row.classList.remove("goods-gone");
    return row;
  };
  document.querySelector("[data-grid]")?.addEventListener("click", () => {
    const wanted = places(axes());
    if (wanted.length > 1000 || !body.rows.length) return;
    const names = axes().map(([name]) => name);
    const rows = new Map([...body.rows].map((row) => [key(JSON.parse(row.dataset.options)), row]));
    const first = body.rows[0];
    // One row without options, as a new product has it, becomes the first place of the grid.
    const bare = names.length ? rows.get(key({})) : null;
    const kept = new Set();
    for (const options of wanted) {
      let row = rows.get(key(options));
      if (!row && bare && !kept.has(bare)) { row = bare; give(row, options); }
      if (!row) { row = copyOf(first); give(row, options); }
      row.querySelector("[name$='-offered']").checked = true;
      row.classList.remove("goods-gone");
      kept.add(row);
      body.append(row);
    }
    for (const row of [...body.rows]) {
      if (kept.has(row)) continue;
      row.querySelector("[name$='-offered']").checked = false;
      row.classList.add("goods-gone");
      body.append(row);
    }
    note();
  });

  // Like a spreadsheet: a block of cells is pasted to the right and down; arrows go up and down.
  body.addEventListener("paste", (event) => {
    const cell = event.target.closest("input[data-cell]");
    const text = event.clipboardData.getData("text/plain").replace(/\r/g, "").replace(/\n$/, "");
    if (!cell || !/[\n\t]/.test(text)) return;
    event.preventDefault();
    const rows = [...body.rows];
    const from = rows.indexOf(cell.closest("tr"));
    const columns = [...rows[from].querySelectorAll("input[data-cell]")].map((field) => field.dataset.cell);
    const start = columns.indexOf(cell.dataset.cell);
    text.split("\n").forEach((line, down) => line.split("\t").forEach((value, right) => {
      const field = rows[from + down]?.querySelector(`input[data-cell="${columns[start + right]}"]`);
      if (field) field.value = value.trim();
    }));
    note();
  });
  body.addEventListener("keydown", (event) => {
    const cell = event.target.closest("input[data-cell]");
    const step = { ArrowDown: 1, ArrowUp: -1, Enter: 1 }[event.key];
    if (!cell || !step) return;
    event.preventDefault();
    const rows = [...body.rows];
    rows[rows.indexOf(cell.closest("tr")) + step]?.querySelector(`input[data-cell="${cell.dataset.cell}"]`)?.focus();
  });
})();
