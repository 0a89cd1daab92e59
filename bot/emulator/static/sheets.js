// Dialogs: alerts, questions, the picture in full, and the sheets that come up from below.
// The browser itself moves the focus into a modal dialog and, when it closes, back to where it was.

import { make } from "./messages.js";

const $ = (id) => document.getElementById(id);
const waiting = [];

export function say(text) {
  waiting.push(text);
  if (!$("alert").open) next();
}

function next() {
  if (!waiting.length) return;
  $("alert-text").textContent = waiting.shift();
  $("alert").showModal();
}

export function ask(title, text, yes) {
  const dialog = $("confirm");
  $("people").close();
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

export function showPicture(image) {
  $("full").src = image.src;
  $("full").alt = image.alt;
  $("picture").showModal();
}

export function showCommands(commands) {
  $("no-commands").hidden = commands.length > 0;
  const item = ({ command, description }) => make("li", {}, make("button", { value: `/${command}` },
    make("b", {}, `/${command}`), make("span", {}, description)));
  $("command-list").replaceChildren(...commands.map(item));
}

function listPeople(person) {
  const item = (number) => make("li", {}, make("a", {
    href: `/?as=${number}`, "aria-current": number === person ? "page" : undefined,
  }, `Person ${number}`));
  const count = Math.max(3, person);
  const numbers = Array.from({ length: count }, (_, index) => index + 1).slice(-6);
  const fresh = make("li", {}, make("a", { href: `/?as=${person + 1}`, target: "_blank", rel: "noopener" },
    "New person (opens a new tab)"));
  $("person-list").replaceChildren(...numbers.map(item), fresh);
  $("open-people").textContent = `Person ${person}`;
}

function opens(button, dialog) {
  $(button).addEventListener("click", () => $(dialog).showModal());
}

export function setUpSheets(person, { command, thing }) {
  listPeople(person);
  opens("open-people", "people");
  opens("open-commands", "commands");
  opens("open-things", "things");
  chosen("commands", command);
  chosen("things", thing);
  $("alert").addEventListener("close", () => queueMicrotask(next));
  for (const dialog of document.querySelectorAll("dialog.sheet, #picture")) {
    dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });
  }
}

function chosen(id, act) {
  const dialog = $(id);
  dialog.addEventListener("close", () => {
    if (dialog.returnValue) act(dialog.returnValue);
    dialog.returnValue = "";
  });
}
