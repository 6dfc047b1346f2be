/* The keys of the triage console. Each presses the button or opens the row that stands on the page. */
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const rows = () => [...document.querySelectorAll("#triage-rows .triage-row")];
  const narrow = () => window.matchMedia("(max-width: 900px)").matches;

  const mark = (number) => {
    rows().forEach((row) => {
      const here = row.dataset.number === number;
      row.classList.toggle("triage-here", here);
      const link = row.querySelector("a");
      if (here) {
        link.setAttribute("aria-current", "true");
        row.scrollIntoView({ block: "nearest" });
      } else {
        link.removeAttribute("aria-current");
      }
    });
    const list = document.querySelector(".triage-list");
    if (list) list.classList.toggle("triage-behind", Boolean(number));
  };
  const opened = () => (byId("triage-item") ? byId("triage-item").dataset.number : "");
  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.classList.contains("triage-here"));
    const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
    if (at === all.length - 1 && by > 0) {
      const more = document.querySelector("#triage-more a");
      if (more) more.click();
      return;
    }
    next.querySelector("a").click();
  };
  const press = (key) => {
    const button = document.querySelector(`#triage-work [data-key="${key}"]`);
    if (button) button.click();
    return Boolean(button);
  };
  const focus = (id) => {
    const field = byId(id);
    if (field) field.focus();
    return Boolean(field);
  };
  const help = () => {
    const dialog = byId("triage-help");
    if (dialog.open) dialog.close();
    else dialog.showModal();
    return true;
  };
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    a: () => focus("triage-reply"),
    y: () => focus("triage-type"),
    o: () => focus("triage-topic"),
    "/": () => focus("triage-search"),
    "?": help,
    Enter: () => {
      const row = document.querySelector(".triage-here a") || document.querySelector("#triage-rows a");
      if (row) row.click();
    },
    h: () => {
      const record = byId("triage-record");
      if (record) record.open = !record.open;
    },
  };

  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input, textarea, select, [contenteditable]");
    if (field) {
      if (event.key === "Escape") field.blur();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && field.id === "triage-reply") {
        event.preventDefault();
        field.form.requestSubmit();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && narrow() && opened()) {
      const back = document.querySelector(".triage-back");
      if (back) back.click();
      return;
    }
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    if (event.repeat && !"jk".includes(event.key)) return;
    if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    } else if (/^[1-4tcxwr]$/.test(event.key) && press(event.key)) {
      event.preventDefault();
    }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
    else if (event.target.matches("#triage-filters select")) event.target.form.requestSubmit();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) help();
  });
  document.addEventListener("htmx:afterSettle", () => mark(opened()));
  document.addEventListener("DOMContentLoaded", () => mark(opened()));
  // An answer that is being written isn't sent twice.
  document.addEventListener("htmx:beforeRequest", (event) => {
    event.target.querySelectorAll?.("button").forEach((button) => button.setAttribute("aria-busy", "true"));
  });
})();
