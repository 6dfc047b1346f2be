// The inbox by keyboard: j and k go down and up, Enter opens, t takes and opens.
(function () {
  "use strict";
  let here = -1;

  function rows() {
    return Array.from(document.querySelectorAll("#desk-rows .desk-row"));
  }

  function go(to) {
    const all = rows();
    if (!all.length) return;
    here = Math.max(0, Math.min(to, all.length - 1));
    all.forEach((row, index) => row.classList.toggle("desk-row-here", index === here));
    all[here].focus({ preventScroll: true });
    all[here].scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const into = event.target;
    if (into.closest("input, textarea, select, button, a, summary, [contenteditable], [role=dialog]")) return;
    const row = rows()[here];
    if (event.key === "j") go(here + 1);
    else if (event.key === "k") go(here - 1);
    else if (event.key === "Enter" && row) window.location.assign(row.dataset.address);
    else if (event.key === "t" && row) {
      const form = row.querySelector("form");
      if (form) form.requestSubmit();
      else window.location.assign(row.dataset.address);
    } else return;
    event.preventDefault();
  });
})();
