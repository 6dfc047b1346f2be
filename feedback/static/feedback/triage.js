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
  // What is being written is kept in this tab until it is sent, for each reader and item.
  const draft = () => {
    const item = byId("triage-item");
    return item ? `triage-draft-${item.dataset.reader}-${item.dataset.number}` : "";
  };
  const keep = (text) => {
    try {
      if (text) sessionStorage.setItem(draft(), text);
      else sessionStorage.removeItem(draft());
    } catch { /* a tab without storage keeps nothing */ }
  };
  const restore = () => {
    const reply = byId("triage-reply");
    if (!reply) return;
    try {
      reply.value ||= sessionStorage.getItem(draft()) || "";
    } catch { /* as above */ }
  };
  const trouble = () => {
    const told = byId("triage-trouble");
    if (told) told.hidden = false;
    document.querySelectorAll("#triage-work [aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  };
  const offered = () => (byId("triage-frequent")?.open ? [...document.querySelectorAll("#triage-frequent [data-text]")] : []);
  const putIn = (button) => {
    const reply = byId("triage-reply");
    reply.value = reply.value.trim() ? `${reply.value.trimEnd()}\n${button.dataset.text}` : button.dataset.text;
    keep(reply.value);
    byId("triage-frequent").open = false;
    reply.focus();
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
    m: () => {
      const frequent = byId("triage-frequent");
      if (frequent) frequent.open = !frequent.open;
    },
    x: () => focus("triage-reject-reason"),
    C: () => focus("triage-close-reason"),
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
      if (event.key === "Escape") {
        if (field.matches("#triage-work select")) field.value = [...field.options].find((each) => each.defaultSelected)?.value || field.options[0].value;
        field.blur();
      }
      if (field.matches("select")) {
        // Keys choose first; Enter, or leaving the field, says that the choice is made.
        if (event.key === "Enter") {
          event.preventDefault();
          delete field.dataset.keyed;
          if (field.name === "reason") field.form.querySelector("button[name=verb]").click();
          else if (field.matches("[data-submits], #triage-filters select")) field.form.requestSubmit();
        } else if (event.key !== "Tab") {
          field.dataset.keyed = "1";
        }
      }
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
    const text = /^[1-9]$/.test(event.key) && offered()[Number(event.key) - 1];
    if (text) {
      event.preventDefault();
      putIn(text);
    } else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    } else if (/^[1-4tcwr]$/.test(event.key) && press(event.key)) {
      event.preventDefault();
    }
  });
  const chosen = (field) => {
    if (field.matches("[data-submits], #triage-filters select")) field.form.requestSubmit();
  };
  document.addEventListener("change", (event) => {
    if (!event.target.dataset.keyed) chosen(event.target);
  });
  document.addEventListener("pointerdown", (event) => {
    if (event.target.matches?.("select")) delete event.target.dataset.keyed;
  });
  document.addEventListener("focusout", (event) => {
    const field = event.target;
    if (!field.matches("select[data-keyed]")) return;
    delete field.dataset.keyed;
    const was = [...field.options].find((each) => each.defaultSelected)?.value ?? field.options[0].value;
    if (field.value !== was) chosen(field);
  });
  document.addEventListener("input", (event) => {
    if (event.target.id === "triage-reply") keep(event.target.value);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) help();
    const text = event.target.closest("[data-text]");
    if (text) putIn(text);
  });

  let shown = "";
  const settled = () => {
    mark(opened());
    restore();
    // The next item is read first: its keys work at once, and nothing is typed into its answer by mistake.
    if (opened() !== shown) {
      shown = opened();
      if (document.activeElement.closest("#triage-work")) document.activeElement.blur();
    }
  };
  // At the swap already, not only when it has settled: a quick key must not fall between the two.
  document.addEventListener("htmx:afterSwap", settled);
  document.addEventListener("htmx:afterSettle", settled);
  document.addEventListener("DOMContentLoaded", settled);
  document.addEventListener("htmx:beforeRequest", (event) => {
    event.target.querySelectorAll?.("button").forEach((button) => button.setAttribute("aria-busy", "true"));
  });
  // Whoever was signed out signs in again, and finds the item and what was written of its answer.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.responseURL.includes("/login/")) {
      event.detail.shouldSwap = false;
      window.location.reload();
      return;
    }
    if (event.detail.isError) {
      trouble();
      return;
    }
    const sent = event.detail.requestConfig;
    if (sent.verb === "post" && sent.elt?.id === "triage-answering" || event.detail.elt?.id === "triage-answering") keep("");
  });
  document.addEventListener("htmx:sendError", trouble);
})();
