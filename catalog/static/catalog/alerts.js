// Choose all alerts of a page at once.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-all]")) return;
  const form = event.target.closest("form");
  form.querySelectorAll('input[name="number"]').forEach((box) => { box.checked = event.target.checked; });
});
