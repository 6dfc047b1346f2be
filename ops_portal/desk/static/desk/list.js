// Lists by keyboard: j and k move, x chooses, a chooses all, the key of a button presses it, Enter opens, / looks for.
(function () {
  "use strict";
  document.documentElement.classList.add("desk-js");

  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-autosubmit]");
    if (form) { form.requestSubmit(); }
  });
  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) { window.print(); }
  });

  var tab = document.querySelector(".orders-tabs [aria-current], .listing-tabs [aria-current]");
  if (tab) { tab.parentNode.scrollLeft = tab.offsetLeft - tab.parentNode.offsetLeft - 48; }

  var list = document.querySelector("#orders-form, #listing-list");
  if (!list) { return; }
  var all = list.querySelector("[data-all]");
  var chosen = list.querySelector("[data-chosen]");
  var here = -1;

  function rows() { return Array.from(list.querySelectorAll("tr[data-address]")); }
  function boxes() { return Array.from(list.querySelectorAll("input[name=number], input[name=order]")); }
  function boxOf(row) { return row && row.querySelector("input[name=number], input[name=order]"); }
  function count() {
    var number = boxes().filter(function (box) { return box.checked; }).length;
    if (chosen) { chosen.textContent = String(number); }
    if (all) {
      all.checked = number > 0 && number === boxes().length;
      all.indeterminate = number > 0 && number < boxes().length;
    }
  }
  function chooseAll(checked) {
    boxes().forEach(function (box) { box.checked = checked; });
    count();
  }
  function go(to) {
    var found = rows();
    if (!found.length) { return; }
    here = Math.max(0, Math.min(found.length - 1, to));
    found.forEach(function (row, index) { row.classList.toggle("desk-row-here", index === here); });
    found[here].focus();
    found[here].scrollIntoView({ block: "nearest" });
  }
  function press(button, box) {
    if (box && !boxes().some(function (each) { return each.checked; })) { box.checked = true; }
    button.form.requestSubmit(button);
  }

  list.addEventListener("change", count);
  if (all) { all.addEventListener("change", function () { chooseAll(all.checked); }); }
  window.addEventListener("pageshow", count);

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    var field = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (field) {
      if (event.key === "Escape") { field.blur(); }
      return;
    }
    var row = rows()[here];
    var button = /^[a-z]$/.test(event.key) ? list.querySelector("[data-key=" + event.key + "]") : null;
    if (event.key === "j") { go(here + 1); }
    else if (event.key === "k") { go(here - 1); }
    else if (event.key === "x" && boxOf(row)) { boxOf(row).checked = !boxOf(row).checked; count(); }
    else if (event.key === "a" && boxes().length) { chooseAll(!(all && all.checked)); }
    else if (button) { press(button, boxOf(row)); }
    else if (event.key === "Enter" && row && event.target === row) { window.location.href = row.dataset.address; }
    else if (event.key === "/" && document.querySelector("input[name=q]")) { document.querySelector("input[name=q]").focus(); }
    else { return; }
    event.preventDefault();
  });
})();
