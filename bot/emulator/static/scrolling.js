// What is in view. Who reads the newest message keeps it in view, from its beginning,
// whatever goes above it, and when the screen's keyboard comes up.

const log = document.getElementById("log");
const below = document.getElementById("below");
const NEAR = 60;
let atEnd = true;

function place() {
  const last = log.lastElementChild;
  const tall = last && last.offsetHeight > log.clientHeight - 16;
  return tall ? last.offsetTop - 8 : log.scrollHeight - log.clientHeight;
}

export function toEnd() {
  log.scrollTop = place();
  atEnd = true;
  hint();
}

export function stay() {
  if (atEnd) toEnd();
  hint();
}

// A long message may end below the edge, just between two of its buttons: say that there is more.
function hint() {
  below.hidden = log.scrollHeight - log.scrollTop - log.clientHeight < 16;
}

log.addEventListener("scroll", () => {
  atEnd = Math.abs(log.scrollTop - place()) < NEAR;
  hint();
});
below.addEventListener("click", () => { log.scrollTop = log.scrollHeight; });
new ResizeObserver(stay).observe(log);
