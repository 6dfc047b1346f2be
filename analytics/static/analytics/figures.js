// A list that is changed is asked for at once; without scripts the button asks.
document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-submit]");
    if (form && event.target.matches("select")) form.requestSubmit();
});
