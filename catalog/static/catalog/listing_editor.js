// The editor of a listing: rows that are added and moved, pictures that are dragged, columns that are pasted.
(function () {
  "use strict";
  var form = document.getElementById("listing-form");
  if (!form) { return; }
  var side = document.getElementById("listing-side");
  var isDirty = false;

  function each(within, selector, run) { Array.prototype.forEach.call(within.querySelectorAll(selector), run); }

  function changed() {
    isDirty = true;
    each(form, "[data-dirty]", function (note) { note.hidden = false; });
    side.dispatchEvent(new CustomEvent("listing-changed"));
  }
  if (form.dataset.unsaved) { changed(); }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  // What is sent is checked by its answer: a check on its way would ask about a draft that may be none any more.
  var isSent = false;
  form.addEventListener("submit", function () {
    isDirty = false;
    isSent = true;
    side.dispatchEvent(new CustomEvent("htmx:abort"));
  });
  side.addEventListener("htmx:beforeRequest", function (event) { if (isSent) { event.preventDefault(); } });
  window.addEventListener("pageshow", function () { isSent = false; });
  window.addEventListener("beforeunload", function (event) { if (isDirty) { event.preventDefault(); } });
  document.body.addEventListener("htmx:afterSwap", function (event) {
    if (event.target.id === "listing-attributes") { side.dispatchEvent(new CustomEvent("listing-changed")); }
  });

  document.addEventListener("keydown", function (event) {
    if (!(event.ctrlKey || event.metaKey)) { return; }
    var verb = event.key === "s" ? "save" : event.key === "Enter" ? "submit" : "";
    if (!verb) { return; }
    event.preventDefault();
    form.requestSubmit(form.querySelector("button[name=verb][value=" + verb + "]"));
  });
  // Enter in a line of text goes nowhere: it must not press the first button of the form.
  form.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.matches("input") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (event.target.dataset.column) { step(event.target, 1); }
      else if (event.target.name === "selling_point") { add(form.querySelector("[data-add=listing-new-point]")); }
    }
  });

  // Rows
  function add(button) {
    var rows = button.parentNode.querySelector("[data-rows]");
    rows.append(document.getElementById(button.dataset.add).content.cloneNode(true));
    rows.lastElementChild.querySelector("input, textarea").focus();
    changed();
  }
  form.addEventListener("click", function (event) {
    var button = event.target.closest("button");
    if (!button) { return; }
    var row = button.closest("[data-row]");
    if (button.dataset.add) { add(button); }
    else if (row && "drop" in button.dataset) { row.remove(); changed(); }
    else if (row && "up" in button.dataset && row.previousElementSibling) {
      row.parentNode.insertBefore(row, row.previousElementSibling);
      button.focus();
      changed();
    }
    else if ("left" in button.dataset || "right" in button.dataset) { shift(button); }
    else if ("useAll" in button.dataset) { useAll(); }
    else if ("fillButton" in button.dataset) { fill(); }
    else if ("ownCodes" in button.dataset) {
      each(form, "input[data-own]", function (input) { if (!input.value) { input.value = input.dataset.own; } });
      changed();
    }
  });

  // Findings lead to their field, keywords go into the tags.
  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-goto]");
    if (link) { goTo(link.dataset.goto); }
    var word = event.target.closest("[data-word]");
    if (word) {
      var tags = form.elements.keywords;
      tags.value = tags.value.trim() ? tags.value.trim().replace(/[,，]$/, "") + ", " + word.dataset.word : word.dataset.word;
      changed();
    }
  });
  function goTo(path) {
    var parts = path.split(".");
    var part = document.getElementById("part-" + parts[0]);
    if (!part) { return; }
    var fields = part.querySelectorAll("input:not([type=hidden]):not([type=checkbox]), textarea, select");
    var field = fields[0];
    if (parts[0] === "attributes" && parts[1]) { field = document.getElementById("attribute-" + parts[1]) || field; }
    if (parts[0] === "selling_points" && parts[1]) { field = fields[Number(parts[1])] || field; }
    if (parts[0] === "skus" && parts[1]) {
      var offered = part.querySelectorAll("input[name=offered]:checked");
      var row = offered[Number(parts[1])] && offered[Number(parts[1])].closest("tr");
      if (row) { field = row.querySelector(parts[2] === "channel_code" ? "[name=channel_code]" : "[name=price]"); }
    }
    if (parts[0] === "blocks" && parts[1]) {
      var block = part.querySelectorAll(".listing-block")[Number(parts[1])];
      if (block) { field = block.querySelector(parts[2] === "heading" ? "[name=block_heading]" : "[name=block_text]"); }
    }
    if (parts[0] === "pictures" && parts[1]) {
      var cards = Array.prototype.filter.call(part.querySelectorAll("[data-card]"), function (card) { return card.dataset.role; });
      if (cards[Number(parts[1])]) { field = cards[Number(parts[1])].querySelector(".listing-alt"); }
    }
    part.scrollIntoView({ block: "start" });
    if (field && field.focus) { field.focus({ preventScroll: parts[0] !== "pictures" && parts[0] !== "skus" }); }
  }

  // Pictures
  function places() { return form.querySelectorAll("[data-place]"); }
  function placeOf(role) { return form.querySelector('[data-place="' + role + '"]'); }
  function settle(card) {
    var role = card.closest("[data-place]").dataset.place;
    card.dataset.role = role;
    card.querySelector("[name=picture_role]").value = role;
    if (role) { card.dataset.suggested = ""; }
    count();
    changed();
  }
  function count() {
    Array.prototype.forEach.call(places(), function (place) {
      place.parentNode.querySelector("[data-count]").textContent = String(place.children.length);
    });
    var all = form.querySelector("[data-use-all]");
    if (all) { all.hidden = !placeOf("").querySelector("[data-suggested]:not([data-suggested=''])"); }
  }
  function shift(button) {
    var card = button.closest("[data-card]");
    var other = "left" in button.dataset ? card.previousElementSibling : card.nextElementSibling;
    if (!other) { return; }
    if ("left" in button.dataset) { other.before(card); } else { other.after(card); }
    button.focus();
    changed();
  }
  function useAll() {
    each(placeOf(""), "[data-card]", function (card) {
      var place = card.dataset.suggested && placeOf(card.dataset.suggested);
      if (place) { place.append(card); settle(card); }
    });
  }
  form.addEventListener("change", function (event) {
    if (event.target.name !== "picture_role") { return; }
    var card = event.target.closest("[data-card]");
    placeOf(event.target.value).append(card);
    settle(card);
    event.target.focus();
  });
  var dragged = null;
  form.addEventListener("dragstart", function (event) {
    dragged = event.target.closest("[data-card]");
    if (!dragged) { return; }
    dragged.classList.add("listing-dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
  });
  form.addEventListener("dragover", function (event) {
    var place = event.target.closest(".listing-place");
    if (!place) { return; }
    if (!dragged) { if (hasFiles(event)) { event.preventDefault(); } return; }
    event.preventDefault();
    var over = event.target.closest("[data-card]");
    var list = place.querySelector("[data-place]");
    if (!over) { if (dragged.parentNode !== list) { list.append(dragged); } return; }
    if (over === dragged) { return; }
    var box = over.getBoundingClientRect();
    if (event.clientX < box.left + box.width / 2) { over.before(dragged); } else { over.after(dragged); }
  });
  form.addEventListener("drop", function (event) {
    if (dragged) { event.preventDefault(); }
    else if (hasFiles(event) && event.target.closest(".listing-place")) {
      event.preventDefault();
      send(event.dataTransfer.files);
    }
  });
  form.addEventListener("dragend", function () {
    if (!dragged) { return; }
    dragged.classList.remove("listing-dragged");
    settle(dragged);
    dragged = null;
  });
  function hasFiles(event) { return Array.prototype.indexOf.call(event.dataTransfer.types, "Files") >= 0; }

  // New files are inspected and kept at once; what becomes of them the form says.
  var upload = form.querySelector("[data-upload]");
  if (upload) {
    upload.addEventListener("change", function (event) {
      event.stopPropagation();
      if (upload.files.length) { send(upload.files); }
    });
    upload.removeAttribute("name");
  }
  function send(files) {
    var body = new FormData();
    Array.prototype.forEach.call(files, function (file) { body.append("files", file); });
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    upload.parentNode.setAttribute("aria-busy", "true");
    fetch(upload.dataset.upload, { method: "POST", body: body, headers: { "HX-Request": "true" } })
      .then(function (answer) { return answer.ok ? answer.text() : ""; })
      .then(function (html) {
        var made = new DOMParser().parseFromString(html, "text/html");
        each(made, "[data-card]", function (card) { placeOf("").append(document.importNode(card, true)); });
        each(made, ".desk-refusal", function (said) { placeOf("").before(document.importNode(said, true)); });
        count();
        changed();
      })
      .finally(function () { upload.parentNode.removeAttribute("aria-busy"); upload.value = ""; });
  }
  count();

  // Variants: a column is filled, pasted into, and walked with the arrow keys.
  function column(name) { return Array.prototype.slice.call(form.querySelectorAll("[data-column=" + name + "]")); }
  function step(input, by) {
    var all = column(input.dataset.column);
    var next = all[all.indexOf(input) + by];
    if (next) { next.focus(); next.select(); }
  }
  function fill() {
    var from = form.querySelector("[data-fill]");
    if (!from.value.trim()) { from.focus(); return; }
    column("price").forEach(function (input) {
      var box = input.closest("tr").querySelector("input[name=offered]");
      if (box.checked) { input.value = from.value.trim(); }
    });
    changed();
  }
  form.addEventListener("keydown", function (event) {
    if (!event.target.dataset.column) { return; }
    if (event.key === "ArrowDown") { event.preventDefault(); step(event.target, 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); step(event.target, -1); }
  });
  form.addEventListener("paste", function (event) {
    var name = event.target.dataset.column;
    var lines = event.clipboardData.getData("text").replace(/\r/g, "").replace(/\n$/, "").split("\n");
    if (!name || lines.length < 2) { return; }
    event.preventDefault();
    var all = column(name);
    var start = all.indexOf(event.target);
    lines.forEach(function (line, index) {
      var input = all[start + index];
      if (!input) { return; }
      var cells = line.split("\t");
      input.value = cells[0].trim();
      if (name === "channel_code" && cells.length > 1) {
        input.closest("tr").querySelector("input[name=price]").value = cells[1].trim();
      }
    });
    changed();
  });
  var offerAll = form.querySelector("[data-offer-all]");
  if (offerAll) {
    var boxes = form.querySelectorAll("input[name=offered]");
    offerAll.checked = Array.prototype.every.call(boxes, function (box) { return box.checked; });
    offerAll.addEventListener("change", function () {
      Array.prototype.forEach.call(boxes, function (box) { box.checked = offerAll.checked; });
    });
  }

  // What was chosen of the preview stays so over each answer.
  var preview = side.querySelector("[data-preview]");
  var isOpen = !preview || preview.open;
  var top = 0;
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    if (event.target !== side) { return; }
    var phone = side.querySelector(".listing-phone");
    var box = side.querySelector("[data-preview]");
    if (box) { isOpen = box.open; }
    if (phone) { top = phone.scrollTop; }
  });
  document.body.addEventListener("htmx:afterSwap", function (event) {
    if (event.target !== side) { return; }
    var phone = side.querySelector(".listing-phone");
    var box = side.querySelector("[data-preview]");
    if (box) { box.open = isOpen; }
    if (phone) { phone.scrollTop = top; }
  });
})();
