// Scrolling. While the newest message is in view it stays in view, from its beginning,
// even if messages above it change or the on-screen keyboard opens.

const log = document.getElementById("log");
const more = document.getElementById("below");
const NEAR_PX = 60;
const MARGIN_PX = 16;
let isAtEnd = true;

// The scroll position that shows the newest message, or its beginning if it is taller than the screen.
function endPosition() {
  const newest = log.lastElementChild;
  const isTall = newest && newest.offsetHeight > log.clientHeight - MARGIN_PX;
  return isTall ? newest.offsetTop - 8 : log.scrollHeight - log.clientHeight;
}

export function scrollToEnd() {
  log.scrollTop = endPosition();
  isAtEnd = true;
  updateMore();
}

export function keepAtEnd() {
  if (isAtEnd) scrollToEnd();
  updateMore();
}

// A long message may end below the edge, just between two of its buttons: the arrow shows that there is more.
function updateMore() {
  more.hidden = log.scrollHeight - log.scrollTop - log.clientHeight < MARGIN_PX;
}

log.addEventListener("scroll", () => {
  isAtEnd = Math.abs(log.scrollTop - endPosition()) < NEAR_PX;
  updateMore();
});
more.addEventListener("click", () => { log.scrollTop = log.scrollHeight; });
new ResizeObserver(keepAtEnd).observe(log);
