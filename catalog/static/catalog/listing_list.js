// The list of listings by keyboard: j and k move, x chooses, s does the next step, Enter opens, / looks for.
(function () {
  "use strict";
  document.documentElement.classList.add("listing-js");
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-autosubmit]");
    if (form) { form.requestSubmit(); }
  });
  var tab = document.querySelector(".listing-tabs [aria-current]");
  if (tab) { tab.parentNode.scrollLeft = tab.offsetLeft - tab.parentNode.offsetLeft - 48; }

  var form = document.getElementById("listing-list");
  if (!form) { return; }
  var all = form.querySelector("[data-all]");
  var chosen = form.querySelector("[data-chosen]");
  var here = -1;
  function rows() { return Array.from(form.querySelectorAll("tr[data-address]")); }
  function boxes() { return Array.from(form.querySelectorAll("input[name=number]")); }
  function count() {
    var number = boxes().filter(function (box) { return box.checked; }).length;
    if (chosen) { chosen.textContent = String(number); }
    if (all) {
      all.checked = number > 0 && number === boxes().length;
      all.indeterminate = number > 0 && number < boxes().length;
    }
  }
  function go(to) {
    var found = rows();
    if (!found.length) { return; }
    here = Math.max(0, Math.min(found.length - 1, to));
    found.forEach(function (row, index) { row.classList.toggle("desk-row-here", index === here); });
    found[here].focus();
    found[here].scrollIntoView({ block: "nearest" });
  }
  form.addEventListener("change", count);
  if (all) {
    all.addEventListener("change", function () {
      boxes().forEach(function (box) { box.checked = all.checked; });
      count();
    });
  }
  window.addEventListener("pageshow", count);
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    var field = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (field) {
      if (event.key === "Escape") { field.blur(); }
      return;
    }
    var row = rows()[here];
    var box = row && row.querySelector("input[name=number]");
    if (event.key === "j") { go(here + 1); }
    else if (event.key === "k") { go(here - 1); }
    else if (event.key === "x" && box) { box.checked = !box.checked; count(); }
    else if (event.key === "s") {
      var button = form.querySelector("[data-key=s]");
      if (!button) { return; }
      if (box && !boxes().some(function (each) { return each.checked; })) { box.checked = true; }
      form.requestSubmit(button);
    }
    else if (event.key === "Enter" && row && event.target === row) { window.location.href = row.dataset.address; }
    else if (event.key === "/") { document.querySelector("input[name=q]").focus(); }
    else { return; }
    event.preventDefault();
  });
})();
