// The shipping station: the input keeps the focus, and what must stop is heard.
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

  function tell() {
    var station = document.getElementById("station");
    if (!station) { return; }
    var input = station.querySelector("input[name=code]");
    if (input) { input.focus(); }
    var Context = window.AudioContext || window.webkitAudioContext;
    if (!Context || !("alarm" in station.dataset || "done" in station.dataset)) { return; }
    sound = sound || new Context();
    if ("alarm" in station.dataset) { [0, 0.25, 0.5].forEach(function (from) { tone(from, 220, 0.18); }); }
    else { tone(0, 880, 0.08); }
  }

  document.addEventListener("DOMContentLoaded", tell);
  document.addEventListener("htmx:afterSettle", tell);
  document.addEventListener("change", function (event) {
    if (event.target.name === "carrier") { document.querySelector("#station input[name=code]").focus(); }
  });
})();
