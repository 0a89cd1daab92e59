// Dialogs: alerts, confirmations, the full-size picture, and the sheets that open from the bottom.
// The browser moves the focus into a modal dialog, and back when the dialog closes.

import { makeElement } from "./messages.js";

const $ = (id) => document.getElementById(id);
const alerts = [];

export function showAlert(text) {
  alerts.push(text);
  if (!$("alert").open) showNextAlert();
}

function showNextAlert() {
  if (!alerts.length) return;
  $("alert-text").textContent = alerts.shift();
  $("alert").showModal();
}

export function askToConfirm(title, text, confirmLabel) {
  const dialog = $("confirm");
  $("people").close();
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm-yes").textContent = confirmLabel;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

export function showPicture(image) {
  $("full").src = image.src;
  $("full").alt = image.alt;
  $("picture").showModal();
}

export function showCommands(commands) {
  $("no-commands").hidden = commands.length > 0;
  const item = ({ command, description }) => makeElement("li", {}, makeElement("button", { value: `/${command}` },
    makeElement("b", {}, `/${command}`), makeElement("span", {}, description)));
  $("command-list").replaceChildren(...commands.map(item));
}

function listPeople(person) {
  const item = (number) => makeElement("li", {}, makeElement("a", {
    href: `/?as=${number}`, "aria-current": number === person ? "page" : undefined,
  }, `Person ${number}`));
  const count = Math.max(3, person);
  const numbers = Array.from({ length: count }, (_, index) => index + 1).slice(-6);
  const newPerson = makeElement("li", {}, makeElement("a", {
    href: `/?as=${person + 1}`, target: "_blank", rel: "noopener",
  }, "New person (opens a new tab)"));
  $("person-list").replaceChildren(...numbers.map(item), newPerson);
  $("open-people").textContent = `Person ${person}`;
}

function openOnClick(button, dialog) {
  $(button).addEventListener("click", () => $(dialog).showModal());
}

export function setUpSheets(person, { onCommand, onAttachment }) {
  listPeople(person);
  openOnClick("open-people", "people");
  openOnClick("open-commands", "commands");
  openOnClick("open-things", "things");
  onChoice("commands", onCommand);
  onChoice("things", onAttachment);
  $("alert").addEventListener("close", () => queueMicrotask(showNextAlert));
  for (const dialog of document.querySelectorAll("dialog.sheet, #picture")) {
    dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });
  }
}

function onChoice(id, handle) {
  const dialog = $(id);
  dialog.addEventListener("close", () => {
    if (dialog.returnValue) handle(dialog.returnValue);
    dialog.returnValue = "";
  });
}
