// The review by keyboard: j and k go from change to change, c comments on it, a decides, r returns.
(function () {
  "use strict";
  function parts() { return Array.from(document.querySelectorAll("[data-part]")); }
  function go(by) {
    var found = parts();
    if (!found.length) { return; }
    var at = found.indexOf(document.activeElement.closest("[data-part]"));
    var next = found[Math.max(0, Math.min(found.length - 1, at + by))];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "center" });
  }
  document.addEventListener("toggle", function (event) {
    if (!event.target.open || !event.target.matches(".listing-back, .listing-comment")) { return; }
    var field = event.target.querySelector("input:not([type=hidden]), textarea");
    if (field) { field.focus(); }
  }, true);
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === "Enter" && event.target.matches("textarea")) { event.target.form.requestSubmit(event.target.form.querySelector("button")); }
      return;
    }
    if (event.target.closest("input, textarea, select")) {
      if (event.key === "Escape") { event.target.blur(); }
      return;
    }
    var button;
    if (event.key === "j") { go(1); }
    else if (event.key === "k") { go(-1); }
    else if (event.key === "a") {
      button = document.querySelector("button[data-key=a]");
      if (button) { button.form.requestSubmit(button); }
    }
    else if (event.key === "r") {
      button = document.querySelector("summary[data-key=r]");
      if (button) { button.parentNode.open = true; }
    }
    else if (event.key === "c") {
      var part = document.activeElement.closest("[data-part]") || parts()[0];
      var box = part && part.querySelector(".listing-comment");
      if (box) { box.open = true; }
    }
    else { return; }
    event.preventDefault();
  });
})();
