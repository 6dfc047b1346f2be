// Matching by keyboard: j and k move, a number chooses, Enter confirms, i puts aside, e types another SKU.
(function () {
  "use strict";
  var table = document.querySelector("[data-matching]");
  document.addEventListener("change", function (event) {
    var form = event.target.closest("form[data-autosubmit]");
    if (form && event.target.tagName === "SELECT") { form.requestSubmit(); }
  });
  if (!table) { return; }
  var here = 0;
  function rows() { return Array.from(table.querySelectorAll("tr[data-row]")); }
  function go(to) {
    var found = rows();
    if (!found.length) { return; }
    here = Math.max(0, Math.min(found.length - 1, to));
    found.forEach(function (row, index) { row.classList.toggle("matching-here", index === here); });
    found[here].focus();
    found[here].scrollIntoView({ block: "nearest" });
  }
  function press(row, key) {
    var button = row.querySelector('button[data-key="' + key + '"]');
    if (button) { button.form.requestSubmit(button); }
  }
  document.body.addEventListener("htmx:load", function (event) {
    if (event.target.closest(".matching-row")) { go(here); }
  });
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.target.closest("input:not([type=radio]), select, textarea")) {
      if (event.key === "Escape") { event.target.blur(); go(here); }
      return;
    }
    var row = rows()[here];
    var choices = row ? row.querySelectorAll("input[type=radio]") : [];
    if (event.key === "j") { go(row && row.classList.contains("matching-here") ? here + 1 : here); }
    else if (event.key === "k") { go(here - 1); }
    else if (!row) { return; }
    else if (event.key === "Enter" && !event.target.closest("button, a, summary")) { press(row, "Enter"); }
    else if (event.key === "i") { press(row, "i"); }
    else if (event.key === "e") { var field = row.querySelector("input[name=other]"); if (field) { field.focus(); } }
    else if (/^[1-5]$/.test(event.key) && choices[Number(event.key) - 1]) { choices[Number(event.key) - 1].checked = true; }
    else { return; }
    event.preventDefault();
  });
  go(0);
})();
