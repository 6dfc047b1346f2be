// Replenishment: the sum of what is chosen at cost, amounts that follow typed units, reckonings that open and shut.
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var link = event.target.closest("[data-why]");
    if (!link || event.ctrlKey || event.metaKey) { return; }
    var place = document.getElementById(link.dataset.why);
    if (!place) { return; }
    event.preventDefault();
    var row = place.closest("tr");
    if (place.firstElementChild) { row.classList.toggle("rep-row-shut"); }
  });

  var form = document.getElementById("listing-list");
  var sum = form && form.querySelector("[data-sum]");
  if (!sum) { return; }
  var money = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  function unitsOf(cell) { return Number(cell.value === undefined ? cell.dataset.units : cell.value) || 0; }
  function add() {
    var total = 0;
    form.querySelectorAll("tr[data-address]").forEach(function (row) {
      var cell = row.querySelector("[data-units]");
      var box = row.querySelector("input[name=number]");
      if (!cell || cell.dataset.cost === "") { return; }
      var amount = unitsOf(cell) * Number(cell.dataset.cost);
      var shown = row.querySelector("[data-amount]");
      if (shown && cell.value !== undefined) { shown.textContent = form.dataset.currency + money.format(amount); }
      if (box && box.checked) { total += amount; }
    });
    sum.textContent = total ? "· " + form.dataset.currency + money.format(total) : "";
  }
  form.addEventListener("input", add);
  form.addEventListener("change", function () { window.setTimeout(add, 0); });
  window.addEventListener("pageshow", add);
})();
