"use strict";

// One click gives all units of a row the grade; what was typed by hand stays as long as the sum fits.
function mark(row) {
    for (const box of row.querySelectorAll("[data-grade]")) {
        box.classList.toggle("case-grade-has", Number(box.querySelector("input").value) > 0);
    }
}

document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-all]");
    if (button) {
        const row = button.closest("[data-goods]");
        for (const input of row.querySelectorAll("[data-grade] input")) {
            input.value = "0";
        }
        button.closest("[data-grade]").querySelector("input").value = row.dataset.units;
        mark(row);
    }
});

// Units given to one grade are taken from grade A.
document.addEventListener("input", (event) => {
    const box = event.target.closest("[data-grade]");
    if (box) {
        const row = box.closest("[data-goods]");
        const first = row.querySelector("[data-grade=resell] input");
        if (event.target !== first) {
            let others = 0;
            for (const input of row.querySelectorAll("[data-grade]:not([data-grade=resell]) input")) {
                others += Number(input.value);
            }
            first.value = String(Math.max(0, Number(row.dataset.units) - others));
        }
        mark(row);
    }
    if (event.target.matches("[data-tick-all]")) {
        for (const each of document.querySelectorAll("input[name=number]")) {
            each.checked = event.target.checked;
        }
    }
});

document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-goods]").forEach(mark);
    // The theme's own fields take the browser's autofocus away; a scanner needs it.
    document.querySelector(".case-page [autofocus]")?.focus();
});
