// Pages for the warehouse floor: the input keeps the focus, what happened is heard and felt, a camera may read codes.
(function () {
  "use strict";
  var sound = null;

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

  function tell() {
    var floor = document.getElementById("floor");
    if (!floor) { return; }
    var input = floor.querySelector("[data-scan]");
    if (input) { input.focus(); input.select(); }
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

  document.addEventListener("DOMContentLoaded", tell);
  document.addEventListener("htmx:afterSettle", tell);
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-camera]");
    if (button) { look(button.closest("form")).catch(function () { heard("stop"); }); }
  });
})();
