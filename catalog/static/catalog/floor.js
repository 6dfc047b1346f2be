// Pages for the warehouse floor: the input keeps the focus, what happened is heard and felt, a camera may read codes.
// A scanner doesn't wait: what is scanned before the last answer came is kept, and sent when it has come, one by one.
(function () {
  "use strict";
  var PATIENCE = 20000; // ms until an answer is given up, and the scan sent again; the server does nothing twice
  var AGAIN = 4000;
  var KEPT = "floor:" + location.pathname + location.search;
  var sound = null;
  var waiting = []; // codes that were scanned and not sent yet
  var sent = null; // what is on its way: its form, its button, its code
  var begun = ""; // what was typed into the input while the answer came

  function tone(from, pitch, length) {
    var oscillator = sound.createOscillator();
    var volume = sound.createGain();
    oscillator.type = "square";
    oscillator.frequency.value = pitch;
    volume.gain.value = 0.15;
    oscillator.connect(volume).connect(sound.destination);
    oscillator.start(sound.currentTime + from);
    oscillator.stop(sound.currentTime + from + length);
  }

  function heard(said) {
    var Context = window.AudioContext || window.webkitAudioContext;
    if (Context) {
      sound = sound || new Context();
      if (said === "stop") { [0, 0.25, 0.5].forEach(function (from) { tone(from, 220, 0.18); }); }
      else { tone(0, said === "done" ? 1175 : 880, 0.08); }
    }
    if (navigator.vibrate) { navigator.vibrate(said === "stop" ? [200, 100, 200] : 60); }
  }

  // At once at the swap: a scanner may be in the middle of a code.
  function focus() {
    var input = document.querySelector("#floor [data-scan]");
    if (!input || input === document.activeElement) { return; }
    input.focus();
    if (begun) { input.value = begun; input.setSelectionRange(begun.length, begun.length); } else { input.select(); }
    begun = "";
  }

  function tell() {
    var floor = document.getElementById("floor");
    if (!floor) { return; }
    floor.querySelectorAll("[data-camera]").forEach(function (button) { button.hidden = !("BarcodeDetector" in window); });
    if (floor.dataset.tone) { heard(floor.dataset.tone); }
  }

  // The camera reads one code, puts it into the input and sends the form, as a scanner would.
  async function look(form) {
    var stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    var film = document.createElement("video");
    film.className = "floor-film";
    film.playsInline = true;
    film.srcObject = stream;
    form.prepend(film);
    await film.play();
    var detector = new window.BarcodeDetector();
    var found = null;
    function stop() { stream.getTracks().forEach(function (track) { track.stop(); }); film.remove(); }
    film.addEventListener("click", stop);
    while (film.isConnected && !found) {
      var codes = await detector.detect(film);
      if (codes.length) { found = codes[0].rawValue; }
      else { await new Promise(function (next) { window.setTimeout(next, 120); }); }
    }
    stop();
    if (found) {
      form.querySelector("[data-scan]").value = found;
      form.requestSubmit();
    }
  }

  function onFloor(element) { return element && element.closest && element.closest("#floor"); }

  // Nothing goes out while an answer is awaited, and a second Enter of a scanner is none.
  function submit(event) {
    var form = event.target;
    if (!onFloor(form) || !form.hasAttribute("hx-post")) { return; }
    var input = form.querySelector("[data-scan]");
    var code = input ? input.value.trim() : "";
    if (sent || (input && !code)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      // A second OK would answer a question that nobody has read yet.
      var isTwice = sent && !sent.isShown && code === sent.code && code.toUpperCase() === "OK";
      if (input && code && !isTwice) { waiting.push(code); }
      if (input) { input.value = ""; }
      return;
    }
    sent = { form: form, button: event.submitter, code: code };
  }

  function answered() {
    sent = null;
    trouble("");
    var input = document.querySelector("#floor [data-scan]");
    if (input && waiting.length) {
      var rest = input.value;
      input.value = waiting.shift();
      input.form.requestSubmit();
      input.value = rest;
    }
  }

  // The form stands as it was sent, so it can be sent as it is.
  function again() {
    if (!sent || !sent.failed || !sent.form.isConnected) { return; }
    var last = sent;
    var input = last.form.querySelector("[data-scan]");
    var rest = input ? input.value : "";
    sent = null;
    if (input) { input.value = last.code; }
    last.form.requestSubmit(last.button && last.button.isConnected ? last.button : null);
    if (input) { input.value = rest; }
  }

  function lost() {
    sent.failed = true;
    heard("stop");
    trouble("offline");
    window.setTimeout(again, AGAIN);
  }

  function trouble(kind) {
    var said = document.querySelector("[data-floor-trouble]");
    if (!said) { return; }
    said.hidden = !kind;
    said.textContent = kind ? said.dataset[kind].replace("…", sent && sent.code ? "“" + sent.code + "”" : "") : "";
  }

  // What stands on the page and is not booked survives a reload, and the way back to the page.
  function keep() {
    var floor = document.getElementById("floor");
    if (floor) { sessionStorage.setItem(KEPT, JSON.stringify([floor.parentNode.dataset.user, floor.outerHTML])); }
  }

  function bring() {
    var way = performance.getEntriesByType("navigation")[0];
    var floor = document.getElementById("floor");
    var kept = sessionStorage.getItem(KEPT);
    if (!floor || !kept || !way || (way.type !== "reload" && way.type !== "back_forward")) { return; }
    var known = JSON.parse(kept);
    if (known[0] !== floor.parentNode.dataset.user) { return; }
    var page = document.createElement("template");
    page.innerHTML = known[1];
    var old = page.content.querySelector(".floor-scan");
    if (!old || !old.querySelector("input[type=hidden]:not([name=csrfmiddlewaretoken])")) { return; }
    page.content.firstElementChild.removeAttribute("data-tone");
    floor.replaceWith(page.content);
    window.htmx.process(document.getElementById("floor"));
  }

  document.addEventListener("DOMContentLoaded", function () {
    if (window.htmx) { window.htmx.config.timeout = PATIENCE; }
    bring();
    focus();
    tell();
  });
  document.addEventListener("submit", submit, true);
  document.addEventListener("htmx:beforeRequest", function (event) {
    var input = onFloor(event.target) && event.target.querySelector("[data-scan]");
    if (input) { input.value = ""; }
  });
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (!onFloor(event.detail.target) || event.detail.isError) { return; }
    if (!document.createRange().createContextualFragment(event.detail.serverResponse).querySelector("#floor")) {
      event.detail.shouldSwap = false; // signed out, or let in no more: the whole page says it
      window.location.reload();
      return;
    }
    var input = document.querySelector("#floor [data-scan]");
    begun = input ? input.value : "";
  });
  document.addEventListener("htmx:afterSwap", function () {
    if (sent) { sent.isShown = true; }
    focus();
  });
  document.addEventListener("htmx:afterSettle", function () {
    if (!document.getElementById("floor")) { return; }
    tell();
    keep();
    answered();
  });
  ["htmx:sendError", "htmx:timeout", "htmx:sendAbort"].forEach(function (name) { document.addEventListener(name, function () { if (sent) { lost(); } }); });
  document.addEventListener("htmx:responseError", function () {
    if (!sent) { return; }
    var input = sent.form.querySelector("[data-scan]");
    heard("stop");
    trouble("error");
    waiting = [];
    if (input) { input.value = sent.code; input.select(); }
    sent = null;
  });
  window.addEventListener("online", again);
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-camera]");
    if (button) { look(button.closest("form")).catch(function () { heard("stop"); }); }
  });
})();
