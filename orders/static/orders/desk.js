// The order desk by keyboard: j and k move, x chooses, a chooses all, r does the next step, Enter opens, / looks for.
(function () {
  "use strict";
  document.documentElement.classList.add("orders-js");

  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-autosubmit]");
    if (form) { form.requestSubmit(); }
  });

  var print = document.querySelector("[data-print]");
  if (print) { print.addEventListener("click", function () { window.print(); }); }

  var tab = document.querySelector(".orders-tabs [aria-current]");
  if (tab) { tab.parentNode.scrollLeft = tab.offsetLeft - tab.parentNode.offsetLeft - 48; }

  var form = document.getElementById("orders-form");
  if (!form) { return; }
  var all = form.querySelector("[data-all]");
  var chosen = form.querySelector("[data-chosen]");
  var here = -1;

  function rows() { return Array.from(form.querySelectorAll("tr[data-address]")); }
  function boxes() { return Array.from(form.querySelectorAll("input[name=order]")); }
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

  form.addEventListener("change", count);
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
    if (event.key === "j") { go(here + 1); }
    else if (event.key === "k") { go(here - 1); }
    else if (event.key === "x" && row) {
      var box = row.querySelector("input[name=order]");
      if (box) { box.checked = !box.checked; }
      count();
    }
    else if (event.key === "a") { chooseAll(!(all && all.checked)); }
    else if (event.key === "r") {
      var button = form.querySelector("[data-key=r]");
      if (!button) { return; }
      if (row && !boxes().some(function (each) { return each.checked; })) {
        row.querySelector("input[name=order]").checked = true;
      }
      form.requestSubmit(button);
    }
    else if (event.key === "Enter" && row && event.target === row) { window.location.href = row.dataset.address; }
    else if (event.key === "/") { document.querySelector("input[name=q]").focus(); }
    else { return; }
    event.preventDefault();
  });
})();
