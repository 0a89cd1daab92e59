// Keyboard focus. It is never lost: if a button with the focus disappears, the focus moves to the first button
// of the newest message, or else to the typing field, and from there to the next message that arrives.

import { makeSingleTabStop } from "./messages.js";

const $ = (id) => document.getElementById(id);
const log = $("log");
let isUsingKeyboard = false;
let isWaitingForMessage = false;  // the next message takes the focus, unless the person does something first

function focusOn(element) {
  element.focus({ preventScroll: true });
  isWaitingForMessage = false;
}

// After a message has changed: focuses the button with the same label as the one that had the focus before.
export function restoreFocus(element, previous) {
  const same = [...element.querySelectorAll("button, a")].find((one) => one.textContent === previous.textContent);
  if (same) focusOn(same);
  else moveFocusOn();
}

export function moveFocusOn() {
  const newest = log.lastElementChild, button = newest?.querySelector(".key");
  if (button) { focusOn(button); return; }
  // On a touch screen, focusing the field would open the on-screen keyboard.
  if (isUsingKeyboard && !$("composer").hidden) focusOn($("field"));
  else focusOn(newest?.matches(".message") ? newest : log);
  isWaitingForMessage = true;
}

export function focusNewMessage(element) {
  const button = element.querySelector(".key");
  if (isWaitingForMessage && button) focusOn(button);
  else if (isWaitingForMessage && isUsingKeyboard) focusOn($("field"));
}

for (const kind of ["focusin", "focusout"]) {
  log.addEventListener(kind, ({ target }) => queueMicrotask(() => {
    const element = target.closest?.(".message");
    if (element) makeSingleTabStop(element);
  }));
}

log.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const isOnButton = step && event.target.matches(".key");
  const buttons = isOnButton ? [...event.target.closest(".keyboard").querySelectorAll(".key")] : [];
  if (!buttons.length) return;
  event.preventDefault();
  buttons[(buttons.indexOf(event.target) + step + buttons.length) % buttons.length].focus();
});

for (const kind of ["keydown", "pointerdown"]) {
  document.addEventListener(kind, (event) => {
    // A key that is held down too long must not press the next question's button as well.
    if (event.repeat && event.key === "Enter" && event.target.closest("button")) event.preventDefault();
    isUsingKeyboard = kind === "keydown";
    isWaitingForMessage = false;
  }, true);
}

// A dialog gives the focus back to the element that had it; if that is gone, the focus moves on.
for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("close", () => setTimeout(() => {
    const focused = document.activeElement;  // until the next repaint, the button of the closed dialog
    const isLost = focused === document.body || focused.closest("dialog:not([open])");
    if (isLost && !document.querySelector("dialog[open]")) moveFocusOn();
  }));
}
