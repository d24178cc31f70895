// Hovering tells what a bar is; in the timeline the wheel zooms, dragging moves, a double click
// shows all.
const tip = document.getElementById("tip");
document.addEventListener("mousemove", (event) => {
  const bar = event.target.closest("[data-tip]");
  tip.style.display = bar ? "block" : "none";
  if (!bar) return;
  tip.textContent = bar.dataset.tip;
  tip.style.left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8) + "px";
  tip.style.top = event.clientY + 14 + "px";
});

const svg = document.getElementById("timeline");
const bars = [...svg.querySelectorAll("[data-b]")];
const ticks = [...svg.querySelectorAll(".ticks text")];
const left = +svg.dataset.left, wide = +svg.dataset.wide, end = +svg.dataset.end;
let from = 0, to = end, dragged = null;

function timeText(nanos) {
  for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["us", 1e3]])
    if (nanos >= size) return (nanos / size).toPrecision(4) + " " + unit;
  return nanos.toFixed(0) + " ns";
}

function draw() {
  const scale = wide / (to - from);
  for (const bar of bars) {
    const x = (bar.dataset.b - from) * scale;
    const last = x + Math.max((bar.dataset.e - bar.dataset.b) * scale, 0.6);
    const a = Math.max(x, 0), b = Math.min(last, wide);
    bar.style.display = b > a ? "" : "none";
    bar.setAttribute("x", left + a);
    bar.setAttribute("width", Math.max(b - a, 0.6));
  }
  ticks.forEach((tick, i) => {
    tick.textContent = timeText(from + ((to - from) * i) / (ticks.length - 1));
  });
}

function show(a, b) {
  const length = Math.min(Math.max(b - a, 1000), end);
  from = Math.max(0, Math.min(a, end - length));
  to = from + length;
  draw();
}

function timeAt(event) {
  const box = svg.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width - left;
  return from + (to - from) * Math.min(1, Math.max(0, x / wide));
}

svg.addEventListener("wheel", (event) => {
  event.preventDefault();
  const at = timeAt(event), factor = event.deltaY > 0 ? 1.25 : 0.8;
  show(at - (at - from) * factor, at + (to - at) * factor);
}, { passive: false });
svg.addEventListener("mousedown", (event) => {
  event.preventDefault();
  dragged = timeAt(event);
});
addEventListener("mouseup", () => { dragged = null; });
svg.addEventListener("mousemove", (event) => {
  if (dragged === null) return;
  const by = dragged - timeAt(event);
  show(from + by, to + by);
});
svg.addEventListener("dblclick", () => show(0, end));
