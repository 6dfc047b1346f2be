// The form of a material pack: pictures are sent as they are dropped, put in order, and the table follows the values.
(() => {
    "use strict";
    const form = document.querySelector("#pack-form");
    if (!form) return;
    const tiles = form.querySelector("[data-tiles]");
    const drop = form.querySelector("[data-drop]");
    let changed = false;

    // -- pictures ---------------------------------------------------------------------------------------------
    const say = (texts) => {
        const list = form.querySelector("[data-refused]");
        list.replaceChildren(
            ...texts.map((text) => {
                const item = document.createElement("li");
                item.textContent = text;
                return item;
            }),
        );
    };

    const send = (files) => {
        if (!files.length) return;
        const refused = form.querySelector("[data-refused]");
        const brand = form.elements.brand.value;
        if (!brand) {
            say([refused.dataset.noBrand]);
            form.elements.brand.focus();
            return;
        }
        say([]);
        const body = new FormData();
        body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
        body.append("brand", brand);
        for (const [name, value] of new FormData(form)) {
            if (/^(axis|values|variant)-/.test(name)) body.append(name, value);
        }
        for (const file of files) body.append("files", file);
        const sending = form.querySelector("[data-sending]");
        const bar = sending.querySelector("progress");
        const checking = sending.querySelector("[data-checking]");
        const over = () => {
            sending.hidden = true;
            checking.hidden = true;
            bar.value = 0;
        };
        sending.hidden = false;
        const request = new XMLHttpRequest();
        request.open("POST", form.dataset.upload);
        request.upload.addEventListener("progress", (event) => {
            if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
        });
        request.upload.addEventListener("load", () => {
            bar.removeAttribute("value");
            checking.hidden = false;
        });
        request.addEventListener("error", () => {
            over();
            say([refused.dataset.failed]);
        });
        request.addEventListener("load", () => {
            over();
            let answer;
            try {
                answer = JSON.parse(request.responseText);
            } catch {
                say([refused.dataset.failed]);
                return;
            }
            if (answer.location) {
                changed = false;
                location.assign(answer.location);
                return;
            }
            const fresh = document.createElement("template");
            fresh.innerHTML = answer.tiles;
            const there = new Set([...tiles.querySelectorAll("[name=media-sha256]")].map((each) => each.value));
            for (const tile of fresh.content.querySelectorAll("[data-tile]")) {
                if (!there.has(tile.querySelector("[name=media-sha256]").value)) {
                    tiles.append(tile);
                    changed = true;
                }
            }
            say(answer.refused);
        });
        request.send(body);
    };

    // Caught on its way down: the theme looks for a line of text beside every file field, and there is none.
    document.addEventListener(
        "change",
        (event) => {
            if (!event.target.matches("[data-drop] input[type=file]")) return;
            event.stopPropagation();
            send([...event.target.files]);
            event.target.value = "";
        },
        true,
    );
    const brings = (event) => drop && event.dataTransfer && event.dataTransfer.types.includes("Files");
    for (const name of ["dragenter", "dragover"]) {
        document.addEventListener(name, (event) => {
            if (!brings(event)) return;
            event.preventDefault();
            drop.classList.add("pack-drop-over");
        });
    }
    document.addEventListener("dragleave", (event) => {
        if (drop && !event.relatedTarget) drop.classList.remove("pack-drop-over");
    });
    document.addEventListener("drop", (event) => {
        if (!brings(event)) return;
        event.preventDefault();
        drop.classList.remove("pack-drop-over");
        send([...event.dataTransfer.files]);
    });

    tiles.addEventListener("click", (event) => {
        const button = event.target.closest("button");
        if (!button) return;
        const tile = button.closest("[data-tile]");
        if (button.matches("[data-remove]")) tile.remove();
        if (button.matches("[data-earlier]") && tile.previousElementSibling) {
            tile.previousElementSibling.before(tile);
        }
        if (button.matches("[data-later]") && tile.nextElementSibling) tile.nextElementSibling.after(tile);
        button.focus();
        changed = true;
    });
    tiles.addEventListener("change", (event) => {
        if (!event.target.matches("[data-role]")) return;
        event.target.closest("[data-tile]").querySelector("[data-variant]").hidden = event.target.value !== "sku";
    });
    let dragged = null;
    tiles.addEventListener("dragstart", (event) => {
        dragged = event.target.closest("[data-tile]");
        if (!dragged) return;
        event.dataTransfer.setData("text/plain", "");
        event.dataTransfer.effectAllowed = "move";
        dragged.classList.add("pack-tile-dragged");
    });
    tiles.addEventListener("dragover", (event) => {
        const over = event.target.closest("[data-tile]");
        if (!dragged || !over || over === dragged) return;
        event.preventDefault();
        const all = [...tiles.children];
        if (all.indexOf(over) > all.indexOf(dragged)) over.after(dragged);
        else over.before(dragged);
        changed = true;
    });
    tiles.addEventListener("dragend", () => {
        dragged?.classList.remove("pack-tile-dragged");
        dragged = null;
    });

    // -- attributes of the category ---------------------------------------------------------------------------
    form.querySelector("[data-category]")?.addEventListener("change", async (event) => {
        const fields = form.querySelector("[data-attribute-fields]");
        const typed = new Map([...fields.querySelectorAll("[name]")].map((each) => [each.name, each.value]));
        const answer = await fetch(`${form.dataset.attributes}?category=${encodeURIComponent(event.target.value)}`);
        if (!answer.ok) return;
        fields.innerHTML = await answer.text();
        for (const field of fields.querySelectorAll("[name]")) {
            if (typed.get(field.name)) field.value = typed.get(field.name);
        }
    });

    // -- the table of variants --------------------------------------------------------------------------------
    const table = form.querySelector("[data-variants]");
    const body = table.tBodies[0];
    const parts = (text) => [...new Set(text.split(/[,，、\n]/).map((part) => part.trim()).filter(Boolean))];
    const grid = () => {
        const names = [...form.querySelectorAll("[data-axis]")];
        const values = [...form.querySelectorAll("[data-values]")];
        const axes = names.map((name, place) => (name.value.trim() ? parts(values[place].value) : []));
        return axes
            .filter((axis) => axis.length)
            .reduce((rows, axis) => rows.flatMap((row) => axis.map((value) => [...row, value])), [[]])
            .slice(0, Number(table.dataset.most));
    };
    const follow = () => {
        const rows = new Map([...body.rows].map((row) => [row.dataset.key, row]));
        const model = body.rows[0];
        const fresh = grid().map((options) => {
            const key = options.join("\x1f");
            if (rows.has(key)) return rows.get(key);
            const row = model.cloneNode(true);
            row.dataset.key = key;
            for (const field of row.querySelectorAll("input")) field.value = "";
            row.querySelector("[name=variant-options]").value = key;
            row.cells[0].lastChild.textContent = options.join(" / ") || "–";
            return row;
        });
        body.replaceChildren(...fresh);
        changed = true;
    };
    for (const field of form.querySelectorAll("[data-axis], [data-values]")) field.addEventListener("change", follow);

    body.addEventListener("paste", (event) => {
        const text = event.clipboardData.getData("text/plain");
        if (!/[\t\n]/.test(text.trim())) return;
        event.preventDefault();
        const cell = event.target.closest("td");
        const first = cell.parentElement.sectionRowIndex;
        text.replace(/\r/g, "").replace(/\n$/, "").split("\n").forEach((line, down) => {
            line.split("\t").forEach((value, across) => {
                const field = body.rows[first + down]?.cells[cell.cellIndex + across]?.querySelector("input");
                if (field) field.value = value.trim();
            });
        });
        changed = true;
    });
    body.addEventListener("keydown", (event) => {
        const step = { ArrowDown: 1, ArrowUp: -1, Enter: 1 }[event.key];
        if (!step) return;
        event.preventDefault();
        const cell = event.target.closest("td");
        body.rows[cell.parentElement.sectionRowIndex + step]?.cells[cell.cellIndex]?.querySelector("input")?.focus();
    });

    // -- leaving ----------------------------------------------------------------------------------------------
    form.addEventListener("input", () => {
        changed = true;
    });
    form.addEventListener("submit", () => {
        changed = false;
    });
    window.addEventListener("beforeunload", (event) => {
        if (changed) event.preventDefault();
    });
    document.addEventListener("keydown", (event) => {
        if ((event.ctrlKey || event.metaKey) && event.key === "s") {
            event.preventDefault();
            form.requestSubmit();
        }
    });
})();
