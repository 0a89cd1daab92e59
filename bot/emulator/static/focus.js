// Where the keyboard's focus goes. It is never dropped: a pressed button that goes hands it on
// to the newest message's first button, else to the typing field, and from there to the next message's.

import { oneStop } from "./messages.js";

const $ = (id) => document.getElementById(id);
const log = $("log");
let byKeys = false;
let carry = false;

function focusOn(element) {
  element.focus({ preventScroll: true });
  carry = false;
}

export function keepFocus(element, lost) {
  const again = [...element.querySelectorAll("button, a")].find((one) => one.textContent === lost.textContent);
  if (again) focusOn(again);
  else moveOn();
}

export function moveOn() {
  const newest = log.lastElementChild, key = newest?.querySelector(".key");
  if (key) { focusOn(key); return; }
  if (byKeys && !$("composer").hidden) focusOn($("field"));  // on a touch screen that would bring up its keyboard
  else focusOn(newest?.matches(".message") ? newest : log);
  carry = true;  // to the next message, unless the person does something before
}

export function welcomeFocus(element) {
  const key = element.querySelector(".key");
  if (carry && key) focusOn(key);
  else if (carry && byKeys) focusOn($("field"));
}

for (const kind of ["focusin", "focusout"]) {
  log.addEventListener(kind, ({ target }) => queueMicrotask(() => {
    const element = target.closest?.(".message");
    if (element) oneStop(element);
  }));
}

log.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const keys = step && event.target.matches(".key") ? [...event.target.closest(".keyboard").querySelectorAll(".key")] : [];
  if (!keys.length) return;
  event.preventDefault();
  keys[(keys.indexOf(event.target) + step + keys.length) % keys.length].focus();
});

for (const kind of ["keydown", "pointerdown"]) {
  document.addEventListener(kind, (event) => {
    // A key held down too long must not press the next question's button as well.
    if (event.repeat && event.key === "Enter" && event.target.closest("button")) event.preventDefault();
    byKeys = kind === "keydown";
    carry = false;
  }, true);
}

// A dialog gives the focus back to where it was; where that is gone by now, it moves on.
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("close", () => setTimeout(() => {
    const at = document.activeElement;  // the closed dialog's own button, until the next drawing
    const lost = at === document.body || at.closest("dialog:not([open])");
    if (lost && !document.querySelector("dialog[open]")) moveOn();
  }));
}
